"""HTTP in and out for the reconciliation with the licensing system."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal, Principal
from common.http import RequestModel, Router, Transaction
from common.http.body_limit import body_limit
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor
from contracts.legal_day import legal_today
from fastapi import Depends, Query, Request, Response, status
from pydantic import Field
from starlette.datastructures import FormData

from registry_api.permissions import Action, allowed, demand
from registry_api.reconciliation.domain import Difference, LineState, Outcome, Reason
from registry_api.reconciliation.report import as_xlsx
from registry_api.reconciliation.store import Lines, SqlReconciliations
from registry_api.reconciliation.tables import ReconciliationLineRow
from registry_api.reconciliation.use_cases import Export, Settlement, reconcile, settle_line
from registry_api.reconciliation.views import CountView, LatestView, LineView, RunView, line_cursor, run_cursor
from registry_api.register.fields import RegionCode
from registry_api.register.refusals import NotFound
from registry_api.register.scope import visible_region
from registry_api.sheets.columns import Kind
from registry_api.sheets.taking_in import take_in
from registry_api.sheets.upload import MAX_BYTES, form_description, received, upload_of

router = Router(prefix="/v1", tags=["对账 Reconciliation"])

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TABLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {_XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


class SettleLine(RequestModel):
    outcome: Outcome
    reason: Reason
    note: str | None = Field(default=None, min_length=1, max_length=500)


async def _form(request: Request, principal: CurrentPrincipal) -> AsyncIterator[FormData]:
    """A stranger's upload is not read at all."""
    demand(principal, Action.RECONCILE, PROVINCE)
    async with received(request) as form:
        yield form


Form = Annotated[FormData, Depends(_form, scope="function")]


@router.post(
    "/reconciliations",
    status_code=status.HTTP_201_CREATED,
    summary="与许可系统对账 Reconcile with the licensing system",
    openapi_extra=form_description(),
)
@body_limit(MAX_BYTES)
async def post_reconciliation(
    *, request: Request, principal: CurrentPrincipal, form: Form, tx: Transaction, response: Response
) -> RunView:
    """The full export of the province, compared with the register in one snapshot. It changes nothing in the register:
    what is to be changed is imported or proposed.
    """
    upload = upload_of(form, ())
    taken = await asyncio.to_thread(take_in, upload.file, upload.kind, request.app.state.sealer)
    export = Export(upload.kind, upload.name, taken.lines)
    store = SqlReconciliations(await tx.raw())
    run = await reconcile(store, tx.outbox, export, requested_by=principal.subject, today=legal_today())
    response.headers["Location"] = "/v1/reconciliations/latest"
    found = await Lines(tx.session).run(run.reconciliation_id)
    return RunView.of(found)


@router.get("/reconciliations", summary="对账记录 Runs, newest first")
async def get_reconciliations(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: Kind | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RunView]:
    _demand_reader(principal)
    decoded = decode_cursor(cursor, "reconciliations", datetime, UUID)
    after = None if decoded is None else (decoded[0], decoded[1])
    rows = await Lines(tx.session).runs(kind, limit=limit + 1, after=after)
    return Page[RunView].of(rows, limit=limit, item=RunView.of, cursor=run_cursor)


@router.get("/reconciliations/latest", summary="最近一次对账 The latest run, by region and field")
async def get_latest(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: Kind = Kind.LAWYERS,
    region: RegionCode | None = None,
) -> LatestView:
    region = _visible(principal, region)
    lines = Lines(tx.session)
    runs = await lines.runs(kind, limit=1)
    if not runs:
        raise NotFound("对账", "reconciliation")
    counts = [CountView.of(row) for row in await lines.counts(kind, region)]
    return LatestView(**RunView.of(runs[0]).model_dump(), counts=counts)


@router.get("/reconciliations/lines", summary="差异 Differences", response_model=Page[LineView], responses=_TABLE)
async def get_lines(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: Kind | None = None,
    region: RegionCode | None = None,
    difference: Difference | None = None,
    field: Annotated[str | None, Query(max_length=40)] = None,
    state: LineState | None = None,
    format: Annotated[Literal["json", "xlsx"], Query(description="下载格式 / file format")] = "json",  # noqa: A002 -- the API's word
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response | Page[LineView]:
    """Those of the reader's region."""
    filters = {
        "kind": None if kind is None else kind.value,
        "region": _visible(principal, region),
        "difference": None if difference is None else difference.value,
        "field": field,
        "state": None if state is None else state.value,
    }
    lines = Lines(tx.session)
    if format == "xlsx":
        body = await asyncio.to_thread(as_xlsx, await lines.search(filters))
        name = 'attachment; filename="reconciliation.xlsx"'
        return Response(body, media_type=_XLSX, headers={"Content-Disposition": name})
    after = decode_cursor(cursor, "reconciliation-lines", UUID)
    rows = await lines.search(filters, limit=limit + 1, after=None if after is None else after[0])
    return Page[LineView].of(rows, limit=limit, item=LineView.of, cursor=line_cursor)


@router.post("/reconciliations/lines/{line_id}/settle", summary="处理差异 Settle a difference")
async def post_settlement(line_id: UUID, body: SettleLine, principal: CurrentPrincipal, tx: Transaction) -> LineView:
    """By the organ that owns it. What a later run still finds opens anew, unless it was explained."""
    await _line(tx, principal, line_id)
    store = SqlReconciliations(await tx.raw())
    settlement = Settlement(body.outcome, body.reason, body.note, principal.subject, legal_today())
    await settle_line(store, line_id, settlement)
    return LineView.of(await _line(tx, principal, line_id))


async def _line(tx: Transaction, principal: Principal, line_id: UUID) -> ReconciliationLineRow:
    row = await Lines(tx.session).line(line_id)
    if row is None:
        raise NotFound("差异", "difference")
    demand(principal, Action.SETTLE_DIFFERENCES, row.region)
    return row


def _visible(principal: Principal, region: str | None) -> str | None:
    """The licensing system sees what it has found; officers what is theirs."""
    if allowed(principal, Action.RECONCILE, PROVINCE):
        return region
    return visible_region(principal, Action.SETTLE_DIFFERENCES, region)


def _demand_reader(principal: Principal) -> None:
    """Runs show numbers of the whole province only, which every organ of the register may know."""
    if not allowed(principal, Action.RECONCILE, PROVINCE):
        demand(principal, Action.SETTLE_DIFFERENCES, principal.region or PROVINCE)
