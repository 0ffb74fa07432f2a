"""`/v1/comparison`: regions beside one another, for the department."""

from typing import Annotated

from common.auth import CurrentPrincipal
from common.clock import LegalDay, today_of
from common.http import Router
from common.http.etag import bytes_response, etag_of_bytes
from contracts.legal_day import end_of
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from progress_api.comparison.store import StoredComparison
from progress_api.comparison.use_cases import compare
from progress_api.comparison.views import ComparisonView
from progress_api.permissions import Action, demand
from progress_api.refusals import asked_day

router = Router(prefix="/v1", tags=["地区比较 Comparison"])


@router.get(
    "/comparison",
    summary="地区比较 Regions beside one another",
    description="按地区代码排列，不排名；样本过小的不显示。 In the order of codes, without ranks; no small samples.",
    response_model=ComparisonView,
)
async def get_comparison(
    *,
    request: Request,
    principal: CurrentPrincipal,
    indicators: Annotated[list[str], Query(max_length=90)] = [],  # noqa: B006 -- FastAPI copies it
    measure: Annotated[str | None, Query(max_length=10)] = None,
    as_of: Annotated[LegalDay | None, Query(description="截止日，默认今天 / day, today by default")] = None,
) -> Response:
    demand(principal, Action.COMPARE)
    today = today_of(request)
    day = asked_day(as_of, today)
    reads = StoredComparison(request.app.state.database)
    compared = await compare(reads, indicators, measure, as_of=day, today=today)
    body = ComparisonView.of(compared, principal).model_dump_json().encode()
    return bytes_response(
        request, body, etag=etag_of_bytes(body), valid_until=None if as_of is not None else end_of(day)
    )
