"""Lights of targets at every edge: what is attained, the path's 95 and 85 per cent, the due day, no evidence."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from contracts.lights import Colour, LightOf
from contracts.plan import plan
from progress_api.lights.domain import Light, Scope
from progress_api.lights.targets import (
    Asked,
    Beginning,
    Halted,
    Known,
    Table,
    needed_by,
    rank_light,
    target_light,
    way_covered,
)

DUE = plan().meta.default_due
START = date(2024, 1, 1)
HALFWAY = START + (DUE - START) / 2
NOBODY_WAITS = Halted()


def asked(target_id: str, *, region: str | None = None, bound: int | None = None) -> Asked:
    target = plan().target(target_id)
    return Asked.of_plan(target, region, target.bound() if bound is None else bound, DUE)


def light(
    target_id: str,
    value: float | None,
    *,
    rows: int = 1,
    on: date = DUE,
    start: float = 0,
    halted: Halted = NOBODY_WAITS,
) -> Light:
    known = Known(value, rows, on, ("没有。", "None."))
    return target_light(asked(target_id), known, Beginning(start, START), halted, as_of=on, evidence="/rows")


@pytest.mark.parametrize(
    ("target_id", "value", "colour"),
    [
        ("T1", 45_000, Colour.GREEN),
        ("T1", 44_999, Colour.RED),
        ("T3", 41, Colour.GREEN),
        ("T3", 40, Colour.RED),
        ("T4", 11, Colour.GREEN),
        ("T4", 10, Colour.RED),
        ("T5", 3, Colour.GREEN),
        ("T5", 6, Colour.GREEN),
        ("T5", 2, Colour.RED),
    ],
)
def test_after_the_due_day_only_what_is_attained_is_green(target_id: str, value: int, colour: Colour) -> None:
    found = light(target_id, value, on=DUE + timedelta(days=1))
    assert found.colour is colour
    assert found.rule == ("T-ATTAINED" if colour is Colour.GREEN else "T-MISSED")


def test_before_the_due_day_what_is_attained_is_green_whatever_the_path_says() -> None:
    assert light("T3", 41, on=START).rule == "T-ATTAINED"


def test_on_the_due_day_itself_it_is_not_missed_yet() -> None:
    assert light("T1", 44_999, on=DUE).rule == "T-PATH"


def test_the_upper_end_of_a_range_may_be_what_is_asked() -> None:
    target = plan().target("T5")
    largest = Asked.of_plan(target, None, target.bound("max"), DUE)
    day = DUE + timedelta(days=1)
    found = [
        target_light(
            largest, Known(value, 1, day), Beginning(0, START), NOBODY_WAITS, as_of=day, evidence="/rows"
        ).colour
        for value in (4, 5)
    ]
    assert found == [Colour.RED, Colour.GREEN]


@pytest.mark.parametrize(
    ("value", "colour", "percent"),
    [
        (1000, Colour.GREEN, 100),
        (950, Colour.GREEN, 95),
        (949, Colour.YELLOW, 94),
        (850, Colour.YELLOW, 85),
        (849, Colour.RED, 84),
        (0, Colour.RED, 0),
        (-5, Colour.RED, 0),
    ],
)
def test_path_at_exactly_95_and_85_per_cent(value: int, colour: Colour, percent: int) -> None:
    """Of 2,190 in the plan's 1,095 days 1,000 are asked for after 500."""
    path, day = asked("T1", bound=2190), START + timedelta(days=500)
    found = target_light(
        path, Known(value, 1, day), Beginning(0, START), NOBODY_WAITS, as_of=day, evidence="/rows"
    )  # fmt: skip
    assert needed_by(day, Beginning(0, START), path) == 1000
    assert (found.colour, found.percent) == (colour, percent)


def test_what_there_was_at_the_start_is_not_way_covered() -> None:
    """Of 45,000 with 40,000 at the start, 42,497 are asked for halfway: 41,000 is 96 per cent of that number, and 40
    per cent of the way."""
    found = light("T1", 41_000, on=HALFWAY, start=40_000)
    assert (found.colour, found.percent) == (Colour.RED, 40)
    assert "40%" in found.reason.zh
    assert "42,497" in found.reason.en


