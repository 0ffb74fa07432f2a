"""HTTP in and out for imports."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from common.auth import PROVINCE, CurrentPrincipal, Principal
from common.http import RequestModel, Router, Transaction
from common.http.body_limit import body_limit
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor
from contracts.legal_day import legal_today
from fastapi import Depends, Query, Request, Response, status
from pydantic import Field
from starlette.datastructures import FormData

from registry_api.imports import store
from registry_api.imports.domain import Class, Phase
from registry_api.imports.report import as_csv, as_xlsx
from registry_api.imports.store import Imports
from registry_api.imports.tables import ImportRow
from registry_api.imports.views import (
    Accepted,
    ChangeView,
    FindingView,
    ImportView,
    State,
    change_cursor,
    counts_of,
    finding_cursor,
    import_cursor,
)
from registry_api.permissions import Action, allowed, demand
from registry_api.register.fields import RegionCode
from registry_api.register.refusals import NotFound, Refused
from registry_api.register.scope import visible_region
from registry_api.sheets.taking_in import take_in
from registry_api.sheets.upload import MAX_BYTES, form_description, received, upload_of

router = Router(prefix="/v1", tags=["批量导入 Imports"])

_RowNumber, _Ordinal = Annotated[int, Field(gt=-(2**31), lt=2**31)], Annotated[int, Field(ge=0, lt=2**15)]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Decision(RequestModel):
    reason: str = Field(min_length=1, max_length=500)


async def _form(request: Request, principal: CurrentPrincipal) -> AsyncIterator[FormData]:
    """A stranger's upload is not read at all."""
    demand(principal, Action.IMPORT, principal.region or PROVINCE)
    async with received(request) as form:
        yield form


Form = Annotated[FormData, Depends(_form, scope="function")]


@router.post(
    "/imports",
    status_code=status.HTTP_202_ACCEPTED,
    summary="批量导入 Import a file",
    openapi_extra=form_description(
        dry_run="只核对，永不写入 / checked only, never applied",
        snapshot="文件为本地区（或全省）全量：报告登记中有而文件中没有的 / the whole of the region: tell who is gone",
    ),
)
@body_limit(MAX_BYTES)
async def post_import(
    *, request: Request, principal: CurrentPrincipal, form: Form, tx: Transaction, response: Response
) -> Accepted:
    """Refused as a whole before anything is written, or checked row by row in the background.

    What an officer uploads is applied once another one has approved the diff; the licensing system's daily export is
    applied as it stands.
    """
    upload = upload_of(form, ("dry_run", "snapshot"))
    dry_run, region = upload.flags["dry_run"], principal.region or PROVINCE
    at_once = not dry_run and allowed(principal, Action.IMPORT_UNAPPROVED, region)
    taken = await asyncio.to_thread(take_in, upload.file, upload.kind, request.app.state.sealer)
    import_id = uuid4()
    await store.enqueue(
        await tx.raw(),
        import_id=import_id,
        kind=upload.kind,
        phase=Phase.APPLY if at_once else Phase.CHECK,
        dry_run=dry_run,
        snapshot=upload.flags["snapshot"] and not at_once,
        requested_by=principal.subject,
        region=region,
        file_name=upload.name,
        sheet=taken.sheet,
        effective_on=legal_today(),
        lines=taken.lines,
    )
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return Accepted(
        import_id=import_id,
        kind=upload.kind,
        dry_run=dry_run,
        needs_approval=not (at_once or dry_run),
        sheet=taken.sheet,
        rows_total=len(taken.lines),
    )


@router.get("/imports", summary="导入列表 Imports, newest first")
async def get_imports(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    state: State | None = None,
    region: RegionCode | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ImportView]:
    region = visible_region(principal, Action.IMPORT, region)
    decoded = decode_cursor(cursor, "imports", datetime, UUID)
    after = None if decoded is None else (decoded[0], decoded[1])
    rows = await Imports(tx.session).search(region=region, state=state, limit=limit + 1, after=after)
    return Page[ImportView].of(rows, limit=limit, item=ImportView.of, cursor=import_cursor)


