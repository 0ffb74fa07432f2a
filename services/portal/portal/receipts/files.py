"""Evidence: sent as a plain form, passed on while it arrives; what an officer hands over is read here."""

from uuid import UUID

from common.http.body_limit import body_limit
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, ApisOfNobody
from portal.filing.sessions import ReceiptSession, session_of
from portal.forms import Field, Filled, Form
from portal.look import page
from portal.receipts.routes import ended
from portal.uploads import FILE, MOST_SENT, NotAForm, Place, filled_with, pass_on, sent_file

router = APIRouter(prefix="/receipts/files")
_ATTACHMENTS = "/v1/receipts/case/attachments"
_UPLOAD = Form(
    "上传证据",
    (
        Field("case_file", "这份材料来自案卷", "yes-no", required=False),
        Field(
            "undertaking_signed_on",
            "案卷材料：签署《阅卷承诺书》的日期",
            "date",
            required=False,
            hint="不是案卷材料的不填",
        ),
        Field(FILE, "选择文件", "file", hint="PDF、DOCX、JPEG、PNG、MP3、MP4，每份不超过 50 MB；不要上传国家秘密"),
    ),
    submit="上传",
)


@router.get("")
async def files(request: Request, apis: ApisOfNobody) -> Response:
    session = session_of(request)
    if session is None or session.kind != "case":
        return ended()
    return await _shown(request, apis, session, Filled(_UPLOAD))


@router.post("")
@body_limit(MOST_SENT)
async def upload(request: Request, apis: ApisOfNobody) -> Response:
    """The same form sent again goes on where the first try broke off."""
    session = session_of(request)
    try:
        sent = await sent_file(request)
        if session is None or session.kind != "case":
            await sent.drain()
            return ended()
        filled = filled_with(_UPLOAD, sent)
        if not filled.faults:
            filled = await pass_on(apis, Place("rights_public", _ATTACHMENTS, session.token), sent, filled)
        await sent.drain()
    except NotAForm:
        filled = Filled(_UPLOAD).refused({FILE: "没有收到文件，请重新选择"})
    if session is None:
        return ended()
    if filled.faults or filled.message:
        return await _shown(request, apis, session, filled, 422)
    return RedirectResponse("/receipts/files?sent=true", 303, {"Cache-Control": "no-store"})


@router.post("/{attachment_id}/withdrawal")
async def give_up(request: Request, apis: ApisOfNobody, attachment_id: UUID) -> Response:
    session = session_of(request)
    if session is None:
        return ended()
    await apis.send("rights_public", "DELETE", f"{_ATTACHMENTS}/{attachment_id}", session=session.token)
    return RedirectResponse("/receipts/files", 303, {"Cache-Control": "no-store"})


@router.get("/{attachment_id}/copy")
async def copy(request: Request, apis: ApisOfNobody, attachment_id: UUID) -> Response:
    session = session_of(request)
    if session is None:
        return ended()
    found = await apis.get("rights_public", f"{_ATTACHMENTS}/{attachment_id}/copy", session=session.token)
    kept = ("content-type", "content-disposition")
    headers = {name: found.headers[name] for name in kept if name in found.headers}
    return Response(found.content, headers=headers | {"Cache-Control": "no-store"})


async def _shown(request: Request, apis: Apis, session: ReceiptSession, filled: Filled, status: int = 200) -> Response:
    told = await apis.read("rights_public", _ATTACHMENTS, session=session.token)
    sent = request.query_params.get("sent") == "true" and request.method == "GET"
    return await page(request, "receipts/files.html", status=status, filled=filled, told=told, sent=sent)
