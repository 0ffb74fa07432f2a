"""Meetings over HTTP: planning, agenda, holding, minutes, signatures, issuing."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of, today_of
from common.http import Router, Transaction, answered_as
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.consultations import ConsultationBody
from fastapi import Body, Query, Request, Response, status
from pydantic import AwareDatetime

from rights_api.cases.access import may
from rights_api.cases.store import SqlCases
from rights_api.consultations.access import caller, hosted, linked, readable, store_of, visible
from rights_api.consultations.agenda import Cell, ItemKind, check_counts
from rights_api.consultations.domain import Meeting, Status, plan
from rights_api.consultations.fields import (
    AgendaItem,
    CancelMeeting,
    CaseItem,
    DraftMinutes,
    HoldMeeting,
    PlanMeeting,
    SignMinutes,
    StatisticsItem,
    proposed,
)
from rights_api.consultations.pdf import render
from rights_api.consultations.rows import minutes_of
from rights_api.consultations.use_cases import (
    Paper,
    Proposed,
    add_item,
    add_signature,
    call_off,
    draft_minutes,
    drop_item,
    issue_minutes,
    record_held,
)
from rights_api.consultations.views import MeetingLine, MeetingView, OpenView, OriginsView, OriginView
from rights_api.permissions import Action, has, is_hidden, sees_justice_cases
from rights_api.refusals import NotFound

router = Router(prefix="/v1/consultations", tags=["四方会商、联席会议 Meetings of the organs"])
NO_STORE = {"Cache-Control": "no-store"}
_LIST = "consultations"
_YEAR = timedelta(days=365)
Region = Annotated[str | None, Query(max_length=6, description="410000 为省级 / 410000: of the province itself")]


@router.post("", status_code=status.HTTP_201_CREATED, summary="安排会议 Plan a meeting")
async def post_meeting(
    request: Request, response: Response, body: PlanMeeting, principal: CurrentPrincipal, tx: Transaction
) -> MeetingLine:
    host = caller(principal, Action.CONFER)
    meeting = plan(uuid4(), body.body, host, body.planned_at, body.parties)
    await store_of(request, tx).add(meeting, by=principal.subject, at=now_of(request))
    response.headers["Location"] = f"/v1/consultations/{meeting.meeting_id}"
    return _answer(response, meeting)


@router.get("", summary="会议列表 Meetings")
async def get_meetings(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    body: ConsultationBody | None = None,
    region: Region = None,
    state: Annotated[Status | None, Query(alias="status")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[MeetingLine]:
    found = await store_of(request, tx).search(
        region=visible(principal, region),
        body=body and body.value,
        status=state and state.value,
        before=decode_cursor(cursor, _LIST, AwareDatetime, UUID),
        limit=limit + 1,
    )
    response.headers.update(NO_STORE)
    return Page[MeetingLine].of(
        found,
        limit=limit,
        item=MeetingLine.line,
        cursor=lambda meeting: encode_cursor(_LIST, meeting.planned_at, str(meeting.meeting_id)),
    )


@router.get("/{meeting_id}", summary="会议 A meeting", response_model=MeetingView)
async def get_meeting(request: Request, meeting_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    store = store_of(request, tx)
    meeting = await readable(store, meeting_id, principal)
    view = MeetingView.of(meeting, await store.texts(meeting_id), await store.signatures(meeting_id))
    return Response(view.model_dump_json(), headers=_tagged(meeting), media_type="application/json")


@router.get("/{meeting_id}/open-matters", summary="应首先报告的未了事项 What the agenda must open with")
async def get_open_matters(
    request: Request, meeting_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> OpenView:
    store = store_of(request, tx)
    meeting = await readable(store, meeting_id, principal)
    response.headers.update(NO_STORE)
    left_open = await store.left_open(meeting.body, meeting.region)
    return OpenView.of([each for each in left_open if each.earlier_meeting_id != meeting_id])


@router.post("/{meeting_id}/agenda-items", status_code=status.HTTP_201_CREATED, summary="列入议题 Put on the agenda")
async def post_item(
    *,
    request: Request,
    response: Response,
    meeting_id: UUID,
    body: Annotated[AgendaItem, Body()],
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> MeetingLine:
    store = store_of(request, tx)
    meeting = await hosted(store, meeting_id, principal, if_match)
    if isinstance(body, CaseItem):
        item = await _from_case(request, tx, meeting, body, principal)
    elif isinstance(body, StatisticsItem):
        cell = body.cell(meeting.region)
        check_counts(cell, sees_justice_cases=sees_justice_cases(principal))
        item = Proposed(ItemKind.STATISTICS, body.text, body.deidentified, cell)
    else:
        item = proposed(body)
    return _answer(response, await add_item(store, meeting, item, by=principal.subject, at=now_of(request)))


@router.delete("/{meeting_id}/agenda-items/{item_id}", summary="撤下议题 Take off the agenda")
async def delete_item(
    *,
    request: Request,
    response: Response,
    meeting_id: UUID,
    item_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> MeetingLine:
    store = store_of(request, tx)
    meeting = await hosted(store, meeting_id, principal, if_match)
    return _answer(response, await drop_item(store, meeting, item_id))


@router.post("/{meeting_id}/cancellation", summary="取消会议 Cancel")
async def post_cancellation(
    *,
    request: Request,
    response: Response,
    meeting_id: UUID,
    body: CancelMeeting,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> MeetingLine:
    store = store_of(request, tx)
    return _answer(response, await call_off(store, await hosted(store, meeting_id, principal, if_match), body.reason))


@router.post("/{meeting_id}/holding", summary="登记召开 Record that it was held")
async def post_holding(
    *,
    request: Request,
    response: Response,
    meeting_id: UUID,
    body: HoldMeeting,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> MeetingLine:
    store = store_of(request, tx)
    meeting = await hosted(store, meeting_id, principal, if_match, whole_body=True)
    after = await record_held(
        store, tx.outbox, meeting, held_at=body.held_at, delegates=body.delegates(), now=now_of(request)
    )
    return _answer(response, after)


@router.put(
    "/{meeting_id}/minutes",
    summary="起草、修改纪要 Draft the minutes",
    description="修改后，已有签署作废。 A change of the draft voids the signatures given.",
)
async def put_minutes(
    *,
    request: Request,
    response: Response,
    meeting_id: UUID,
    body: DraftMinutes,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> MeetingLine:
    store = store_of(request, tx)
    meeting = await hosted(store, meeting_id, principal, if_match)
    for index, resolution in enumerate(body.resolutions):
        if resolution.complaint_id is not None:
            at = f"resolutions.{index}.complaint_id"
            await linked(request, tx, resolution.complaint_id, principal, field=at)
    return _answer(response, await draft_minutes(store, meeting, body.minutes(), today=today_of(request)))


@router.post(
    "/{meeting_id}/signatures",
    status_code=status.HTTP_201_CREATED,
    summary="签署纪要 Sign the minutes",
    description="律师协会、司法行政机关由本账号签署；其他方由主办单位登记其签署文书。"
    "Association and justice sign by their own account; the host records the paper of every other party.",
)
async def post_signature(
    *,
    request: Request,
    response: Response,
    meeting_id: UUID,
    body: SignMinutes,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> MeetingLine:
    organ, store = caller(principal, Action.CONFER), store_of(request, tx)
    meeting = await readable(store, meeting_id, principal, lock=True)
    if organ.region != meeting.region:
        raise forbidden(principal, Action.CONFER.value)
    require_match(if_match, etag_of_version(meeting.version))
    after = await add_signature(
        store,
        meeting,
        organ,
        party=body.party,
        document_number=body.document_number,
        signed_on=body.signed_on,
        by=principal.subject,
        now=now_of(request),
    )
    return _answer(response, after)


@router.post("/{meeting_id}/issue", summary="印发纪要 Issue the minutes")
async def post_issue(
    *,
    request: Request,
    response: Response,
    meeting_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> MeetingLine:
    store = store_of(request, tx)
    meeting = await hosted(store, meeting_id, principal, if_match, whole_body=True)
    after = await issue_minutes(store, tx.outbox, _print, meeting, by=principal.subject, now=now_of(request))
    return _answer(response, after)


@router.get("/{meeting_id}/minutes.pdf", summary="纪要（PDF） The minutes on paper", **answered_as("application/pdf"))
async def get_pdf(request: Request, meeting_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    store = store_of(request, tx)
    meeting = await readable(store, meeting_id, principal)
    if meeting.revision == 0:
        raise NotFound("尚无纪要。", "There are no minutes yet.")
    pdf = await store.paper(meeting_id)
    if pdf is None:
        texts = await store.texts(meeting_id)
        minutes = minutes_of(texts[f"minutes:{meeting.revision}"])
        signatures = [each for each in await store.signatures(meeting_id) if each.revision == meeting.revision]
        known = await store.resolutions([*minutes.touched, *meeting.reported])
        pdf = await _print(Paper(meeting, minutes, texts, signatures, known), now_of(request))
    return Response(pdf, headers=_tagged(meeting), media_type="application/pdf")


@router.get(
    "/{meeting_id}/origins",
    summary="来源案件（仅受理人员） The complaints behind it, for intake only",
)
async def get_origins(
    request: Request, meeting_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> OriginsView:
    if not has(principal, Action.OPEN_SEALED):
        raise forbidden(principal, Action.OPEN_SEALED.value)
    store = store_of(request, tx)
    await readable(store, meeting_id, principal)
    response.headers.update(NO_STORE)
    told = []
    for item_id, resolution_id, complaint_id in await store.origins(meeting_id):
        complaint = await SqlCases(tx.session, request.app.state.vault).get(complaint_id)
        if complaint is None or is_hidden(principal, complaint.matter.respondent):
            continue
        if may(principal, Action.LIST, complaint):
            told.append(OriginView(item_id=item_id, resolution_id=resolution_id, complaint_id=complaint_id))
    return OriginsView(origins=told)


async def _from_case(
    request: Request, tx: Transaction, meeting: Meeting, body: CaseItem, principal: Principal
) -> Proposed:
    complaint = await linked(request, tx, body.complaint_id, principal, field="complaint_id")
    today, matter = today_of(request), complaint.matter
    cell = Cell(
        meeting.region,
        today - _YEAR,
        today,
        right=matter.right,
        respondent=matter.respondent,
        level=matter.respondent_level,
    )
    return Proposed(ItemKind.CASE, body.text, body.deidentified, cell, complaint_id=body.complaint_id)


async def _print(paper: Paper, at: datetime) -> bytes:
    return await asyncio.to_thread(render, paper, at)


def _tagged(meeting: Meeting) -> dict[str, str]:
    return {"ETag": etag_of_version(meeting.version), **NO_STORE}


def _answer(response: Response, meeting: Meeting) -> MeetingLine:
    """Without texts: this answer is stored for repetitions."""
    response.headers["ETag"] = etag_of_version(meeting.version)
    return MeetingLine.line(meeting)
