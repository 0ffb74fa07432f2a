"""What is known about each target on a day, and what follows from it; no store, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from contracts.forecasts import ForecastMethod, Outlook, forecast_rules
from contracts.legal_day import end_of_last_month
from contracts.plan import Operator, Target, plan
from contracts.plan_events import ForecastMade
from contracts.regions import PROVINCE, REGIONS
from progress_store.queries import COMPUTATIONS, Figures, Reason

from progress_api.forecasts.domain import (
    Forecast,
    Past,
    Tried,
    first_known,
    month_ends,
    months_between,
    needed_per_month,
    outlook,
    usable,
)
from progress_api.forecasts.ranking import RankForecast, forecast_rank
from progress_api.readings.domain import Choices, Readings
from progress_api.statistics.domain import rank_interval
from progress_api.statistics.use_cases import Published

TOTAL = "total"
"""The province as a whole, among the numbers of a month end."""

LAWYERS, RANK = "H1", "H2"
TREND_TARGETS = tuple(t for t in plan().targets if t.op is not Operator.SOME and t.indicator != RANK)

NO_NUMBER = Reason(
    "no-number",
    "方案写“一批”，未定数量，没有可供预测的目标值。",
    "The plan asks for “some” and sets no number: there is nothing to forecast against.",
)
BY_REGION = Reason("by-region", "该目标要求各地达到，逐地区预测。", "It is asked of each region and forecast for each.")
OVER = Reason("due-over", "目标期限已到，不再预测。", "The day it is due has come: nothing is left to forecast.")
COMPUTING = Reason("being-computed", "历史月末数值正在计算，请稍后再看。", "Past month ends are still being computed.")
NO_TABLES = Reason(
    "no-tables", "尚未录入可比的全国分省统计表。", "No comparable national table has been entered and confirmed yet."
)
NOT_BY_MONTH = Reason("not-by-month", "位次不能按月分摊。", "A rank is not gained by so many places a month.")


def too_short(points: int) -> Reason:
    fewest = forecast_rules().fewest_points
    return Reason(
        "too-short",
        f"可用的月末数值只有 {points} 个，至少需要 {fewest} 个，暂不预测。",
        f"There are {points} usable month ends; a forecast needs {fewest}.",
    )


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """numbers: by region's code, and `total`. known_at: when they were computed last."""

    numbers: Mapping[str, float | None]
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A forecast as it was made and stored. region: None for the province as a whole."""

    forecast_id: UUID
    target: str
    region: str | None
    from_on: date
    for_on: date
    made_on: date
    method: str
    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything that forecasts of a day stand on, read from one snapshot.

    ends: by indicator, of the month ends wanted; one that is not in it has not been computed yet.
    awaited: why T2 has no colour.
    """

    as_of: date
    choices: Choices
    figures: Mapping[str, Figures]
    ends: Mapping[str, Mapping[date, MonthEnd]]
    tables: Sequence[Published]
    awaited: Reason | None
    kept: Sequence[Kept]

    @property
    def readings(self) -> Readings:
        """Under which every month end stands here, those of before a change of reading too."""
        return self.choices.on(self.as_of)

    @property
    def due(self) -> date:
        return self.readings.due_on

    @property
    def complete(self) -> bool:
        return all(day in ends for ends in self.ends.values() for day in wanted_days(self.as_of))


@dataclass(frozen=True, slots=True)
class Scored:
    """A kept forecast beside what came; actual is None until its day has come and its number is known."""

    kept: Kept
    actual: float | None

    @property
    def error(self) -> float | None:
        return None if self.actual is None else round(self.kept.value - self.actual, 2)

    @property
    def inside(self) -> bool | None:
        return None if self.actual is None else self.kept.low <= self.actual <= self.kept.high


