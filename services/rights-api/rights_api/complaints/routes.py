"""Officers: lists and metadata, content with a purpose, and the four steps of a case."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import orjson
from common.auth import CurrentPrincipal, Principal, forbidden
from common.http import Router, Transaction, not_found
from common.http.etag import IfMatch, bytes_response, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.rights_taxonomy import IdentityMode
from fastapi import Header, Request, Response
from pydantic import AwareDatetime

from rights_api.complaints.domain import Complaint, Status
from rights_api.complaints.fields import CloseComplaint, RefuseComplaint, RegionCode, ReplyToComplaint
from rights_api.complaints.store import PLACES, SqlCases
from rights_api.complaints.use_cases import accept, close, refuse, reply
from rights_api.complaints.views import ComplaintView, OpenedComplaint
from rights_api.permissions import Action, allowed, is_hidden, sees_justice_cases, visible_region

router = Router(prefix="/v1", tags=["维权办理 For officers"])

_LIST = "complaints"


class Purpose(StrEnum):
    """Why content is opened; it goes into the access log."""

    TRIAGE = "triage"  # 受理审查
    HANDLING = "handling"  # 办理
    REPLY = "reply"  # 答复
    SUPERVISION = "supervision"  # 督导


AccessPurpose = Annotated[
    Purpose | None,
    Header(alias="Access-Purpose", description="说明用途后方可查看内容，查看留痕 / content needs one, and is logged"),
]


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
    complaints = await _cases(request, tx).search(
        limit=limit + 1,
        region=visible_region(principal, region),
        justice_cases=sees_justice_cases(principal),
        status=status,
        after=None if after is None else (after[0], after[1]),
    )
    return Page[ComplaintView].of(
        complaints,
        limit=limit,
        item=ComplaintView.of,
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
    complaint = await _get(request, tx, complaint_id, principal, lock=purpose is not None)
    etag = etag_of_version(complaint.version)
    if purpose is None:
        _demand(principal, Action.LIST, complaint)
        answer = bytes_response(request, ComplaintView.of(complaint).model_dump_json().encode(), etag=etag)
        answer.headers["Vary"] = "Access-Purpose, Authorization"
        return answer
    _demand(principal, Action.OPEN, complaint)
    mode = complaint.matter.identity_mode
    withheld = mode is IdentityMode.SEALED and not _may(principal, Action.OPEN_SEALED, complaint)
    cases = _cases(request, tx)
    await cases.log_access(
        complaint_id,
        subject=principal.subject,
        organisation_kind=principal.organisation_kind,
        organisation_id=principal.organisation_id,
        purpose=purpose.value,
        identity_opened=mode is not IdentityMode.ANONYMOUS_CLUE and not withheld,
        at=datetime.now(UTC),
    )
    texts = await cases.texts(complaint_id, [place for place in PLACES if not (withheld and place == "identity")])
    opened = OpenedComplaint.opened(complaint, texts, identity_withheld=withheld)
    headers = {"ETag": etag, "Cache-Control": "no-store"}
    return Response(opened.model_dump_json(), headers=headers, media_type="application/json")


@router.post("/complaints/{complaint_id}/acceptance", summary="受理 Accept")
async def post_acceptance(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintView:
    before = await _locked(request, tx, complaint_id, principal, action=Action.DECIDE, if_match=if_match)
    return _answer(response, await accept(before, _cases(request, tx), tx.outbox, at=datetime.now(UTC)))


@router.post("/complaints/{complaint_id}/refusal", summary="不予受理 Refuse")
async def post_refusal(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: RefuseComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintView:
    before = await _locked(request, tx, complaint_id, principal, action=Action.DECIDE, if_match=if_match)
    reasons = orjson.dumps(body.model_dump(include={"text", "other_channel"})).decode()
    after = await refuse(
        before, _cases(request, tx), tx.outbox, ground=body.ground, reasons=reasons, at=datetime.now(UTC)
    )
    return _answer(response, after)


@router.post("/complaints/{complaint_id}/reply", summary="答复 Reply")
async def post_reply(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: ReplyToComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintView:
    before = await _locked(request, tx, complaint_id, principal, action=Action.REPLY, if_match=if_match)
    after = await reply(
        before, _cases(request, tx), tx.outbox, text=body.text, decided_on=body.decided_on, at=datetime.now(UTC)
    )
    return _answer(response, after)


@router.post("/complaints/{complaint_id}/closure", summary="办结 Close")
async def post_closure(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: CloseComplaint,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ComplaintView:
    before = await _locked(request, tx, complaint_id, principal, action=Action.REPLY, if_match=if_match)
    after = await close(
        before, _cases(request, tx), tx.outbox, outcome=body.outcome, note=body.note, at=datetime.now(UTC)
    )
    return _answer(response, after)


def _cases(request: Request, tx: Transaction) -> SqlCases:
    return SqlCases(tx.session, request.app.state.vault)


async def _get(request: Request, tx: Transaction, complaint_id: UUID, principal: Principal, *, lock: bool) -> Complaint:
    complaint = await _cases(request, tx).get(complaint_id, lock=lock)
    if complaint is None or is_hidden(principal, complaint.matter.respondent):
        raise not_found("没有这件投诉。", "There is no such complaint.")
    return complaint


async def _locked(
    request: Request, tx: Transaction, complaint_id: UUID, principal: Principal, *, action: Action, if_match: str | None
) -> Complaint:
    complaint = await _get(request, tx, complaint_id, principal, lock=True)
    _demand(principal, action, complaint)
    require_match(if_match, etag_of_version(complaint.version))
    return complaint


def _may(principal: Principal, action: Action, complaint: Complaint) -> bool:
    matter = complaint.matter
    return allowed(
        principal,
        action,
        owner_region=matter.owner_region,
        incident_region=matter.incident_region,
        fast_lane=matter.fast_lane,
        respondent=matter.respondent,
    )


def _demand(principal: Principal, action: Action, complaint: Complaint) -> None:
    if not _may(principal, action, complaint):
        # Without the region: whoever may not see the case is not told where it lies.
        raise forbidden(principal, action.value)


def _answer(response: Response, complaint: Complaint) -> ComplaintView:
    """Metadata only: this answer is stored for repetitions."""
    response.headers["ETag"] = etag_of_version(complaint.version)
    return ComplaintView.of(complaint)
