"""Targets of regions beside the province's: what adds up, what falls short, and which document holds on a day."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from contracts.plan import Operator
from contracts.regions import REGIONS
from progress_api.decompositions.domain import Head, Line, RegionTarget, TargetDocument, held_on, sums

FIRST = date(2024, 4, 1)
CODES = list(REGIONS)


def document(number: str, from_on: date, *lines: Line, hours: int = 0, withdrawn: date | None = None) -> TargetDocument:
    return TargetDocument(
        uuid4(), 2, 1, Head(number, "河南省司法厅", from_on, from_on), lines, "a", datetime(2024, 1, 1, tzinfo=UTC),
        confirmed_by="b", confirmed_at=datetime(2024, 1, 1, hours, tzinfo=UTC), withdrawn_on=withdrawn,
    )  # fmt: skip


def line(indicator: str, region: str, value: float, op: Operator = Operator.AT_LEAST) -> Line:
    return Line(indicator, region, op, value)


def held(*lines: Line) -> list[RegionTarget]:
    return held_on([document("1", FIRST, *lines)], FIRST)


@pytest.mark.parametrize(("each", "difference"), [(2499, -18), (2500, 0), (2501, 18)])
def test_lawyers_of_all_regions_beside_45000(each: int, difference: int) -> None:
    [found] = sums(held(*(line("H1", code, each) for code in CODES)), {"H1": "min"})
    assert (found.total, found.bound, found.difference, found.missing) == (each * 18, 45_000, difference, ())


@pytest.mark.parametrize(("range_from", "below"), [("min", ()), ("max", ("410100", "410200"))])
def test_what_is_asked_of_each_is_read_from_the_end_in_force(range_from: str, below: tuple[str, ...]) -> None:
    targets = held(line("W1-I1", "410100", 3), line("W1-I1", "410200", 3), line("W1-I1", "410300", 5))
    [found] = sums(targets, {"W1-I1": "max" if range_from == "max" else "min"})
    assert (found.below, found.bound, found.total) == (below, None, 11)


def test_a_number_of_some_has_nothing_to_compare_with_and_shares_do_not_add_up() -> None:
    targets = held(line("M06-I1", "410100", 5), line("M12-I3", "410100", 95))
    some, share = sums(targets, {"M06-I1": "min", "M12-I3": "min"})
    assert (some.total, some.bound, some.difference) == (5, None, None)
    assert (share.total, share.difference) == (None, None)


@pytest.mark.parametrize(
    ("op", "value", "attained"),
    [
        (Operator.AT_LEAST, 30, True), (Operator.AT_LEAST, 31, False), (Operator.MORE_THAN, 30, False),
        (Operator.MORE_THAN, 29, True), (Operator.AT_MOST, 30, True), (Operator.AT_MOST, 29, False),
    ],
)  # fmt: skip
def test_at_least_more_than_and_at_most_with_30(op: Operator, value: float, attained: bool) -> None:
    assert line("M05-I1", "410100", value, op).attained(30) is attained


def test_of_one_day_the_document_confirmed_last_holds_and_each_indicator_goes_its_own_way() -> None:
    documents = [
        document("old", FIRST, line("H1", "410100", 1), line("M05-I1", "410100", 1)),
        document("corrected", FIRST, line("H1", "410100", 2), hours=1),
        document("later", FIRST + timedelta(days=30), line("H1", "410200", 3), withdrawn=FIRST + timedelta(days=60)),
    ]

    def on(days: int) -> dict[str, tuple[str, float]]:
        found = held_on(documents, FIRST + timedelta(days=days))
        return {target.indicator_id: (target.head.number, target.line.value) for target in found}

    assert on(-1) == {}
    assert on(0) == on(29) == {"H1": ("corrected", 2), "M05-I1": ("old", 1)}
    assert on(30) == on(59) == {"H1": ("later", 3), "M05-I1": ("old", 1)}
    assert on(60) == on(0)
