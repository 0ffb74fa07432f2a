"""`/v1/indicators/{id}` and the rows behind it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import FieldError, Invalid, Problem, Router, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import DEFAULT_LIMIT, MAX_LIMIT, decode_cursor, encode_cursor
from contracts.legal_day import legal_today
from contracts.plan import UnknownPlanId, plan
from contracts.regions import PROVINCE, REGIONS
from fastapi import Query
from progress_store.queries import SMALLEST_ID
from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from progress_api.indicators.domain import Question, RefusedParameter
from progress_api.indicators.store import StoredFacts
from progress_api.indicators.use_cases import read_evidence, read_indicator
from progress_api.indicators.views import EvidenceView, IndicatorView
from progress_api.parameters import PolicyQuery
from progress_api.permissions import Action, demand

router = Router(prefix="/v1", tags=["指标 Indicators"])

EARLIEST = date(1980, 1, 1)
"""The profession was restored in 1979; no interval of the register is older."""


def _region(text: str) -> str:
    if text not in REGIONS and text != PROVINCE:
        raise Invalid("地区代码不是河南省18个地区之一，也不是全省", "is neither one of the 18 regions nor the province")
    return text


class IndicatorQuery(PolicyQuery):
    region: Annotated[str, AfterValidator(_region)] | None = Field(None, description="地区代码，默认全省 / region code")
    as_of: date | None = Field(None, ge=EARLIEST, description="截止日，默认今天 / day, today by default")


class EvidenceQuery(IndicatorQuery):
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=1000)


def _question(indicator_id: str, query: IndicatorQuery) -> Question:
    try:
        indicator = plan().indicator(indicator_id)
    except UnknownPlanId as error:
        raise not_found("方案中没有这个指标。", "The plan has no such indicator.") from error
    today = legal_today()
    return Question(
        indicator=indicator,
        today=today,
        as_of=query.as_of or today,
        region=None if query.region == PROVINCE else query.region,
        chosen=query.chosen(),
    )


def _refused(error: RefusedParameter) -> Problem:
    return Problem(
        type=error.code,
        status=422,
        title_zh="请求内容不符合要求",
        title_en="The request is not valid",
        detail_zh=f"{error.field}：{error.zh}。",
        detail_en=f"{error.field} {error.en}.",
        field=error.field,
        errors=[FieldError(field=error.field, zh=error.zh, en=error.en)],
    )


@router.get("/indicators/{indicator_id}", summary="指标数值 Value of an indicator", response_model=IndicatorView)
async def get_indicator(
    request: Request, indicator_id: str, principal: CurrentPrincipal, query: Annotated[IndicatorQuery, Query()]
) -> Response:
    demand(principal, Action.READ_VALUES)
    try:
        view = await read_indicator(
            StoredFacts(request.app.state.database),
            principal,
            _question(indicator_id, query),
            by_default=query.as_of is None,
        )
    except RefusedParameter as error:
        raise _refused(error) from error
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body), valid_until=view.valid_until)


@router.get(
    "/indicators/{indicator_id}/evidence", summary="数值的依据 Rows behind a value", response_model=EvidenceView
)
async def get_evidence(
    request: Request, indicator_id: str, principal: CurrentPrincipal, query: Annotated[EvidenceQuery, Query()]
) -> Response:
    demand(principal, Action.READ_VALUES)
    question = _question(indicator_id, query)
    # A cursor belongs to one question: with another day or policy it would skip rows.
    kind = f"evidence:{indicator_id}:{question.as_of}:{question.region}:{sorted(question.chosen.items())}"
    after = decode_cursor(query.cursor, kind, UUID)
    try:
        answer = await read_evidence(
            StoredFacts(request.app.state.database),
            principal,
            question,
            after=SMALLEST_ID if after is None else after[0],
            limit=query.limit,
        )
    except RefusedParameter as error:
        raise _refused(error) from error
    view = answer.view
    if answer.after is not None:
        view = view.model_copy(update={"next_cursor": encode_cursor(kind, str(answer.after))})
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))