def test_what_cannot_be_counted_yet_is_not_asked_for() -> None:
    """Two joint ventures by the end: before the middle of the path a whole one is not asked for; nothing is grey."""
    early, late = HALFWAY - timedelta(days=1), HALFWAY + timedelta(days=1)
    assert light("T8", 0, rows=0, on=early).rule == "T-NO-ROWS"
    assert light("T8", 0, rows=0, on=late).colour is Colour.RED


@pytest.mark.parametrize("start", [41, 50])
def test_falling_below_what_there_was_is_red(start: int) -> None:
    assert light("T3", 39, on=HALFWAY, start=start).colour is Colour.RED


def test_way_covered_without_a_way() -> None:
    assert (way_covered(5, 5, Fraction(5)), way_covered(4, 5, Fraction(5))) == (1, 0)
    assert way_covered(5, 0, Fraction(4)) == Fraction(5, 4)


def test_some_is_counted_and_never_judged() -> None:
    for value, rows, halted in ((None, 0, NOBODY_WAITS), (0, 0, NOBODY_WAITS), (31, 31, Halted(1))):
        found = target_light(asked("T6"), Known(value, rows, HALFWAY), None, halted, as_of=HALFWAY, evidence="/rows")
        assert (found.colour, found.rule, found.percent) == (Colour.GREY, "T-NO-NUMBER", None)
        assert ("未知" if value is None else f"现有{value}") in found.reason.zh


@pytest.mark.parametrize("halted", [Halted(parked=1), Halted(stopped=1)])
def test_events_that_wait_beneath_a_number_make_it_stale(halted: Halted) -> None:
    found = light("T1", 50_000, halted=halted)
    assert (found.colour, found.percent) == (Colour.STALE, None)


def test_no_value_is_grey_and_says_why() -> None:
    found = light("T7", None, rows=0)
    assert (found.colour, found.rule) == (Colour.GREY, "T-NO-VALUE")
    assert "没有。" in found.reason.zh


def test_no_first_value_no_path() -> None:
    found = target_light(
        asked("T1"), Known(5, 5, HALFWAY, ("没有。", "")), None, NOBODY_WAITS, as_of=HALFWAY, evidence="/rows"
    )
    assert found.rule == "T-NO-VALUE"


@pytest.mark.parametrize(
    ("table", "value", "on", "rule"),
    [
        (None, None, HALFWAY, "T-AWAITS-TABLE"),
        (Table(2024, 5), 6, DUE, "T-AWAITS-TABLE"),
        (Table(2025, 5), 5, date(2027, 12, 31), "T-AWAITS-TABLE"),
        (Table(2025, 5), 5, date(2028, 1, 1), "T-STALE-TABLE"),
        (Table(2026, 6), 6, date(2027, 6, 1), "T-ATTAINED"),
        (Table(2026, 6), 7, date(2027, 6, 1), "T-RANK-OPEN"),
        (Table(2026, 7), 7, date(2027, 6, 1), "T-MISSED"),
    ],
)
def test_rank_has_no_colour_before_the_table_of_the_due_year(
    table: Table | None, value: int | None, on: date, rule: str
) -> None:
    known = Known(value, 0 if value is None else 31, on)
    assert rank_light(asked("T2"), known, table, NOBODY_WAITS, as_of=on, evidence="/rows").rule == rule


def test_what_must_not_be_more_is_covered_downwards() -> None:
    """From 20 counties without a firm to 10: after 500 of 1,095 days 16 are asked for, for a county is a whole one."""
    day = START + timedelta(days=500)
    fewer = Asked(Scope(LightOf.INDICATOR, "M20-I2", "410100"), 10, DUE, at_most=True)
    assert needed_by(day, Beginning(20, START), fewer) == 16

    def found(value: int) -> Light:
        known = Known(value, max(value, 1), day)
        return target_light(fewer, known, Beginning(20, START), NOBODY_WAITS, as_of=day, evidence="/rows")

    assert [found(value).colour for value in (10, 16, 17)] == [Colour.GREEN, Colour.GREEN, Colour.RED]
    assert found(10).rule == "T-ATTAINED"


def test_more_than_a_share_is_not_attained_by_it() -> None:
    share = Asked(Scope(LightOf.INDICATOR, "M21-I2", "410100"), 62.5, DUE, strict=True, whole=False)
    assert [share.attained(value) for value in (62.5, 62.51)] == [False, True]