@dataclass(frozen=True, slots=True)
class Assessed:
    """A target, in one region or (None) the province, on a day: where it stands and what becomes of it.

    current: today's number; gap: how many are missing; needed: a month from now. from_on: the last month end.
    readings: by day of the series, what its evidence is asked for with.
    """

    target: Target
    region: str | None
    as_of: date
    due: date
    current: float | None
    current_reason: Reason | None
    bound: int | None
    gap: int | None
    needed: float | None
    from_on: date
    forecast: Forecast | None = None
    reason: Reason | None = None
    outlook: Outlook | None = None
    series: Sequence[tuple[date, float]] = ()
    readings: Mapping[date, str] = field(default_factory=dict)
    tried: Sequence[Tried] = ()
    rank: RankForecast | None = None
    scored: Sequence[Scored] = ()


def wanted_days(as_of: date) -> list[date]:
    """The month ends that forecasts of the day look at."""
    return month_ends(as_of, forecast_rules().most_months)


def needed_indicators(targets: Sequence[Target]) -> list[str]:
    """Of which month ends are needed; the register's own beginning is told by the number of lawyers."""
    return list(dict.fromkeys([LAWYERS, *(t.indicator for t in targets if t in TREND_TARGETS)]))


def assess(grounds: Grounds, target: Target, region: str | None) -> Assessed:
    """Of a target of each region, `region` None tells of the province, for which there is no forecast."""
    due, range_from = grounds.due, grounds.readings.policy(target.indicator).range_attained_from
    figures, bound = grounds.figures[target.indicator], target.bound(range_from)
    current = figures.value if region is None else figures.regions[region].value
    by_region = target.level == "each-region" and region is None
    gap = target.gap(current, range_from) if isinstance(current, int) and bound is not None and not by_region else None
    by_month = gap is not None and target.op is not Operator.AT_MOST
    stands = Assessed(
        target=target,
        region=region,
        as_of=grounds.as_of,
        due=due,
        current=current,
        current_reason=figures.reason if current is None else None,
        bound=bound,
        gap=gap,
        needed=needed_per_month(gap or 0, grounds.as_of, due) if by_month else None,
        from_on=wanted_days(grounds.as_of)[-1],
        scored=score(grounds, target, region),
    )
    if bound is None:
        return replace(stands, reason=NO_NUMBER)
    if by_region:
        return replace(stands, reason=BY_REGION)
    if target.indicator == RANK:
        found, reason = rank_on(grounds, due)
        if found is None:
            return replace(stands, reason=reason)
        becomes = outlook(found.forecast, bound, at_most=True)
        return replace(stands, forecast=found.forecast, outlook=becomes, rank=found)
    forecast, reason, series, past = forecast_series(grounds, target.indicator, region, end_of_its_month(due))
    return replace(
        stands,
        forecast=forecast,
        reason=reason,
        outlook=None if forecast is None else outlook(forecast, bound),
        series=series,
        readings={day: chosen_query(grounds, target.indicator, day) for day, _ in series},
        tried=past.tried(),
    )


def rank_on(grounds: Grounds, due: date) -> tuple[RankForecast | None, Reason | None]:
    henan, reason, _, _ = forecast_series(grounds, LAWYERS, None, end_of_its_month(due))
    if henan is None:
        return None, reason
    if not any(table.convention.ranks for table in grounds.tables):
        return None, NO_TABLES
    return forecast_rank(grounds.tables, henan, due.year), None


def forecast_series(
    grounds: Grounds, indicator_id: str, region: str | None, for_on: date
) -> tuple[Forecast | None, Reason | None, list[tuple[date, float]], Past]:
    """The forecast for a month end or the reason why there is none; the series used; and its trials."""
    days, ends, lawyers = wanted_days(grounds.as_of), grounds.ends[indicator_id], grounds.ends[LAWYERS]
    if any(day not in ends or day not in lawyers for day in days):
        return None, COMPUTING, [], Past([])
    began = first_known({day: lawyers[day].numbers[TOTAL] for day in days})
    series = usable(
        [(day, ends[day].numbers.get(region or TOTAL)) for day in days if began is not None and day >= began]
    )
    past = Past([value for _, value in series])
    horizon = months_between(days[-1], for_on)
    if for_on <= days[-1]:
        return None, OVER, series, past
    forecast = past.forecast(horizon) if len(series) >= forecast_rules().fewest_points else None
    return forecast, too_short(len(series)) if forecast is None else None, series, past


