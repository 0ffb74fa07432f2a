"""The queue by deadline, alarms of the fast lane first, and the roster by month."""

import asyncio
from datetime import timedelta
from typing import Any

from common.clock import today_of
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOf, Refused
from portal.desks.pages import desk_page
from portal.desks.tables import room_of
from portal.rights_desk.domain import address_of, alarms_first, last_of, month_of, queued, weeks_of
from portal.visitors import CurrentVisitor, require_sign_in

router = APIRouter(prefix="/desk/rights", dependencies=[Depends(require_sign_in)])
_ROWS = 50
_RISKS = {"": "全部", "overdue": "已逾期", "warned": "临近期限", "due": "即将到期"}


@router.get("/queue")
async def get_queue(
    request: Request, visitor: CurrentVisitor, apis: ApisOf, risk: str = "", cursor: str | None = None
) -> Response:
    """Where alarms belong to others, the deadlines stand alone."""
    desk, room = room_of("rights", "queue", visitor)
    risk = risk if risk in _RISKS else ""
    alarms, deadlines, watches = await asyncio.gather(
        _alarms(apis),
        apis.read("rights", "/v1/desk/deadlines", risk=risk or None, limit=_ROWS, cursor=cursor),
        _or_none(apis, "/v1/meeting-watches"),
    )
    return await desk_page(
        request,
        "desks/rights/queue.html",
        desk=desk,
        room=room,
        alarms=alarms,
        due=queued(deadlines["items"]),
        cursor=deadlines.get("next_cursor"),
        risk=risk,
        risks=_RISKS,
        watches=(watches or {}).get("items", []),
    )


async def _alarms(apis: Apis) -> list[dict[str, Any]]:
    answered = await _or_none(apis, "/v1/alarms", state="open")
    found = alarms_first((answered or {}).get("items", []))
    return [{**each, "address": address_of(each["owner_kind"], each["owner_id"])} for each in found]


async def _or_none(apis: Apis, path: str, **params: Any) -> Any:
    """None where it is not the visitor's to see."""
    try:
        return await apis.read("rights", path, **params)
    except Refused as refused:
        if refused.status not in (403, 404):
            raise
        return None


@router.get("/roster")
async def get_roster(request: Request, visitor: CurrentVisitor, apis: ApisOf, month: str = "") -> Response:
    desk, room = room_of("rights", "roster", visitor)
    today = today_of(request)
    first = month_of(month, today)
    told, telephone = await asyncio.gather(
        apis.read("rights", "/v1/duty/rosters", from_on=str(first), to_on=str(last_of(first))),
        _or_none(apis, "/v1/duty/telephone"),
    )
    days = {each["day"]["on"]: each for each in told["items"]}
    return await desk_page(
        request,
        "desks/rights/roster.html",
        desk=desk,
        room=room,
        first=first,
        today=today,
        before=(first - timedelta(days=1)).replace(day=1),
        after=last_of(first) + timedelta(days=1),
        weeks=weeks_of(first, days),
        gaps=told["gaps"],
        telephone=telephone,
    )
