"""Search without an account: plain Starlette routes. Who is not public and who does not exist make the same answer."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson
from common.database import Database
from common.http import add_raw_route
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import MAX_LIMIT, decode_cursor, encode_cursor
from contracts import legal_day
from contracts.counties import COUNTIES
from contracts.regions import REGIONS
from contracts.registry_events import FirmKind
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from registry_api.register.firm import KIND_ZH
from registry_api.register.public import CATEGORY_EN
from registry_api.register.refusals import Refused
from registry_api.register.store import Register
from registry_api.search.domain import sought
from registry_api.search.store import FIRM_KINDS, SearchIndex
from registry_api.search.use_cases import FIRMS, LAWYERS, Candidate, Filters, find, refuse_without_any

T = TypeVar("T")

_REGIONS = {code: {"code": code, "zh": region.name_zh, "en": region.name_en} for code, region in REGIONS.items()}
_STATUS = {
    True: {"code": "licensed", "zh": "执业", "en": "licensed"},
    False: {"code": "ended", "zh": "已注销", "en": "licence ended"},
}


DEFAULT_PAGE = 20
"""People look at the first few; a row more costs what a whole look-up does."""

_LIMITS = {str(number): number for number in range(1, MAX_LIMIT + 1)}


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"} | schema, "description": description}


_SHARED = [
    _parameter("region", "地区代码 / region", enum=sorted(REGIONS)),
    _parameter("county", "县（市、区）代码 / county", pattern=r"^41\d{4}$"),
    _parameter("status", "执业状态 / whether licensed now", enum=["licensed", "ended"]),
    _parameter(
        "limit",
        f"每页条数，默认 {DEFAULT_PAGE}，至多 {MAX_LIMIT} / page size, {DEFAULT_PAGE} by default, at most {MAX_LIMIT}",
        type="integer",
    ),
    _parameter("cursor", "上一页的 next_cursor / next_cursor of the page before"),
]
_TYPED = "至少2个字，可为部分、全拼或首字母 / 2 characters at least: a part, pinyin or initials"
_RESPONSES = {
    "200": {
        "description": "每页 items 与 next_cursor；无匹配与未公开的回答相同 Pages; none and not public look the same"
    },
    "304": {"description": "未改变 Not modified"},
    "422": {"description": "字数不足或条件有误 Too short, or a filter that does not exist"},
}


def add_public_search(app: FastAPI) -> None:
    add_raw_route(
        app,
        "/v1/public/search/lawyers",
        search_lawyers,
        openapi={
            "summary": "查找律师 Search lawyers",
            "tags": ["公开查询 Public"],
            "parameters": [
                _parameter("name", f"姓名；{_TYPED}"),
                _parameter("firm", f"律师事务所名称；{_TYPED}"),
                *_SHARED,
                _parameter("category", "执业类别 / category", type="integer", minimum=1, maximum=8),
                _parameter("speciality", "专业领域代码 / speciality"),
            ],
            "responses": _RESPONSES,
        },
        rate_limit=app.state.rate_limit,
    )
    add_raw_route(
        app,
        "/v1/public/search/firms",
        search_firms,
        openapi={
            "summary": "查找律师事务所 Search firms",
            "tags": ["公开查询 Public"],
            "parameters": [
                _parameter("name", f"名称；{_TYPED}"),
                *_SHARED,
                _parameter("kind", "组织形式 / kind", enum=[kind.value for kind in FirmKind]),
            ],
            "responses": _RESPONSES,
        },
        rate_limit=app.state.rate_limit,
    )


async def search_lawyers(request: Request) -> Response:
    given = request.query_params
    name, firm = given.get("name"), given.get("firm")
    filters = _filters(given, category=_one_of(given, "category", {str(code): code for code in CATEGORY_EN}))
    refuse_without_any(name, firm, filters.region)
    found, more = await _page(request, LAWYERS, filters, firm=firm, visible=lambda row: row["body"] is not None)
    now = legal_day.instant()
    bodies = [
        body if (until := c.row["valid_until"]) is None or until > now else await _anew(request, c)
        for c in found
        if (body := c.row["body"])
    ]
    return _answer(request, b",".join(body for body in bodies if body), more)


async def _anew(request: Request, candidate: Candidate) -> bytes | None:
    """A term has begun or ended at midnight."""
    database: Database = request.app.state.database
    async with database.begin() as tx:
        register = await Register.within(tx, legal_day.legal_today())
        rows = await register.render([await register.lawyer_for_update(candidate.entity_id)])
    return rows[0].body if rows else None


async def search_firms(request: Request) -> Response:
    given = request.query_params
    kinds = {kind.value: ordinal for kind, ordinal in FIRM_KINDS.items()}
    filters = _filters(given, category=_one_of(given, "kind", kinds))
    refuse_without_any(given.get("name"), filters.region)
    found, more = await _page(request, FIRMS, filters)
    return _answer(request, b",".join(orjson.dumps(_firm(c.row)) for c in found), more)


def _firm(row: Any) -> dict[str, Any]:
    kind, county = FirmKind(row["kind"]), row["county"]
    return {
        "name": row["name"],
        "credit_code": row["credit_code"],
        "kind": {"code": kind.value, "zh": KIND_ZH[kind], "en": kind.value.replace("-", " ")},
        "region": _REGIONS[row["region"]],
        "county": None if county is None else {"code": county, "zh": COUNTIES[county].name_zh},
        "status": _STATUS[row["active"]],
    }


async def _page(
    request: Request,
    kind: int,
    filters: Filters,
    *,
    firm: str | None = None,
    visible: Callable[[Any], bool] = lambda _row: True,
) -> tuple[list[Candidate], str | None]:
    given = request.query_params
    of = f"public-search-{kind}"
    name, limit = given.get("name"), _limit(given)
    after = decode_cursor(given.get("cursor"), of, UUID)
    database: Database = request.app.state.database
    found = await find(
        SearchIndex(await database.pool()),
        kind,
        filters,
        name=None if name is None else sought(name, "name"),
        firm=None if firm is None else sought(firm, "firm"),
        after=None if after is None else after[0],
        limit=limit + 1,
        visible=visible,
    )
    shown = found[:limit]
    return shown, encode_cursor(of, str(shown[-1].entity_id)) if len(found) > limit else None


def _answer(request: Request, items: bytes, more: str | None) -> Response:
    body = b'{"items":[' + items + b'],"next_cursor":' + orjson.dumps(more) + b"}"
    return bytes_response(request, body, etag=etag_of_bytes(body))


def _filters(given: Mapping[str, str], *, category: int | None) -> Filters:
    county = _one_of(given, "county", {code: code for code in COUNTIES})
    region = _one_of(given, "region", {code: code for code in REGIONS})
    return Filters(
        region=region if region is not None or county is None else COUNTIES[county].region,
        county=county,
        category=category,
        active=_one_of(given, "status", {"licensed": True, "ended": False}),
        speciality=given.get("speciality"),
        public=True,
    )


def _one_of(given: Mapping[str, str], field: str, known: Mapping[str, T]) -> T | None:
    text = given.get(field)
    if text is None:
        return None
    if text not in known:
        raise Refused("filter-unknown", "不是可用的取值", "is not one of the values there are", field=field)
    return known[text]


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", str(DEFAULT_PAGE))
    if text not in _LIMITS:
        raise Refused("limit-invalid", f"应为 1 至 {MAX_LIMIT} 的整数", f"must be from 1 to {MAX_LIMIT}", field="limit")
    return _LIMITS[text]
