"""Answers about forecasts."""

from datetime import date
from enum import StrEnum
from typing import Self
from uuid import UUID

from contracts.forecasts import ForecastMethod, forecast_rules
from contracts.labels import LabelledEnum
from contracts.plan import Target
from contracts.regions import region_label
from contracts.statistics import provinces
from progress_store.queries import Reason
from pydantic import BaseModel

from progress_api.forecasts.domain import Forecast, Tried
from progress_api.forecasts.ranking import Known, RankForecast, Rival
from progress_api.forecasts.use_cases import NOT_BY_MONTH, RANK, Assessed, Scored, end_of_its_month
from progress_api.views import ReasonView


class CodeView(BaseModel):
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, member: LabelledEnum) -> Self:
        return cls(code=member.value, zh=member.zh, en=member.en)


class Standpoint(StrEnum):
    """Whether a forecast is today's, or made now as of a day that has passed, and so a trial."""

    TODAY = "today"
    BACKTEST = "backtest"


class ForecastView(BaseModel):
    """For `for_on`, from the month end `from_on`; the interval holds what comes `level_percent` times of 100."""

    for_on: date
    from_on: date
    months_ahead: int
    value: int
    low: int
    high: int
    level_percent: int
    method: CodeView

    @classmethod
    def of(cls, forecast: Forecast, *, from_on: date, for_on: date) -> Self:
        return cls(
            for_on=for_on,
            from_on=from_on,
            months_ahead=forecast.horizon,
            value=forecast.value,
            low=forecast.low,
            high=forecast.high,
            level_percent=forecast_rules().level_percent,
            method=CodeView.of(forecast.method),
        )


class SummaryView(BaseModel):
    """Where a target stands and what becomes of it if nothing changes. needed_per_month: from now on, to close the gap.

    href: the whole forecast; evidence: the rows behind the current number.
    """

    target: str
    title_zh: str
    title_en: str
    unit: str
    region: str | None
    region_zh: str | None
    region_en: str | None
    as_of: date
    due: date
    current: float | int | None
    current_reason: ReasonView | None
    bound: int | None
    gap: int | None
    needed_per_month: float | None
    needed_reason: ReasonView | None
    forecast: ForecastView | None
    reason: ReasonView | None
    outlook: CodeView | None
    href: str
    evidence: str

    @classmethod
    def of(cls, found: Assessed) -> Self:
        return cls(**_summary(found))


class InputView(BaseModel):
    month_end: date
    value: float | int
    evidence: str


class TriedView(BaseModel):
    """method: null for whichever was the better at each origin, as in the forecast itself. mean_error: in units of the
    target; covered_percent: how often the interval held what came."""

    method: CodeView | None
    months_ahead: int
    forecasts: int
    mean_error: float | None
    intervals: int
    covered_percent: float | None

    @classmethod
    def of(cls, tried: Tried) -> Self:
        return cls(
            method=None if tried.method is None else CodeView.of(tried.method),
            months_ahead=tried.horizon,
            forecasts=tried.errors,
            mean_error=tried.mean_error,
            intervals=tried.intervals,
            covered_percent=None if tried.covered is None else round(100 * tried.covered, 1),
        )


class ScoredView(BaseModel):
    """A forecast kept on the day it was made. actual, error, inside: once its day has come and its number is known."""

    forecast_id: UUID
    made_on: date
    from_on: date
    for_on: date
    method: CodeView
    value: int
    low: int
    high: int
    actual: float | int | None
    error: float | None
    inside: bool | None
    evidence: str | None

    @classmethod
    def of(cls, scored: Scored, target: Target) -> Self:
        kept = scored.kept
        return cls(
            forecast_id=kept.forecast_id,
            made_on=kept.made_on,
            from_on=kept.from_on,
            for_on=kept.for_on,
            method=CodeView.of(ForecastMethod(kept.method)),
            value=kept.value,
            low=kept.low,
            high=kept.high,
            actual=scored.actual,
            error=scored.error,
            inside=scored.inside,
            evidence=None if scored.actual is None else evidence_of(target, kept.region, kept.for_on),
        )


class KnownView(BaseModel):
    year: int
    lawyers: int
    bound: CodeView
    convention: CodeView
    table: str

    @classmethod
    def of(cls, known: Known) -> Self:
        return cls(
            year=known.year,
            lawyers=known.figure.lawyers,
            bound=CodeView.of(known.figure.bound),
            convention=CodeView.of(known.convention),
            table=f"/v1/statistics/{known.table_id}",
        )


