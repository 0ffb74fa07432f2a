"""Officers: lists and metadata, content with a purpose. The steps of a case are in step_routes.py."""

from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of
from common.http import Router, Transaction
from common.http.etag import bytes_response, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.rights_taxonomy import IdentityMode
from contracts.working_days import local_date
from fastapi import Request, Response
from pydantic import AwareDatetime

from rights_api.cases.access import AccessPurpose, case_for, demand, demand_assigned, etag_of, may
from rights_api.cases.domain import Status
from rights_api.cases.fields import RegionCode
from rights_api.clocks.domain import Clock
from rights_api.clocks.store import SqlClocks
from rights_api.complaints.store import SqlComplaints
from rights_api.complaints.views import ComplaintView, OpenedComplaint, StepView
from rights_api.permissions import Action, sees_justice_cases, visible_region

router = Router(prefix="/v1", tags=["维权办理 For officers"])

_LIST = "complaints"


@router.get("/complaints", summary="案件列表（不含内容） List complaints, metadata only")
async def get_complaints(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    status: Status | None = None,
    region: RegionCode | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ComplaintView]:
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    now: datetime = now_of(request)
    complaints = await SqlComplaints(tx.session, request.app.state.vault).search(
        limit=limit + 1,
        region=visible_region(principal, region),
        justice_cases=sees_justice_cases(principal),
        subject=principal.subject,
        status=status,
        after=None if after is None else (after[0], after[1]),
        today=local_date(now),
    )
    clocks: dict[UUID, list[Clock]] = {complaint.complaint_id: [] for complaint in complaints}
    for clock in await SqlClocks(tx).of(*clocks):
        clocks[clock.owner.id].append(clock)
    return Page[ComplaintView].of(
        complaints,
        limit=limit,
        item=lambda complaint: ComplaintView.of(complaint, clocks[complaint.complaint_id], now),
        cursor=lambda complaint: encode_cursor(_LIST, complaint.filed_at, str(complaint.complaint_id)),
    )


@router.get(
    "/complaints/{complaint_id}",
    summary="案件 A complaint",
    description="不带 Access-Purpose 只返回元数据。 Metadata only, unless Access-Purpose says what the content is for.",
    response_model=ComplaintView | OpenedComplaint,
)
async def get_complaint(
    request: Request, complaint_id: UUID, principal: CurrentPrincipal, tx: Transaction, purpose: AccessPurpose = None
) -> Response:
    # Locked where it is opened: entries of the access log are chained.
    vault, now = request.app.state.vault, now_of(request)
    complaint = await case_for(request, tx, complaint_id, principal, lock=purpose is not None)
    clocks = await SqlClocks(tx).of(complaint_id)
    if purpose is None:
        demand(principal, Action.LIST, complaint)
        body = ComplaintView.of(complaint, clocks, now).model_dump_json().encode()
        answer = bytes_response(request, body, etag=etag_of(complaint, body))
        answer.headers["Vary"] = "Access-Purpose, Authorization"
        return answer
    demand(principal, Action.OPEN, complaint)
    demand_assigned(principal, complaint)
    mode = complaint.matter.identity_mode
    withheld = mode is IdentityMode.SEALED and not (
        may(principal, Action.OPEN_SEALED, complaint) and principal.subject in complaint.assignees
    )
    cases = SqlComplaints(tx.session, vault).cases
    await cases.log_access(
        complaint_id,
        subject=principal.subject,
        organisation_kind=principal.organisation_kind,
        organisation_id=principal.organisation_id,
        purpose=purpose.value,
        identity_opened=mode is not IdentityMode.ANONYMOUS_CLUE and not withheld,
        at=now,
    )
    opened = OpenedComplaint.opened(
        complaint,
        clocks=clocks,
        steps=await cases.steps(complaint_id),
        content=await cases.identity_and_facts(complaint_id, identity=not withheld),
        texts=await cases.texts(complaint_id),
        now=now,
        identity_withheld=withheld,
    )
    headers = {"ETag": etag_of_version(complaint.version), "Cache-Control": "no-store"}
    return Response(opened.model_dump_json(), headers=headers, media_type="application/json")


@router.get("/complaints/{complaint_id}/steps", summary="办理经过 What was done, without texts")
async def get_steps(
    request: Request, complaint_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> list[StepView]:
    vault = request.app.state.vault
    complaint = await case_for(request, tx, complaint_id, principal, lock=False)
    demand(principal, Action.LIST, complaint)
    return [StepView.of(row) for row in await SqlComplaints(tx.session, vault).cases.steps(complaint_id)]