@router.get("/imports/{import_id}", summary="导入进度 Progress of an import")
async def get_import(import_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> ImportView:
    return ImportView.of(await _visible(tx, principal, import_id))


@router.post("/imports/{import_id}/approve", summary="批准导入 Approve an import")
async def post_approval(import_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> ImportView:
    """By another officer than who uploaded it. Every row is planned anew: what no longer is as approved is left out."""
    row = await _visible(tx, principal, import_id)
    demand(principal, Action.DECIDE, row.region)
    if row.requested_by.strip().casefold() == principal.subject.strip().casefold():
        raise Refused(
            "own-import",
            "上传人不得批准自己的导入，须由另一名经办人批准",
            "whoever uploaded a file cannot approve it: another officer must",
            conflict=True,
        )
    if not await store.approve(await tx.raw(), import_id, principal.subject):
        raise _not_awaiting()
    return await _fresh(tx, row)


@router.post("/imports/{import_id}/reject", summary="驳回导入 Reject an import")
async def post_rejection(import_id: UUID, body: Decision, principal: CurrentPrincipal, tx: Transaction) -> ImportView:
    row = await _visible(tx, principal, import_id)
    demand(principal, Action.DECIDE, row.region)
    if not await store.close(await tx.raw(), import_id, "rejected", principal.subject, body.reason):
        raise _not_awaiting()
    return await _fresh(tx, row)


@router.post("/imports/{import_id}/withdraw", summary="撤回导入 Withdraw an import")
async def post_withdrawal(import_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> ImportView:
    """By whoever uploaded it, as long as nothing has been applied."""
    row = await _visible(tx, principal, import_id)
    if row.requested_by != principal.subject:
        raise Refused(
            "import-of-another", "只有上传人可以撤回", "only whoever uploaded it may withdraw it", conflict=True
        )
    if not await store.close(await tx.raw(), import_id, "withdrawn", principal.subject, None):
        raise _not_awaiting()
    return await _fresh(tx, row)


@router.get("/imports/{import_id}/changes", summary="与登记的差异 Diff against the register")
async def get_changes(
    *,
    import_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    change: Class | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ChangeView]:
    await _visible(tx, principal, import_id)
    after = decode_cursor(cursor, "import-changes", _RowNumber)
    rows = await Imports(tx.session).changes(
        import_id, change, limit=limit + 1, after=None if after is None else after[0]
    )
    return Page[ChangeView].of(rows, limit=limit, item=ChangeView.of, cursor=change_cursor)


@router.get("/imports/{import_id}/report", summary="导入报告 Report of an import", response_model=Page[FindingView])
async def get_report(
    *,
    import_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    format: Annotated[Literal["json", "csv", "xlsx"], Query(description="下载格式 / file format")] = "json",  # noqa: A002 -- the API's word
    phase: Annotated[Phase | None, Query(description="默认为当前阶段 / by default the present one")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response | Page[FindingView]:
    """Findings as JSON; as CSV and XLSX with the diff beside them."""
    row = await _visible(tx, principal, import_id)
    imports, phase = Imports(tx.session), phase or Phase(row.phase)
    if format == "json":
        decoded = decode_cursor(cursor, "findings", _RowNumber, _Ordinal)
        after = None if decoded is None else (decoded[0], decoded[1])
        found = await imports.findings(import_id, phase, limit=limit + 1, after=after)
        return Page[FindingView].of(found, limit=limit, item=FindingView.of, cursor=finding_cursor)
    findings, changes = await imports.findings(import_id, phase), await imports.changes(import_id)
    if format == "csv":
        body, media_type = await asyncio.to_thread(as_csv, findings, changes), "text/csv; charset=utf-8"
    else:
        body, media_type = await asyncio.to_thread(as_xlsx, counts_of(row), findings, changes), _XLSX
    name = f'attachment; filename="import-{import_id}.{format}"'
    return Response(body, media_type=media_type, headers={"Content-Disposition": name})


async def _visible(tx: Transaction, principal: Principal, import_id: UUID) -> ImportRow:
    row = await Imports(tx.session).get(import_id)
    if row is None:
        raise NotFound("导入", "import")
    demand(principal, Action.IMPORT, row.region)
    return row


async def _fresh(tx: Transaction, row: ImportRow) -> ImportView:
    await tx.session.refresh(row)
    return ImportView.of(row)


def _not_awaiting() -> Refused:
    return Refused(
        "import-not-awaiting-decision",
        "该导入不在待审批状态",
        "the import does not await a decision",
        conflict=True,
    )
