"""Statistics without a database: bands, readings, and what is not divided for the public."""

from datetime import date

import pytest
from registry_api.statistics.domain import (
    AGE_BANDS,
    SIZE_BANDS,
    Asked,
    Counted,
    FirmGroup,
    LawyerGroup,
    Policy,
    bands,
    default_policy,
    notes_of,
    policy_of_answer,
)
from registry_api.statistics.store import statement

DAY = date(2026, 6, 10)


def asked(*group_by: str, counted: Counted = Counted.LAWYERS, region: str | None = None, sees: bool = False) -> Asked:
    return Asked(counted, DAY, group_by, default_policy(), region, sees)


def test_bands_leave_no_gap():
    assert bands(SIZE_BANDS) == ["0", "1-2", "3-9", "10-29", "30-49", "50-99", "100-199", "200-299", "300+"]
    assert bands(AGE_BANDS) == ["0-2", "3-4", "5-9", "10-19", "20-29", "30+"]


@pytest.mark.parametrize(
    ("group_by", "region", "divided"),
    [
        ((), None, True),
        (("region",), None, True),
        (("category",), None, True),
        ((), "410100", True),
        (("region", "category"), None, False),
        (("category",), "410100", False),
        (("age_band",), None, False),
        (("county",), None, False),
        (("region", "age_band"), None, False),
    ],
)
def test_closed_categories_are_divided_in_no_crossing(group_by: tuple[str, ...], region: str | None, divided: bool):
    question = asked(*group_by, region=region)
    assert question.divides_closed is divided
    assert ("closed-undivided" in notes_of(question)) is not divided
    assert asked(*group_by, region=region, sees=True).divides_closed
    assert ("'6-8'" in statement(question)) is (not divided and not set(group_by) <= {"region"})


def test_the_defaults_are_those_of_the_plan_and_suspended_lawyers_hold_a_licence():
    assert default_policy() == Policy("all", "licence-held", "head-office-only", count_branch_as_firm=False)
    named = policy_of_answer(asked("size_band"))
    assert set(named) == {"lawyer_categories", "count_suspended_lawyers", "firm_headcount_scope"}
    assert named["lawyer_categories"]["categories"] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert named["count_suspended_lawyers"]["of_the_plan"]["T3"] == "not-suspended"
    firms = policy_of_answer(asked("size_band", counted=Counted.FIRMS))
    assert firms["firm_headcount_categories"] == {"value": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize(
    "question",
    [asked(*pair) for pair in [(a, b) for a in LawyerGroup for b in LawyerGroup if a < b]]
    + [asked(*pair, counted=Counted.FIRMS) for pair in [(a, b) for a in FirmGroup for b in FirmGroup if a < b]],
)
def test_every_pair_of_groupings_has_a_statement(question: Asked):
    text = statement(question)
    assert all(f" AS {name}" in text for name in question.group_by)
    assert "{" not in text