def score(grounds: Grounds, target: Target, region: str | None) -> list[Scored]:
    """Newest first."""
    kept = [k for k in grounds.kept if (k.target, k.region) == (target.id, region) and k.made_on <= grounds.as_of]
    return [Scored(k, _actual(grounds, target, k)) for k in sorted(kept, key=lambda k: (k.from_on, k.for_on))[::-1]]


def _actual(grounds: Grounds, target: Target, kept: Kept) -> float | None:
    if kept.for_on > grounds.as_of:
        return None
    if target.indicator == RANK:
        return _printed_rank(grounds.tables, kept.for_on.year)
    end = grounds.ends[target.indicator].get(kept.for_on)
    return None if end is None else end.numbers.get(kept.region or TOTAL)


def _printed_rank(tables: Sequence[Published], year: int) -> int | None:
    """By the last table published of the year that tells of Henan."""
    ranks = [rank_interval(t.content.figures) for t in tables if t.year == year and t.convention.ranks]
    return next((rank.worst for rank in reversed(ranks) if rank is not None), None)


def origin_of(today: date) -> date:
    """The month end from which a month's forecasts are made."""
    return end_of_last_month(today)


def to_keep(grounds: Grounds, made_on: date) -> list[Kept]:
    """The month's forecasts, made from the last month end: some months ahead, and for the day targets are due."""
    from_on, due = wanted_days(grounds.as_of)[-1], end_of_its_month(grounds.due)
    days = [month_ahead(from_on, months) for months in forecast_rules().kept_horizons]
    found = []
    for target in TREND_TARGETS:
        for region in REGIONS if target.level == "each-region" else (None,):
            for for_on in sorted({day for day in [*days, due] if from_on < day <= due}):
                forecast = forecast_series(grounds, target.indicator, region, for_on)[0]
                if forecast is not None:
                    found.append(_kept(target, region, (from_on, for_on, made_on), forecast))
    rank, _ = rank_on(grounds, due)
    if rank is not None:
        of_rank = next(target for target in plan().targets if target.indicator == RANK)
        found.append(_kept(of_rank, None, (from_on, due, made_on), rank.forecast))
    return found


def end_of_its_month(day: date) -> date:
    """Forecasts are of month ends: of a day within a month, of its end."""
    return month_ahead(end_of_last_month(day), 1)


def chosen_query(grounds: Grounds, indicator_id: str, day: date) -> str:
    """What makes an address of that day show the number as it stands here, where the reading was another then."""
    here, then = grounds.readings.policy(indicator_id), grounds.choices.on(day).policy(indicator_id)
    different = [n for n in COMPUTATIONS[indicator_id].parameters if getattr(here, n) != getattr(then, n)]
    return "".join(f"&{name}={str(getattr(here, name)).lower()}" for name in different)


def month_ahead(month_end: date, months: int) -> date:
    """The month end so many months later."""
    month = month_end.year * 12 + month_end.month + months  # the first of the month after it, counted from 0
    return end_of_last_month(date(month // 12, month % 12 + 1, 1))


def _kept(target: Target, region: str | None, days: tuple[date, date, date], forecast: Forecast) -> Kept:
    """days: from, for and made on."""
    return Kept(uuid4(), target.id, region, *days, forecast.method.value, forecast.value, forecast.low, forecast.high)


def told(kept: Kept) -> ForecastMade:
    return ForecastMade(
        version=1,
        region=kept.region or PROVINCE,
        forecast_id=kept.forecast_id,
        target=kept.target,
        scope=kept.region,
        made_on=kept.made_on,
        from_on=kept.from_on,
        for_on=kept.for_on,
        value=kept.value,
        low=kept.low,
        high=kept.high,
        method=ForecastMethod(kept.method),
    )
