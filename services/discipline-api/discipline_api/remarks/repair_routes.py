"""HTTP in and out: credit repair."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.rate_limit import public_rate_limit
from fastapi import Depends, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.domain import Running
from discipline_api.clocks.store import SqlClocks
from discipline_api.record.store import SqlSanctions
from discipline_api.refusals import Refused
from discipline_api.remarks.callers import (
    check_desk,
    displayed,
    locked_by_organ,
    locked_by_subject,
    readable,
    speaks_for_itself,
    still_displayed,
)
from discipline_api.remarks.domain import Record
from discipline_api.remarks.repair import COMMITMENT, Repair, RepairState
from discipline_api.remarks.repair_use_cases import (
    accept_repair,
    apply_for_repair,
    extend_repair,
    grant_repair,
    note_site_answer,
    refuse_repair,
    retract_repair,
    turn_away,
)
from discipline_api.remarks.store import REPAIRS, RemarkDisplay, SqlRemarks
from discipline_api.remarks.views import (
    ApplyForRepair,
    AtRisk,
    CommitmentView,
    DecideRepair,
    ExtendRepair,
    RepairAcceptance,
    RepairLine,
    RepairView,
    SiteAnswer,
    check_absent,
    present,
)

router = Router(prefix="/v1", tags=["异议与信用修复 Objections and repair"])


@router.get(
    "/repair-commitment", summary="信用承诺现行文本 The commitment in force", dependencies=[Depends(public_rate_limit)]
)
async def get_commitment() -> CommitmentView:
    return CommitmentView(version=COMMITMENT.version, zh=COMMITMENT.zh, en=COMMITMENT.en)


@router.post(
    "/disclosures/{record_id}/repairs", status_code=status.HTTP_201_CREATED, summary="申请信用修复 Apply for repair"
)
async def post_repair(
    *,
    request: Request,
    record_id: UUID,
    body: ApplyForRepair,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
) -> RepairLine:
    now, by_officer, vault = now_of(request), not speaks_for_itself(principal), request.app.state.vault
    shown = await displayed(tx, vault, principal, record_id, now)
    if not by_officer and body.received_on is not None:
        raise Refused(
            "value-out-of-place", "received_on 由机关填写", "received_on is for officers", field="received_on"
        )
    repairs = SqlRemarks(tx, vault, REPAIRS, now)
    repair = await apply_for_repair(
        repairs,
        SqlClocks(tx),
        shown,
        await SqlSanctions(tx.session).find(record_id),
        await repairs.of_record(record_id),
        commitment_version=body.commitment_version,
        received_on=body.received_on,
        by_officer=by_officer,
        now=now,
    )
    response.headers["Location"] = f"/v1/repairs/{repair.repair_id}"
    return await _answer(tx, principal, "repair:apply", repair, response=response, now=now)


@router.post("/repairs/{repair_id}/acceptance", summary="受理或不予受理 Accept or turn away")
async def post_acceptance(
    *,
    request: Request,
    repair_id: UUID,
    body: RepairAcceptance,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> RepairLine:
    repairs, locked, record = await _locked(request, tx, principal, repair_id, if_match)
    today = today_of(request)
    if body.accepted:
        check_absent("ground", body.ground)
        check_absent("reasons", body.reasons)
        done = await accept_repair(repairs, SqlClocks(tx), locked, record, today)
    else:
        ground, reasons = present("ground", body.ground), present("reasons", body.reasons)
        done = await turn_away(repairs, SqlClocks(tx), locked, ground, reasons, today=today)
    return await _answer(tx, principal, "repair:accept", done, response=response, now=now_of(request))


@router.post("/repairs/{repair_id}/extension", summary="延长办理期限（一次） Extend once")
async def post_extension(
    *,
    request: Request,
    repair_id: UUID,
    body: ExtendRepair,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> RepairLine:
    repairs, locked, record = await _locked(request, tx, principal, repair_id, if_match)
    extended = await extend_repair(repairs, SqlClocks(tx), locked, record, reason=body.reason, today=today_of(request))
    return await _answer(tx, principal, "repair:extend", extended, response=response, now=now_of(request))


@router.post(
    "/repairs/{repair_id}/decision",
    summary="作出修复决定 Decide",
    description="准予修复的，决定之日为公示的最后一日。If granted, the day of the decision is the last on display.",
)
async def post_decision(
    *,
    request: Request,
    repair_id: UUID,
    body: DecideRepair,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> RepairLine:
    now = now_of(request)
    repairs, locked, _ = await _locked(request, tx, principal, repair_id, if_match)
    if not body.granted:
        ground = present("ground", body.ground)
        done = await refuse_repair(repairs, SqlClocks(tx), locked, ground, body.reasons, today=today_of(request))
    else:
        check_absent("ground", body.ground)
        sanctions = SqlSanctions(tx.session)
        sanction = await sanctions.get_for_update(locked.record_id)
        done = await grant_repair(
            repairs,
            SqlClocks(tx),
            RemarkDisplay(tx),
            sanctions,
            tx.outbox,
            locked=locked,
            sanction=sanction,
            shown=await still_displayed(tx, locked.record_id, now),
            duties=body.duties.duties(),
            reasons=body.reasons,
            now=now,
        )
    return await _answer(tx, principal, "repair:decide", done, response=response, now=now)


@router.post("/repairs/{repair_id}/retraction", summary="撤回申请 Retract an application")
async def post_retraction(
    *,
    request: Request,
    repair_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> RepairLine:
    now, vault = now_of(request), request.app.state.vault
    locked = await locked_by_subject(tx, vault, principal, REPAIRS, repair_id, now=now, if_match=if_match)
    repairs = SqlRemarks(tx, vault, REPAIRS, now)
    retracted = await retract_repair(repairs, SqlClocks(tx), locked, today_of(request))
    return await _answer(tx, principal, "repair:retract", retracted, response=response, now=now)


@router.post("/repairs/{repair_id}/site-answer", summary="登记信用网站的答复 Record the credit site's answer")
async def post_site_answer(
    *,
    request: Request,
    repair_id: UUID,
    body: SiteAnswer,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> RepairLine:
    repairs, locked, _ = await _locked(request, tx, principal, repair_id, if_match)
    noted = await note_site_answer(repairs, SqlClocks(tx), locked, body.answered_on, today_of(request))
    return await _answer(tx, principal, "repair:note-site", noted, response=response, now=now_of(request))


@router.get("/repairs", summary="本机关的修复申请 Applications about the organ's records")
async def get_repairs(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    state: RepairState | None = None,
    at_risk: AtRisk = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RepairLine]:
    check_desk(principal)
    now = now_of(request)
    after = decode_cursor(cursor, "repairs", datetime, UUID)
    found = await SqlRemarks(tx, request.app.state.vault, REPAIRS, now).desk(
        principal, state=state, at_risk=at_risk, now=now, limit=limit + 1, after=after
    )
    deadlines = await _deadlines(tx, found)
    response.headers["Cache-Control"] = "no-store"
    return Page[RepairLine].of(
        found,
        limit=limit,
        item=lambda repair: RepairLine.of(repair, deadlines, now),
        cursor=lambda repair: encode_cursor("repairs", repair.filed_at, repair.repair_id),
    )


@router.get("/repairs/{repair_id}", summary="一件修复申请 An application")
async def get_repair(
    request: Request, repair_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> RepairView:
    now, vault = now_of(request), request.app.state.vault
    repair = await readable(tx, vault, principal, REPAIRS, repair_id, now=now)
    await append(tx, Entry.by(principal, "repair:read", "repair", repair_id, at=now))
    response.headers["ETag"] = etag_of_version(repair.version)
    response.headers["Cache-Control"] = "no-store"
    texts = await SqlRemarks(tx, vault, REPAIRS, now).texts(repair)
    return RepairView.with_texts(repair, texts, await _deadlines(tx, [repair]), now)


async def _locked(
    request: Request, tx: Tx, principal: Principal, repair_id: UUID, if_match: str | None
) -> tuple[SqlRemarks[Repair], Repair, Record]:
    now, vault = now_of(request), request.app.state.vault
    locked, record = await locked_by_organ(tx, vault, principal, REPAIRS, repair_id, now=now, if_match=if_match)
    return SqlRemarks(tx, vault, REPAIRS, now), locked, record


async def _answer(
    tx: Tx, principal: Principal, action: str, repair: Repair, *, response: Response, now: datetime
) -> RepairLine:
    await append(tx, Entry.by(principal, action, "repair", repair.repair_id, at=now))
    response.headers["ETag"] = etag_of_version(repair.version)
    response.headers["Cache-Control"] = "no-store"
    return RepairLine.of(repair, await _deadlines(tx, [repair]), now)


async def _deadlines(tx: Tx, repairs: Sequence[Repair]) -> list[Running]:
    return await SqlClocks(tx).of(*(repair.repair_id for repair in repairs))
