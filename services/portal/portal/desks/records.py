"""One record: what is told of it, what is read beside it, what can be done, and what is opened for a reason."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.apis import Apis, ApisOf, Refused
from portal.desks.declared import Desk, Download, Opening, Room
from portal.desks.forming import field_of
from portal.desks.operations import operation
from portal.desks.pages import desk_page
from portal.desks.reach import holds
from portal.desks.reading import parts_of, record_of, version_of
from portal.desks.showing import Showing, Shown
from portal.desks.tables import room_of
from portal.forms import Field, Filled, Form
from portal.visitors import CurrentVisitor, require_sign_in

router = APIRouter(prefix="/desk", dependencies=[Depends(require_sign_in)])
_PASSED_ON = ("content-type", "content-disposition", "content-length")


@router.get("/{desk_name}/{room_name}/{key}")
async def get_record(
    *, request: Request, desk_name: str, room_name: str, key: str, visitor: CurrentVisitor, apis: ApisOf
) -> Response:
    desk, room = room_of(desk_name, room_name, visitor)
    return await _record_page(request, desk, room, key, apis)


@router.post("/{desk_name}/{room_name}/{key}")
async def open_sealed(
    *, request: Request, desk_name: str, room_name: str, key: str, visitor: CurrentVisitor, apis: ApisOf
) -> Response:
    """Sealed content for a purpose, which never stands in an address of ours."""
    desk, room = room_of(desk_name, room_name, visitor)
    if room.record is None or room.record.opening is None:
        raise HTTPException(404)
    opening = room.record.opening
    filled = Filled.sent(opening_form(opening), await request.form())
    if filled.faults:
        return await _record_page(request, desk, room, key, apis, asked=filled.refused(filled.faults), status=422)
    described = operation(opening.operation)
    said = str(filled.value("purpose"))
    try:
        if opening.by == "reason":
            answer = await apis.get(described.service, described.at(key), full="true", reason=said)
        else:
            answer = await apis.get(described.service, described.at(key), purpose=said)
    except Refused as refused:
        told = refused.problem.get("detail") or refused.problem.get("title") or "不能打开。"
        again = filled.refused(refused.faults, told)
        return await _record_page(request, desk, room, key, apis, asked=again, status=refused.status)
    shown = Showing(desk.links).shown(answer.body, described.answer)
    return await _record_page(request, desk, room, key, apis, asked=filled, opened=shown)


def opening_form(opening: Opening) -> Form:
    described = operation(opening.operation)
    if opening.by == "reason":
        asked = Field("purpose", "打开的理由", "text", most=200)
    else:
        asked = field_of(described.purpose or {}, required=True)
    return Form("打开封存内容", [asked], submit="打开", note=opening.note)


async def _record_page(
    request: Request,
    desk: Desk,
    room: Room,
    key: str,
    apis: Apis,
    *,
    asked: Filled | None = None,
    opened: Shown | None = None,
    status: int = 200,
) -> Response:
    record = room.record
    if record is None:
        raise HTTPException(404)
    answer = await record_of(apis, record, key)
    value, described = answer.body, operation(record.operation)
    showing = Showing(desk.links)
    # Its own key would lead to itself.
    own = described.path.rpartition("{")[2].rstrip("}")
    parts = await parts_of(apis=apis, request=request, record=record, value=value, key=key, showing=showing)
    if record.opening is not None and asked is None:
        asked = Filled.blank(opening_form(record.opening))
    return await desk_page(
        request,
        record.template,
        status=status,
        desk=desk,
        room=room,
        key=key,
        value=value,
        version=version_of(answer),
        heading=heading_of(room, value),
        facts=showing.facts(value, described.answer, record.first, (*record.left_out, own)),
        parts=parts,
        acts=[act for act in record.acts if holds(value, act.when)],
        downloads=[each for each in record.downloads if holds(value, each.when)],
        asked=asked,
        opened=opened,
    )


def heading_of(room: Room, value: object) -> str:
    """What the record is called: its own name where it has one."""
    record = room.record
    if record is None or not record.heading or not isinstance(value, dict):
        return room.title
    own = Showing().cell(value, operation(record.operation).answer, record.heading)
    return f"{room.title}：{own.text}" if own.text and own.kind != "nothing" else room.title


@router.get("/{desk_name}/{room_name}/{key}/file/{slug}")
async def get_file(
    *, desk_name: str, room_name: str, key: str, slug: str, visitor: CurrentVisitor, apis: ApisOf, of: str = ""
) -> Response:
    """Passed on as it comes. of: the row whose file it is, where it is not the record's own."""
    _, room = room_of(desk_name, room_name, visitor)
    download = _download(room, slug, of_row=bool(of))
    described = operation(download.operation)
    keys = [each for each in (key, of) if each]
    own = described.parameters - len(download.fixed)
    path = described.at(*keys[-own:], *download.fixed)
    passing = AsyncExitStack()
    response = await passing.enter_async_context(apis.stream(described.service, path, None, **download.params))
    if response.is_error:
        body = await response.aread()
        await passing.aclose()
        raise Refused.of(response.status_code, body, response.headers)

    async def parts() -> AsyncIterator[bytes]:
        async with passing:
            async for part in response.aiter_raw():
                yield part

    headers = {name: response.headers[name] for name in _PASSED_ON if name in response.headers}
    headers.setdefault("content-disposition", "attachment")
    return StreamingResponse(parts(), headers=headers | {"Cache-Control": "no-store"})


def _download(room: Room, slug: str, *, of_row: bool) -> Download:
    parts = () if room.record is None else room.record.parts
    own = () if room.record is None else room.record.downloads
    found = [each for part in parts for each in part.downloads] if of_row else own
    try:
        return next(each for each in found if each.slug == slug)
    except StopIteration:
        raise HTTPException(404) from None
