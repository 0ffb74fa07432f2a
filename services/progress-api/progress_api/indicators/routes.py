"""`/v1/indicators/{id}` and the rows behind it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import today_of
from common.http import Router, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import DEFAULT_LIMIT, MAX_LIMIT, decode_cursor, encode_cursor
from contracts.plan import UnknownPlanId, plan
from contracts.regions import PROVINCE
from fastapi import Query
from progress_store.queries import SMALLEST_ID
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from progress_api.indicators.store import StoredFacts
from progress_api.indicators.use_cases import read_evidence, read_indicator
from progress_api.indicators.views import EvidenceView, IndicatorView
from progress_api.organisations import PlaceCode
from progress_api.parameters import PolicyQuery
from progress_api.permissions import Action, demand
from progress_api.questions import Question
from progress_api.readings.store import all_choices

router = Router(prefix="/v1", tags=["指标 Indicators"])

EARLIEST = date(1980, 1, 1)
"""The profession was restored in 1979; no interval of the register is older."""


class IndicatorQuery(PolicyQuery):
    region: PlaceCode | None = Field(None, description="地区代码，默认全省 / region code")
    as_of: date | None = Field(None, ge=EARLIEST, description="截止日，默认今天 / day, today by default")


class EvidenceQuery(IndicatorQuery):
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=1000)


async def _question(request: Request, indicator_id: str, query: IndicatorQuery) -> Question:
    try:
        indicator = plan().indicator(indicator_id)
    except UnknownPlanId as error:
        raise not_found("方案中没有这个指标。", "The plan has no such indicator.") from error
    today = today_of(request)
    return Question(
        indicator=indicator,
        today=today,
        as_of=query.as_of or today,
        region=None if query.region == PROVINCE else query.region,
        choices=await all_choices(request.app.state.database),
        chosen=query.chosen(),
    )


@router.get("/indicators/{indicator_id}", summary="指标数值 Value of an indicator", response_model=IndicatorView)
async def get_indicator(
    request: Request, indicator_id: str, principal: CurrentPrincipal, query: Annotated[IndicatorQuery, Query()]
) -> Response:
    demand(principal, Action.READ_VALUES)
    view = await read_indicator(
        StoredFacts(request.app.state.database, request.app.state.board),
        principal,
        await _question(request, indicator_id, query),
        by_default=query.as_of is None,
    )
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body), valid_until=view.valid_until)


@router.get(
    "/indicators/{indicator_id}/evidence", summary="数值的依据 Rows behind a value", response_model=EvidenceView
)
async def get_evidence(
    request: Request, indicator_id: str, principal: CurrentPrincipal, query: Annotated[EvidenceQuery, Query()]
) -> Response:
    demand(principal, Action.READ_VALUES)
    question = await _question(request, indicator_id, query)
    # A cursor belongs to one question: with another day or policy it would skip rows.
    kind = f"evidence:{indicator_id}:{question.as_of}:{question.region}:{sorted(question.chosen.items())}"
    after = decode_cursor(query.cursor, kind, UUID)
    answer = await read_evidence(
        StoredFacts(request.app.state.database, request.app.state.board),
        principal,
        question,
        after=SMALLEST_ID if after is None else after[0],
        limit=query.limit,
    )
    view = answer.view
    if answer.after is not None:
        view = view.model_copy(update={"next_cursor": encode_cursor(kind, str(answer.after))})
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))
