"""Forecasts of series: what is said of straight, flat, noisy, short and broken ones, and that nothing looks ahead."""

import random
from datetime import date
from statistics import fmean

import pytest
from contracts.forecasts import ForecastMethod, Outlook, forecast_rules
from hypothesis import given, settings
from hypothesis import strategies as st
from progress_api.forecasts.domain import (
    Forecast,
    Past,
    first_known,
    month_ends,
    months_between,
    needed_per_month,
    outlook,
    typical_change,
    usable,
)
from progress_api.forecasts.use_cases import month_ahead, origin_of

LAST, TREND = ForecastMethod.LAST_VALUE, ForecastMethod.DAMPED_TREND
UNDAMPED = forecast_rules().model_copy(update={"damping": 1.0})


def test_a_straight_line_goes_on_and_is_sure():
    line = [1000 + 50 * month for month in range(30)]
    forecast = Past(line, UNDAMPED).forecast(6)
    assert forecast == Forecast(TREND, 6, 2750, 2750, 2750)
    damped = Past(line).forecast(6)
    assert damped is not None
    assert damped.method is TREND
    assert 2450 < damped.value < 2750
    assert damped.low <= 2750 <= damped.high  # its errors on the past have widened it


def test_a_flat_series_stays_and_the_simpler_method_is_taken():
    assert Past([7] * 20).forecast(5) == Forecast(LAST, 5, 7, 7, 7)
    assert Past([0] * 20).forecast(12) == Forecast(LAST, 12, 0, 0, 0)


def test_one_jump_is_no_trend():
    before = [100] * 14 + [160] * 6
    assert typical_change(before, 12) == 0
    forecast = Past(before).forecast(2)
    assert forecast is not None
    assert (forecast.value, forecast.low < 160 < forecast.high) == (160, True)


def test_what_falls_never_falls_below_nothing():
    falling = [max(0, 60 - 5 * month) for month in range(13)]
    forecast = Past(falling, UNDAMPED).forecast(12)
    assert forecast is not None
    assert (forecast.value, forecast.low) == (0, 0)


@pytest.mark.parametrize(("points", "made"), [(0, False), (1, False), (11, False), (12, True)])
def test_too_short(points: int, *, made: bool):
    assert forecast_rules().fewest_points == 12
    assert (Past(list(range(points))).forecast(1) is not None) == made


def test_months_never_tried_widen_the_interval():
    rng = random.Random(1)
    noisy = [1000 + rng.gauss(0, 20) for _ in range(14)]
    widths = [f.high - f.low for h in (6, 12, 24) if (f := Past(noisy).forecast(h)) is not None]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


series = st.lists(st.integers(0, 50_000), min_size=12, max_size=30)


@settings(max_examples=60, deadline=None)
@given(series, st.integers(1, 18), st.lists(st.integers(0, 50_000), max_size=12))
def test_later_months_change_no_earlier_forecast(known: list[int], horizon: int, later: list[int]):
    at = len(known) - 1
    then, now = Past(known), Past(known + later)
    assert now.forecast(horizon, origin=at) == then.forecast(horizon)
    for method in (*ForecastMethod, None):
        if method is ForecastMethod.RANK_SIMULATION:
            continue
        made_then = then.trials(3, method)
        assert now.trials(3, method)[: len(made_then)] == made_then


@settings(max_examples=60, deadline=None)
@given(series, st.integers(1, 18))
def test_every_forecast_is_a_whole_number_within_its_interval(known: list[int], horizon: int):
    forecast = Past(known).forecast(horizon)
    assert forecast is not None
    assert 0 <= forecast.low <= forecast.value <= forecast.high


def test_the_better_method_is_chosen_and_the_table_says_why():
    rng = random.Random(3)
    growing = [30_000 + 300 * month + rng.gauss(0, 60) for month in range(30)]
    still = [30_000 + rng.gauss(0, 200) for month in range(30)]
    for values, better in ((growing, TREND), (still, LAST)):
        past = Past(values)
        assert past.better(3, 29) is better
        rows = {(row.method, row.horizon): row for row in past.tried()}
        worse = LAST if better is TREND else TREND
        assert (rows[better, 3].mean_error or 0) < (rows[worse, 3].mean_error or 0)
        assert {row.horizon for row in past.tried()} == {1, 3, 6, 12}
        assert rows[None, 3].intervals > 5


def test_intervals_hold_about_as_often_as_they_say():
    """Over many series of random growth, 80 % intervals of the choice hold what comes: neither far less nor always."""
    rng = random.Random(11)
    held = []
    for _ in range(60):
        level, slope, values = 1000.0, rng.uniform(-5, 20), []
        for _ in range(36):
            level += slope + rng.gauss(0, 15)
            values.append(max(0.0, level))
        held += [trial.inside for horizon in (1, 3) for trial in Past(values).trials(horizon)]
    assert 0.70 < fmean(held) < 0.90


def test_trials_carry_what_came():
    past = Past([float(n % 4) for n in range(20)])
    for trial in past.trials(1):
        assert trial.actual == float((trial.origin + 1) % 4)
        assert trial.inside == (trial.forecast.low <= trial.actual <= trial.forecast.high)


def test_months():
    assert month_ends(date(2026, 3, 30), 3) == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]
    assert month_ends(date(2026, 3, 31), 1) == [date(2026, 3, 31)]
    assert months_between(date(2025, 11, 30), date(2026, 12, 31)) == 13
    assert month_ahead(date(2026, 10, 31), 1) == date(2026, 11, 30)
    assert month_ahead(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert month_ahead(date(2026, 12, 31), 12) == date(2027, 12, 31)
    assert origin_of(date(2026, 11, 1)) == date(2026, 10, 31)


def test_usable_month_ends_are_those_after_the_last_gap():
    days = month_ends(date(2026, 6, 30), 5)
    assert usable(list(zip(days, [1, None, 3, 4, 5], strict=True))) == list(zip(days[2:], [3, 4, 5], strict=True))
    assert usable([(days[0], None)]) == []
    assert first_known(dict(zip(days, [0, 0, 9, 0, 9], strict=True))) == days[2]
    assert first_known({days[0]: 0}) is None


@pytest.mark.parametrize(
    ("low", "high", "bound", "expected"),
    [
        (41, 45, 41, Outlook.REACHED),
        (40, 45, 41, Outlook.OPEN),
        (30, 41, 41, Outlook.OPEN),
        (30, 40, 41, Outlook.MISSED),
    ],
)
def test_outlook(low: int, high: int, bound: int, expected: Outlook):
    assert outlook(Forecast(LAST, 1, low, low, high), bound) is expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(4, 6, Outlook.REACHED), (6, 7, Outlook.OPEN), (7, 9, Outlook.MISSED), (6, 6, Outlook.REACHED)],
)
def test_outlook_of_a_rank(low: int, high: int, expected: Outlook):
    assert outlook(Forecast(LAST, 1, low, low, high), 6, at_most=True) is expected


def test_needed_per_month():
    due = date(2026, 12, 31)
    assert needed_per_month(1200, date(2025, 12, 31), due) == 100.1  # 365 of 365.25 days
    assert needed_per_month(0, due, due) == 0
    assert needed_per_month(5, due, due) is None
    assert needed_per_month(5, date(2027, 1, 1), due) is None
