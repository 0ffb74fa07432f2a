"""`/v1/notices`: issued by the department, answered by their addressees."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.notices import NoticeColour
from contracts.reporting import Reporter
from fastapi import Depends, Query, Request, Response, status
from pydantic import AwareDatetime

from progress_api.notices import use_cases
from progress_api.notices.domain import Act, Notice, State, Subject
from progress_api.notices.fields import AnswerNotice, OpenNotice, Reasoned, Remark
from progress_api.notices.store import SqlNotices, missing
from progress_api.notices.views import NoticeView, OpenedNotice
from progress_api.organisations import Organisation, PlaceCode, organisation, own_organisation
from progress_api.permissions import Action, demand
from progress_api.refusals import NotCompetent

router = Router(prefix="/v1/notices", tags=["督办 Notices"])
_LIST = "notices"


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="发出督办 Open a notice",
    description="红色督办须由另一名工作人员签发。 A red notice waits for a second officer.",
)
async def post_notice(
    request: Request, response: Response, body: OpenNotice, principal: CurrentPrincipal, tx: Transaction
) -> OpenedNotice:
    demand(principal, Action.STEER)
    notice = await use_cases.open_by_hand(
        SqlNotices(tx),
        tx,
        addressee=organisation(body.addressee, body.region, field="region"),
        subject=Subject(body.subject_kind, body.subject),
        colour=body.colour,
        text=body.text,
        act=_act(request, principal),
    )
    response.headers["Location"] = f"/v1/notices/{notice.notice_id}"
    return await _answer(request, response, tx, notice, internal=True)


@router.get("", summary="督办列表 Notices, newest first")
async def get_notices(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    state: State | None = None,
    colour: NoticeColour | None = None,
    addressee: Reporter | None = None,
    region: Annotated[PlaceCode | None, Query()] = None,
    overdue: Annotated[bool, Query(description="只看逾期未复 / overdue only")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[NoticeView]:
    own = own_organisation(principal, Action.READ_SUPERVISION)
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    kind, place = (addressee, region) if own is None else (own.kind, own.region)
    # Of another organisation there is nothing to see.
    foreign = own is not None and (addressee not in (None, own.kind) or region not in (None, own.region))
    found = (
        []
        if foreign
        else await SqlNotices(tx).search(
            {
                "addressee": kind and kind.value,
                "region": place,
                "state": state and state.value,
                "colour": colour and colour.value,
                "issued_only": own is not None,
                "overdue_only": overdue,
                "today": today_of(request),
                "after_at": after and after[0],
                "after_id": after and after[1],
                "limit": limit + 1,
            }
        )
    )
    response.headers["Cache-Control"] = "no-store"
    now = now_of(request)
    return Page[NoticeView].of(
        found,
        limit=limit,
        item=lambda notice: NoticeView.of(notice, now, internal=own is None),
        cursor=lambda notice: encode_cursor(_LIST, notice.opened_at, str(notice.notice_id)),
    )


@router.get("/{notice_id}", summary="一份督办及其经过 A notice and what happened")
async def get_notice(
    request: Request, response: Response, notice_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> OpenedNotice:
    own = own_organisation(principal, Action.READ_SUPERVISION)
    notice = await SqlNotices(tx).get(notice_id)
    _demand_addressed(notice, own)
    response.headers["Cache-Control"] = "no-store"
    return await _answer(request, response, tx, notice, internal=own is None)


@dataclass(frozen=True, slots=True)
class Steering:
    """An officer of the department before a notice that is locked, as he has read it."""

    request: Request
    response: Response
    tx: Tx
    notice: Notice
    act: Act

    @property
    def at_hand(self) -> tuple[SqlNotices, Tx, Notice]:
        return SqlNotices(self.tx), self.tx, self.notice

    async def shown(self, after: Notice) -> OpenedNotice:
        return await _answer(self.request, self.response, self.tx, after, internal=True)


async def _steering(
    *,
    request: Request,
    response: Response,
    notice_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> Steering:
    demand(principal, Action.STEER)
    notice = await SqlNotices(tx).get(notice_id, lock=True)
    require_match(if_match, etag_of_version(notice.version))
    return Steering(request, response, tx, notice, _act(request, principal))


Steered = Annotated[Steering, Depends(_steering)]


@router.post("/{notice_id}/issuance", summary="签发待签发的督办或升级 Issue what waits, or agree as the first of two")
async def post_issuance(body: Remark, steered: Steered) -> OpenedNotice:
    return await steered.shown(await use_cases.agree(*steered.at_hand, steered.act, body.text))


@router.post("/{notice_id}/answers", status_code=status.HTTP_201_CREATED, summary="答复 Answer with evidence")
async def post_answer(
    *,
    request: Request,
    response: Response,
    notice_id: UUID,
    body: AnswerNotice,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> OpenedNotice:
    demand(principal, Action.REPORT)
    own = own_organisation(principal, Action.READ_SUPERVISION)
    notice = await SqlNotices(tx).get(notice_id, lock=True)
    _demand_addressed(notice, own)
    if own is None and notice.addressee.kind is not Reporter.PROVINCIAL_DIVISION:
        raise NotCompetent("not-addressee", "只有被督办单位可以答复", "only its addressee answers a notice")
    require_match(if_match, etag_of_version(notice.version))
    evidence = tuple(each.reference_of() for each in body.evidence)
    act = _act(request, principal)
    after = await use_cases.answer(SqlNotices(tx), tx, notice, text=body.text, evidence=evidence, act=act)
    return await _answer(request, response, tx, after, internal=own is None)


@router.post("/{notice_id}/acceptance", summary="认可答复 Accept the answer")
async def post_acceptance(body: Remark, steered: Steered) -> OpenedNotice:
    return await steered.shown(await use_cases.accept(*steered.at_hand, body.text, steered.act))


@router.post("/{notice_id}/return", summary="退回答复 Send the answer back")
async def post_return(body: Reasoned, steered: Steered) -> OpenedNotice:
    return await steered.shown(await use_cases.send_back(*steered.at_hand, body.reason, steered.act))


@router.post("/{notice_id}/closure", summary="办结 Close")
async def post_closure(body: Remark, steered: Steered) -> OpenedNotice:
    return await steered.shown(await use_cases.close(*steered.at_hand, body.text, steered.act))


@router.post("/{notice_id}/escalation", summary="升级 Escalate by hand")
async def post_escalation(body: Reasoned, steered: Steered) -> OpenedNotice:
    return await steered.shown(await use_cases.escalate(*steered.at_hand, body.reason, steered.act))


@router.post("/{notice_id}/withdrawal", summary="撤回 Withdraw")
async def post_withdrawal(body: Reasoned, steered: Steered) -> OpenedNotice:
    return await steered.shown(await use_cases.withdraw(*steered.at_hand, body.reason, steered.act))


def _demand_addressed(notice: Notice, own: Organisation | None) -> None:
    """None: the department, which sees all. A notice that is not issued is none to its addressee."""
    if own is not None and (notice.addressee != own or notice.number is None):
        raise missing()


def _act(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, now_of(request), today_of(request))


async def _answer(request: Request, response: Response, tx: Tx, notice: Notice, *, internal: bool) -> OpenedNotice:
    response.headers["ETag"] = etag_of_version(notice.version)
    steps = await SqlNotices(tx).steps(notice.notice_id)
    return OpenedNotice.with_steps(notice, steps, now_of(request), internal=internal)
