"""Officers: the files of a case they handle. What opens one is logged with its purpose."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of
from common.database import Database, Tx
from common.files.kinds import ALL_MEDIA_TYPES
from common.http import Router, Transaction, answered_as
from common.http.body_limit import body_limit
from contracts.rights_taxonomy import IdentityMode
from fastapi import BackgroundTasks, Body, Depends, Request, Response, status
from fastapi.responses import StreamingResponse

from rights_api.attachments.answers import copy_response, original_response
from rights_api.attachments.custody import Custody
from rights_api.attachments.domain import MOST_BYTES, Attachment, By, State
from rights_api.attachments.fields import BeginOfficersUpload, CompleteUpload, ReleaseUnscanned
from rights_api.attachments.receiving import UPLOAD_BODY, UploadOffset, offset_headers, pieces
from rights_api.attachments.refusals import completed_already, file_too_large
from rights_api.attachments.store import COPY, ORIGINAL, SqlAttachments
from rights_api.attachments.use_cases import demand_readable
from rights_api.attachments.views import (
    NOTICE_EN,
    NOTICE_ZH,
    AttachmentsView,
    AttachmentView,
    BegunView,
    OpenedAttachment,
)
from rights_api.cases.access import AccessPurpose, case_for, demand, demand_assigned
from rights_api.cases.domain import Complaint
from rights_api.cases.problems import problem
from rights_api.cases.store import SqlCases
from rights_api.permissions import Action
from rights_api.refusals import NotCompetent, NotFound, Refused

router = Router(prefix="/v1/complaints/{complaint_id}/attachments", tags=["维权办理 For officers"])


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at which file, and what for."""

    request: Request
    complaint_id: UUID
    attachment_id: UUID
    principal: CurrentPrincipal
    purpose: AccessPurpose = None


Looked = Annotated[Look, Depends()]


