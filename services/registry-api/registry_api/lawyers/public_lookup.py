"""The public look-up by licence number: no account, bytes rendered at write time, a plain Starlette route."""

from typing import Any

from common.http import Problem, add_raw_route, not_found
from common.http.etag import bytes_response
from common.http.translations import status_titles
from contracts import legal_day
from contracts.identifiers import InvalidIdentifier, recognise_licence
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from registry_api.lawyers.store import PublicRegister

_DIGITS = 17

_CODED = {
    "type": "object",
    "properties": {"code": {"type": ["string", "integer"]}, "zh": {"type": "string"}, "en": {"type": "string"}},
}

OPENAPI: dict[str, Any] = {
    "summary": "按执业证号查询律师 Look up a lawyer",
    "description": "无需账户；曾用证号指向本人现证号。Without an account; former numbers lead to the current one.",
    "tags": ["公开查询 Public"],
    "responses": {
        "200": {
            "description": "公开登记信息 The public record",
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": {
                "application/json": {
                    "schema": {
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
                        },
                    }
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
    given: str = request.path_params["licence_number"]
    # Parsing costs more than asking: a number that is found needs no explanation.
    plain = len(given) == _DIGITS and given.isascii() and given.isdigit()
    row = await register.find(given if plain else _parsed(given), legal_day.instant())
    if row is None:
        _parsed(given)
        # The same words for 公职, 公司 and 法律援助 lawyers and for numbers never given out.
        raise not_found("公开登记中没有这个执业证号。", "This licence number is not in the public register.")
    # Without `valid_until`: it would tell beforehand that, and when, a suspension begins. Caches ask each time anyway.
    return bytes_response(request, row.body, etag=row.etag)


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
