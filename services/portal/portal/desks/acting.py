"""Forms of the desks: for the version of the record that was read, carried out once, refusals beside the fields."""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from common.http.body_limit import body_limit
from fastapi import APIRouter, Depends, UploadFile
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as Uploaded
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Answer, Apis, ApisOf, Upload
from portal.desks.choosing import with_choices
from portal.desks.declared import Act, Desk, Part, Room, acts_of, rows_of
from portal.desks.forming import begun, form_of, organ_of
from portal.desks.operations import Operation, operation
from portal.desks.pages import desk_page
from portal.desks.reach import reached
from portal.desks.reading import has_row, record_of, version_of
from portal.desks.records import heading_of
from portal.desks.showing import Showing
from portal.desks.tables import room_of
from portal.forms import Filled, Form, carry_out
from portal.look.onward import onward
from portal.visitors import CurrentVisitor, Visitor, require_sign_in

router = APIRouter(prefix="/desk", dependencies=[Depends(require_sign_in)])
_MOST_BYTES = 66_000_000
"""Of an import, the largest file that a service takes, with what stands around it."""
_NOTHING_YET = '"v0"'
"""Where setting something for the first time names the version that it changes."""
_VERSION = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class _Acting:
    """key: of the record, empty where something new is made; of: a row of its `part`."""

    desk: Desk
    room: Room
    act: Act
    described: Operation
    variant: str
    form: Form | None
    """None while one of several has to be chosen."""
    key: str = ""
    of: str = ""
    part: Part | None = None

    @property
    def filling(self) -> Form:
        """Raises HTTPException where nothing has been chosen."""
        if self.form is None:
            raise HTTPException(404)
        return self.form

    @property
    def path(self) -> str:
        keys = [each for each in (self.key, self.of) if each]
        # A row that has an address of its own, a document of a case, is not found through its record.
        return self.described.at(*(keys[-self.described.parameters :] if self.described.parameters else ()))

    @property
    def action(self) -> str:
        """Where its form is sent."""
        slug = self.act.slug + (f".{self.variant}" if self.variant else "")
        if not self.key:
            return f"/desk/{self.desk.name}/{self.room.name}/new/{slug}"
        address = f"/desk/{self.desk.name}/{self.room.name}/{quote(self.key, safe='')}/do/{slug}"
        return f"{address}?{urlencode({'of': self.of})}" if self.of else address

    @property
    def back(self) -> str:
        """Where it was begun."""
        address = f"/desk/{self.desk.name}/{self.room.name}"
        return f"{address}/{quote(self.key, safe='')}" if self.key and self.room.record is not None else address


def _acting(desk_name: str, room_name: str, slug: str, visitor: Visitor, *, key: str = "", of: str = "") -> _Acting:
    desk, room = room_of(desk_name, room_name, visitor)
    name, _, variant = slug.partition(".")
    acts = acts_of(room) if key else room.creates
    act = next((act for act in acts if act.slug == name and (act not in room.creates or not key)), None)
    if act is None:
        raise HTTPException(404)
    part = rows_of(room, act)
    if bool(of) != (part is not None):
        # Whoever acts must not be shown one record while another changes.
        raise HTTPException(404)
    described = operation(act.operation)
    try:
        form = None if described.variants and not variant else form_of(act, described, variant)
    except KeyError:
        raise HTTPException(404) from None
    return _Acting(desk, room, act, described, variant, form, key, of, part)


@router.get("/{desk_name}/{room_name}/new/{slug}")
async def get_new(
    *, request: Request, desk_name: str, room_name: str, slug: str, visitor: CurrentVisitor, apis: ApisOf
) -> Response:
    acting = await _offered(_acting(desk_name, room_name, slug, visitor), apis)
    # Other pages lead here with what they know: codes and keys, never what is sealed.
    given = {each.name: request.query_params.get(each.name, "") for each in acting.filling.fields}
    values = {name: value for name, value in given.items() if value}
    etag = _NOTHING_YET if acting.described.method == "PUT" and acting.described.if_match else None
    return await _form_page(request, acting, Filled.blank(acting.filling, etag=etag, **values))


@router.post("/{desk_name}/{room_name}/new/{slug}")
@body_limit(_MOST_BYTES)
async def post_new(
    *, request: Request, desk_name: str, room_name: str, slug: str, visitor: CurrentVisitor, apis: ApisOf
) -> Response:
    return await _carried(request, _acting(desk_name, room_name, slug, visitor), visitor, apis)


