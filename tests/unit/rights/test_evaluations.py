"""Mutual evaluation without a database: points, quarters, and means that no region's answer follows from."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from common.secrecy.keys import ReceiptKeys
from contracts.evaluations import EvaluatedOrgan, EvaluationForm, EvaluationSide, evaluation_items
from hypothesis import given, settings
from hypothesis import strategies as st
from rights_api.evaluations.domain import Quarter, Rating, means, open_evaluation, points_of
from rights_api.evaluations.tokens import InvitationCodes
from rights_api.refusals import Refused

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
COURT, LAWYER, OFFICIAL = EvaluatedOrgan.COURT, EvaluationSide.LAWYER, EvaluationSide.OFFICIAL


def rating(region="410100", points=8, side=LAWYER):
    return Rating(region, COURT, side, (points,) * 10)


def told(ratings, side=LAWYER):
    return {mean.region: mean for mean in means(ratings) if (mean.organ, mean.side) == (COURT, side)}


def test_each_side_is_asked_ten_things_of_a_hundred_points():
    for side in EvaluationSide:
        assert len(evaluation_items()[side]) == 10
        assert sum(item.points for item in evaluation_items()[side]) == 100


@pytest.mark.parametrize("number", range(5))
def test_rr24_four_raters_make_no_mean(number):
    assert all(mean.raters is None for mean in told([rating()] * number).values())


def test_rr24_the_only_region_with_few_raters_takes_another_with_it():
    """The province less the others would be its mean."""
    found = told([rating("410100", 9)] * 9 + [rating("410300", 7)] * 6 + [rating("410200", 1)])
    assert found[None].raters == 16
    assert found["410200"].raters is None
    assert found["410300"].raters is None, "the smallest beside it"
    assert (found["410100"].raters, found["410100"].total) == (9, 90.0)
    assert told([rating("410200", 1)], OFFICIAL)[None].raters is None


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["410100", "410200", "410300", "410400", "410000"]), st.integers(0, 12)))
def test_rr24_what_the_province_leaves_over_is_five_raters_or_nobody(numbers):
    found = told([rating(region) for region, number in numbers.items() for _ in range(number)])
    shown = [mean.raters for region, mean in found.items() if region is not None and mean.raters is not None]
    assert all(number >= 5 for number in shown)
    if found[None].raters is not None:
        left = found[None].raters - sum(shown)
        assert left >= 5 or left == 0
        hidden = [region for region, mean in found.items() if region is not None and mean.raters is None]
        assert len(hidden) != 1


@pytest.mark.parametrize(
    ("given_points", "code"),
    [
        ({}, "items-wrong"),
        ({item.id: 5 for item in evaluation_items()[OFFICIAL]}, "items-wrong"),
        ({item.id: 5 for item in evaluation_items()[LAWYER]} | {"extra": 1}, "items-wrong"),
        ({item.id: 11 for item in evaluation_items()[LAWYER]}, "points-wrong"),
        ({item.id: -1 for item in evaluation_items()[LAWYER]}, "points-wrong"),
    ],
)
def test_points_are_those_of_ones_own_form(given_points, code):
    with pytest.raises(Refused) as refused:
        points_of(LAWYER, given_points)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"concluded_on": None}, "conclusion-day-wrong", "concluded_on"),
        ({"form": EvaluationForm.OVERALL}, "conclusion-day-wrong", "concluded_on"),
        ({"concluded_on": date(2026, 3, 3)}, "not-concluded", "concluded_on"),
        ({"lawyers": 2}, "one-of-each", "lawyers"),
        ({"officials": 2}, "one-of-each", "officials"),
    ],
)
def test_only_a_concluded_case_is_evaluated_and_by_one_of_each_side(changes, code, field):
    asked = {"form": EvaluationForm.CASE, "lawyers": 1, "officials": 1, "concluded_on": date(2026, 3, 2)} | changes
    form = asked.pop("form")
    with pytest.raises(Refused) as refused:
        open_evaluation(uuid4(), form, COURT, "410100", now=NOW, **asked)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_the_window_is_a_rule_of_seven_days():
    evaluation, event = open_evaluation(
        uuid4(), EvaluationForm.OVERALL, COURT, "410100", lawyers=3, officials=3, concluded_on=None, now=NOW
    )
    assert event.closes_on == date(2026, 3, 9)
    assert evaluation.closes_at == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("on", "quarter", "ends"),
    [
        ("2026-03-31", "2026Q1", "2026-03-31T16:00:00+00:00"),
        ("2026-04-01", "2026Q2", "2026-06-30T16:00:00+00:00"),
        ("2026-12-31", "2026Q4", "2026-12-31T16:00:00+00:00"),
        ("2024-02-29", "2024Q1", "2024-03-31T16:00:00+00:00"),
    ],
)
def test_a_quarter_ends_at_midnight_in_china(on, quarter, ends):
    found = Quarter.of(date.fromisoformat(on))
    assert str(found) == quarter
    assert found.ends_at == datetime.fromisoformat(ends)
    assert Quarter.parse(quarter) == found


def test_a_window_that_ends_with_its_quarter_counts_in_it():
    evaluation, event = open_evaluation(
        uuid4(), EvaluationForm.OVERALL, COURT, "410100", lawyers=3, officials=3, concluded_on=None,
        now=datetime(2026, 3, 24, 1, 0, tzinfo=UTC),
    )  # fmt: skip
    assert (event.closes_on, evaluation.closes_on) == (date(2026, 3, 31), date(2026, 3, 31))
    assert evaluation.closes_at == Quarter(2026, 1).ends_at


@pytest.mark.parametrize("text", ["", "2026", "2026Q5", "2026q1", "2023Q4", "２０２６Q1", "2026Q1 "])
def test_what_is_no_quarter_is_refused(text):
    with pytest.raises(Refused):
        Quarter.parse(text)


def test_codes_differ_by_evaluation_side_and_place_and_are_known_however_typed():
    codes, evaluation = InvitationCodes(ReceiptKeys(bytes(32))), uuid4()
    derived = [codes.derive(evaluation, side, n) for side in EvaluationSide for n in range(200)]
    assert len(set(derived)) == 400
    assert codes.derive(evaluation, LAWYER, 0) == derived[0] != codes.derive(uuid4(), LAWYER, 0)
    code = derived[0]
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert codes.digest(typed) == codes.digest(code) != codes.digest(derived[1])
    assert len(code.replace("-", "")) * 5 == 100
