"""Officers: each step of a case is a POST of its own, named after it."""

from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.database import Tx
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from contracts.regions import PROVINCE
from contracts.rights_proceedings import Step, rights_steps
from fastapi import Request, Response, status

from rights_api.cases.access import case_for, demand, demand_assigned, demand_version, organ_of
from rights_api.cases.domain import Actor, Complaint
from rights_api.cases.moving import move
from rights_api.cases.store import SqlCases
from rights_api.clocks.store import SqlClocks
from rights_api.complaints.step_fields import (
    Assign,
    CloseComplaint,
    Contact,
    DecideReview,
    HandOver,
    NoteBody,
    NoteStanding,
    RecordDecision,
    Recuse,
    Referral,
    RefuseComplaint,
    ReplyToComplaint,
    RequestInfo,
    SendLetter,
    StepBody,
    Terminate,
    Transfer,
)
from rights_api.complaints.views import ComplaintView
from rights_api.permissions import Action
from rights_api.refusals import NotCompetent

router = Router(prefix="/v1/complaints/{complaint_id}", tags=["维权办理 For officers"])

_STEPS: tuple[tuple[str, str, type[StepBody]], ...] = (
    ("info-request", "request-info", RequestInfo),
    ("acceptance", "accept", StepBody),
    ("refusal", "refuse", RefuseComplaint),
    ("hand-over", "hand-over", HandOver),
    ("transfer", "transfer", Transfer),
    ("letter", "send", SendLetter),
    ("decision", "record-decision", RecordDecision),
    ("reply", "reply", ReplyToComplaint),
    ("objection-upheld", "uphold-objection", DecideReview),
    ("objection-rejected", "reject-objection", DecideReview),
    ("monitoring", "monitor", NoteBody),
    ("inspection-report", "refer-to-inspection", Referral),
    ("closure", "close", CloseComplaint),
    ("termination", "terminate", Terminate),
    ("standing", "note-standing", NoteStanding),
    ("contact", "contact", Contact),
    ("call", "call", Contact),
    ("province-told", "tell-province", Contact),
    ("national-told", "tell-national", Contact),
    ("emergency-over", "end-emergency", Contact),
)
"""Path, step, and what it says."""

_OWNERS = frozenset({"refuse", "hand-over", "transfer"})
"""The place of an urgent incident opens a case and helps; to turn it away or give it away is its owner's."""


def _add(path: str, step_id: str, form: type[StepBody]) -> None:
    step = rights_steps()[step_id]

    async def post_bare(
        *,
        request: Request,
        response: Response,
        complaint_id: UUID,
        principal: CurrentPrincipal,
        tx: Transaction,
        if_match: IfMatch = None,
    ) -> ComplaintView:
        return await _take(
            request=request,
            response=response,
            tx=tx,
            complaint_id=complaint_id,
            principal=principal,
            step=step,
            body=StepBody(),
            if_match=if_match,
        )

    async def post_step(
        *,
        request: Request,
        response: Response,
        complaint_id: UUID,
        body: form,  # type: ignore[valid-type] # FastAPI reads the form of this step here
        principal: CurrentPrincipal,
        tx: Transaction,
        if_match: IfMatch = None,
    ) -> ComplaintView:
        return await _take(
            request=request,
            response=response,
            tx=tx,
            complaint_id=complaint_id,
            principal=principal,
            step=step,
            body=body,
            if_match=if_match,
        )

    router.add_api_route(
        f"/{path}",
        post_bare if form is StepBody else post_step,
        methods=["POST"],
        summary=f"{step.zh} {step.en.capitalize()}",
        operation_id=f"post_{step_id}",
    )


async def _take(
    *,
    request: Request,
    response: Response,
    tx: Tx,
    complaint_id: UUID,
    principal: Principal,
    step: Step,
    body: StepBody,
    if_match: str | None,
) -> ComplaintView:
    vault, now = request.app.state.vault, now_of(request)
    before = await case_for(request, tx, complaint_id, principal, lock=True)
    demand(principal, Action(f"rights:{step.action}"), before)
    if step.id in _OWNERS and not principal.covers(before.owner_region):
        raise forbidden(principal, f"rights:{step.action}")
    if "urgent" not in step.guards:
        # In the fast lane whoever is on duty acts first and takes the case afterwards.
        demand_assigned(principal, before)
    demand_version(if_match, before)
    replied = step.action == "review" and await SqlCases(tx.session, vault).replied(complaint_id, principal.subject)
    actor = Actor("officer", principal.subject, organ_of(principal), replied)
    after = await move(tx, vault, before, step.id, body.details(), actor=actor, at=now)
    return await _answer(response, tx, after, now)


for _path, _step, _form in _STEPS:
    _add(_path, _step, _form)


@router.post("/assignments", summary="认领或分配 Take or assign", status_code=status.HTTP_200_OK)
async def post_assignment(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: Assign,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> ComplaintView:
    """Handlers are officers; a case that was escalated is assigned by the organ above."""
    before = await case_for(request, tx, complaint_id, principal, lock=True)
    demand(principal, Action.OPEN, before)
    organ = organ_of(principal)
    if organ is None:
        raise forbidden(principal, Action.OPEN.value)
    subject = body.subject or principal.subject
    if before.escalated and principal.region != PROVINCE:
        raise NotCompetent("escalated", "该件已逾期上报，由上一级分配。", "It was escalated: the organ above assigns.")
    if subject in before.recused:
        raise NotCompetent("recused", "该人员已回避该件。", "This officer is recused from the case.", field="subject")
    cases, now = SqlCases(tx.session, request.app.state.vault), now_of(request)
    if subject not in before.assignees:
        await cases.assign(complaint_id, subject, organ, by=principal.subject, at=now)
    return await _answer(response, tx, before, now)


@router.post("/recusals", summary="回避 Recuse an officer", status_code=status.HTTP_200_OK)
async def post_recusal(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: Recuse,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> ComplaintView:
    """RR16: from then on he neither sees nor moves it. Any officer may recuse himself, the owner's also another."""
    before = await case_for(request, tx, complaint_id, principal, lock=True)
    demand(principal, Action.OPEN, before)
    if body.subject != principal.subject and not principal.covers(before.owner_region):
        # The place of the incident helps; whom the owner trusts with the case is not for it to say.
        raise forbidden(principal, Action.OPEN.value)
    cases, now = SqlCases(tx.session, request.app.state.vault), now_of(request)
    await cases.recuse(complaint_id, body.subject, body.ground, by=principal.subject, at=now)
    await cases.end_assignments(complaint_id, now, body.subject)
    return await _answer(response, tx, before, now)


async def _answer(response: Response, tx: Tx, complaint: Complaint, now: datetime) -> ComplaintView:
    """Metadata only: this answer is stored for repetitions."""
    response.headers["ETag"] = etag_of_version(complaint.version)
    clocks = await SqlClocks(tx).of(complaint.complaint_id)
    return ComplaintView.of(complaint, clocks, now)
