"""What the public asks and reads, without an account: bytes rendered at write time, over raw asyncpg on plain routes.

A question that finds nothing always gets the same answer: never sanctioned, not published, ended and withdrawn cannot
be told apart by a person's number. A case or a document that was public once is remembered by a nameless tombstone.
Who sends no token is nobody here, and costs nothing beyond his one statement; what a system reads is logged first.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from common.auth.dependencies import optional_principal
from common.clock import now_of
from common.database import Database
from common.http import Problem, add_raw_route, not_found
from common.http.etag import RenderedAnswer, etag_of_bytes
from common.http.problems import MEDIA_TYPE
from contracts.identifiers import CreditCode, InvalidIdentifier, recognise_licence, unchanging
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from discipline_api.disclosures.domain import Client, Way, logged_client
from discipline_api.disclosures.store import BY_DOCUMENT, FOUND, FOUND_WITH_IDS, ONE, ReadLog
from discipline_api.text import document_key

HEADERS: Final = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow, noarchive"}
RAW_HEADERS: Final = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())
TAG: Final = "公示 Public disclosure"
_QUESTIONS = ("licence_number", "credit_code", "document_number")
_BY_NUMBER = b"licence_number="
_DIGITS = 17


async def get_public_disclosures(request: Request) -> Response:
    client = await client_of(request)
    name, value = _asked(request)
    now = now_of(request)
    selects = request.app.state.database.selects
    if name == "document_number":
        rows = await selects.fetch(BY_DOCUMENT, now, document_key(value))
        shown = [row for row in rows if row["body"] is not None]
        if rows and not shown:
            return _gone(rows[0]["tombstone"])
    else:
        key = value if name == "credit_code" else unchanging(value)
        shown = await selects.fetch((FOUND if client is None else FOUND_WITH_IDS)[name], now, key)
    if not shown and name == "licence_number":
        _parsed(value)
    if client is not None:
        await log(request, client, Way.QUERY, shown, now)
    return items(request, shown)


async def get_public_disclosure(request: Request) -> Response:
    client = await client_of(request)
    given = request.scope["path_params"]["case_id"]
    now = now_of(request)
    try:
        # The driver reads the text of a UUID itself, at a tenth of what an object costs.
        row = await request.app.state.database.selects.fetchrow(ONE, now, given)
    except asyncpg.DataError:
        raise invalid("case_id", "应为 UUID", "must be a UUID") from None
    if row is None:
        problem = not_found("没有公示这件处罚或处分。", "No such sanction has been published.")
        return Response(orjson.dumps(problem.body()), 404, HEADERS, media_type=MEDIA_TYPE)
    body = row["body"]
    if body is None:
        return _gone(row["tombstone"])
    if client is not None:
        await log(request, client, Way.RECORD, [{"case_id": UUID(given)}], now)
    return answer(request, body)


async def client_of(request: Request) -> Client | None:
    """The system that calls. Without a token nobody; a token that is sent must be valid."""
    for name, _ in request.scope["headers"]:
        if name == b"authorization":
            return logged_client(await optional_principal(request))
    return None


async def log(request: Request, client: Client, way: Way, rows: Iterable[Any], now: datetime) -> None:
    """Committed before the answer."""
    database: Database = request.app.state.database
    async with database.begin() as tx:
        await ReadLog(tx).records(client, way, [row["case_id"] for row in rows], now)


def items(request: Request, rows: Iterable[Any]) -> Response:
    return answer(request, b'{"items":[' + b",".join([row["body"] for row in rows]) + b"]}")


def answer(request: Request, body: bytes) -> Response:
    return RenderedAnswer(request, body, etag_of_bytes(body), RAW_HEADERS)


def _gone(tombstone: bytes) -> Response:
    return Response(tombstone, 410, HEADERS, media_type=MEDIA_TYPE)


def _asked(request: Request) -> tuple[str, str]:
    """The question by a number of 17 digits is read as it stands: parsing it all costs more than asking."""
    query: bytes = request.scope["query_string"]
    if query.startswith(_BY_NUMBER) and len(query) == len(_BY_NUMBER) + _DIGITS:
        number = query[len(_BY_NUMBER) :]
        if number.isdigit():
            return "licence_number", number.decode("ascii")
    return _question(request)


def _question(request: Request) -> tuple[str, str]:
    asked = request.query_params.multi_items()
    if len(asked) != 1 or asked[0][0] not in _QUESTIONS:
        raise invalid(
            "query",
            "请以 licence_number、credit_code、document_number 之一查询",
            "ask by exactly one of licence_number, credit_code, document_number",
        )
    name, value = asked[0]
    if name == "licence_number":
        return name, _parsed(value)
    if name == "credit_code":
        try:
            return name, str(CreditCode.parse(value))
        except InvalidIdentifier as error:
            raise invalid(name, error.zh, error.en) from error
    if not value.strip() or len(value) > 80 or "\x00" in value:  # noqa: PLR2004 -- as long as a document number gets
        raise invalid(name, "文号应为1至80个字符", "a document number has 1 to 80 characters")
    return name, value


def _parsed(number: str) -> str:
    try:
        return str(recognise_licence(number))
    except InvalidIdentifier as error:
        raise invalid("licence_number", error.zh, error.en) from error


def invalid(field: str, zh: str, en: str) -> Problem:
    return Problem(
        type="validation-failed",
        status=422,
        title_zh="请求内容不符合要求",
        title_en="The request is not valid",
        detail_zh=f"{field}：{zh}",
        detail_en=f"{field}: {en}",
        field=field,
        headers=HEADERS,
    )


ANSWERS: Final[dict[str, Any]] = {
    "200": {"description": "公示中的记录 / what is on display; `disappears` says when and by which rule it goes"},
    "304": {"description": "未变 / unchanged"},
    "422": {"description": "查询条件不符合要求 / not a valid question"},
}
_NAMED: Final = {"type": "object", "properties": {name: {"type": "string"} for name in ("code", "zh", "en")}}
_DAY: Final = {"type": ["string", "null"], "format": "date"}
_THING: Final = {"type": "object"}
_FIELDS: Final[dict[str, Any]] = {
    "case_id": {"type": "string", "format": "uuid", "description": "公示编号 its number"},
    "kind": _NAMED | {"description": "种类 kind of record"},
    "organ": _THING | {"description": "作出机关 the organ that decided"},
    "document_number": {"type": "string", "description": "文号 number of the document"},
    "subject": _THING | {"description": "当事人 whom it is about"},
    "conduct": _THING | {"description": "违法违规行为及条款 the conduct and its article"},
    "penalties": {"type": "array", "items": _THING, "description": "处罚、处分 what was imposed"},
    "facts": {"type": ["string", "null"], "description": "事实摘要 facts in brief"},
    "decided_on": _DAY | {"description": "决定日期 decided on"},
    "served_on": _DAY | {"description": "送达日期 served on"},
    "from_on": _DAY | {"description": "起 from"},
    "to_on": _DAY | {"description": "止 to"},
    "published_on": _DAY | {"description": "公示日期 published on"},
    "credit": _THING | {"description": "是否失信信息 whether it is 失信信息"},
    "disappears": _THING | {"description": "何时、依何规则停止公示 when it goes, by which rule"},
    "marks": {"type": "array", "items": _THING, "description": "旁注 marks beside it"},
}
_RECORD: Final = {
    "200": {
        "description": ANSWERS["200"]["description"],
        "content": {"application/json": {"schema": {"type": "object", "properties": _FIELDS}}},
    }
}
_GONE: Final = {"410": {"description": "已撤回或期满，不具名 / withdrawn or over; names nobody"}}


def add_public_reads(app: FastAPI) -> None:
    limit = app.state.rate_limit
    add_raw_route(
        app,
        "/v1/public/disclosures",
        get_public_disclosures,
        rate_limit=limit,
        openapi={
            "summary": "查询公示 Look up disclosures",
            "tags": [TAG],
            "parameters": [
                {"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in _QUESTIONS
            ],
            "responses": ANSWERS | _GONE,
        },
    )
    add_raw_route(
        app,
        "/v1/public/disclosures/{case_id}",
        get_public_disclosure,
        rate_limit=limit,
        openapi={
            "summary": "一件公示 A disclosure",
            "tags": [TAG],
            "responses": ANSWERS | _RECORD | _GONE | {"404": {"description": "未公示 / not published"}},
        },
    )
