"""`/v1/backfills`: tables of past numbers, tried first or taken in, and decisions on what they would override."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.files.tables import check_workbook, read_sheets
from common.http import RequestModel, Router, Transaction
from common.http.body_limit import body_limit
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Depends, Query, Request, Response
from pydantic import AwareDatetime, Field

from progress_api.backfills.domain import MOST_ROWS, Placed, difference, entries_of
from progress_api.backfills.store import SqlBackfills, missing, versions_of
from progress_api.backfills.use_cases import decide, take_in
from progress_api.backfills.views import BackfillLine, BackfillView, DryRunView, ReportedValueView
from progress_api.permissions import Action, demand
from progress_api.refusals import Fault, NotFound, Refused
from progress_api.reporting.access import demand_reader, readable
from progress_api.reporting.store import SqlReports

router = Router(prefix="/v1/backfills", tags=["补录 Back-fill"])
values = Router(prefix="/v1/reported-values", tags=["报送数值 Reported values"])

MOST_BYTES = 8 * 1024 * 1024
_MOST_CELLS = 40 * MOST_ROWS
_MOST_UNPACKED = 128 * 1024 * 1024
_MOST_FAULTS = 1000
"""Told at once; the number of all is told beside them."""
_LIST = "backfills"
_NO_STORE = {"Cache-Control": "no-store"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TABLE = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": _BINARY,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BINARY,
        },
    }
}


class DecideConflicts(RequestModel):
    override: bool = Field(description="是否以补录数替换已确认数 / whether the back-filled numbers take their place")


async def _received(request: Request, principal: CurrentPrincipal) -> AsyncIterator[bytes]:
    """Read before a transaction begins: a slow sender holds no connection of the database."""
    demand(principal, Action.STEER)
    async with request.app.state.receiving.body(request) as data:
        yield data


Received = Annotated[bytes, Depends(_received, scope="function")]


def _understood(data: bytes, today: date) -> list[Placed]:
    """Raises Unfit or Refused with all that is wrong. Blocking: for a thread."""
    if data.startswith(b"PK"):
        check_workbook(data)
    sheets = read_sheets(
        io.BytesIO(data), most_rows=MOST_ROWS + 10, most_cells=_MOST_CELLS, most_unpacked=_MOST_UNPACKED
    )
    if not sheets:
        raise Refused("file-empty", "工作簿中没有工作表", "the workbook has no sheet", field="file")
    placed, faults = entries_of(sheets[0], today)
    _demand_faultless(faults)
    if not placed:
        raise Refused("file-empty", "表中没有数据", "the table has no rows", field="file")
    return placed


def _demand_faultless(faults: list[Fault]) -> None:
    if faults:
        raise Refused(
            "table-faulty",
            f"表中有{len(faults)}处错误，未写入任何数据",
            f"{len(faults)} faults in the table; nothing has been written",
            faults=faults[:_MOST_FAULTS],
        )


@router.post(
    "/dry-runs",
    summary="试补录（只核对） Try a table: faults and differences, nothing written",
    description="列：指标编号、地区、报告期、数值、基数、达成日期、文号。"
    " Columns: indicator, region, period, amount, base, reached_on, document_number.",
    openapi_extra=_TABLE,
)
@body_limit(MOST_BYTES)
async def post_dry_run(
    request: Request, principal: CurrentPrincipal, data: Received, tx: Transaction, response: Response
) -> DryRunView:
    demand(principal, Action.STEER)
    placed = await asyncio.to_thread(_understood, data, today_of(request))
    entries = [each.entry for each in placed]
    store = SqlBackfills(await tx.raw())
    await store.check_rows(entries)
    response.headers.update(_NO_STORE)
    return DryRunView.of(difference(entries, await store.told(entries)))


@router.post(
    "",
    status_code=201,
    summary="补录 Take a table in, in one transaction",
    description="新数即予确认；与已确认数不同的列为冲突，须由另一名经办人决定。"
    " New numbers are confirmed; those that contradict confirmed ones wait for another officer.",
    openapi_extra=_TABLE,
)
@body_limit(MOST_BYTES)
async def post_backfill(
    *,
    request: Request,
    principal: CurrentPrincipal,
    data: Received,
    tx: Transaction,
    response: Response,
    late: Annotated[bool, Query(description="迟到数值：所属期已收官定格 / of frozen periods, for an addendum")] = False,
) -> BackfillView:
    demand(principal, Action.STEER)
    placed = await asyncio.to_thread(_understood, data, today_of(request))
    store = SqlBackfills(await tx.raw())
    backfill, found = await take_in(
        store,
        tx.outbox,
        [each.entry for each in placed],
        hashlib.sha256(data).digest(),
        by=principal.subject,
        at=now_of(request),
        late=late,
    )
    response.headers["Location"] = f"/v1/backfills/{backfill.backfill_id}"
    return BackfillView.of(backfill, [(conflict, None) for conflict in found.conflicts])


@router.get("", summary="补录列表 Back-fills, newest first")
async def get_backfills(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[BackfillLine]:
    demand(principal, Action.STEER)
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    found = await SqlBackfills(await tx.raw()).search(after=after, limit=limit + 1)
    response.headers.update(_NO_STORE)
    return Page[BackfillLine].of(
        found,
        limit=limit,
        item=BackfillLine.line,
        cursor=lambda each: encode_cursor(_LIST, each.uploaded_at.isoformat(), str(each.backfill_id)),
    )


@router.get("/{backfill_id}", summary="一次补录及其冲突 A back-fill and its conflicts")
async def get_backfill(
    backfill_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> BackfillView:
    demand(principal, Action.STEER)
    store = SqlBackfills(await tx.raw())
    backfill = await store.get(backfill_id)
    response.headers.update(_NO_STORE)
    return BackfillView.of(backfill, await store.conflicts(backfill))


@router.post(
    "/{backfill_id}/decision",
    summary="决定冲突 Decide on its conflicts, once, by another officer",
    description="替换的按更正新增版本；其间又有变化的不替换。"
    " What is overridden gets a new version; what has changed meanwhile is left as it is.",
)
async def post_decision(
    *, request: Request, backfill_id: UUID, body: DecideConflicts, principal: CurrentPrincipal, tx: Transaction
) -> BackfillView:
    demand(principal, Action.STEER)
    store = SqlBackfills(await tx.raw())
    backfill = await store.get(backfill_id, lock=True)
    waiting = [conflict for conflict, _ in await store.conflicts(backfill)]
    decided = await decide(
        store,
        tx.outbox,
        backfill,
        waiting,
        overrides=body.override,
        by=principal.subject,
        at=now_of(request),
    )
    return BackfillView.of(decided, await store.conflicts(decided))


@values.get("/{value_id}", summary="报送数值的来历 Where a reported number comes from")
async def get_value(
    value_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ReportedValueView:
    """For its reporter and the department; the ids stand in the evidence of the indicator."""
    demand_reader(principal)
    connection = await tx.raw()
    view = ReportedValueView.of(value_id, await versions_of(connection, value_id))
    try:
        await readable(SqlReports(connection), view.report_id, principal)
    except NotFound:
        raise missing() from None
    response.headers.update(_NO_STORE)
    return view
