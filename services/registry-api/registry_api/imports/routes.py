"""HTTP in and out for imports."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from common.auth import PROVINCE, CurrentPrincipal, Principal
from common.http import Problem, Router, Transaction
from common.http.body_limit import body_limit
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.translations import status_titles
from contracts.legal_day import legal_today
from fastapi import Depends, Query, Request, Response, status
from pydantic import BaseModel, Field
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from registry_api.imports import store
from registry_api.imports.report import as_csv, as_xlsx
from registry_api.imports.store import Imports
from registry_api.permissions import Action, demand
from registry_api.register.refusals import NotFound, Refused
from registry_api.register.tables import ImportFindingRow, ImportRow
from registry_api.sheets.columns import Kind
from registry_api.sheets.taking_in import take_in

router = Router(prefix="/v1", tags=["批量导入 Imports"])

MAX_BYTES = 64 * 1024 * 1024

_RowNumber, _Ordinal = Annotated[int, Field(ge=0, lt=2**31)], Annotated[int, Field(ge=0, lt=2**15)]

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "kind"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV 或 XLSX，至多 64 MB、20 万行",
                        },
                        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
                        "dry_run": {"type": "boolean", "default": False},
                    },
                }
            }
        },
    }
}


class ImportView(BaseModel):
    """`rows_done` grows while it runs; rows with errors changed nothing, those with warnings did what they say."""

    import_id: UUID
    kind: Kind
    dry_run: bool
    state: Literal["queued", "running", "done", "failed"]
    file_name: str
    rows_total: int
    rows_done: int
    created: int
    changed: int
    unchanged: int
    errors: int
    warnings: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FindingView(BaseModel):
    row: int
    severity: Literal["error", "warning"]
    column: str | None
    value: str | None
    reason_zh: str
    reason_en: str


class Accepted(BaseModel):
    import_id: UUID
    kind: Kind
    dry_run: bool
    rows_total: int


async def _form(request: Request, principal: CurrentPrincipal) -> AsyncIterator[FormData]:
    """Read before the transaction begins: a slow upload holds no connection, a stranger's is not read at all."""
    demand(principal, Action.IMPORT, principal.region or PROVINCE)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        title_zh, title_en = status_titles(415)
        raise Problem(
            type="multipart-required",
            status=415,
            title_zh=title_zh,
            title_en=title_en,
            detail_zh="请以 multipart/form-data 上传文件。",
            detail_en="Send the file as multipart/form-data.",
            field="file",
        )
    try:
        form = await request.form(max_files=1, max_fields=5)
    except Problem:
        raise  # too large
    except HTTPException as error:  # what Starlette makes of a form it cannot read
        raise Refused("form-malformed", "表单无法解析", "the form cannot be parsed", field="body") from error
    try:
        yield form
    finally:
        await form.close()


Form = Annotated[FormData, Depends(_form, scope="function")]


@router.post("/imports", status_code=status.HTTP_202_ACCEPTED, summary="批量导入 Import a file", openapi_extra=_FORM)
@body_limit(MAX_BYTES)
async def post_import(
    *, request: Request, principal: CurrentPrincipal, form: Form, tx: Transaction, response: Response
) -> Accepted:
    """Checked as a whole before anything is written; then worked on in the background, row by row."""
    upload, kind, dry_run = _fields(form)
    digest = await asyncio.to_thread(_digest, upload)
    taken = await asyncio.to_thread(take_in, upload.file, kind, request.app.state.sealer)
    import_id = uuid4()
    await store.enqueue(
        await tx.raw(),
        import_id=import_id,
        kind=kind,
        dry_run=dry_run,
        requested_by=principal.subject,
        region=principal.region or PROVINCE,
        file_name=(upload.filename or "")[:200],
        file_digest=digest,
        effective_on=legal_today(),
        lines=taken.lines,
    )
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return Accepted(import_id=import_id, kind=kind, dry_run=dry_run, rows_total=len(taken.lines))


@router.get("/imports/{import_id}", summary="导入进度 Progress of an import")
async def get_import(import_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> ImportView:
    return ImportView.model_validate(await _visible(tx, principal, import_id), from_attributes=True)


@router.get("/imports/{import_id}/report", summary="导入报告 Report of an import", response_model=Page[FindingView])
async def get_report(
    *,
    import_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    format: Annotated[Literal["json", "csv", "xlsx"], Query(description="下载格式 / file format")] = "json",  # noqa: A002 -- the API's word
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response | Page[FindingView]:
    await _visible(tx, principal, import_id)
    imports = Imports(tx.session)
    if format == "json":
        after = decode_cursor(cursor, "findings", _RowNumber, _Ordinal)
        rows = await imports.findings(import_id, limit=limit + 1, after=None if after is None else (after[0], after[1]))
        return Page[FindingView].of(rows, limit=limit, item=_finding, cursor=_finding_cursor)
    findings = await imports.findings(import_id)
    if format == "csv":
        body, media_type = await asyncio.to_thread(as_csv, findings), "text/csv; charset=utf-8"
    else:
        body = await asyncio.to_thread(as_xlsx, findings)
        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f'attachment; filename="import-{import_id}.{format}"'
    return Response(body, media_type=media_type, headers={"Content-Disposition": name})


async def _visible(tx: Transaction, principal: Principal, import_id: UUID) -> ImportRow:
    row = await Imports(tx.session).get(import_id)
    if row is None:
        raise NotFound("导入", "import")
    demand(principal, Action.IMPORT, row.region)
    return row


def _fields(form: FormData) -> tuple[UploadFile, Kind, bool]:
    for name in form:
        if name not in {"file", "kind", "dry_run"}:
            raise Refused("field-unknown", "未知字段", "is not a known field", field=name[:80])
    upload, kind, dry_run = form.get("file"), form.get("kind"), form.get("dry_run", "false")
    if not isinstance(upload, UploadFile):
        raise Refused("file-missing", "必须上传文件", "a file is required", field="file")
    if kind not in list(Kind):
        raise Refused("kind-unknown", "应为 lawyers 或 firms", "must be lawyers or firms", field="kind")
    if dry_run not in {"true", "false"}:
        raise Refused("dry-run-malformed", "应为 true 或 false", "must be true or false", field="dry_run")
    return upload, Kind(str(kind)), dry_run == "true"


def _digest(upload: UploadFile) -> str:
    upload.file.seek(0)
    digest = hashlib.file_digest(upload.file, "sha256").hexdigest()  # type: ignore[arg-type] # a binary file all the same
    upload.file.seek(0)
    return digest


def _finding(row: ImportFindingRow) -> FindingView:
    return FindingView(
        row=row.row_number,
        severity=row.severity,
        column=row.column_name,
        value=row.value,
        reason_zh=row.reason_zh,
        reason_en=row.reason_en,
    )


def _finding_cursor(row: ImportFindingRow) -> str:
    return encode_cursor("findings", row.row_number, row.ordinal)