@router.get("/{desk_name}/{room_name}/{key}/do/{slug}")
async def get_act(
    *,
    request: Request,
    desk_name: str,
    room_name: str,
    key: str,
    slug: str,
    visitor: CurrentVisitor,
    apis: ApisOf,
    of: str = "",
    version: str = "",
) -> Response:
    """version: of what the visitor has seen, the row or the record; what it became since he sees first."""
    acting = _acting(desk_name, room_name, slug, visitor, key=key, of=of)
    version = version if _VERSION.fullmatch(version) else ""
    if acting.form is None:
        return await desk_page(request, "desks/choose.html", desk=acting.desk, acting=acting, version=version)
    acting = await _offered(acting, apis)
    of_row = acting.room.record is None or acting.act not in acting.room.record.acts
    etag, value = f'"v{version}"' if of_row and version else None, None
    if acting.room.record is not None:
        answer = await record_of(apis, acting.room.record, key)
        value = answer.body
        if version and not of_row and version != version_of(answer):
            return RedirectResponse(f"{acting.back}?changed=yes", 303, {"Cache-Control": "no-store"})
        etag = etag or answer.etag
        part = acting.part
        if part is not None and not await has_row(apis=apis, part=part, value=value, key=key, row=of):
            raise HTTPException(404)
    elif acting.room.listing is not None and acting.room.listing.key:
        value = {acting.room.listing.key: key}
    filled = Filled.blank(acting.filling, etag=etag if acting.described.if_match else None)
    values = begun(acting.act, acting.filling, value)
    return await _form_page(request, acting, Filled(acting.filling, values, etag=filled.etag), value)


@router.post("/{desk_name}/{room_name}/{key}/do/{slug}")
@body_limit(_MOST_BYTES)
async def post_act(
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
    return await _carried(request, _acting(desk_name, room_name, slug, visitor, key=key, of=of), visitor, apis)


async def _carried(request: Request, acting: _Acting, visitor: Visitor, apis: Apis) -> Response:
    acting = await _offered(acting, apis)
    async with request.form() as data:
        return await _sent(request, acting, visitor, apis, data)


async def _sent(request: Request, acting: _Acting, visitor: Visitor, apis: Apis, data: FormData) -> Response:
    filled = Filled.sent(acting.filling, data)
    upload, filled = _upload(acting, data, filled)
    described = acting.described
    body = filled.body() if not filled.faults else {}
    for name, said in organ_of(acting.act, visitor).items():
        body.setdefault("organ", {})[name.partition(".")[2]] = said
    if acting.act.keyed:
        body[acting.act.keyed] = acting.of
    params = {name: body.pop(name) for name in described.query if name in body}
    sent = None if described.takes == "nothing" else body
    carried = await carry_out(
        apis, filled, described.service, described.method, acting.path, body=sent, params=params, upload=upload
    )
    if carried.answer is None:
        return await _form_page(request, acting, carried.filled, status=carried.status)
    return await _done(request, acting, carried.answer)


async def _offered(acting: _Acting, apis: Apis) -> _Acting:
    """With what its fields are chosen of."""
    if acting.form is None or not acting.act.chosen:
        return acting
    return replace(acting, form=await with_choices(acting.form, acting.act, apis))


def _upload(acting: _Acting, data: FormData, filled: Filled) -> tuple[Upload | None, Filled]:
    if acting.described.takes not in ("file", "multipart"):
        return None, filled
    file = data.get("file")
    if not isinstance(file, Uploaded) or not file.filename:
        return None, filled.faulty("file", "请选择文件")
    fields = {name: _text(value) for name, value in filled.body().items()} if not filled.faults else {}
    return Upload(UploadFile(file.file, size=file.size, filename=file.filename, headers=file.headers),
                  acting.described.takes == "file", fields), filled  # fmt: skip


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _done(request: Request, acting: _Acting, answer: Answer) -> Response:
    media = answer.headers.get("content-type", "")
    if answer.content and not media.startswith("application/json"):
        headers = {"Cache-Control": "no-store"}
        headers["Content-Disposition"] = answer.headers.get("content-disposition", "attachment")
        return Response(answer.content, media_type=media, headers=headers)
    if acting.act.shows:
        shown = Showing(acting.desk.links).shown(answer.body, acting.described.answer)
        return await desk_page(
            request, acting.act.template, desk=acting.desk, acting=acting, shown=shown, value=answer.body
        )
    there = acting.back
    if acting.act.leads is not None:
        room, path = acting.act.leads
        key = reached(answer.body, path)
        there = f"/desk/{room}/{quote(str(key), safe='')}" if key else f"/desk/{room}"
    return onward(request, f"{there}?{urlencode({'done': acting.act.slug})}")


async def _form_page(
    request: Request, acting: _Acting, filled: Filled, value: object = None, status: int = 200
) -> Response:
    heading = heading_of(acting.room, value)
    return await desk_page(
        request, "desks/act.html", desk=acting.desk, status=status, acting=acting, filled=filled, heading=heading
    )
