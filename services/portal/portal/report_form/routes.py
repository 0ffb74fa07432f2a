"""A report is filled in: the draft is saved whole, and sent in by a step of its own."""

from typing import Any
from urllib.parse import quote

from common.http.body_limit import body_limit
from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOf
from portal.desks.declared import Desk, Room
from portal.desks.operations import operation
from portal.desks.pages import desk_page
from portal.desks.tables import room_of
from portal.forms import Filled, carry_out
from portal.look.onward import onward
from portal.report_form.domain import begun_with, body_of, form_of, rows_of
from portal.visitors import CurrentVisitor, Visitor, require_sign_in

router = APIRouter(prefix="/desk/reporting", dependencies=[Depends(require_sign_in)])
_ROOMS = ("due", "reports", "scans-owed")
_ADDRESS = "/{room_name}/{key}/do/draft"
_MOST_BYTES = 4_000_000
_MOST_FIELDS = 12_000
"""A province's report has hundreds of rows of some six fields each."""


def _room(room_name: str, visitor: Visitor) -> tuple[Desk, Room]:
    if room_name not in _ROOMS:
        raise HTTPException(404)
    return room_of("reporting", room_name, visitor)


@router.get(_ADDRESS)
async def get_form(*, request: Request, room_name: str, key: str, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    desk, room = _room(room_name, visitor)
    answer = await apis.get("progress", _path(key))
    report = answer.body
    filled = Filled(form_of(report), begun_with(report), etag=answer.etag or "")
    return await _page(request, desk=desk, room=room, key=key, report=report, filled=filled)


@router.post(_ADDRESS)
@body_limit(_MOST_BYTES)
async def save_draft(*, request: Request, room_name: str, key: str, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    desk, room = _room(room_name, visitor)
    report = await apis.read("progress", _path(key))
    filled = Filled.sent(form_of(report), await request.form(max_fields=_MOST_FIELDS))
    body = body_of(report, filled) if not filled.faults else {}
    carried = await carry_out(apis, filled, "progress", "PUT", _path(key) + "/draft", body=body)
    if carried.answer is None:
        return await _page(
            request, desk=desk, room=room, key=key, report=report, filled=carried.filled, status=carried.status
        )
    return onward(request, f"/desk/reporting/{room_name}/{quote(key, safe='')}?done=draft")


def _path(key: str) -> str:
    return operation("progress GET /v1/reports/{report_id}").at(key)


async def _page(
    request: Request, *, desk: Desk, room: Room, key: str, report: Any, filled: Filled, status: int = 200
) -> Response:
    return await desk_page(
        request,
        "desks/reporting/form.html",
        desk=desk,
        status=status,
        room=room,
        key=key,
        report=report,
        rows=rows_of(report),
        filled=filled,
    )
