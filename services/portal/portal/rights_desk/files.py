"""An officer's own papers for the file of a case: sent as a plain form, passed on while they arrive."""

from urllib.parse import quote

from common.http.body_limit import body_limit
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, ApisOf
from portal.desks.pages import desk_page
from portal.desks.records import heading_of
from portal.desks.tables import room_of
from portal.forms import Field, Filled, Form
from portal.uploads import FILE, MOST_SENT, NotAForm, Place, filled_with, pass_on, sent_file
from portal.visitors import CurrentVisitor, Visitor, require_sign_in

router = APIRouter(prefix="/desk/rights/complaints/{complaint_id}/upload", dependencies=[Depends(require_sign_in)])
_UPLOAD = Form(
    "上传材料",
    (
        Field("for_complainant", "交给申请人：他可凭回执下载查阅副本", "yes-no", required=False),
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
    note="中断后重新选择同一份文件上传，会从中断处继续。扫描后方可查阅。",
)


@router.get("")
async def ask(request: Request, complaint_id: str, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    return await _shown(request, complaint_id, visitor, apis, Filled(_UPLOAD))


@router.post("")
@body_limit(MOST_SENT)
async def upload(request: Request, complaint_id: str, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    """The same form sent again goes on where the first try broke off."""
    room_of("rights", "complaints", visitor)
    try:
        sent = await sent_file(request)
        filled = filled_with(_UPLOAD, sent)
        if not filled.faults:
            filled = await pass_on(apis, Place("rights", f"{_case(complaint_id)}/attachments"), sent, filled)
        await sent.drain()
    except NotAForm:
        filled = Filled(_UPLOAD).refused({FILE: "没有收到文件，请重新选择"})
    if filled.faults or filled.message:
        return await _shown(request, complaint_id, visitor, apis, filled, status=422)
    there = f"/desk/rights/complaints/{quote(complaint_id, safe='')}?done=upload"
    return RedirectResponse(there, 303, {"Cache-Control": "no-store"})


def _case(complaint_id: str) -> str:
    return f"/v1/complaints/{quote(complaint_id, safe='')}"


async def _shown(
    request: Request, complaint_id: str, visitor: Visitor, apis: Apis, filled: Filled, *, status: int = 200
) -> Response:
    desk, room = room_of("rights", "complaints", visitor)
    case = await apis.read("rights", _case(complaint_id))
    return await desk_page(
        request, "desks/rights/upload.html", desk=desk, room=room, status=status, filled=filled,
        back=f"/desk/rights/complaints/{quote(complaint_id, safe='')}", heading=heading_of(room, case),
    )  # fmt: skip
