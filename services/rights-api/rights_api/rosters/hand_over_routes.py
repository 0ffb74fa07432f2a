"""The hand-over between shifts: a sealed note to the next on duty, who takes it over."""

from typing import Literal
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Request, Response
from pydantic import AwareDatetime

from rights_api.duty.officers import own_organ
from rights_api.organs import Organ
from rights_api.permissions import Action
from rights_api.refusals import NotCompetent, NotFound
from rights_api.rosters.domain import HandOver
from rights_api.rosters.fields import WriteHandOver
from rights_api.rosters.store import SqlRosters
from rights_api.rosters.use_cases import hand_over, take_over
from rights_api.rosters.views import HandOverView, OpenedHandOver

router = Router(prefix="/v1/duty", tags=["值班 Duty"])
_LIST = "hand-overs"


@router.post("/hand-overs", status_code=201, summary="填写交接班记录 Write a hand-over note")
async def post_hand_over(
    request: Request, body: WriteHandOver, principal: CurrentPrincipal, tx: Transaction
) -> HandOverView:
    organ = own_organ(principal, Action.DUTY)
    written = HandOver(uuid4(), organ, body.on, principal.subject, now_of(request))
    await hand_over(_rosters(request, tx), written, body.note, today=today_of(request))
    return HandOverView.of(written)


@router.get("/hand-overs", summary="交接班记录（不含内容） Hand-overs, without their notes")
async def get_hand_overs(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    state: Literal["open", "all"] = "open",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[HandOverView]:
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    found = await _rosters(request, tx).hand_overs(
        own_organ(principal, Action.DUTY),
        limit=limit + 1,
        open_only=state == "open",
        after=None if after is None else (after[0], after[1]),
    )
    return Page[HandOverView].of(
        found,
        limit=limit,
        item=HandOverView.of,
        cursor=lambda each: encode_cursor(_LIST, each.written_at, str(each.hand_over_id)),
    )


@router.get("/hand-overs/{hand_over_id}", summary="查看交接班内容（留痕） A hand-over with its note")
async def get_hand_over(
    *, request: Request, response: Response, hand_over_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> OpenedHandOver:
    """For who wrote it and who is on duty next; each look is on record."""
    rosters = _rosters(request, tx)
    found = await _found(rosters, hand_over_id, own_organ(principal, Action.DUTY))
    readers = {found.written_by, found.taken_by}
    if principal.subject not in readers | set(await rosters.next_on_duty(found.organ, found.on, today_of(request))):
        raise NotCompetent(
            "not-next-on-duty",
            "只有交班人和下一班的值班人、替班人可以查看",
            "only who wrote it and who is on duty next may read it",
        )
    note = await rosters.open_note(hand_over_id, principal.subject, now_of(request))
    response.headers["Cache-Control"] = "no-store"
    return OpenedHandOver(hand_over=HandOverView.of(found), note=note)


@router.post("/hand-overs/{hand_over_id}/taking-over", summary="接班 Take over")
async def post_taking_over(
    *, request: Request, hand_over_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> HandOverView:
    organ, rosters = own_organ(principal, Action.DUTY), _rosters(request, tx)
    before = await _found(rosters, hand_over_id, organ)
    await take_over(rosters, before, subject=principal.subject, at=now_of(request), today=today_of(request))
    return HandOverView.of(await _found(rosters, hand_over_id, organ))


def _rosters(request: Request, tx: Transaction) -> SqlRosters:
    return SqlRosters(tx.session, request.app.state.vault)


async def _found(rosters: SqlRosters, hand_over_id: UUID, organ: Organ) -> HandOver:
    found = await rosters.hand_over(hand_over_id)
    if found is None or found.organ != organ:
        raise NotFound("没有这份交接班记录。", "There is no such hand-over.")
    return found
