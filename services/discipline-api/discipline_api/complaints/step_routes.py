"""Officers: the steps of a complaint, each audited."""

from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import Router, Transaction
from common.http.etag import IfMatch
from fastapi import Request, Response

from discipline_api.complaints import use_cases
from discipline_api.complaints.access import Caller
from discipline_api.complaints.fields import (
    AcknowledgeComplaint,
    AnswerReview,
    ForwardComplaint,
    GiveReason,
    JoinComplaint,
    LinkProceeding,
    RefuseComplaint,
    SendText,
    TellResult,
)
from discipline_api.complaints.routes import answer
from discipline_api.complaints.views import ComplaintLine

router = Router(prefix="/v1/complaints/{complaint_id}", tags=["投诉办理 Complaints, for officers"])


@router.post("/supplement-request", summary="要求补充 Ask for more, once")
async def post_supplement_request(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: SendText,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:ask-supplement", complaint_id)
    return answer(response, await use_cases.ask_supplement(caller.desk, locked, body.text))


@router.post("/supplement", summary="登记补充材料 Record what came on paper or by phone")
async def post_supplement(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: SendText,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:supplement", complaint_id)
    return answer(response, await use_cases.supplement(caller.desk, locked, body.text))


@router.post("/acceptance", summary="受理 Accept")
async def post_acceptance(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:accept", complaint_id)
    return answer(response, await use_cases.accept(caller.desk, locked))


@router.post("/refusal", summary="不予受理 Refuse")
async def post_refusal(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: RefuseComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:refuse", complaint_id, body.ground.value)
    after = await use_cases.refuse(
        caller.desk,
        locked,
        ground=body.ground,
        channel=body.channel,
        reasons=body.reasons,
        reasons_for_joined=body.reasons_for_joined,
        refused_on=body.refused_on,
        by=principal.subject,
    )
    return answer(response, after)


@router.post("/joining", summary="并案 Join to another complaint about the same")
async def post_joining(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: JoinComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    # The other one first: whatever changes both locks it first.
    into = await caller.of_organ_unchanged(body.into)
    locked = await caller.assigned(complaint_id, if_match)
    said = await caller.say(complaint_id, body.reason)
    await caller.log("complaints:join", complaint_id, f"{into.complaint_id}; {said}")
    return answer(response, await use_cases.join(caller.desk, locked, into))


@router.post("/forwarding", summary="转送 Forward, sanitised")
async def post_forwarding(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: ForwardComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:forward", complaint_id, body.to.value)
    after = await use_cases.forward(caller.desk, locked, to=body.to, region=body.region, text=body.text)
    return answer(response, after)


@router.post("/acknowledgement", summary="签收 Acknowledge what was forwarded")
async def post_acknowledgement(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: AcknowledgeComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.to_acknowledge(complaint_id, if_match)
    await caller.log("complaints:acknowledge", complaint_id)
    after = await use_cases.acknowledge(caller.desk, locked, on=body.acknowledged_on, receipt=body.receipt())
    return answer(response, after)


@router.post("/return", summary="退回 Send back what was forwarded")
async def post_return(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: GiveReason,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.to_acknowledge(complaint_id, if_match)
    await caller.log("complaints:return", complaint_id, await caller.say(complaint_id, body.reason))
    return answer(response, await use_cases.send_back(caller.desk, locked))


@router.post("/proceeding", summary="关联案件 Link the case that came of it")
async def post_proceeding(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: LinkProceeding,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    """By id alone; that it was filed and decided is heard of from its events."""
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:link-proceeding", complaint_id, str(body.proceeding_id))
    return answer(response, await use_cases.link_proceeding(caller.desk, locked, body.proceeding_id))


@router.post("/result", summary="反馈结果 Tell the result")
async def post_result(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: TellResult,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:tell-result", complaint_id, body.outcome.value)
    after = await use_cases.tell_result(
        caller.desk,
        locked,
        outcome=body.outcome,
        text=body.text,
        text_for_joined=body.text_for_joined,
        decided_on=body.decided_on,
        served_on=body.served_on,
        by=principal.subject,
    )
    return answer(response, after)


@router.post("/review-answer", summary="复核答复 Answer a review; by another officer than before")
async def post_review_answer(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: AnswerReview,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:answer-review", complaint_id, body.outcome.value)
    after = await use_cases.answer_review(
        caller.desk, locked, outcome=body.outcome, text=body.text, text_for_joined=body.text_for_joined
    )
    return answer(response, after)


@router.post("/closure", summary="办结 Close")
async def post_closure(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    """What was told closes by itself when the time for a review is over; this is for what is left."""
    caller = Caller(request, tx, principal)
    locked = await caller.assigned(complaint_id, if_match)
    await caller.log("complaints:close", complaint_id)
    return answer(response, await use_cases.close(caller.desk, locked))
