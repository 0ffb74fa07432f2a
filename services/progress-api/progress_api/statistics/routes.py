"""`/v1/statistics`: tables of lawyers by province, with source, date and confidence."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, TypeVar
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Tx
from common.files.unfit import Unfit
from common.http import Problem, Router, Transaction, answered_as
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from common.http.problems import validation_problem
from common.http.translations import status_titles
from contracts.baselines import baselines
from fastapi import Depends, Query, Request, Response, status
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from progress_api.permissions import Action, demand, steers
from progress_api.refusals import NotFound, Refused
from progress_api.statistics.domain import Table
from progress_api.statistics.fields import ConfirmTable, CorrectTable, EnterTable, NewSource, Source, WithdrawTable
from progress_api.statistics.sheets import Read, blank_table, read_table
from progress_api.statistics.store import SqlTables
from progress_api.statistics.use_cases import Act, confirm_table, correct_table, enter, see, see_beside, withdraw_table
from progress_api.statistics.views import BaselinesView, TableSummary, TablesView, TableView, conventions_of

S = TypeVar("S", bound=Source)

router = Router(prefix="/v1/statistics", tags=["全国统计 National statistics"])
_LIST = "statistics"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["table", "file"],
                    "properties": {
                        "table": {
                            "type": "string",
                            "description": "出处等，JSON / where it comes from, JSON",
                        },
                        "file": {"type": "string", "format": "binary", "description": "CSV 或 XLSX"},
                    },
                }
            }
        },
    }
}


async def _form(request: Request, principal: CurrentPrincipal) -> AsyncIterator[FormData]:
    """A stranger's upload is not read at all; a slow one holds no connection to the database."""
    demand(principal, Action.STEER)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        title_zh, title_en = status_titles(415)
        raise Problem(type="multipart-required", status=415, title_zh=title_zh, title_en=title_en, field="file")
    form = await request.form(max_files=1, max_fields=2)
    try:
        yield form
    finally:
        await form.close()


Form = Annotated[FormData, Depends(_form, scope="function")]


