"""What a desk is made of; every desk is such data, and the engine knows none of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Leads = tuple[str, str]
"""A room's address, `registry/proposals`, and where the key of its record stands in an answer: `proposal_id`."""


@dataclass(frozen=True)
class Chosen:
    """What a field is chosen of: the rows of a list, by their `key`, called by what stands at `labels`."""

    operation: str
    key: str
    labels: tuple[str, ...]
    at: str = "items"


@dataclass(frozen=True)
class Act:
    """A writing operation that an officer carries out by its form.

    operation: `registry POST /v1/firms/{firm_id}/end`. Its first parameter is the key of the record where it stands.
    start: field → path into the record, whose value the form begins with. own_organ: `organ.*` is the visitor's own.
    when: shown only where the record has one of these values, by path. shows: the answer is shown instead of led away.
    label: instead of the operation's summary; left_out: fields not asked for.
    """

    operation: str
    label: str = ""
    start: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    own_organ: bool = False
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    leads: Leads | None = None
    shows: bool = False
    template: str = "desks/answer.html"
    """Of what `shows`."""
    danger: bool = False
    left_out: tuple[str, ...] = ()
    keyed: str = ""
    """Field of the body that is the row's key, which nobody types."""
    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    """Fields that name something by its key, which nobody knows by heart."""
    upload: str = ""
    """Of an operation that takes a bare file: what is to be uploaded."""
    name: str = ""
    """In addresses, where two acts of a room would share one."""

    @property
    def slug(self) -> str:
        """In addresses: the last fixed part of the path; `change` of a PATCH."""
        _, method, path = self.operation.split(" ")
        if self.name or method == "PATCH":
            return self.name or "change"
        return _last_fixed(path)


@dataclass(frozen=True)
class Download:
    """A file of a record or of a row: passed on as it comes. fixed: what stands in its path behind the keys."""

    operation: str
    label: str
    params: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        last = self.operation.rpartition("/")[2].partition("{")[0].rstrip(".")
        parts = [part for part in (last, *self.fixed) if part] or [_last_fixed(self.operation)]
        return "-".join(parts).replace(".", "-")


@dataclass(frozen=True)
class Listing:
    """columns: paths into an item. filters: parameters of the operation. start: their values when it is first opened.

    key: of the item, that its record is found by; None where it has no page. waiting: filters of what waits, counted on
    the card of its desk as `waits`; None where nothing does.
    """

    operation: str
    columns: tuple[str, ...]
    key: str | None = None
    filters: tuple[str, ...] = ()
    start: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, str] | None = None
    waits: str = "件待办"
    acts: tuple[Act, ...] = ()
    """Of one row, by its key."""
    at: str = "items"
    """Where the rows stand in the answer."""


@dataclass(frozen=True)
class Part:
    """More of a record, read beside it. columns: of a table, else the answer as it is; look: `timeline` and others have
    a template of their own. acts, downloads: of one row, found by `key`, at the version that the row tells."""

    title: str
    operation: str
    columns: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameter → path into the record, or `=value`."""
    keys: tuple[str, ...] = ()
    """Paths into the record of what stands in the operation's own path; without them, the record's key."""
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    key: str = ""
    room: str = ""
    """Where a row's own page is: `registry/proposals`."""
    acts: tuple[Act, ...] = ()
    downloads: tuple[Download, ...] = ()
    opens: tuple["Opening", ...] = ()
    """Sealed content of one row, or of the whole part where it has no `key`."""
    look: str = "plain"
    at: str = "items"
    """Where the rows stand in the answer."""


@dataclass(frozen=True)
class Opening:
    """Sealed content that is shown for a reason alone, asked for by a form and never kept.

    operation: read with the purpose in the header Access-Purpose; `reason`: with `full` and `reason` as parameters.
    It may be a file. label: of the link, where it is opened on a page of its own.
    """

    operation: str
    by: str = "purpose"
    note: str = "内容已封存：打开须说明用途，每次打开都会留下记录。"
    label: str = ""
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return _last_fixed(self.operation.rpartition(" ")[2])


@dataclass(frozen=True)
class Record:
    """heading: path of what it is called. template: a hand-made page instead of the generic one."""

    operation: str
    heading: str = ""
    parts: tuple[Part, ...] = ()
    acts: tuple[Act, ...] = ()
    downloads: tuple[Download, ...] = ()
    opening: Opening | None = None
    beside: str = ""
    """Parameter that makes the record together with its key: in addresses `key@value`."""
    template: str = "desks/record.html"
    first: tuple[str, ...] = ()
    """Fields that are shown first; the others follow in the order of the answer."""
    left_out: tuple[str, ...] = ()
    followed: bool = False
    """Its key is the key of its events, which those of the desk may receive."""


@dataclass(frozen=True)
class Room:
    """One kind of thing at a desk: its list, its page, and what makes a new one."""

    name: str
    title: str
    en: str
    listing: Listing | None = None
    record: Record | None = None
    creates: tuple[Act, ...] = ()
    own_page: bool = False
    """It is shown by a page made for it, and has nothing declared."""

    @property
    def is_entered(self) -> bool:
        """From the first page."""
        return self.listing is not None or bool(self.creates) or self.own_page


@dataclass(frozen=True)
class Desk:
    """roles: whose work it is; the card on `/desk` is shown to them. The services judge each call."""

    name: str
    title: str
    en: str
    about: str
    roles: frozenset[str]
    rooms: tuple[Room, ...]
    links: Mapping[str, str] = field(default_factory=dict)
    """Field that names another record → its room: `firm_id` → `registry/firms`."""

    def room(self, name: str) -> Room | None:
        return next((room for room in self.rooms if room.name == name), None)


def _last_fixed(path: str) -> str:
    *rest, last = (part for part in path.split("/") if not part.startswith("{"))
    return last or rest[-1]


def openings_of(room: Room) -> list[Opening]:
    """Those on pages of their own."""
    return [] if room.record is None else [each for part in room.record.parts for each in part.opens]


def rows_of(room: Room, act: Act) -> Part | None:
    """The part whose rows the act is about; None where it is about the record, or a row of the room's own list."""
    parts = () if room.record is None else room.record.parts
    return next((part for part in parts if act in part.acts), None)


def acts_of(room: Room) -> list[Act]:
    """All of a room, wherever they stand."""
    found = [*room.creates]
    if room.listing is not None:
        found += room.listing.acts
    if room.record is not None:
        found += room.record.acts
        for part in room.record.parts:
            found += part.acts
    return found


def operations_of(desk: Desk) -> set[str]:
    """Every operation that the desk needs described."""
    found: set[str] = set()
    for room in desk.rooms:
        found |= {act.operation for act in acts_of(room)}
        found |= {chosen.operation for act in acts_of(room) for chosen in act.chosen.values()}
        if room.listing is not None:
            found.add(room.listing.operation)
        if room.record is not None:
            found.add(room.record.operation)
            found |= {part.operation for part in room.record.parts}
            found |= {each.operation for each in openings_of(room)}
            if room.record.opening is not None:
                found.add(room.record.opening.operation)
            for each in (room.record.downloads, *(part.downloads for part in room.record.parts)):
                found |= {download.operation for download in each}
    return found
