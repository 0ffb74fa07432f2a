"""Sealed content of a row or a part, opened for a purpose on a page of its own; a file is passed on as it comes."""

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOf, Refused
from portal.desks.declared import Desk, Opening, Room, openings_of
from portal.desks.operations import operation
from portal.desks.pages import desk_page
from portal.desks.records import opening_form
from portal.desks.showing import Showing
from portal.desks.tables import room_of
from portal.forms import Filled
from portal.visitors import CurrentVisitor, Visitor, require_sign_in

router = APIRouter(prefix="/desk", dependencies=[Depends(require_sign_in)])
_ADDRESS = "/{desk_name}/{room_name}/{key}/open/{slug}"


def _opening(desk_name: str, room_name: str, slug: str, visitor: Visitor) -> tuple[Desk, Room, Opening]:
    desk, room = room_of(desk_name, room_name, visitor)
    opening = next((each for each in openings_of(room) if each.slug == slug), None)
    if opening is None:
        raise HTTPException(404)
    return desk, room, opening


@router.get(_ADDRESS)
async def ask_purpose(
    *, request: Request, desk_name: str, room_name: str, key: str, slug: str, visitor: CurrentVisitor, of: str = ""
) -> Response:
    desk, room, opening = _opening(desk_name, room_name, slug, visitor)
    asked = Filled.blank(opening_form(opening))
    return await desk_page(
        request, "desks/open.html", desk=desk, room=room, key=key, of=of, opening=opening, asked=asked, opened=None
    )


@router.post(_ADDRESS)
async def open_for_purpose(
    *,
    request: Request,
    desk_name: str,
    room_name: str,
    key: str,
    slug: str,
    visitor: CurrentVisitor,
    apis: ApisOf,
    of: str = "",
) -> Response:
    """of: the row. The purpose stands in no address."""
    desk, room, opening = _opening(desk_name, room_name, slug, visitor)
    asked = Filled.sent(opening_form(opening), await request.form())
    described, opened, status = operation(opening.operation), None, 200
    if asked.faults:
        asked, status = asked.refused(asked.faults), 422
    else:
        try:
            answer = await apis.get(described.service, described.at(key, of), purpose=str(asked.value("purpose")))
        except Refused as refused:
            told = refused.problem.get("detail") or refused.problem.get("title") or "不能打开。"
            asked, status = asked.refused(refused.faults, told), refused.status
        else:
            media = answer.headers.get("content-type", "")
            if not media.startswith("application/json"):
                told = answer.headers.get("content-disposition", "attachment")
                return Response(
                    answer.content,
                    media_type=media,
                    headers={"Cache-Control": "no-store", "Content-Disposition": told},
                )
            opened = Showing(desk.links).shown(answer.body, described.answer)
    return await desk_page(
        request, "desks/open.html", status=status, desk=desk, room=room, key=key, of=of, opening=opening,
        asked=asked, opened=opened,
    )  # fmt: skip
