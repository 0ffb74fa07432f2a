"""What stands in a comparison of regions, cell by cell."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from common.auth import Principal
from contracts.comparison import comparison_rules, day_before
from contracts.plan import plan
from contracts.regions import REGIONS
from progress_api.comparison.domain import Known, cells, chosen
from progress_api.refusals import Refused
from progress_store.queries import Figures, Policy, RegionFigures

DAY = date(2026, 6, 15)


def who(*roles: str) -> Principal:
    return Principal(subject="s", roles=frozenset(roles), organisation_kind="department", region="410000")


def known(indicator_id: str, value: Any, denominator: int | None = None, *, suspended: str = "licence-held") -> Known:
    """The same in every region, on both days."""
    each = RegionFigures(value, 0 if value is None else int(value), denominator, None)
    found = Figures(value, None, denominator, None, dict.fromkeys(REGIONS, each), {}, None)
    policy = Policy.default(indicator_id).overridden({"count_suspended": suspended})
    return Known(plan().indicator(indicator_id), DAY, DAY, found, found, policy, policy)


def test_a_number_without_the_suspended_is_for_who_may_read_of_standing() -> None:
    lawyers = known("H1", 40, suspended="not-suspended")
    for roles, shown, code in (
        (("plan-reader",), None, "tells-suspended"),
        (("plan-reader", "registry-officer"), 40, None),
    ):
        for cell in cells(lawyers, lawyers, who(*roles)):
            assert (cell.value, cell.reason and cell.reason.code) == (shown, code)
    # Nor does a number per lawyer tell it.
    counted = known("M04-I1", 10)
    assert {cell.per_lawyers for cell in cells(counted, lawyers, who("plan-reader"))} == {None}
    assert {cell.per_lawyers for cell in cells(counted, lawyers, who("registry-officer"))} == {25.0}


@pytest.mark.parametrize("roles", [("plan-reader",), ("plan-officer", "discipline-officer", "rights-officer")])
@pytest.mark.parametrize("indicator_id", ["M12-I1", "M13-I2", "M14-I3", "M15-I2", "M23-I3"])
def test_closed_indicators_are_compared_for_nobody(indicator_id: str, roles: tuple[str, ...]) -> None:
    found = cells(known(indicator_id, 50, 100), known("H1", 40), who(*roles))
    assert {(cell.value, cell.numerator, cell.change) for cell in found} == {(None, None, None)}
    assert {cell.reason.code for cell in found if cell.reason} == {"closed-indicator"}


@pytest.mark.parametrize(("denominator", "shown"), [(0, True), (1, False), (4, False), (5, True)])
def test_shares_of_small_samples_are_not_shown(denominator: int, shown: bool) -> None:
    found = cells(known("M01-I1", 50.0, denominator), known("H1", 40), who("plan-reader"))
    assert {cell.value is not None for cell in found} == {shown}


def test_a_change_from_a_small_sample_is_not_told() -> None:
    now, small = known("M01-I1", 50.0, 100), known("M01-I1", 25.0, 4)
    found = cells(replace(now, before=small.now), known("H1", 40), who("plan-reader"))
    assert {(cell.value, cell.change) for cell in found} == {(50.0, None)}


@pytest.mark.parametrize(("lawyers", "per"), [(4, None), (5, 200.0), (0, None)])
def test_nothing_is_divided_by_a_handful_of_lawyers(lawyers: int, per: float | None) -> None:
    found = cells(known("M04-I1", 10), known("H1", lawyers), who("plan-reader"))
    assert {cell.per_lawyers for cell in found} == {per}


def test_each_number_is_compared_with_one_of_its_kind() -> None:
    def before(indicator_id: str, *, has_period: bool = False) -> date:
        return day_before(plan().indicator(indicator_id), DAY, has_period=has_period)

    assert before("H1") == date(2026, 5, 15)
    # What adds up within a year begins anew with it.
    assert before("W2-I2", has_period=True) == date(2025, 6, 15)
    assert before("M03-I3") == date(2025, 6, 15)
    assert before("M02-I3") == date(2025, 6, 15)


def test_what_is_chosen_is_named_fault_by_fault() -> None:
    with pytest.raises(Refused) as refused:
        chosen(["H1", "W2-I1", "M99-I1", "W3-I2"], None)
    assert [fault.field for fault in refused.value.faults] == ["indicators.1", "indicators.2", "indicators.3"]
    many = [each.id for each in plan().indicators() if each.region_breakdown and not each.id.startswith("W")]
    with pytest.raises(Refused, match="at most"):
        chosen(many[1 : comparison_rules().most_indicators + 2], None)
    assert [each.id for each in chosen(["H1", "H1"], "W2")] == ["H1", "W2-I2"]
