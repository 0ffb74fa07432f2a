"""The first page of the desks, with what waits, and their lists."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import ApisOf, Refused
from portal.desks.forming import field_of
from portal.desks.operations import operation
from portal.desks.pages import desk_page, desks_of
from portal.desks.reading import items_of, listed, table_of, waiting
from portal.desks.showing import Showing
from portal.desks.tables import room_of
from portal.forms import Field, Filled, Form
from portal.visitors import CurrentVisitor, require_sign_in

router = APIRouter(prefix="/desk", dependencies=[Depends(require_sign_in)])


@router.get("")
async def get_cards(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    """The desks that the visitor's roles reach, with what waits."""
    counted = [
        (desk.name, room.name, room.listing)
        for desk in desks_of(visitor)
        for room in desk.rooms
        if room.listing is not None and room.listing.waiting is not None
    ]
    counts = await asyncio.gather(*(waiting(apis, listing) for _, _, listing in counted))
    told = {(desk, room): count for (desk, room, _), count in zip(counted, counts, strict=True)}
    return await desk_page(request, "desks/home.html", waiting=told)


@router.get("/{desk_name}")
async def get_desk(desk_name: str) -> Response:
    return RedirectResponse(f"/desk#desk-{quote(desk_name, safe='')}", 303)


@router.get("/{desk_name}/{room_name}")
async def get_list(request: Request, desk_name: str, room_name: str, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    desk, room = room_of(desk_name, room_name, visitor)
    listing = room.listing
    if listing is None:
        return await desk_page(request, "desks/list.html", desk=desk, room=room, table=None, filters=None, more="")
    described = operation(listing.operation)
    given = dict(request.query_params)
    asked = given if set(given) & {*listing.filters, "cursor", "all"} else dict(listing.start)
    filters = Filled(Form("查询", [_filter(described.query[name]) for name in listing.filters]), as_typed(asked))
    try:
        answer = await listed(apis, listing, asked)
    except Refused as refused:
        if refused.status not in (400, 422):
            raise
        filters = filters.refused(refused.faults, refused.problem.get("detail") or "")
        return await desk_page(
            request, "desks/list.html", desk=desk, room=room, table=None, filters=filters, more="", status=422
        )
    told = described.answer.get("in", {}).get(listing.at, described.answer)
    cursor = answer.body.get("next_cursor") if isinstance(answer.body, dict) else None
    table = table_of(
        items_of(answer.body, listing.at), told, listing.columns, Showing(desk.links),
        key=listing.key, cursor=cursor, acts=listing.acts,
    )  # fmt: skip
    more = urlencode({name: value for name, value in asked.items() if value and name != "cursor"} | {"cursor": cursor})
    return await desk_page(request, "desks/list.html", desk=desk, room=room, table=table, filters=filters, more=more)


def _filter(told: Mapping[str, Any]) -> Field:
    """As a choice or one line: a box that is not ticked would ask for `no`."""
    kind = {"yes-no": "either", "long-text": "text", "lines": "text"}.get(told["kind"], told["kind"])
    return field_of(told, required=False, kind=kind)


def as_typed(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: {"true": "yes", "false": "no"}.get(value, value) for name, value in asked.items()}
