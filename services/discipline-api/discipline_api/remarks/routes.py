"""HTTP in and out: objections."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Problem, Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.translations import status_titles
from fastapi import Request, Response, status

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
    readable,
    speaks_for_itself,
    still_displayed,
)
from discipline_api.remarks.domain import Objection, ObjectionState, Record, Remedy, Repeated
from discipline_api.remarks.store import OBJECTIONS, RemarkDisplay, SqlRemarks
from discipline_api.remarks.use_cases import (
    file_objection,
    have_source_check,
    hear_source,
    reject_objection,
    uphold_objection,
)
from discipline_api.remarks.views import (
    AnswerObjection,
    AskSource,
    AtRisk,
    FileObjection,
    ObjectionLine,
    ObjectionView,
    SourceAnswer,
)

router = Router(prefix="/v1", tags=["异议与信用修复 Objections and repair"])


@router.post(
    "/disclosures/{record_id}/objections",
    status_code=status.HTTP_201_CREATED,
    summary="提出异议 Object to a record",
    description="公示立即标注“异议”。The record is marked as contested at once.",
)
async def post_objection(
    *,
    request: Request,
    record_id: UUID,
    body: FileObjection,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
) -> ObjectionLine:
    now, by_officer = now_of(request), not speaks_for_itself(principal)
    shown = await displayed(tx, request.app.state.vault, principal, record_id, now)
    for name in ("received_on", "new_facts"):
        if not by_officer and getattr(body, name) is not None:
            raise Refused("value-out-of-place", f"{name} 由机关填写", f"{name} is for officers", field=name)
    objections = SqlRemarks(tx, request.app.state.vault, OBJECTIONS, now)
    try:
        objection = await file_objection(
            objections,
            SqlClocks(tx),
            RemarkDisplay(tx),
            shown,
            ground=body.ground,
            text=body.text,
            new_facts=body.new_facts,
            received_on=body.received_on,
            by_officer=by_officer,
            now=now,
        )
    except Repeated as error:
        raise _repeated(error, (await objections.texts(error.earlier)).get("reasons")) from error
    response.headers["Location"] = f"/v1/objections/{objection.objection_id}"
    return await _answer(tx, principal, "objection:file", objection, response=response, now=now)


@router.post("/objections/{objection_id}/source-check", summary="请信息提供单位核查 Have the source check")
async def post_source_check(
    *,
    request: Request,
    objection_id: UUID,
    body: AskSource,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ObjectionLine:
    objections, locked, record = await _locked(request, tx, principal, objection_id, if_match)
    asked = await have_source_check(
        objections, SqlClocks(tx), locked, record, source=body.source, today=today_of(request)
    )
    return await _answer(tx, principal, "objection:ask-source", asked, response=response, now=now_of(request))


@router.post("/objections/{objection_id}/source-answer", summary="登记核查答复 Record the source's answer")
async def post_source_answer(
    *,
    request: Request,
    objection_id: UUID,
    body: SourceAnswer,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ObjectionLine:
    objections, locked, _ = await _locked(request, tx, principal, objection_id, if_match)
    heard = await hear_source(
        objections, SqlClocks(tx), locked, body.answered_on, today_of(request), confirms=body.confirms
    )
    return await _answer(tx, principal, "objection:note-source", heard, response=response, now=now_of(request))


@router.post("/objections/{objection_id}/answer", summary="答复异议 Answer an objection")
async def post_answer(
    *,
    request: Request,
    objection_id: UUID,
    body: AnswerObjection,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ObjectionLine:
    now = now_of(request)
    objections, locked, record = await _locked(request, tx, principal, objection_id, if_match)
    if body.upheld is (body.remedy is None):
        raise Refused(
            "remedy-does-not-fit",
            "异议成立时须填写处理方式，不成立时不填写",
            "say what was done where, and only where, it is upheld",
            field="remedy",
        )
    if not body.upheld:
        if body.correction is not None:
            raise Refused("value-out-of-place", "异议不成立时不更正", "nothing is corrected", field="correction")
        shown = await still_displayed(tx, record.record_id, now)
        answered = await reject_objection(
            objections, SqlClocks(tx), RemarkDisplay(tx), locked, shown, reasons=body.reasons, now=now
        )
    else:
        answered = await _uphold(tx, objections, locked, body, by=principal.subject, now=now)
    return await _answer(tx, principal, "objection:answer", answered, response=response, now=now)


async def _uphold(
    tx: Tx, objections: SqlRemarks[Objection], locked: Objection, body: AnswerObjection, *, by: str, now: datetime
) -> Objection:
    sanctions = SqlSanctions(tx.session)
    remedy = body.remedy or Remedy.CORRECTED
    # As everywhere: the sanction's row is locked before what is shown of it.
    sanction = await sanctions.find(locked.record_id, lock=True) if remedy is Remedy.CORRECTED else None
    return await uphold_objection(
        objections,
        SqlClocks(tx),
        RemarkDisplay(tx),
        sanctions,
        tx.outbox,
        locked=locked,
        shown=await still_displayed(tx, locked.record_id, now),
        sanction=sanction,
        remedy=remedy,
        correction=None if body.correction is None else body.correction.correction(by),
        reasons=body.reasons,
        now=now,
    )


@router.get("/objections", summary="本机关的异议 Objections to the organ's records")
async def get_objections(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    state: ObjectionState | None = None,
    at_risk: AtRisk = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ObjectionLine]:
    check_desk(principal)
    now = now_of(request)
    found = await SqlRemarks(tx, request.app.state.vault, OBJECTIONS, now).desk(
        principal,
        state=state,
        at_risk=at_risk,
        now=now,
        limit=limit + 1,
        after=decode_cursor(cursor, "objections", datetime, UUID),
    )
    deadlines = await _deadlines(tx, found)
    response.headers["Cache-Control"] = "no-store"
    return Page[ObjectionLine].of(
        found,
        limit=limit,
        item=lambda objection: ObjectionLine.of(objection, deadlines, now),
        cursor=lambda objection: encode_cursor("objections", objection.filed_at, objection.objection_id),
    )


@router.get("/objections/{objection_id}", summary="一件异议 An objection")
async def get_objection(
    request: Request, objection_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ObjectionView:
    now = now_of(request)
    vault = request.app.state.vault
    objection = await readable(tx, vault, principal, OBJECTIONS, objection_id, now=now)
    await append(tx, Entry.by(principal, "objection:read", "objection", objection_id, at=now))
    response.headers["ETag"] = etag_of_version(objection.version)
    response.headers["Cache-Control"] = "no-store"
    texts = await SqlRemarks(tx, vault, OBJECTIONS, now).texts(objection)
    return ObjectionView.with_texts(objection, texts, await _deadlines(tx, [objection]), now)


async def _locked(
    request: Request, tx: Tx, principal: Principal, objection_id: UUID, if_match: str | None
) -> tuple[SqlRemarks[Objection], Objection, Record]:
    now, vault = now_of(request), request.app.state.vault
    locked, record = await locked_by_organ(tx, vault, principal, OBJECTIONS, objection_id, now=now, if_match=if_match)
    return SqlRemarks(tx, vault, OBJECTIONS, now), locked, record


async def _answer(
    tx: Tx, principal: Principal, action: str, objection: Objection, *, response: Response, now: datetime
) -> ObjectionLine:
    await append(tx, Entry.by(principal, action, "objection", objection.objection_id, at=now))
    response.headers["ETag"] = etag_of_version(objection.version)
    response.headers["Cache-Control"] = "no-store"
    return ObjectionLine.of(objection, await _deadlines(tx, [objection]), now)


async def _deadlines(tx: Tx, objections: Sequence[Objection]) -> list[Running]:
    return await SqlClocks(tx).of(*(objection.objection_id for objection in objections))


def _repeated(error: Repeated, reasons: str | None) -> Problem:
    """With the answer that was given."""
    title_zh, title_en = status_titles(status.HTTP_409_CONFLICT)
    earlier = error.earlier
    return Problem(
        type=error.code,
        status=status.HTTP_409_CONFLICT,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=error.zh,
        detail_en=error.en,
        field=error.field,
        headers={"cache-control": "no-store"},
        extra={
            "earlier": {
                "objection_id": str(earlier.objection_id),
                "answered_on": earlier.answered_on and earlier.answered_on.isoformat(),
                "state": earlier.state.value,
                "reasons": reasons,
            }
        },
    )
