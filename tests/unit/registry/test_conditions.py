"""Conditions of establishment: each row's edge, what files may leave out, and who may lead a firm."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from contracts.conditions import conditions, conditions_of
from contracts.identifiers import LicenceNumber
from contracts.registry_events import FirmKind, StandingKind
from registry_api.register.conditions import Founder, Means, check_may_lead, unmet
from registry_api.register.establishing import establish_firm
from registry_api.register.lawyer import license_person
from registry_api.register.practice import Place
from registry_api.register.refusals import Refused
from registry_api.register.standing import StandingFact

ON = date(2026, 6, 1)
NUMBER = LicenceNumber.parse("11101202310000001")
FIRM = uuid4()


def founders(number: int, *, year: int = 2000, category: int = 1) -> list[Founder]:
    return [Founder(LicenceNumber.parse(f"11101{year}{category}0{n:06d}")) for n in range(1, number + 1)]


def failing(kind: FirmKind, means: Means, *, lenient: bool = False) -> list[str]:
    return [found.condition.id for found in unmet(kind, means, ON, lenient=lenient)]


@pytest.mark.parametrize(
    ("kind", "people", "capital"),
    [
        (FirmKind.GENERAL_PARTNERSHIP, 3, 300_000),
        (FirmKind.SPECIAL_PARTNERSHIP, 20, 10_000_000),
        (FirmKind.INDIVIDUAL, 1, 100_000),
        (FirmKind.STATE, 2, None),
    ],
)
def test_the_number_asked_for_is_enough_and_one_less_is_not(kind, people, capital):
    assert failing(kind, Means(founders(people), capital)) == []
    less = failing(kind, Means(founders(people - 1), capital))
    assert any(row.endswith((".partners", ".full-time")) for row in less)
    if capital is not None:
        assert failing(kind, Means(founders(people), capital - 1)) == [f"{kind.value}.capital"]


def test_founders_have_practised_long_enough():
    assert failing(FirmKind.GENERAL_PARTNERSHIP, Means(founders(3, year=2023), 300_000)) == []
    assert failing(FirmKind.GENERAL_PARTNERSHIP, Means(founders(3, year=2024), 300_000)) == [
        "general-partnership.founder-years"
    ]
    assert failing(FirmKind.INDIVIDUAL, Means(founders(1, year=2022), 100_000)) == ["individual.founder-years"]
    part_time = failing(FirmKind.STATE, Means(founders(2, category=2)))
    assert part_time == ["state.full-time"]


def test_a_branch_needs_an_old_and_large_head_office():
    def parent(years: int):
        since = date(ON.year - years, ON.month, ON.day)
        return establish_firm(
            credit_code="31410000MD0000001A", name="总所", kind=FirmKind.GENERAL_PARTNERSHIP, region="410100",
            from_on=since, today=ON,
        )[0]  # fmt: skip

    good = Means(founders(3), None, parent(4), 20)
    assert failing(FirmKind.BRANCH, good) == []
    assert failing(FirmKind.BRANCH, replace(good, parent_practising=19)) == ["branch.parent-lawyers"]
    assert failing(FirmKind.BRANCH, replace(good, parent=parent(2))) == ["branch.parent-years"]
    assert failing(FirmKind.BRANCH, replace(good, founders=founders(2))) == ["branch.posted"]
    elsewhere = Means(founders(3), parent_elsewhere=True)
    assert failing(FirmKind.BRANCH, elsewhere) == [], "another province's register vouches for its head offices"


@pytest.mark.parametrize("kind", FirmKind)
def test_what_is_not_told_is_missing_on_entry_and_no_finding_in_a_file(kind):
    assert failing(kind, Means(), lenient=True) == []
    assert failing(kind, Means()) == [condition.id for condition in conditions_of(kind)]


def test_a_refusal_names_the_field_the_source_and_whether_it_was_checked():
    first = unmet(FirmKind.GENERAL_PARTNERSHIP, Means(founders(3), 1), ON)[0]
    assert first.field == "capital_yuan"
    assert first.condition.source in first.zh
    assert "尚未核对" in first.zh, "a condition that was not read in the law says so"
    assert first.refused().code == "condition-unmet"
    verified = unmet(FirmKind.INDIVIDUAL, Means([], 100_000), ON)[0]
    assert verified.condition.verified
    assert "核对" not in verified.zh


def test_rows_are_unique_and_only_read_ones_are_verified():
    ids = [row.id for row in conditions()]
    assert len(ids) == len(set(ids))
    assert all(row.basis == "law" for row in conditions() if row.verified)


def lawyer_with(*facts: StandingFact):
    lawyer, _ = license_person(
        name="张三", number=LicenceNumber.parse("14101200010000001"), place=Place("410100", FIRM),
        first_licensed_on=date(2000, 1, 1), from_on=date(2000, 1, 1), today=ON,
    )  # fmt: skip
    return replace(lawyer, facts=facts)


def suspension(from_on: date, to_on: date, *, withdrawn: bool = False) -> StandingFact:
    return StandingFact(uuid4(), StandingKind.SUSPENSION, from_on, to_on, withdrawn)


def test_d08_a_suspension_of_six_months_bars_from_partnership_for_three_years_after_it():
    long = suspension(date(2022, 1, 1), date(2022, 7, 1))
    barred = lawyer_with(long)
    with pytest.raises(Refused) as refused:
        check_may_lead(barred, date(2025, 6, 30), field="head_id")
    assert (refused.value.code, refused.value.field) == ("partnership-barred", "head_id")
    check_may_lead(barred, date(2025, 7, 1), field="head_id")
    shorter = suspension(date(2022, 1, 1), date(2022, 7, 1) - timedelta(days=1))
    check_may_lead(lawyer_with(shorter), date(2023, 1, 1), field="head_id")
    check_may_lead(lawyer_with(replace(long, withdrawn=True)), date(2023, 1, 1), field="head_id")
    with pytest.raises(Refused) as refused:
        check_may_lead(barred, date(2022, 3, 1), field="head_id")
    assert refused.value.code == "lawyer-not-practising"
