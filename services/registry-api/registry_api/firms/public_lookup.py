"""The public look-up of a firm by its credit code, put together when asked.

Bytes kept for it would have to be written anew with each of its lawyers' moves, by transactions that otherwise have
nothing in common; so one firm is read instead, and no answer is out of date.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from common.database import Database
from common.http import Problem, add_raw_route, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.http.translations import status_titles
from contracts import legal_day
from contracts.counties import COUNTIES
from contracts.identifiers import CreditCode, InvalidIdentifier
from contracts.regions import REGIONS
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from registry_api.register.disclosure import disclose
from registry_api.register.firm import KIND_ZH, Firm
from registry_api.register.public import STANDING_LABELS, assessment_view, on_a_day
from registry_api.register.store import Register
from registry_api.register.store_assessed import assessments_of
from registry_api.register.store_disclosures import NONE_DISCLOSED, disclosed
from registry_api.register.times import check_as_of, day_of

_CODED = {
    "type": ["object", "null"],
    "properties": {"code": {"type": "string"}, "zh": {"type": "string"}, "en": {"type": "string"}},
}
_TODAY: Mapping[str, Any] = {
    "type": "object",
    "required": ["name", "credit_code", "kind", "region", "established_on", "status", "lawyers"],
    "properties": {
        "name": {"type": "string"},
        "credit_code": {"type": "string"},
        "kind": _CODED,
        "region": _CODED,
        "county": _CODED,
        "head": {"type": ["string", "null"]},
        "established_on": {"type": "string", "format": "date"},
        "status": _CODED,
        "assessment": {"type": ["object", "null"]},
        "lawyers": {"type": "integer"},
        "disclosures": {"type": "integer"},
    },
}
OPENAPI: dict[str, Any] = {
    "summary": "按统一社会信用代码查询律师事务所 Look up a firm",
    "description": "无需账户；lawyers 为在该所持证的律师人数。`lawyers`: licences held there.",
    "tags": ["公开查询 Public"],
    "parameters": [
        {
            "name": "as_of", "in": "query", "schema": {"type": "string", "format": "date"},
            "description": "该日是否存续（仅答是否） / whether licensed on that day, and no more",
        }
    ],
    "responses": {
        "200": {
            "description": "公开登记信息 The public record",
            "content": {"application/json": {"schema": {"oneOf": [_TODAY, on_a_day("credit_code")]}}},
        },
        "304": {"description": "未改变 Not modified"},
        "404": {"description": "公开登记中没有 Not in the public register"},
        "422": {"description": "代码格式不正确 Not a credit code"},
    },
}  # fmt: skip


def add_public_firms(app: FastAPI) -> None:
    add_raw_route(app, "/v1/public/firms/{credit_code}", look_up_firm, openapi=OPENAPI, rate_limit=app.state.rate_limit)


async def look_up_firm(request: Request) -> Response:
    database: Database = request.app.state.database
    given = request.path_params["credit_code"].strip().upper()
    today = legal_day.legal_today()
    as_of = request.query_params.get("as_of")
    day = today if as_of is None else day_of(as_of)
    check_as_of(day, today)
    async with database.begin() as tx:
        register = await Register.within(tx, today)
        ids = list((await register.firm_ids_by_code([given])).values())
        if not ids:
            raise _unknown(given)
        firm = await register.firm(ids[0])
        if as_of is None:
            connection = await tx.raw()
            head = None if firm.head_id is None else (await register.lawyer(firm.head_id)).name
            displayed = (await disclosed(connection, "firm_id", ids, today)).get(firm.firm_id, NONE_DISCLOSED)
            assessed = (await assessments_of(connection, "firm_id", ids)).get(firm.firm_id)
            shown = _shown(firm, today) | {
                "head": head,
                "assessment": assessment_view(assessed),
                "lawyers": (await register.practising_at(ids)).get(firm.firm_id, 0),
                "disclosures": displayed.number,
            }
        else:
            told = disclose(firm, day, today=today, entitled=False)
            shown = {"credit_code": firm.credit_code, "as_of": day, "licensed": told.licensed}
    body = orjson.dumps(shown)
    return bytes_response(request, body, etag=etag_of_bytes(body))


def _shown(firm: Firm, today: date) -> dict[str, Any]:
    standing = disclose(firm, today, today=today, entitled=False).standing
    county = firm.period.county
    return {
        "name": firm.name,
        "credit_code": firm.credit_code,
        "kind": {"code": firm.kind.value, "zh": KIND_ZH[firm.kind], "en": firm.kind.value.replace("-", " ")},
        "region": {"code": firm.region, "zh": REGIONS[firm.region].name_zh, "en": REGIONS[firm.region].name_en},
        "county": None if county is None else {"code": county, "zh": COUNTIES[county].name_zh},
        "established_on": firm.established_on,
        "status": None
        if standing is None
        else dict(zip(("code", "zh", "en"), (standing.value, *STANDING_LABELS[standing]), strict=True)),
    }


def _unknown(given: str) -> Problem:
    try:
        CreditCode.parse(given)
    except InvalidIdentifier as error:
        title_zh, title_en = status_titles(422)
        return Problem(
            type=error.reason_code, status=422, title_zh=title_zh, title_en=title_en,
            detail_zh=error.zh, detail_en=error.en, field="credit_code",
        )  # fmt: skip
    return not_found("公开登记中没有这个统一社会信用代码。", "This credit code is not in the public register.")
