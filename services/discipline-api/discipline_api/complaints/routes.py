"""Officers: lists and metadata, content with a purpose, who handles what, and who must not."""

from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Header, Query, Request, Response
from pydantic import AwareDatetime

from discipline_api.clocks.store import SqlClocks
from discipline_api.complaints.access import Caller
from discipline_api.complaints.domain import Complaint
from discipline_api.complaints.fields import AssignComplaint, DeclareInterest, SendText
from discipline_api.complaints.store import SqlComplaints
from discipline_api.complaints.terms import Purpose, Status
from discipline_api.complaints.views import (
    AlikeView,
    ComplaintLine,
    ComplaintView,
    OneComplaint,
    OpenedComplaint,
)
from discipline_api.permissions import Action, allowed, visible
from discipline_api.refusals import Refused

router = Router(prefix="/v1", tags=["投诉办理 Complaints, for officers"])

_LIST = "complaints"

AccessPurpose = Annotated[
    Purpose, Header(alias="Access-Purpose", description="查看用途，留痕 / what the content is for; it is audited")
]


def answer(response: Response, complaint: Complaint) -> ComplaintLine:
    """Metadata only: this answer is stored for repetitions."""
    response.headers.update({"ETag": etag_of_version(complaint.version), "Cache-Control": "no-store"})
    return ComplaintLine.of(complaint)


@router.get("/complaints", summary="投诉列表（不含内容） List complaints, metadata only")
async def get_complaints(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    status: Status | None = None,
    mine: Annotated[bool, Query(description="只看分给我的 / assigned to me")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ComplaintView]:
    now, today = now_of(request), today_of(request)
    found = await SqlComplaints(tx).search(
        visible(principal, Action.LIST_COMPLAINTS),
        reader=principal.subject,
        limit=limit + 1,
        after=decode_cursor(cursor, _LIST, AwareDatetime, UUID),
        status=status,
        mine=mine,
    )
    clocks = await SqlClocks(tx).of(*(complaint.complaint_id for complaint in found))
    response.headers["Cache-Control"] = "no-store"

    def line(complaint: Complaint) -> ComplaintView:
        own = [clock for clock in clocks if clock.owner.id == complaint.complaint_id]
        return ComplaintView.seen(complaint.as_of(today), own, reader=principal.subject, now=now)

    return Page[ComplaintView].of(
        found,
        limit=limit,
        item=line,
        cursor=lambda complaint: encode_cursor(_LIST, complaint.filed_at, str(complaint.complaint_id)),
    )


@router.get("/complaints/{complaint_id}", summary="投诉（不含内容） A complaint, metadata", response_model=OneComplaint)
async def get_complaint(request: Request, complaint_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    caller = Caller(request, tx, principal)
    complaint = await caller.read(complaint_id)
    alike = [
        AlikeView.of(other, complaint)
        for other in await caller.complaints.alike(complaint_id, principal.subject)
        if (other.same_complainant or other.complaint.matter.overlaps(complaint.matter))
        and allowed(
            principal,
            Action.LIST_COMPLAINTS,
            other.complaint.organ.kind,
            other.complaint.organ.region,
            other.complaint.organ.code,
        )
    ]
    body = OneComplaint.one(
        complaint,
        await SqlClocks(tx).of(complaint_id),
        await caller.complaints.steps(complaint),
        alike,
        reader=principal.subject,
        now=caller.now,
    )
    # Deadlines pass while the version stays the same: nobody may say he has seen this before.
    headers = {"ETag": etag_of_version(complaint.version), "Cache-Control": "no-store"}
    return Response(body.model_dump_json(), headers=headers, media_type="application/json")


@router.get(
    "/complaints/{complaint_id}/content",
    summary="投诉内容 Its content",
    description="仅经办人可看，须说明用途，每次查看留痕。 For its own officer, with a purpose; every look is audited.",
)
async def get_content(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    purpose: AccessPurpose,
) -> OpenedComplaint:
    caller = Caller(request, tx, principal)
    complaint = await caller.assigned(complaint_id, append_only=True)
    await caller.log("complaints:open", complaint_id, purpose.value)
    texts = await caller.sealed.read(complaint_id)
    response.headers.update({"ETag": etag_of_version(complaint.version), "Cache-Control": "no-store"})
    return OpenedComplaint.of(complaint, texts)


@router.post("/complaints/{complaint_id}/assignment", summary="分办 Assign")
async def post_assignment(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: AssignComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    caller = Caller(request, tx, principal)
    locked = await caller.of_organ(complaint_id, if_match)
    if body.officer in await caller.complaints.recused(complaint_id):
        raise Refused("officer-recused", "该人员应当回避", "this officer is recused", field="officer", conflict=True)
    if locked.status is Status.REVIEW_ASKED and body.officer == locked.handled_by:
        raise Refused(
            "reviewer-handled-it",
            "原经办人不得复核",
            "who handled it does not review it",
            field="officer",
            conflict=True,
        )
    after = locked.assign(body.officer, caller.now)
    await caller.complaints.save(after)
    await caller.log("complaints:assign", complaint_id, f"to {body.officer}")
    return answer(response, after)


@router.post("/complaints/{complaint_id}/recusals", summary="回避 Recuse an officer with an interest")
async def post_recusal(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: DeclareInterest,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintLine:
    """By himself or by any officer of the organ; from then on he can neither open nor act."""
    caller = Caller(request, tx, principal)
    locked = await caller.of_organ(complaint_id, if_match)
    await caller.complaints.recuse(complaint_id, body.officer, body.ground.value, principal.subject, caller.now)
    await caller.log("complaints:recuse", complaint_id, f"{body.officer}: {body.ground.value}")
    after = locked
    if locked.assigned_to == body.officer:
        after = locked.unassign(caller.now)
        await caller.complaints.save(after)
    return answer(response, after)


@router.post("/complaints/{complaint_id}/messages", summary="回复留言 Write to the complainant")
async def post_message(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: SendText,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> ComplaintLine:
    """Adds, and changes nothing: no If-Match."""
    caller = Caller(request, tx, principal)
    complaint = await caller.assigned(complaint_id, append_only=True)
    if complaint.status is Status.CLOSED:
        raise Refused("complaint-closed", "投诉已办结，不能再留言", "the complaint is closed", conflict=True)
    await caller.sealed.write(complaint_id, "from-officer", body.text, caller.now)
    await caller.log("complaints:message", complaint_id)
    return answer(response, complaint)