@router.get("", summary="材料清单 Files of a case, without names")
async def get_attachments(
    request: Request, response: Response, complaint_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> AttachmentsView:
    complaint = await case_for(request, tx, complaint_id, principal, lock=False)
    demand(principal, Action.LIST, complaint)
    response.headers["Cache-Control"] = "no-store"
    return AttachmentsView.of(await SqlAttachments(tx.session).of(complaint_id))


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="开始上传材料 Begin an upload",
    description=f"{NOTICE_ZH}{NOTICE_EN}",
)
async def post_attachment(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: BeginOfficersUpload,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> BegunView:
    if body.length > MOST_BYTES:
        raise file_too_large()
    await _handled(request, tx, complaint_id, principal, lock=True)
    custody: Custody = request.app.state.custody
    upload = await custody.begin(tx, complaint_id, body, officer=principal.subject)
    offset_headers(response, upload)
    response.headers["Location"] = f"/v1/complaints/{complaint_id}/attachments/{upload.attachment_id}"
    return BegunView.of(upload)


@router.head("/{attachment_id}", summary="续传位置 Where to go on", operation_id="head_attachment")
async def head_attachment(
    request: Request, complaint_id: UUID, attachment_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    await _handled(request, tx, complaint_id, principal)
    response = Response()
    offset_headers(response, await SqlAttachments(tx.session).get(complaint_id, attachment_id))
    return response


@router.get(
    "/{attachment_id}",
    summary="材料 One file",
    description="带 Access-Purpose 则显示文件名并留痕。 With Access-Purpose its name too, which is logged.",
    response_model=AttachmentView | OpenedAttachment,
)
async def get_attachment(look: Looked, response: Response, tx: Transaction) -> AttachmentView:
    response.headers["Cache-Control"] = "no-store"
    if look.purpose is None:
        complaint = await case_for(look.request, tx, look.complaint_id, look.principal, lock=False)
        demand(look.principal, Action.LIST, complaint)
        return AttachmentView.of(await SqlAttachments(tx.session).get(look.complaint_id, look.attachment_id))
    attachment = await _open(look, tx, "name")
    custody: Custody = look.request.app.state.custody
    return OpenedAttachment.opened(attachment, await custody.name(tx, attachment))


@router.patch(
    "/{attachment_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="上传内容 Send bytes from the offset",
    description="以回答中的 Upload-Offset 为准续传。What counts is Upload-Offset in the answer; go on from there.",
    openapi_extra=UPLOAD_BODY,
)
@body_limit(MOST_BYTES)
async def patch_attachment(
    request: Request, complaint_id: UUID, attachment_id: UUID, principal: CurrentPrincipal, offset: UploadOffset
) -> Response:
    async with request.app.state.receiving.turn():
        upload = await _own_upload(request, complaint_id, attachment_id, principal)
        custody: Custody = request.app.state.custody
        received = await custody.receive(upload, offset, pieces(request, upload, offset))
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    offset_headers(response, upload, received)
    return response


@router.post(
    "/{attachment_id}/completion",
    status_code=status.HTTP_200_OK,
    summary="完成上传 Complete the upload",
    description="可重复提交。 May be repeated.",
)
async def post_completion(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    attachment_id: UUID,
    principal: CurrentPrincipal,
    body: Annotated[CompleteUpload | None, Body()] = None,
) -> AttachmentView:
    """Without `Transaction`: a refusal is recorded, and a repetition tells of the same file."""
    await _own_upload(request, complaint_id, attachment_id, principal)
    custody: Custody = request.app.state.custody
    after = await custody.complete(complaint_id, attachment_id, None if body is None else body.sm3)
    response.headers["Cache-Control"] = "no-store"
    return AttachmentView.of(after)


@router.delete("/{attachment_id}", summary="放弃上传 Give up an upload")
async def delete_attachment(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    attachment_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> AttachmentView:
    await _handled(request, tx, complaint_id, principal)
    attachments = SqlAttachments(tx.session)
    upload = _sent_by(principal, await attachments.get(complaint_id, attachment_id, lock=True))
    if upload.state is State.RECEIVING:
        await attachments.discard([attachment_id], now_of(request), refused="withdrawn")
    elif upload.state is not State.DISCARDED:
        raise completed_already()
    response.headers["Cache-Control"] = "no-store"
    return AttachmentView.of(await attachments.get(complaint_id, attachment_id))


@router.get(
    "/{attachment_id}/copy",
    summary="查阅副本（不含元数据） The viewing copy, without metadata",
    description="须带 Access-Purpose，查看留痕。 Needs Access-Purpose, and is logged.",
    **answered_as(*ALL_MEDIA_TYPES.values()),
)
async def get_copy(look: Looked) -> StreamingResponse:
    custody: Custody = look.request.app.state.custody
    async with _database(look.request).begin() as tx:
        attachment = await _open(look, tx, "copy")
        blocks = await custody.read(tx, attachment, COPY)
    return copy_response(attachment, blocks)


@router.get(
    "/{attachment_id}/original",
    summary="密封原件 The sealed original, metadata and all",
    description="须带 Access-Purpose，查看留痕。 Needs Access-Purpose, and is logged.",
    **answered_as(*ALL_MEDIA_TYPES.values()),
)
async def get_original(look: Looked) -> StreamingResponse:
    custody: Custody = look.request.app.state.custody
    async with _database(look.request).begin() as tx:
        attachment = await _open(look, tx, "original")
        blocks = await custody.read(tx, attachment, ORIGINAL)
    return original_response(attachment, blocks)


@router.post(
    "/{attachment_id}/release",
    status_code=status.HTTP_200_OK,
    summary="决定开放未扫描的材料 Open a file that is not scanned",
    description="须经 RIGHTS_UNSCANNED_RELEASE 准许；记录决定人和理由。 Where the policy allows; who and why is kept.",
)
async def post_release(
    *,
    request: Request,
    complaint_id: UUID,
    attachment_id: UUID,
    body: ReleaseUnscanned,
    principal: CurrentPrincipal,
    tx: Transaction,
    afterwards: BackgroundTasks,
) -> AttachmentView:
    complaint = await _handled(request, tx, complaint_id, principal, lock=True)
    demand(principal, Action.DECIDE, complaint)
    if not request.app.state.settings.rights_unscanned_release:
        raise Refused(
            "release-not-allowed",
            "本系统不准许开放未扫描的材料（RIGHTS_UNSCANNED_RELEASE）",
            "this deployment opens no file that is not scanned (RIGHTS_UNSCANNED_RELEASE)",
            conflict=True,
        )
    attachment = await SqlAttachments(tx.session).get(complaint_id, attachment_id, lock=True)
    _demand_identity(principal, complaint, attachment)
    custody: Custody = request.app.state.custody
    after = await custody.release(tx, attachment, by=principal.subject, reason=body.reason, at=now_of(request))
    afterwards.add_task(custody.wake)
    return AttachmentView.of(after)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _handled(
    request: Request, tx: Tx, complaint_id: UUID, principal: Principal, *, lock: bool = False
) -> Complaint:
    complaint = await case_for(request, tx, complaint_id, principal, lock=lock)
    demand(principal, Action.OPEN, complaint)
    demand_assigned(principal, complaint)
    return complaint


async def _own_upload(request: Request, complaint_id: UUID, attachment_id: UUID, principal: Principal) -> Attachment:
    async with _database(request).begin() as tx:
        await _handled(request, tx, complaint_id, principal)
        return _sent_by(principal, await SqlAttachments(tx.session).get(complaint_id, attachment_id))


def _sent_by(principal: Principal, attachment: Attachment) -> Attachment:
    if attachment.uploaded_by != principal.subject:
        raise NotFound("没有这份材料。", "There is no such file.")
    return attachment


def _demand_identity(principal: Principal, complaint: Complaint, attachment: Attachment) -> None:
    """What a complainant sends shows who he is, more often than not: it is sealed as his name is."""
    if attachment.by is By.COMPLAINANT and complaint.matter.identity_mode is IdentityMode.SEALED:
        demand(principal, Action.OPEN_SEALED, complaint)
        if principal.subject not in complaint.assignees:
            # Who reviews an objection reads the case; who complained is for intake to whom it is assigned.
            raise NotCompetent(
                "not-assigned",
                "申请人身份保密，须先认领该件方可查看其材料。",
                "The complainant's identity is sealed: take the case before opening what he sent.",
            )


async def _open(look: Look, tx: Tx, part: str) -> Attachment:
    """Demands everything, and writes the look into the chained log of the case."""
    request, principal = look.request, look.principal
    complaint = await _handled(request, tx, look.complaint_id, principal, lock=True)
    if look.purpose is None:
        raise problem(
            "access-purpose-missing",
            400,
            "请在 Access-Purpose 头中说明用途。",
            "Say in Access-Purpose what it is for.",
            field="Access-Purpose",
        )
    attachment = await SqlAttachments(tx.session).get(look.complaint_id, look.attachment_id)
    _demand_identity(principal, complaint, attachment)
    if part != "name":
        demand_readable(attachment)
    await SqlCases(tx.session, request.app.state.vault).log_access(
        look.complaint_id,
        subject=principal.subject,
        organisation_kind=principal.organisation_kind,
        organisation_id=principal.organisation_id,
        purpose=f"{look.purpose.value} attachment {look.attachment_id} {part}",
        identity_opened=attachment.by is By.COMPLAINANT,
        at=now_of(request),
    )
    return attachment
