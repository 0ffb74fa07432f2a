"""Lists that the public may read, without an account: firms, honours and the foreign-related talent list."""

from typing import Any
from uuid import UUID

import orjson
from common.database import Database
from common.http import Problem, add_raw_route, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import DEFAULT_LIMIT, decode_cursor, encode_cursor
from common.http.translations import status_titles
from contracts.legal_day import end_of, legal_today
from contracts.recognition import HONOURS, RecognitionKind
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from registry_api.recognitions.store import SqlRecognitions
from registry_api.recognitions.views import ListView, PublicMember
from registry_api.register.refusals import NotFound

PUBLIC = HONOURS | {kind for kind in RecognitionKind if kind.of_firms} | {RecognitionKind.FOREIGN_RELATED_LAWYER}
"""Whom the province has brought in or is short of is the organs' own business."""

_CURSOR = {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "上一页的 next_cursor"}
_TAGS = ["公开查询 Public"]
_PAGES = {
    "200": {"description": f"每页 {DEFAULT_LIMIT} 条 Pages of {DEFAULT_LIMIT}"},
    "304": {"description": "未改变 Not modified"},
}


def add_public_lists(app: FastAPI) -> None:
    limit = app.state.rate_limit
    kind: dict[str, Any] = {
        "name": "kind", "in": "query", "schema": {"type": "string", "enum": sorted(PUBLIC)}, "description": "名录种类",
    }  # fmt: skip
    add_raw_route(
        app,
        "/v1/public/lists",
        public_lists,
        openapi={"summary": "公开名录 Public lists", "tags": _TAGS, "parameters": [kind, _CURSOR], "responses": _PAGES},
        rate_limit=limit,
    )
    add_raw_route(
        app,
        "/v1/public/lists/{list_id}/members",
        public_members,
        openapi={
            "summary": "名录现有成员 Members of a list today",
            "tags": _TAGS,
            "parameters": [_CURSOR],
            "responses": _PAGES | {"404": {"description": "没有这一公开名录 No such public list"}},
        },
        rate_limit=limit,
    )


async def public_lists(request: Request) -> Response:
    try:
        wanted = request.query_params.get("kind")
        kind = None if wanted is None else RecognitionKind(wanted)
        after = decode_cursor(request.query_params.get("cursor"), "public-lists", UUID)
    except ValueError:
        return _unknown_kind().response()
    except Problem as problem:
        return problem.response()
    if kind is not None and kind not in PUBLIC:
        return _unknown_kind().response()
    database: Database = request.app.state.database
    async with database.begin() as tx:
        found = await SqlRecognitions(tx.session).lists(
            kinds=PUBLIC if kind is None else {kind}, limit=DEFAULT_LIMIT + 1, after=None if after is None else after[0]
        )
    shown = found[:DEFAULT_LIMIT]
    more = encode_cursor("public-lists", str(shown[-1].list_id)) if len(found) > DEFAULT_LIMIT else None
    return _page(request, [ListView.of(listed) for listed in shown], more)


async def public_members(request: Request) -> Response:
    none_such = not_found("没有这一公开名录。", "There is no such public list.")
    try:
        list_id = UUID(request.path_params["list_id"])
        after = decode_cursor(request.query_params.get("cursor"), "public-members", UUID)
    except ValueError:
        return none_such.response()
    except Problem as problem:
        return problem.response()
    database: Database = request.app.state.database
    async with database.begin() as tx:
        recognitions = SqlRecognitions(tx.session)
        try:
            listed = await recognitions.list_(list_id)
        except NotFound:
            return none_such.response()
        if listed.kind not in PUBLIC:
            return none_such.response()
        found = await recognitions.public_members(
            list_id, legal_today(), limit=DEFAULT_LIMIT + 1, after=None if after is None else after[0]
        )
    shown = found[:DEFAULT_LIMIT]
    more = encode_cursor("public-members", str(shown[-1][0].recognition_id)) if len(found) > DEFAULT_LIMIT else None
    return _page(request, [PublicMember.of(*member) for member in shown], more)


def _page(request: Request, items: list[Any], next_cursor: str | None) -> Response:
    views: list[BaseModel] = items
    body = orjson.dumps({"items": [view.model_dump(mode="json") for view in views], "next_cursor": next_cursor})
    return bytes_response(request, body, etag=etag_of_bytes(body), valid_until=end_of(legal_today()))


def _unknown_kind() -> Problem:
    title_zh, title_en = status_titles(422)
    return Problem(
        type="kind-unknown",
        status=422,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="没有这种公开名录。",
        detail_en="There is no public list of this kind.",
        field="kind",
    )
