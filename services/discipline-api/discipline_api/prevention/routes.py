"""HTTP of prevention, for officers alone."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import LegalDay, now_of, today_of
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Query, Response, status
from starlette.requests import Request

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.organs import Organ, check_organ
from discipline_api.permissions import Action, allowed, demand, demand_any, visible
from discipline_api.prevention.domain import Addressee, clusters
from discipline_api.prevention.store import SqlTalks, sanctioned
from discipline_api.prevention.use_cases import put_on_record
from discipline_api.prevention.views import (
    CheckRepetition,
    ClustersView,
    ClusterView,
    RecordTalk,
    RepetitionsView,
    RepetitionView,
    TalkLine,
    TalkView,
)
from discipline_api.record.repeat import repetitions
from discipline_api.record.store import SqlSanctions
from discipline_api.refusals import Refused

router = Router(prefix="/v1", tags=["预防 Prevention"])
_NO_STORE = {"Cache-Control": "no-store"}
_YEAR = timedelta(days=365)


@router.post("/talks", status_code=status.HTTP_201_CREATED, summary="登记约谈、谈话提醒 Record a talk or reminder")
async def post_talk(
    request: Request, body: RecordTalk, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> TalkLine:
    demand_any(principal, Action.RECORD_TALK)
    organ = body.organ.organ()
    check_organ(organ)
    demand(principal, Action.RECORD_TALK, organ.kind, organ.region, organ.code)
    talk = await put_on_record(
        _talks(request, tx),
        tx.outbox,
        body.talk(uuid4()),
        body.notes,
        recorded_by=principal.subject,
        now=now_of(request),
    )
    response.headers["Location"] = f"/v1/talks/{talk.talk_id}"
    return TalkLine.line(talk)


@router.get("/talks", summary="谈话提醒记录 Talks and reminders")
async def get_talks(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    credit_code: Annotated[str | None, Query(max_length=18)] = None,
    addressee: Addressee | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[TalkLine]:
    found = await _talks(request, tx).search(
        visible(principal, Action.READ_TALKS),
        credit_code=credit_code,
        addressee=addressee,
        before=decode_cursor(cursor, "talks", date, UUID),
        limit=limit + 1,
    )
    response.headers.update(_NO_STORE)
    return Page[TalkLine].of(
        found,
        limit=limit,
        item=TalkLine.line,
        cursor=lambda talk: encode_cursor("talks", talk.held_on, talk.talk_id),
    )


@router.get("/talks/{talk_id}", summary="一条谈话提醒记录 A talk")
async def get_talk(
    request: Request, talk_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> TalkView:
    demand_any(principal, Action.READ_TALKS)
    talk, notes = await _talks(request, tx).get(talk_id)
    _demand_talk(principal, talk.organ)
    await append(tx, Entry.by(principal, Action.READ_TALKS.value, "talk", talk_id, at=now_of(request)))
    response.headers.update(_NO_STORE)
    return TalkView.of(talk, notes)


@router.post(
    "/repetition-checks",
    summary="再犯核查 What earlier sanctions mean for an act",
    description="不保存查询内容，但记入审计日志；不要求幂等键。"
    "Keeps no question, but is audited; needs no idempotency key.",
)
async def post_repetition_check(
    request: Request, body: CheckRepetition, principal: CurrentPrincipal, response: Response
) -> RepetitionsView:
    demand_any(principal, Action.CHECK_REPETITION)
    if body.act_on > today_of(request):
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="act_on")
    async with request.app.state.database.begin() as tx:
        found = repetitions(await SqlSanctions(tx.session).of_subject(*body.subject()), body.act_on)
        entry = Entry.by(
            principal, Action.CHECK_REPETITION.value, "repetition-check", uuid4(), at=now_of(request),
            reason=f"{len(found)} found",
        )  # fmt: skip
        await append(tx, entry)
    response.headers.update(_NO_STORE)
    return RepetitionsView(repetitions=[RepetitionView.of(each) for each in found])


@router.get("/clusters", summary="集中情况 Where sanctions cluster by firm and by conduct")
async def get_clusters(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    from_on: Annotated[LegalDay | None, Query(alias="from")] = None,
    to_on: Annotated[LegalDay | None, Query(alias="to")] = None,
) -> ClustersView:
    last = to_on or today_of(request)
    first = from_on or last - _YEAR
    if first > last:
        raise Refused("period-empty", "起始日晚于截止日", "the period ends before it begins", field="from")
    found = await sanctioned(tx, visible(principal), first, last)
    await append(tx, Entry.by(principal, Action.READ.value, "clusters", "-", at=now_of(request)))
    response.headers.update(_NO_STORE)
    return ClustersView(
        from_on=first,
        to_on=last,
        firms=[ClusterView.from_cluster(each) for each in clusters(case.firm for case in found)],
        conduct=[ClusterView.from_cluster(each) for each in clusters(case.conduct_code for case in found)],
    )


def _talks(request: Request, tx: Transaction) -> SqlTalks:
    return SqlTalks(tx, request.app.state.vault)


def _demand_talk(principal: Principal, organ: Organ) -> None:
    """The organ itself, and the one above: a county's talks are seen by its city."""
    if not any(
        allowed(principal, Action.READ_TALKS, organ.kind, region, organ.code)
        for region in {organ.region, organ.plan_region}
    ):
        raise forbidden(principal, Action.READ_TALKS.value, organ.region)
