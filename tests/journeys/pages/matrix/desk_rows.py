"""Every address of the desks, made of what the desks declare."""

from collections.abc import Iterator
from uuid import uuid4

from portal.desks.declared import Act, Desk, Room, acts_of, openings_of, rows_of
from portal.desks.operations import operation
from portal.desks.records import opening_form
from portal.desks.tables import DESKS

from tests.journeys.made_up import today
from tests.journeys.pages.matrix.row import Asked, Keys, Row
from tests.journeys.pages.matrix.typed import posts_of

_MONTH = {"from_on": today().replace(day=1).isoformat(), "to_on": today().isoformat()}
_PARAMS = {"rights/roster": _MONTH}
"""What a hand-made page asks for of itself."""


def desk_rows(keys: Keys) -> Iterator[Row]:
    for desk in DESKS:
        yield Row(f"/desk/{desk.name}")
        for room in desk.rooms:
            yield from _read(desk, room, keys)
            yield from _sent(desk, room, keys)


def _key(desk: Desk, room: Room, keys: Keys) -> str:
    return keys.get(f"{desk.name}/{room.name}") or str(uuid4())


def _row_of(desk: Desk, room: Room, column: str, keys: Keys) -> str:
    return keys.get(f"{desk.name}/{room.name} {column}") or str(uuid4())


def _of(desk: Desk, room: Room, act: Act, keys: Keys) -> str:
    part = rows_of(room, act)
    return "" if part is None else f"?of={_row_of(desk, room, part.key, keys)}"


def _read(desk: Desk, room: Room, keys: Keys) -> Iterator[Row]:
    base = f"/desk/{desk.name}/{room.name}"
    listing: tuple[Asked, ...] = ()
    if room.listing is not None:
        described = operation(room.listing.operation)
        params = {name: {"yes": "true"}.get(value, value) for name, value in room.listing.start.items()}
        params |= _PARAMS.get(f"{desk.name}/{room.name}", {})
        listing = (Asked.of(described.service, described.at(), **params),)
    if not room.own_page:
        yield Row(base, listing, desk)
    for act in room.creates:
        yield Row(f"{base}/new/{act.slug}", (), desk)
    key = _key(desk, room, keys)
    record: tuple[Asked, ...] = ()
    if room.record is not None:
        described = operation(room.record.operation)
        own, _, beside = key.partition("@")
        params = {room.record.beside: beside} if beside else {}
        record = (Asked.of(described.service, described.at(own), **params),)
        yield Row(f"{base}/{key}", record, desk)
        yield from _files(desk, room, key, keys)
    for act in acts_of(room):
        if act not in room.creates:
            of = _of(desk, room, act, keys)
            yield Row(f"{base}/{key}/do/{_form(act)}{of}", record, desk, of_row=bool(of))


def _files(desk: Desk, room: Room, key: str, keys: Keys) -> Iterator[Row]:
    assert room.record is not None
    base = f"/desk/{desk.name}/{room.name}/{key}"
    downloads = [(each, "") for each in room.record.downloads]
    downloads += [(each, part.key) for part in room.record.parts for each in part.downloads]
    for each, column in downloads:
        found = operation(each.operation)
        row = _row_of(desk, room, column, keys) if column else ""
        held = [key, row] if row else [key]
        path = found.at(*held[-(found.parameters - len(each.fixed)) :], *each.fixed)
        address = f"{base}/file/{each.slug}" + (f"?of={row}" if row else "")
        yield Row(address, (Asked.of(found.service, path),), desk, of_row=bool(row))
    for opening in openings_of(room):
        yield Row(f"{base}/open/{opening.slug}", (), desk)


def _form(act: Act) -> str:
    variants = operation(act.operation).variants
    return act.slug + (f".{next(iter(variants))}" if variants else "")


def _sent(desk: Desk, room: Room, keys: Keys) -> Iterator[Row]:
    base, key = f"/desk/{desk.name}/{room.name}", _key(desk, room, keys)
    for act in acts_of(room):
        new = act in room.creates
        for slug, typed, files in posts_of(act, keys):
            address = f"{base}/new/{slug}" if new else f"{base}/{key}/do/{slug}{_of(desk, room, act, keys)}"
            yield Row(address, (), desk, "POST", carries_out=act.operation, typed=typed, files=files, creates=new)
    if room.record is not None:
        openings = [(f"{base}/{key}/open/{each.slug}?of={uuid4()}", each) for each in openings_of(room)]
        openings += [(f"{base}/{key}", room.record.opening)] if room.record.opening is not None else []
        for address, opening in openings:
            codes = [choice.code for each in opening_form(opening).fields for choice in each.choices]
            typed = {"purpose": codes[0] if codes else "核查"}
            yield Row(address, (), desk, "POST", carries_out=opening.operation, typed=typed)