class RivalView(BaseModel):
    province: str
    name_zh: str
    name_en: str
    standing: CodeView
    growth_percent: float | None
    low: int | None
    high: int | None
    known: list[KnownView]

    @classmethod
    def of(cls, rival: Rival) -> Self:
        unit = provinces()[rival.province]
        return cls(
            province=rival.province,
            name_zh=unit.zh,
            name_en=unit.en,
            standing=CodeView.of(rival.standing),
            growth_percent=rival.growth_percent,
            low=rival.low,
            high=rival.high,
            known=[KnownView.of(known) for known in rival.known],
        )


class RankView(BaseModel):
    """unknown: how many provinces have too few comparable tables.

    The interval's better end takes all of them as behind Henan, its worse end as ahead.
    """

    unknown: int
    zh: str
    en: str
    runs: int
    seed: int
    provinces: list[RivalView]

    @classmethod
    def of(cls, found: RankForecast) -> Self:
        rules, unknown = forecast_rules().rank, found.unknown
        names_zh = "、".join(provinces()[code].zh for code in unknown)
        names_en = ", ".join(provinces()[code].en for code in unknown)
        return cls(
            unknown=len(unknown),
            zh=f"位次未知的省份 {len(unknown)} 个：{names_zh}。" if unknown else "其余省份均有可比的公布数。",
            en=f"{len(unknown)} provinces of unknown place: {names_en}." if unknown else "All others are comparable.",
            runs=rules.runs,
            seed=rules.seed,
            provinces=[RivalView.of(rival) for rival in found.rivals],
        )


class TargetView(SummaryView):
    """colour_reason: of T2, why it has no colour yet."""

    standpoint: Standpoint
    inputs: list[InputView]
    backtest: list[TriedView]
    rank: RankView | None
    past_forecasts: list[ScoredView]
    colour_reason: ReasonView | None
    regions: list[SummaryView]

    @classmethod
    def whole(
        cls, found: Assessed, regions: list[Assessed], *, standpoint: Standpoint, colour_reason: Reason | None
    ) -> Self:
        return cls(
            **_summary(found),
            standpoint=standpoint,
            inputs=[
                InputView(
                    month_end=day,
                    value=value,
                    evidence=evidence_of(found.target, found.region, day) + found.readings[day],
                )
                for day, value in found.series
            ],
            backtest=[TriedView.of(tried) for tried in found.tried],
            rank=None if found.rank is None else RankView.of(found.rank),
            past_forecasts=[ScoredView.of(scored, found.target) for scored in found.scored],
            colour_reason=ReasonView.of(colour_reason),
            regions=[SummaryView.of(region) for region in regions],
        )


class ForecastsView(BaseModel):
    """Of a target asked of each region the province alone; its regions are told where that target is asked for."""

    as_of: date
    standpoint: Standpoint
    targets: list[SummaryView]


def evidence_of(target: Target, region: str | None, as_of: date) -> str:
    within = "" if region is None else f"&region={region}"
    return f"/v1/indicators/{target.indicator}/evidence?as_of={as_of}{within}"


def _evidence_of_input(found: Assessed, day: date) -> str:
    return evidence_of(found.target, found.region, day) + found.readings[day]


def _summary(found: Assessed) -> dict[str, object]:
    target, region = found.target, found.region
    zh, en = (None, None) if region is None else region_label(region)
    return {
        "target": target.id,
        "title_zh": target.title_zh,
        "title_en": target.title_en,
        "unit": target.unit,
        "region": region,
        "region_zh": zh,
        "region_en": en,
        "as_of": found.as_of,
        "due": found.due,
        "current": found.current,
        "current_reason": ReasonView.of(found.current_reason),
        "bound": found.bound,
        "gap": found.gap,
        "needed_per_month": found.needed,
        "needed_reason": ReasonView.of(NOT_BY_MONTH) if target.indicator == RANK else None,
        "forecast": None
        if found.forecast is None
        else ForecastView.of(found.forecast, from_on=found.from_on, for_on=end_of_its_month(found.due)),
        "reason": ReasonView.of(found.reason),
        "outlook": None if found.outlook is None else CodeView.of(found.outlook),
        "href": f"/v1/forecasts/{target.id}?as_of={found.as_of}" + ("" if region is None else f"&region={region}"),
        "evidence": evidence_of(target, region, found.as_of),
    }
