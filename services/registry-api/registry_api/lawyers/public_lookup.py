"""The public look-up by licence number: no account, bytes rendered at write time, a plain Starlette route."""

from typing import Any

import orjson
from common.http import Problem, add_raw_route, not_found
from common.http.etag import RenderedAnswer, bytes_response, etag_of_bytes, known_tags
from common.http.translations import status_titles
from contracts import legal_day
from contracts.identifiers import InvalidIdentifier, recognise_licence
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from registry_api.lawyers.public_cache import PublicCache
from registry_api.lawyers.store import PublicRegister
from registry_api.register.disclosure import disclose
from registry_api.register.public import on_a_day
from registry_api.register.times import check_as_of, day_of

_DIGITS = 17

_CODED = {
    "type": "object",
    "properties": {"code": {"type": ["string", "integer"]}, "zh": {"type": "string"}, "en": {"type": "string"}},
}

_TODAY = {
    "type": "object",
    "required": ["name", "licence_number", "category", "region", "status", "first_licensed_on"],
    "properties": {
        "name": {"type": "string"},
        "licence_number": {"type": "string"},
        "category": _CODED,
        "firm": {"type": ["object", "null"]},
        "region": _CODED,
        "status": _CODED,
        "first_licensed_on": {"type": "string", "format": "date"},
        "assessment": {"type": ["object", "null"]},
        "disclosures": {"type": "integer"},
    },
}
OPENAPI: dict[str, Any] = {
    "summary": "按执业证号查询律师 Look up a lawyer",
    "description": "无需账户；曾用证号指向本人现证号。Without an account; former numbers lead to the current one.",
    "tags": ["公开查询 Public"],
    "parameters": [
        {
            "name": "as_of",
            "in": "query",
            "schema": {"type": "string", "format": "date"},
            "description": "该日是否执业（仅答是否） / whether licensed on that day, and no more",
        }
    ],
    "responses": {
        "200": {
            "description": "公开登记信息 The public record",
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": {
                "application/json": {
                    "schema": {"oneOf": [_TODAY, on_a_day("licence_number")]},
                }
            },
        },
        "304": {"description": "未改变 Not modified"},
        "404": {"description": "公开登记中没有 Not in the public register"},
        "422": {"description": "证号格式不正确 Not a licence number"},
    },
}


def add_public_lookup(app: FastAPI) -> None:
    add_raw_route(
        app,
        "/v1/public/lawyers/{licence_number}",
        look_up_lawyer,
        openapi=OPENAPI,
        rate_limit=app.state.rate_limit,
    )


async def look_up_lawyer(request: Request) -> Response:
    register: PublicRegister = request.app.state.public_register
    cache: PublicCache = request.app.state.public_cache
    given: str = request.path_params["licence_number"]
    # Parsing costs more than asking: a number that is found needs no explanation.
    number = given if len(given) == _DIGITS and given.isascii() and given.isdigit() else _parsed(given)
    if request.scope["query_string"] and (as_of := request.query_params.get("as_of")) is not None:
        return await _on_day(request, register, number, as_of)
    now = legal_day.instant()
    row = cache.get(number, now)
    if row is None:
        ticket = cache.ticket()
        known = known_tags(request)
        row = await register.find(number, now, known)
        if row is None:
            _parsed(given)
            raise _not_public()
        if row.body:
            cache.put(number, row, ticket)
    # Without `valid_until`: it would tell beforehand that, and when, a suspension begins. Caches ask each time anyway.
    return RenderedAnswer(request, row.body, row.etag)


async def _on_day(request: Request, register: PublicRegister, number: str, as_of: str) -> Response:
    """Of another day only whether the licence held: a suspension of the past is nobody's business any more."""
    today = legal_day.legal_today()
    day = day_of(as_of)
    check_as_of(day, today)
    lawyer = await register.lawyer(number, today)
    if lawyer is None:
        _parsed(number)
        raise _not_public()
    shown = disclose(lawyer, day, today=today, entitled=False)
    body = orjson.dumps({"licence_number": lawyer.licence_number, "as_of": day, "licensed": shown.licensed})
    return bytes_response(request, body, etag=etag_of_bytes(body))


def _not_public() -> Problem:
    """The same words for 公职, 公司 and 法律援助 lawyers and for numbers never given out."""
    return not_found("公开登记中没有这个执业证号。", "This licence number is not in the public register.")


def _parsed(given: str) -> str:
    try:
        return str(recognise_licence(given))
    except InvalidIdentifier as error:
        raise _not_a_number(error) from error


def _not_a_number(error: InvalidIdentifier) -> Problem:
    title_zh, title_en = status_titles(422)
    return Problem(
        type=error.reason_code,
        status=422,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=error.zh,
        detail_en=error.en,
        field="licence_number",
    )