@router.get("", summary="统计表 Tables, newest years first", response_model=TablesView)
async def get_tables(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    year: Annotated[int | None, Query(ge=1980, le=2200)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    demand(principal, Action.READ_VALUES)
    tables, officer = SqlTables(await tx.raw()), steers(principal)
    decoded = decode_cursor(cursor, _LIST, int, UUID)
    after = None if decoded is None else (decoded[0], decoded[1])
    found = await tables.listed(year=year, unconfirmed=officer, after=after, limit=limit + 1)
    published = await tables.published(today_of(request))
    items = [
        TableSummary.of(await see_beside(tables, published, table, _shown_revision(table, officer=officer)))
        for table in found[:limit]
    ]
    known = baselines().shown()
    view = TablesView(
        items=items,
        next_cursor=encode_cursor(_LIST, found[limit - 1].year, str(found[limit - 1].table_id))
        if len(found) > limit
        else None,
        warnings=list(known.warnings),
        conventions=conventions_of(known),
    )
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get("/baselines", summary="此前公布的数据 What was published before", response_model=BaselinesView)
async def get_baselines(request: Request, principal: CurrentPrincipal) -> Response:
    """Sourced numbers only; none counts until it has been entered and confirmed as a table."""
    demand(principal, Action.READ_VALUES)
    body = BaselinesView(baselines=baselines().shown()).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get("/form", summary="空白填报表 The sheet to fill in", **answered_as(_XLSX))
async def get_blank(principal: CurrentPrincipal) -> Response:
    demand(principal, Action.STEER)
    headers = {"Content-Disposition": 'attachment; filename="lawyers-by-province.xlsx"', "Cache-Control": "no-store"}
    return Response(await asyncio.to_thread(blank_table), media_type=_XLSX, headers=headers)


@router.post("", status_code=status.HTTP_201_CREATED, summary="录入统计表 Enter a table")
async def post_table(
    request: Request, response: Response, body: EnterTable, principal: CurrentPrincipal, tx: Transaction
) -> TableView:
    demand(principal, Action.STEER)
    tables = SqlTables(await tx.raw())
    table = await enter(tables, body.year, body.convention, body.content(body.read()), act=_act(request, principal))
    return await _entered(request, response, tables, table)


@router.post("/file", status_code=status.HTTP_201_CREATED, summary="上传统计表 Enter a file", openapi_extra=_FORM)
async def post_file(
    *, request: Request, response: Response, principal: CurrentPrincipal, form: Form, tx: Transaction
) -> TableView:
    source, read = _source(form, NewSource), await _read(form)
    tables = SqlTables(await tx.raw())
    content = source.content(read.figures)
    act = _act(request, principal)
    table = await enter(tables, source.year, source.convention, content, act=act, places=read.places)
    return await _entered(request, response, tables, table)


@router.get("/{table_id}", summary="一张统计表 A table")
async def get_table(
    *,
    request: Request,
    response: Response,
    table_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    revision: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> TableView:
    """Readers see confirmed versions; the department's officers see all."""
    demand(principal, Action.READ_VALUES)
    tables, officer = SqlTables(await tx.raw()), steers(principal)
    table = await tables.get(table_id)
    if table.confirmed is None and not officer:
        raise NotFound("没有这张统计表。", "There is no such table.")
    wanted = revision or _shown_revision(table, officer=officer)
    if not officer and (await tables.content(table_id, wanted))[1].confirmed_at is None:
        raise NotFound("没有这一版本。", "There is no such version.")
    return await _answer(request, response, tables, table, wanted, officer=officer)


@router.put("/{table_id}", summary="更正统计表 A corrected version, which waits to be confirmed")
async def put_table(
    *,
    request: Request,
    response: Response,
    table_id: UUID,
    body: CorrectTable,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> TableView:
    before, tables = await _locked(tx, principal, table_id, if_match)
    after = await correct_table(tables, before, body.content(body.read()), _act(request, principal))
    return await _answer(request, response, tables, after, after.revision, officer=True)


@router.post("/{table_id}/file", summary="上传更正 A corrected version as a file", openapi_extra=_FORM)
async def post_corrected_file(
    *,
    request: Request,
    response: Response,
    table_id: UUID,
    principal: CurrentPrincipal,
    form: Form,
    tx: Transaction,
    if_match: IfMatch = None,
) -> TableView:
    source, read = _source(form, Source), await _read(form)
    before, tables = await _locked(tx, principal, table_id, if_match)
    after = await correct_table(tables, before, source.content(read.figures), _act(request, principal), read.places)
    return await _answer(request, response, tables, after, after.revision, officer=True)


@router.post("/{table_id}/confirmations", summary="确认统计表 Confirm the newest version")
async def post_confirmation(
    *,
    request: Request,
    response: Response,
    table_id: UUID,
    body: ConfirmTable,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> TableView:
    """By another officer than who entered it; where there are doubts, he says that he has looked into them."""
    before, tables = await _locked(tx, principal, table_id, if_match)
    after = await confirm_table(tables, tx, before, _act(request, principal), accepted=body.accept_doubts)
    return await _answer(request, response, tables, after, after.revision, officer=True)


@router.post("/{table_id}/withdrawal", summary="撤回统计表 Withdraw a table")
async def post_withdrawal(
    *,
    request: Request,
    response: Response,
    table_id: UUID,
    body: WithdrawTable,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> TableView:
    before, tables = await _locked(tx, principal, table_id, if_match)
    after = await withdraw_table(tables, tx, before, body.reason, _act(request, principal))
    return await _answer(request, response, tables, after, after.revision, officer=True)


def _shown_revision(table: Table, *, officer: bool) -> int:
    return table.revision if officer or table.confirmed is None else table.confirmed


def _act(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, now_of(request), today_of(request))


def _source(form: FormData, model: type[S]) -> S:
    written = form.get("table")
    if not isinstance(written, str):
        raise Refused("field-missing", "必须填写", "is required", field="table")
    try:
        return model.model_validate_json(written)
    except ValidationError as error:
        raise validation_problem([fault | {"loc": ("table", *fault["loc"])} for fault in error.errors()]) from error


async def _read(form: FormData) -> Read:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Refused("file-missing", "必须上传文件", "a file is required", field="file")
    try:
        return await asyncio.to_thread(read_table, file.file)
    except Unfit as error:
        raise Refused(error.code, error.zh, error.en, field="file") from error


async def _locked(tx: Tx, principal: Principal, table_id: UUID, if_match: str | None) -> tuple[Table, SqlTables]:
    """As it was read."""
    demand(principal, Action.STEER)
    tables = SqlTables(await tx.raw())
    table = await tables.get(table_id, lock=True)
    require_match(if_match, etag_of_version(table.version))
    return table, tables


async def _entered(request: Request, response: Response, tables: SqlTables, table: Table) -> TableView:
    response.headers["Location"] = f"/v1/statistics/{table.table_id}"
    return await _answer(request, response, tables, table, table.revision, officer=True)


async def _answer(
    request: Request, response: Response, tables: SqlTables, table: Table, revision: int, *, officer: bool
) -> TableView:
    seen = await see(tables, table, revision, today=today_of(request))
    response.headers["ETag"] = etag_of_version(table.version)
    response.headers["Cache-Control"] = "no-store"
    return TableView.with_versions(seen, await tables.entries(table.table_id) if officer else [])
