"""What a desk's pages read."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from portal.apis import Answer, Apis, Refused, Unreachable
from portal.desks.declared import Act, Download, Listing, Opening, Part, Record
from portal.desks.operations import operation
from portal.desks.reach import holds, reached
from portal.desks.showing import Showing, Shown, heading

ROWS = 50
_PAGE = 200
COUNTED = 100
"""On a card: more are told as 100+."""
_GONE = (403, 404, 409)
_VERSION = re.compile(r'"v(\d{1,9})\b')


@dataclass(frozen=True)
class Row:
    """key: of its record, empty where it has none. version: what a change of it says that it was made to."""

    cells: list[Shown]
    key: str
    version: str
    acts: list[Act]
    downloads: list[Download]
    opens: list[Opening]


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: list[Row]
    cursor: str | None

    @property
    def has_acts(self) -> bool:
        return any(row.acts or row.downloads or row.opens for row in self.rows)


@dataclass(frozen=True)
class ReadPart:
    """withheld: why it is not shown. value: as it was answered, for a hand-made look."""

    part: Part
    value: Any = None
    told: Mapping[str, Any] = field(default_factory=dict)
    shown: Shown | None = None
    table: Table | None = None
    withheld: str = ""


def items_of(value: Any, at: str) -> list[Any]:
    """A list as it is told: bare, or where `at` says."""
    found = reached(value, at) if isinstance(value, Mapping) else value
    return found if isinstance(found, list) else []


def table_of(
    items: list[Any],
    told: Mapping[str, Any],
    columns: tuple[str, ...],
    showing: Showing,
    *,
    key: str | None,
    cursor: str | None,
    acts: tuple[Act, ...] = (),
    downloads: tuple[Download, ...] = (),
    opens: tuple[Opening, ...] = (),
) -> Table:
    rows = [
        Row(
            cells=[showing.cell(item, told, path) for path in columns],
            key=_key(item, key) if key else "",
            version=str(item.get("version", "")),
            acts=[act for act in acts if holds(item, act.when)],
            downloads=[each for each in downloads if holds(item, each.when)],
            opens=[each for each in opens if holds(item, each.when)],
        )
        for item in items
    ]
    return Table([heading(told, path, link=path in showing.links) for path in columns], rows, cursor)


def _key(item: Any, path: str) -> str:
    """`id@region`: both, where the second is told."""
    first, _, second = path.partition("@")
    found, beside = reached(item, first), reached(item, second) if second else None
    return "" if found is None else f"{found}@{beside}" if beside else str(found)


async def listed(apis: Apis, listing: Listing, asked: Mapping[str, str], limit: int = ROWS) -> Answer:
    """asked: filters and `cursor`; what is empty is left out."""
    described = operation(listing.operation)
    params = {name: _asked(value) for name, value in asked.items() if value and name in described.query}
    if "limit" in described.query:
        params["limit"] = str(limit)
    return await apis.get(described.service, described.at(), **params)


def _asked(value: str) -> str:
    """A question is answered by yes or no on a page, by true or false to a service."""
    return {"yes": "true", "no": "false"}.get(value, value)


async def waiting(apis: Apis, listing: Listing) -> str | None:
    """How many wait, `100+` beyond; None where the visitor may not know, or nobody can say just now."""
    try:
        answer = await listed(apis, listing, listing.waiting or {}, COUNTED)
    except (Refused, Unreachable):
        return None
    found = len(items_of(answer.body, listing.at))
    more = isinstance(answer.body, Mapping) and answer.body.get("next_cursor") is not None
    return f"{found}+" if more else str(found)


async def record_of(apis: Apis, record: Record, key: str) -> Answer:
    described = operation(record.operation)
    params = {record.beside: key.partition("@")[2] or None} if record.beside else {}
    return await apis.get(described.service, described.at(key), **params)


async def parts_of(
    *, apis: Apis, request: Request, record: Record, value: Any, key: str, showing: Showing
) -> list[ReadPart]:
    """All at once; one that is refused says so in its place."""
    turned, cursor = request.query_params.get("part"), request.query_params.get("cursor")
    return list(
        await asyncio.gather(
            *(
                _part(
                    apis=apis,
                    part=part,
                    value=value,
                    key=key,
                    showing=showing,
                    cursor=cursor if turned == str(index) else None,
                )
                for index, part in enumerate(record.parts)
                if holds(value, part.when)
            )
        )
    )


def version_of(answer: Answer) -> str:
    """Of a record, as its ETag tells it; empty where it has none."""
    found = _VERSION.match(answer.etag or "")
    return found[1] if found else ""


async def has_row(*, apis: Apis, part: Part, value: Any, key: str, row: str) -> bool:
    """Whether the row is one of this record's: a link may name another's."""
    described = operation(part.operation)
    asked = _question(part, value, key)
    if asked is None:
        return False
    where, params = asked
    if "limit" in described.query:
        params["limit"] = str(_PAGE)
    while True:
        body = (await apis.get(described.service, where, **params)).body
        if any(_key(item, part.key) == row for item in items_of(body, part.at)):
            return True
        cursor = body.get("next_cursor") if isinstance(body, Mapping) else None
        if cursor is None or "cursor" not in described.query:
            return False
        params["cursor"] = cursor


def _question(part: Part, value: Any, key: str) -> tuple[str, dict[str, str]] | None:
    """Where the part is read, and with which parameters; None where the record has nothing to ask with."""
    described = operation(part.operation)
    params = {
        name: path[1:] if path.startswith("=") else str(found)
        for name, path in part.params.items()
        if path.startswith("=") or (found := key if path == "" else reached(value, path)) is not None
    }
    keys = [str(found) for path in part.keys if (found := reached(value, path)) is not None] if part.keys else [key]
    if len(params) < len(part.params) or not keys:
        return None
    return described.at(*keys[: described.parameters]), params


async def _part(*, apis: Apis, part: Part, value: Any, key: str, showing: Showing, cursor: str | None) -> ReadPart:
    described = operation(part.operation)
    asked = _question(part, value, key)
    if asked is None:
        return ReadPart(part, withheld="没有记录。")
    where, params = asked
    if cursor and "cursor" in described.query:
        params["cursor"] = cursor
    try:
        answer = await apis.get(described.service, where, **params)
    except Refused as refused:
        if refused.status not in _GONE:
            raise
        return ReadPart(part, withheld=refused.problem.get("detail") or refused.problem.get("title") or "不能查看。")
    body = answer.body
    if not part.columns:
        return ReadPart(part, body, described.answer, showing.shown(body, described.answer))
    told = described.answer
    for name in part.at.split("."):
        told = told.get("in", {}).get(name, told)
    after = body.get("next_cursor") if isinstance(body, Mapping) else None
    table = table_of(
        items_of(body, part.at), told, part.columns, showing,
        key=part.key or None, cursor=after, acts=part.acts, downloads=part.downloads, opens=part.opens,
    )  # fmt: skip
    return ReadPart(part, body, told, table=table)
