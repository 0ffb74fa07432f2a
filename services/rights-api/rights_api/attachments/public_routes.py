"""The complainant's files: the session of his receipt is the only right. Its answers tell of nobody else's case.

Uploads follow tus: begin, send blocks from the offset that HEAD tells, complete. What a broken or killed connection
leaves is whole blocks, and the offset behind them.
"""

from typing import Annotated
from uuid import UUID

from common.clock import now_of
from common.database import Database, Tx
from common.files.kinds import ALL_MEDIA_TYPES
from common.http import Router, answered_as
from common.http.body_limit import body_limit
from common.http.rate_limit import RateLimit
from common.secrecy.receipts import Receipts, parse_client_key
from fastapi import Body, Depends, Request, Response, status
from fastapi.responses import StreamingResponse

from rights_api.attachments.answers import copy_response
from rights_api.attachments.custody import Custody
from rights_api.attachments.domain import MOST_BYTES, Attachment, State
from rights_api.attachments.fields import BeginUpload, CompleteUpload
from rights_api.attachments.receiving import UPLOAD_BODY, UploadOffset, offset_headers, pieces
from rights_api.attachments.refusals import completed_already, file_too_large
from rights_api.attachments.store import COPY, SqlAttachments
from rights_api.attachments.views import NOTICE_EN, NOTICE_ZH, AttachmentsView, AttachmentView, BegunView
from rights_api.cases.own import ClientKey, SessionToken, own_case
from rights_api.cases.problems import key_problem, key_reused
from rights_api.refusals import NotFound

router = Router(prefix="/v1/receipts/case/attachments", tags=["维权申请 For complainants"])


def _limit_uploads(request: Request) -> None:
    limit: RateLimit = request.app.state.filing_limit
    limit.check(request)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="开始上传材料 Begin an upload",
    description=f"{NOTICE_ZH}{NOTICE_EN}",
    dependencies=[Depends(_limit_uploads)],
)
async def post_attachment(
    *,
    request: Request,
    response: Response,
    body: BeginUpload,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
) -> BegunView:
    key = parse_client_key(idempotency_key or "")
    if key is None:
        raise key_problem(missing=idempotency_key is None)
    if body.length > MOST_BYTES:
        raise file_too_large()
    receipts: Receipts = request.app.state.receipts
    custody: Custody = request.app.state.custody
    key_digest, request_digest = receipts.key_digest(key), receipts.request_digest(key, body.canonical())
    async with _database(request).begin() as tx:
        complaint = await own_case(request, tx, session, lock=True)
        known = await SqlAttachments(tx.session).by_key(complaint.complaint_id, key_digest)
        if known is not None and known[1] != request_digest:
            raise key_reused()
        if known is not None:
            upload = known[0]
        else:
            upload = await custody.begin(
                tx, complaint.complaint_id, body, key_digest=key_digest, request_digest=request_digest
            )
    offset_headers(response, upload)
    response.headers["Location"] = f"/v1/receipts/case/attachments/{upload.attachment_id}"
    return BegunView.of(upload)


@router.get("", summary="材料清单 One's files")
async def get_attachments(request: Request, response: Response, session: SessionToken = None) -> AttachmentsView:
    async with _database(request).begin() as tx:
        complaint = await own_case(request, tx, session)
        attachments = await SqlAttachments(tx.session).of(complaint.complaint_id)
    response.headers["Cache-Control"] = "no-store"
    return AttachmentsView.of([each for each in attachments if _is_told(each)])


@router.head("/{attachment_id}", summary="续传位置 Where to go on", operation_id="head_own_attachment")
async def head_attachment(request: Request, attachment_id: UUID, session: SessionToken = None) -> Response:
    response = Response()
    offset_headers(response, await _own(request, attachment_id, session))
    return response


@router.get("/{attachment_id}", summary="材料状态 One file", operation_id="get_own_attachment")
async def get_attachment(
    request: Request, response: Response, attachment_id: UUID, session: SessionToken = None
) -> AttachmentView:
    attachment = await _own(request, attachment_id, session)
    offset_headers(response, attachment)
    return AttachmentView.of(attachment)


@router.patch(
    "/{attachment_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="上传内容 Send bytes from the offset",
    description="以回答中的 Upload-Offset 为准续传。What counts is Upload-Offset in the answer; go on from there.",
    operation_id="patch_own_attachment",
    openapi_extra=UPLOAD_BODY,
)
@body_limit(MOST_BYTES)
async def patch_attachment(
    request: Request, attachment_id: UUID, offset: UploadOffset, session: SessionToken = None
) -> Response:
    async with request.app.state.receiving.turn():
        upload = _sent_by_him(await _own(request, attachment_id, session))
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
    operation_id="post_own_attachment_completion",
)
async def post_completion(
    *,
    request: Request,
    response: Response,
    attachment_id: UUID,
    body: Annotated[CompleteUpload | None, Body()] = None,
    session: SessionToken = None,
) -> AttachmentView:
    upload = _sent_by_him(await _own(request, attachment_id, session))
    custody: Custody = request.app.state.custody
    after = await custody.complete(upload.complaint_id, attachment_id, None if body is None else body.sm3)
    response.headers["Cache-Control"] = "no-store"
    return AttachmentView.of(after)


@router.delete("/{attachment_id}", summary="放弃上传 Give up an upload", operation_id="delete_own_attachment")
async def delete_attachment(
    request: Request, response: Response, attachment_id: UUID, session: SessionToken = None
) -> AttachmentView:
    async with _database(request).begin() as tx:
        complaint = await own_case(request, tx, session)
        attachments = SqlAttachments(tx.session)
        upload = _sent_by_him(await attachments.get(complaint.complaint_id, attachment_id, lock=True))
        if upload.state is State.RECEIVING:
            await attachments.discard([attachment_id], now_of(request), refused="withdrawn")
        elif upload.state is not State.DISCARDED:
            raise completed_already()
        after = await attachments.get(complaint.complaint_id, attachment_id)
    response.headers["Cache-Control"] = "no-store"
    return AttachmentView.of(after)


@router.get(
    "/{attachment_id}/copy",
    summary="下载经办人交付的材料 Read what an officer handed over",
    **answered_as(*ALL_MEDIA_TYPES.values()),
    operation_id="get_own_attachment_copy",
)
async def get_copy(request: Request, attachment_id: UUID, session: SessionToken = None) -> StreamingResponse:
    custody: Custody = request.app.state.custody
    async with _database(request).begin() as tx:
        attachment = await _in_own_case(request, tx, attachment_id, session)
        if not attachment.for_complainant:
            # What he sent himself is not sent back: a stolen receipt would open it.
            raise _none()
        blocks = await custody.read(tx, attachment, COPY)
    return copy_response(attachment, blocks)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _own(request: Request, attachment_id: UUID, session: str | None) -> Attachment:
    async with _database(request).begin() as tx:
        return await _in_own_case(request, tx, attachment_id, session)


async def _in_own_case(request: Request, tx: Tx, attachment_id: UUID, session: str | None) -> Attachment:
    complaint = await own_case(request, tx, session)
    attachment = await SqlAttachments(tx.session).get(complaint.complaint_id, attachment_id)
    if not _is_told(attachment):
        raise _none()
    return attachment


def _is_told(attachment: Attachment) -> bool:
    """Officers' own papers are theirs, unless they hand them over."""
    return attachment.uploaded_by is None or attachment.for_complainant


def _sent_by_him(attachment: Attachment) -> Attachment:
    if attachment.uploaded_by is not None:
        raise _none()
    return attachment


def _none() -> NotFound:
    return NotFound("没有这份材料。", "There is no such file.")
