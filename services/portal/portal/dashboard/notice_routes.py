"""Notices of supervision: which are open, overdue, answered; one of them with its steps."""

from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOf
from portal.look import page
from portal.look.asked import asked_of, cursor_of, found
from portal.look.failures import failure
from portal.look.passing_on import passed_on
from portal.visitors import require_sign_in

router = APIRouter(prefix="/dashboard/notices", dependencies=[Depends(require_sign_in)])

STATES = (
    ("proposed", "待签发"), ("issued", "待答复"), ("answered", "待审核"), ("accepted", "答复已认可"),
    ("closed", "已办结"), ("withdrawn", "已撤回"),
)  # fmt: skip
COLOURS = (("blue", "蓝色督办"), ("orange", "橙色督办"), ("red", "红色督办"))
_FORMS = ("pdf", "docx")
_PAGE = 30


@router.get("")
async def notices(request: Request, apis: ApisOf) -> Response:
    asked, cursor = asked_of(request, "state", "colour", "region", "overdue"), cursor_of(request)
    told, faults = await found(
        apis, "progress", "/v1/notices", {}, state=asked["state"] or None, colour=asked["colour"] or None,
        region=asked["region"] or None, overdue="true" if asked["overdue"] else None, limit=_PAGE, cursor=cursor,
    )  # fmt: skip
    return await page(
        request, "dashboard/notices.html", asked=asked, told=told, faults=faults, cursor=cursor, states=STATES,
        colours=COLOURS, status=200 if told is not None else 422,
    )  # fmt: skip


@router.get("/{notice_id}/sheet.{form}")
async def sheet(request: Request, notice_id: UUID, form: str, apis: ApisOf) -> Response:
    if form not in _FORMS:
        return failure(request.app, 404)
    return await passed_on(apis, "progress", f"/v1/notices/{notice_id}/sheet.{form}")


@router.get("/{notice_id}")
async def notice(request: Request, notice_id: str, apis: ApisOf) -> Response:
    try:
        told = await apis.read("progress", f"/v1/notices/{UUID(notice_id)}")
    except ValueError:
        return failure(request.app, 404, "没有这份督办。", "There is no such notice.")
    return await page(request, "dashboard/notice.html", told=told)
