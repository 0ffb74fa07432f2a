"""Forecasts of a series of month ends: two simple methods, each tried on the past, the better one chosen.

Nothing here looks ahead: what is said of an origin depends on the values up to it alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import NormalDist, fmean

from contracts.forecasts import ForecastMethod, ForecastRules, Outlook, forecast_rules
from contracts.legal_day import end_of_last_month

METHODS = (ForecastMethod.LAST_VALUE, ForecastMethod.DAMPED_TREND)
"""The simpler first: it is taken where the other does no better."""

DAYS_OF_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Forecast:
    """value, low, high: whole numbers of what is counted; horizon: months ahead."""

    method: ForecastMethod
    horizon: int
    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A forecast made as of a past month end, beside what came. origin: index of that month end."""

    origin: int
    forecast: Forecast
    actual: float

    @property
    def inside(self) -> bool:
        return self.forecast.low <= self.actual <= self.forecast.high


@dataclass(frozen=True, slots=True)
class Tried:
    """How a method did on the past at one horizon. method: None for whichever was chosen at each origin.

    errors: how often its value could be compared, mean_error: how far off it was on average; intervals: how often there
    was an interval, covered: the share of those that held what came (0 to 1).
    """

    method: ForecastMethod | None
    horizon: int
    errors: int
    mean_error: float | None
    intervals: int
    covered: float | None


def month_ends(as_of: date, months: int) -> list[date]:
    """The last `months` month ends up to and including the day."""
    ends = []
    day = as_of + timedelta(days=1)
    for _ in range(months):
        day = end_of_last_month(day)
        ends.append(day)
    return ends[::-1]


def months_between(earlier: date, later: date) -> int:
    """Between two month ends."""
    return 12 * (later.year - earlier.year) + later.month - earlier.month


def typical_change(values: Sequence[float], window: int) -> float:
    """A month, over the last `window` months: the mean without the highest and the lowest, so that one jump, such as a
    list published at once, does not become a trend."""
    changes = sorted(after - before for before, after in pairwise(values[-window - 1 :]))
    return fmean(changes[1:-1]) if len(changes) > 2 else 0.0  # noqa: PLR2004 -- the two left out


class Past:
    """What each method would have said at each month end of a series.

    The series is never longer than a few years: each origin's trend is found once.
    """

    def __init__(self, values: Sequence[float], rules: ForecastRules | None = None) -> None:
        self._values = tuple(values)
        self._rules = rules or forecast_rules()
        origins = range(self._rules.first_origin - 1, len(self._values))
        self._changes = {o: typical_change(self._values[: o + 1], self._rules.window) for o in origins}
        half = self._rules.level_percent / 200
        self._width = NormalDist().inv_cdf(0.5 + half)

    def forecast(self, horizon: int, *, origin: int | None = None) -> Forecast | None:
        """By the better method; from the last month end where no other is given. None: too little is known."""
        at = len(self._values) - 1 if origin is None else origin
        method = self.better(horizon, at)
        return None if method is None else self._by(method, horizon, at)

    def better(self, horizon: int, origin: int) -> ForecastMethod | None:
        """That with the smaller mean error so far, at the longest horizon for which enough is known."""
        compared = self._comparable(horizon, origin)
        if compared is None:
            return None
        return min(METHODS, key=lambda m: fmean(abs(e) for e in self._errors(m, compared, origin)))

    def trials(self, horizon: int, method: ForecastMethod | None = None) -> list[Trial]:
        """All forecasts with an interval that have come due. method: None for the better each time."""
        found = []
        for origin in self._changes:
            if origin + horizon >= len(self._values):
                break
            chosen = method or self.better(horizon, origin)
            forecast = None if chosen is None else self._by(chosen, horizon, origin)
            if forecast is not None:
                found.append(Trial(origin, forecast, self._values[origin + horizon]))
        return found

    def tried(self) -> list[Tried]:
        """The table of trials: each method, and the choice between them, at each horizon that has come due."""
        return [
            self._row(method, horizon)
            for horizon in self._rules.horizons
            if self._errors(ForecastMethod.LAST_VALUE, horizon, len(self._values) - 1)
            for method in (*METHODS, None)
        ]

    def _row(self, method: ForecastMethod | None, horizon: int) -> Tried:
        trials = self.trials(horizon, method)
        if method is None:
            errors = [trial.forecast.value - trial.actual for trial in trials]
        else:
            errors = self._errors(method, horizon, len(self._values) - 1)
        return Tried(
            method,
            horizon,
            len(errors),
            round(fmean(abs(error) for error in errors), 2) if errors else None,
            len(trials),
            round(fmean(trial.inside for trial in trials), 3) if trials else None,
        )

    def _by(self, method: ForecastMethod, horizon: int, origin: int) -> Forecast | None:
        known = self._comparable(horizon, origin)
        if known is None:
            return None
        spread = math.sqrt(fmean(error * error for error in self._errors(method, known, origin)))
        # Longer ahead than was ever tried: as errors of independent months add up.
        half = self._width * spread * math.sqrt(horizon / known)
        value = self._ahead(method, horizon, origin)
        return Forecast(
            method, horizon, round(value), max(0, math.floor(value - half)), max(0, math.ceil(value + half))
        )

    def _comparable(self, horizon: int, origin: int) -> int | None:
        """The longest horizon up to this one of which enough errors are known by the origin."""
        for shorter in range(horizon, 0, -1):
            if len(self._errors(METHODS[0], shorter, origin)) >= self._rules.fewest_errors:
                return shorter
        return None

    def _errors(self, method: ForecastMethod, horizon: int, known_at: int) -> list[float]:
        return [
            self._ahead(method, horizon, origin) - self._values[origin + horizon]
            for origin in self._changes
            if origin + horizon <= known_at
        ]

    def _ahead(self, method: ForecastMethod, horizon: int, origin: int) -> float:
        if method is ForecastMethod.LAST_VALUE:
            return self._values[origin]
        faded = sum(self._rules.damping**month for month in range(1, horizon + 1))
        return max(0.0, self._values[origin] + self._changes[origin] * faded)


def usable(series: Sequence[tuple[date, float | None]]) -> list[tuple[date, float]]:
    """The month ends after the last one without a value."""
    found: list[tuple[date, float]] = []
    for day, value in series:
        if value is None:
            found = []
        else:
            found.append((day, value))
    return found


def outlook(forecast: Forecast, bound: int, *, at_most: bool = False) -> Outlook:
    """at_most: a rank, which is to be small."""
    if at_most:
        reached, missed = forecast.high <= bound, forecast.low > bound
    else:
        reached, missed = forecast.low >= bound, forecast.high < bound
    return Outlook.REACHED if reached else Outlook.MISSED if missed else Outlook.OPEN


def months_left(as_of: date, due: date) -> float:
    """Average months; 0 once it is over."""
    return max(0.0, (due - as_of).days / DAYS_OF_A_MONTH)


def needed_per_month(gap: int, as_of: date, due: date) -> float | None:
    """How many a month close the gap by the day it is due; None where no time is left."""
    left = months_left(as_of, due)
    if gap == 0:
        return 0.0
    return round(gap / left, 1) if left > 0 else None


def first_known(lawyers: Mapping[date, float | None]) -> date | None:
    """The first month end on which the register holds anybody: before it a nought says nothing."""
    return next((day for day, value in sorted(lawyers.items()) if value), None)
