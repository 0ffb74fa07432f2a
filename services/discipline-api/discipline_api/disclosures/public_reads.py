"""What the public reads, without an account: bytes rendered at write time, over raw asyncpg on plain routes.

A question that finds nothing always gets the same answer: never sanctioned, not published, ended and withdrawn cannot
be told apart by a person's number. A case or a document that was public once is remembered by a nameless tombstone.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from common.http import Problem, add_raw_route, not_found
from common.http.etag import etag_of_bytes, is_known
from common.http.problems import MEDIA_TYPE
from contracts.identifiers import CreditCode, InvalidIdentifier, recognise_licence
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from discipline_api.clock import now_of
from discipline_api.text import document_key

_ONE = "SELECT body, tombstone, gone_at FROM public_disclosures WHERE case_id = $1"
_SHOWN = """
SELECT body FROM public_disclosures WHERE {} = $1 AND body IS NOT NULL AND gone_at > $2
ORDER BY published_on DESC, case_id LIMIT 200"""
_BY_LICENCE, _BY_CREDIT = _SHOWN.format("licence_number"), _SHOWN.format("credit_code")
_BY_DOCUMENT = """
SELECT body, tombstone, gone_at FROM public_disclosures WHERE document_key = $1
ORDER BY published_on DESC, case_id LIMIT 200"""

_HEADERS = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow, noarchive"}
_QUESTIONS = ("licence_number", "credit_code", "document_number")


async def get_public_disclosures(request: Request) -> Response:
    name, value = _question(request)
    now = now_of(request)
    pool = await request.app.state.database.pool()
    if name == "document_number":
        rows = await pool.fetch(_BY_DOCUMENT, document_key(value))
        shown = [row["body"] for row in rows if _is_shown(row, now)]
        if rows and not shown:
            return _gone(rows[0]["tombstone"])
    else:
        rows = await pool.fetch(_BY_LICENCE if name == "licence_number" else _BY_CREDIT, value, now)
        shown = [row["body"] for row in rows]
    return _shown(request, b'{"items":[' + b",".join(shown) + b"]}")


async def get_public_disclosure(request: Request) -> Response:
    try:
        case_id = UUID(request.path_params["case_id"])
    except ValueError:
        raise _invalid("case_id", "应为 UUID", "must be a UUID") from None
    pool = await request.app.state.database.pool()
    row = await pool.fetchrow(_ONE, case_id)
    if row is None:
        problem = not_found("没有公示这件处罚或处分。", "No such sanction has been published.")
        return Response(orjson.dumps(problem.body()), 404, _HEADERS, media_type=MEDIA_TYPE)
    if not _is_shown(row, now_of(request)):
        return _gone(row["tombstone"])
    return _shown(request, row["body"])


def _is_shown(row: Any, now: datetime) -> bool:
    return row["body"] is not None and row["gone_at"] > now


def _shown(request: Request, body: bytes) -> Response:
    etag = etag_of_bytes(body)
    headers = _HEADERS | {"etag": etag}
    if is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _gone(tombstone: bytes) -> Response:
    return Response(tombstone, 410, _HEADERS, media_type=MEDIA_TYPE)


def _question(request: Request) -> tuple[str, str]:
    asked = request.query_params.multi_items()
    if len(asked) != 1 or asked[0][0] not in _QUESTIONS:
        raise _invalid(
            "query",
            "请以 licence_number、credit_code、document_number 之一查询",
            "ask by exactly one of licence_number, credit_code, document_number",
        )
    name, value = asked[0]
    try:
        if name == "licence_number":
            return name, str(recognise_licence(value))
        if name == "credit_code":
            return name, str(CreditCode.parse(value))
    except InvalidIdentifier as error:
        raise _invalid(name, error.zh, error.en) from error
    if not value.strip() or len(value) > 80 or "\x00" in value:  # noqa: PLR2004 -- as long as a document number gets
        raise _invalid(name, "文号应为1至80个字符", "a document number has 1 to 80 characters")
    return name, value


def _invalid(field: str, zh: str, en: str) -> Problem:
    return Problem(
        type="validation-failed",
        status=422,
        title_zh="请求内容不符合要求",
        title_en="The request is not valid",
        detail_zh=f"{field}：{zh}",
        detail_en=f"{field}: {en}",
        field=field,
        headers=_HEADERS,
    )


def add_public_routes(app: FastAPI) -> None:
    limit = app.state.rate_limit
    answers = {
        "200": {"description": "公示中的记录 / what is on display; `disappears` says when and by which rule it goes"},
        "304": {"description": "未变 / unchanged"},
        "410": {"description": "已撤回或期满，不具名 / withdrawn or over; names nobody"},
        "422": {"description": "查询条件不符合要求 / not a valid question"},
    }
    tags = ["公示 Public disclosure"]
    add_raw_route(
        app,
        "/v1/public/disclosures",
        get_public_disclosures,
        rate_limit=limit,
        openapi={
            "summary": "查询公示 Look up disclosures",
            "tags": tags,
            "parameters": [
                {"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in _QUESTIONS
            ],
            "responses": answers,
        },
    )
    add_raw_route(
        app,
        "/v1/public/disclosures/{case_id}",
        get_public_disclosure,
        rate_limit=limit,
        openapi={
            "summary": "一件公示 A disclosure",
            "tags": tags,
            "responses": answers | {"404": {"description": "未公示 / not published"}},
        },
    )
