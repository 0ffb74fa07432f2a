"""`/v1/forecasts`: what becomes of each target by the day it is due if nothing changes."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.http import Router
from common.http.etag import bytes_response, etag_of_bytes
from contracts.legal_day import end_of
from contracts.plan import Target, UnknownPlanId, plan
from contracts.regions import REGIONS
from fastapi import Query, Request, Response

from progress_api.board import Board
from progress_api.forecasts.store import StoredForecasts
from progress_api.forecasts.use_cases import RANK, Grounds, assess
from progress_api.forecasts.views import ForecastsView, Standpoint, SummaryView, TargetView
from progress_api.organisations import RegionCode
from progress_api.permissions import Action, demand
from progress_api.questions import Question, check_reader
from progress_api.readings.store import all_choices
from progress_api.refusals import NotFound, Refused, asked_day

router = Router(prefix="/v1/forecasts", tags=["预测 Forecasts"])

FIRST = date(plan().meta.period.start_year, 1, 1)
_MISSING_SECONDS, _STALE_SECONDS = 5.0, 0.3

AskedDay = Annotated[date | None, Query(ge=FIRST, description="截止日，默认今天；更早为回测 / earlier: a trial")]


@router.get("", summary="全部目标的预测 All targets", response_model=ForecastsView)
async def get_forecasts(request: Request, principal: CurrentPrincipal, as_of: AskedDay = None) -> Response:
    demand(principal, Action.READ_VALUES)
    day = asked_day(as_of, today_of(request))
    choices = await all_choices(request.app.state.database)
    for target in plan().targets:
        _check(principal, target, Question(plan().indicator(target.indicator), today_of(request), day, None, choices))
    grounds = await _grounds(request, day, plan().targets)
    view = ForecastsView(
        as_of=day,
        standpoint=_standpoint(request, day),
        targets=[SummaryView.of(assess(grounds, target, None)) for target in plan().targets],
    )
    return _answer(request, view.model_dump_json().encode(), day, as_of)


@router.get("/{target_id}", summary="一项目标的预测 One target", response_model=TargetView)
async def get_forecast(
    request: Request,
    target_id: str,
    principal: CurrentPrincipal,
    region: Annotated[RegionCode | None, Query(description="各地目标的地区代码 / of T10")] = None,
    as_of: AskedDay = None,
) -> Response:
    """With its method, interval, inputs, trials on the past, and the forecasts kept so far beside what came."""
    demand(principal, Action.READ_VALUES)
    try:
        target = plan().target(target_id)
    except UnknownPlanId as error:
        raise NotFound("方案中没有这项目标。", "The plan has no such target.") from error
    day = asked_day(as_of, today_of(request))
    choices = await all_choices(request.app.state.database)
    indicator = plan().indicator(target.indicator)
    _check(principal, target, Question(indicator, today_of(request), day, region, choices))
    grounds = await _grounds(request, day, [target])
    each = target.level == "each-region" and region is None and target.bound() is not None
    view = TargetView.whole(
        assess(grounds, target, region),
        [assess(grounds, target, code) for code in REGIONS] if each else [],
        standpoint=_standpoint(request, day),
        colour_reason=grounds.awaited if target.indicator == RANK else None,
    )
    return _answer(request, view.model_dump_json().encode(), day, as_of)


async def _grounds(request: Request, day: date, targets: Sequence[Target]) -> Grounds:
    board: Board = request.app.state.board
    return await StoredForecasts(request.app.state.database, now_of(request)).grounds(
        day, targets, missing_seconds=_MISSING_SECONDS, stale_seconds=_STALE_SECONDS, known=await board.at_hand(day)
    )


def _standpoint(request: Request, day: date) -> Standpoint:
    return Standpoint.TODAY if day == today_of(request) else Standpoint.BACKTEST


def _check(principal: Principal, target: Target, question: Question) -> None:
    region = question.region
    if region is not None and target.level != "each-region":
        raise Refused("region-not-asked", "该目标不分地区", "the target is of the province as a whole", field="region")
    check_reader(principal, question)


def _answer(request: Request, body: bytes, day: date, as_of: date | None) -> Response:
    return bytes_response(request, body, etag=etag_of_bytes(body), valid_until=None if as_of else end_of(day))
