"""HTTP out: what a lawyer or firm reads about itself, free of charge (河南省社会信用条例 40)."""

from uuid import UUID

import orjson
from common.auth import CurrentPrincipal
from common.clock import now_of
from common.http import Router, Transaction
from fastapi import Request, Response

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.store import SqlClocks
from discipline_api.display.shown import Shown
from discipline_api.display.store import SqlDisplay
from discipline_api.record.store import SqlSanctions
from discipline_api.remarks.callers import own_number
from discipline_api.remarks.repair import possible_from
from discipline_api.remarks.store import OBJECTIONS, REPAIRS, STATEMENTS, SqlRecords, SqlRemarks
from discipline_api.remarks.views import ObjectionLine, OwnRecord, OwnRecords, RepairLine, StatementLine

router = Router(prefix="/v1", tags=["异议与信用修复 Objections and repair"])


@router.get(
    "/my/records",
    summary="查询本人（本所）记录 One's own records",
    description="公示中的记录，以及本人的异议、修复申请和声明。What is on display, with one's own remarks.",
)
async def get_own_records(
    request: Request, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> OwnRecords:
    number, now, vault = own_number(principal), now_of(request), request.app.state.vault
    shown = {each.record_id: each for each in await SqlDisplay(tx).about(number, now)}
    remarked = [record.record_id for record in await SqlRecords(tx, vault).about(number, now)]
    records = [*shown, *(record_id for record_id in remarked if record_id not in shown)]
    objections = await SqlRemarks(tx, vault, OBJECTIONS, now).of_record(*records)
    repairs = await SqlRemarks(tx, vault, REPAIRS, now).of_record(*records)
    statements = await SqlRemarks(tx, vault, STATEMENTS, now).of_record(*records)
    deadlines = await SqlClocks(tx).of(
        *(each.objection_id for each in objections),
        *(each.repair_id for each in repairs),
        *(each.statement_id for each in statements),
    )
    await append(tx, Entry.by(principal, "own-records:read", "own-records", principal.subject, at=now))
    response.headers["Cache-Control"] = "no-store"
    sanctions = SqlSanctions(tx.session)

    async def own(record_id: UUID, on_display: Shown | None) -> OwnRecord:
        sanction = None if on_display is None else await sanctions.find(record_id)
        return OwnRecord(
            record_id=record_id,
            on_display=on_display is not None,
            record=None if on_display is None else orjson.loads(on_display.body()),
            repair_possible_from=None
            if sanction is None or sanction.term.repaired_on is not None
            else possible_from(sanction),
            objections=[ObjectionLine.of(o, deadlines, now) for o in objections if o.record_id == record_id],
            repairs=[RepairLine.of(r, deadlines, now) for r in repairs if r.record_id == record_id],
            statements=[StatementLine.of(s, deadlines, now) for s in statements if s.record_id == record_id],
        )

    return OwnRecords(items=[await own(record_id, shown.get(record_id)) for record_id in records])
