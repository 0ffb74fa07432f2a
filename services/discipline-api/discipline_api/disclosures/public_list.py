"""The list of what is on display, newest first, with filters: the rows' own bytes, one after another.

A plain route like the look-up. A cursor is the place of the last record shown: it tells no number.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from common.clock import now_of
from common.http import add_raw_route
from common.http.paging import DEFAULT_LIMIT, MAX_LIMIT, decode_cursor, encode_cursor
from contracts.conduct import OrganKind
from contracts.discipline_events import Penalty
from contracts.regions import PROVINCE, REGIONS
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from discipline_api.disclosures.domain import Filters, Way, conduct_of
from discipline_api.disclosures.public_reads import ANSWERS, TAG, answer, client_of, invalid, log
from discipline_api.disclosures.store import Connected, listed
from discipline_api.display.shown import RecordKind

CURSOR: Final = "disclosures"


async def get_public_disclosure_list(request: Request) -> Response:
    client = await client_of(request)
    filters, after, limit = _read(request)
    now = now_of(request)
    rows, onward = await page(request.app.state.database.selects, filters, after, limit, now)
    if client is not None:
        await log(request, client, Way.LIST, rows, now)
    return answer(request, body_of(rows, onward))


async def page(
    connected: Connected, filters: Filters, after: tuple[Any, ...] | None, limit: int, now: datetime
) -> tuple[Sequence[Any], str | None]:
    rows = await listed(connected, filters, after, limit + 1, now)
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(CURSOR, last["published_on"], str(last["case_id"]))


def place(cursor: str | None) -> tuple[Any, ...] | None:
    return decode_cursor(cursor, CURSOR, date, UUID)


def body_of(rows: Sequence[Any], onward: str | None) -> bytes:
    return b"".join(
        (b'{"items":[', b",".join([row["body"] for row in rows]), b'],"next_cursor":', orjson.dumps(onward), b"}")
    )


def _read(request: Request) -> tuple[Filters, tuple[Any, ...] | None, int]:
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in _READERS and name not in ("limit", "cursor"):
            raise invalid("query", f"未知的查询条件；可用：{'、'.join(_READERS)}", f"known are {', '.join(_READERS)}")
        if name in given:
            raise invalid(name, "只能给出一次", "is given twice")
        given[name] = value
    filters = Filters(**{name: read(name, given[name]) for name, read in _READERS.items() if name in given})
    limit = given.get("limit", str(DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MAX_LIMIT):
        raise invalid("limit", f"应为1至{MAX_LIMIT}", f"must be 1 to {MAX_LIMIT}")
    return filters, place(given.get("cursor")), int(limit)


def _region(name: str, text: str) -> str:
    if text != PROVINCE and text not in REGIONS:
        raise invalid(name, "应为410000或18个地区之一的代码", "must be 410000 or the code of one of the 18 regions")
    return text


def _one_of(kind: type[OrganKind | RecordKind | Penalty]) -> Callable[[str, str], Any]:
    def read(name: str, text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            codes = [member.value for member in kind]
            raise invalid(name, f"应为：{'、'.join(codes)}", f"must be one of {', '.join(codes)}") from None

    return read


def _conduct(name: str, text: str) -> tuple[str, ...]:
    if not (codes := conduct_of(text)):
        raise invalid(
            name, "应为违法行为代码（如L48.1、L48）或条文", "must be a code such as L48.1 or L48, or an article"
        )
    return codes


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != len("2026-01-01"):
        raise invalid(name, "应为日期，如 2026-03-01", "must be a date such as 2026-03-01")
    return day


_READERS: Final[dict[str, Callable[[str, str], Any]]] = {
    "region": _region,
    "organ_kind": _one_of(OrganKind),
    "kind": _one_of(RecordKind),
    "penalty": _one_of(Penalty),
    "conduct": _conduct,
    "decided_from": _day,
    "decided_to": _day,
    "published_from": _day,
    "published_to": _day,
}

_DESCRIBED: Final = {
    "region": "决定机关所在地区；410000 为省级机关 / region of the organ; 410000: organs of the province",
    "organ_kind": "决定机关类型 / kind of organ",
    "kind": "记录类别 / kind of record",
    "penalty": "处罚、处分种类 / penalty",
    "conduct": "违法行为代码（L48.1）、条（L48）或条文 / code, group of codes, or article",
    "decided_from": "决定日期，自 / decided on or after",
    "decided_to": "决定日期，至（含）/ decided on or before",
    "published_from": "公示日期，自 / published on or after",
    "published_to": "公示日期，至（含）/ published on or before",
}


def add_public_list(app: FastAPI) -> None:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in _DESCRIBED.items()
    ]
    parameters += [
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        },
        {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
    ]
    add_raw_route(
        app,
        "/v1/public/disclosures/list",
        get_public_disclosure_list,
        rate_limit=app.state.rate_limit,
        openapi={
            "summary": "公示名单，新的在前 Disclosures, newest first",
            "description": (
                f"各条件须同时满足。至多{MAX_LIMIT}条一页；`next_cursor` 为下一页的 `cursor`，为空即末页。"
                f"All conditions hold together. At most {MAX_LIMIT} a page; the last has no `next_cursor`."
            ),
            "tags": [TAG],
            "parameters": parameters,
            "responses": ANSWERS,
        },
    )
