"""T2: Henan's place among 31 growing provinces, from published tables alone.

A province is carried on where two tables of one convention tell of it. Of another its place is unknown, unless its one
number is so small, or so large, that no plausible growth would bring it past Henan.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, quantiles, stdev
from uuid import UUID

from contracts.forecasts import ForecastMethod, ForecastRules, RankRules, forecast_rules
from contracts.labels import LabelledEnum
from contracts.regions import PROVINCE
from contracts.statistics import Bound, Convention, plausibility, provinces

from progress_api.forecasts.domain import Forecast
from progress_api.statistics.domain import Figure
from progress_api.statistics.use_cases import Published

COMPARED = (Convention.ALL_KINDS, Convention.WITHOUT_MILITARY)
"""In this order; they differ by the military lawyers, of whom a province has few. Social lawyers are another matter."""


class Standing(LabelledEnum):
    CARRIED_ON = "carried-on", "按增速外推", "carried on as it grew"
    AHEAD = "ahead", "任何合理变动下均在前", "ahead under any plausible change"
    BEHIND = "behind", "任何合理增长下均在后", "behind under any plausible growth"
    UNKNOWN = "unknown", "位次未知", "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """A number of a province in a table."""

    year: int
    figure: Figure
    table_id: UUID
    convention: Convention

    @property
    def printed(self) -> bool:
        return self.figure.bound in (Bound.EXACT, Bound.DERIVED)


@dataclass(frozen=True, slots=True)
class Rival:
    """One of the other 30. growth_percent: a year; low, high: its lawyers at the year's end, where carried on."""

    province: str
    standing: Standing
    known: tuple[Known, ...]
    growth_percent: float | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class RankForecast:
    """forecast: of the worst place, as H2 is; its low takes the unknown as behind, its high as ahead."""

    forecast: Forecast
    rivals: tuple[Rival, ...]

    @property
    def unknown(self) -> list[str]:
        return [rival.province for rival in self.rivals if rival.standing is Standing.UNKNOWN]


def forecast_rank(
    tables: Sequence[Published], henan: Forecast, year: int, rules: ForecastRules | None = None
) -> RankForecast:
    """henan: of its lawyers at the end of `year`; tables: in the order of publication."""
    rules = rules or forecast_rules()
    known = _known(tables, year)
    rivals = tuple(_rival(code, known.get(code, ()), henan, year, rules) for code in provinces() if code != PROVINCE)
    ranks = _simulated(rivals, henan, year, rules)
    unknown = sum(rival.standing is Standing.UNKNOWN for rival in rivals)
    tenths = quantiles(ranks, n=200, method="inclusive")
    tail = (100 - rules.level_percent) // 2 * 2
    low, high = math.floor(tenths[tail - 1]), math.ceil(tenths[200 - tail - 1]) + unknown
    middle = round(tenths[99]) + unknown
    forecast = Forecast(ForecastMethod.RANK_SIMULATION, henan.horizon, middle, low, max(middle, high))
    return RankForecast(forecast, rivals)


def _known(tables: Sequence[Published], year: int) -> Mapping[str, Sequence[Known]]:
    """By province and year; of two tables of one year and convention the later publication counts."""
    found: dict[str, dict[tuple[Convention, int], Known]] = {}
    for table in tables:
        if table.convention in COMPARED and table.year < year:
            for figure in table.content.figures:
                known = Known(table.year, figure, table.table_id, table.convention)
                found.setdefault(figure.province, {})[table.convention, table.year] = known
    return {province: sorted(by.values(), key=lambda k: k.year) for province, by in found.items()}


def _rival(province: str, known: Sequence[Known], henan: Forecast, year: int, rules: ForecastRules) -> Rival:
    for convention in COMPARED:
        points = [each for each in known if each.convention is convention and each.printed and each.figure.lawyers > 0]
        if len({each.year for each in points}) > 1:
            return _carried_on(province, points, year, rules)
    newest = max(known, key=lambda each: each.year, default=None)
    if newest is None:
        return Rival(province, Standing.UNKNOWN, ())
    years, limits = year - newest.year, plausibility()
    most = newest.figure.most * (1 + limits.most_growth_percent / 100) ** years
    least = newest.figure.least * (1 + limits.least_growth_percent / 100) ** years
    standing = Standing.BEHIND if most < henan.low else Standing.AHEAD if least > henan.high else Standing.UNKNOWN
    return Rival(province, standing, (newest,))


def _carried_on(province: str, points: Sequence[Known], year: int, rules: ForecastRules) -> Rival:
    mean, spread = _growth(points, rules.rank)
    years = year - points[-1].year
    middle = math.log(points[-1].figure.lawyers) + years * mean
    half = NormalDist().inv_cdf(0.5 + rules.level_percent / 200) * spread * math.sqrt(years)
    return Rival(
        province,
        Standing.CARRIED_ON,
        tuple(points),
        round(100 * (math.exp(mean) - 1), 1),
        math.floor(math.exp(middle - half)),
        math.ceil(math.exp(middle + half)),
    )


def _growth(points: Sequence[Known], rules: RankRules) -> tuple[float, float]:
    """Mean and spread of the logarithm's yearly change; of one change alone the spread is the rules'."""
    changes = [
        math.log(after.figure.lawyers / before.figure.lawyers) / (after.year - before.year)
        for before, after in pairwise(points)
    ]
    least = math.log1p(rules.growth_sd_percent / 100)
    return fmean(changes), max(least, stdev(changes)) if len(changes) > 1 else least


def _simulated(rivals: Sequence[Rival], henan: Forecast, year: int, rules: ForecastRules) -> list[int]:
    """Henan's place in each run, the unknown left out."""
    chance = random.Random(rules.rank.seed)  # noqa: S311 -- a simulation, the same each time
    width = NormalDist().inv_cdf(0.5 + rules.level_percent / 200)
    carried = []
    for rival in rivals:
        if rival.standing is Standing.CARRIED_ON:
            mean, spread = _growth(rival.known, rules.rank)
            newest = rival.known[-1]
            years = year - newest.year
            carried.append((math.log(newest.figure.lawyers) + years * mean, spread * math.sqrt(years)))
    fixed = 1 + sum(rival.standing is Standing.AHEAD for rival in rivals)
    spread_of_henan = (henan.high - henan.low) / (2 * width)
    ranks = []
    for _ in range(rules.rank.runs):
        own = chance.gauss(henan.value, spread_of_henan)
        ranks.append(fixed + sum(math.exp(chance.gauss(middle, spread)) > own for middle, spread in carried))
    return ranks
