"""Whose each of the 120 deliverables is: the province's unless the text says 各地, 各级, 省市 or names regions."""

from datetime import date

import pytest
from contracts.deliverables import countable_deliverables, evidence_months, fresh_until, scopes
from contracts.plan import Deliverable, plan
from contracts.regions import REGIONS

EACH = {f"W1-D{n}" for n in range(1, 6)} | {f"W3-D{n}" for n in range(1, 4)}
BOTH = {"M04-D2", "M08-D1", "M20-D4"}
NAMED = {
    **dict.fromkeys(("M07-D1", "M07-D3", "M07-D4"), ("410100",)),
    "M11-D1": ("410600", "411100", "419001"),
    "M20-D3": ("410100", "410300"),
}


@pytest.mark.parametrize("deliverable", plan().deliverables(), ids=lambda item: item.id)
def test_every_deliverable_belongs_to_somebody(deliverable: Deliverable) -> None:
    found = scopes(deliverable.id)
    if deliverable.id in EACH:
        assert found == tuple(REGIONS)
    elif deliverable.id in BOTH:
        assert found == (None, *REGIONS)
    elif deliverable.id in NAMED:
        assert found == NAMED[deliverable.id]
    elif deliverable.id == "M11-D2":
        assert set(found) == REGIONS.keys() - {"410600", "411100", "419001"}
    else:
        assert found == (None,)


def test_there_are_120_and_those_asked_of_each_locality_are_each_regions() -> None:
    assert len(plan().deliverables()) == 120
    for target in plan().targets:
        for item in plan().deliverables():
            if item.target == target.id:
                assert (scopes(item.id) == tuple(REGIONS)) == (target.level == "each-region")


def test_only_what_is_due_once_does_not_age() -> None:
    for item in plan().deliverables():
        assert (evidence_months(item) is None) == (item.recurrence == "once")
    continuous = plan().deliverable("M01-D2")
    assert fresh_until(continuous, date(2025, 8, 31)) == date(2026, 2, 27)
    assert fresh_until(plan().deliverable("M02-D4"), date(2025, 1, 1)) == date(2025, 12, 31)
    assert fresh_until(plan().deliverable("M01-D1"), date(2025, 1, 1)) is None


def test_countables_point_to_deliverables() -> None:
    for countable in plan().countables:
        named = countable_deliverables(countable.id)
        assert named
        assert all(plan().deliverable(item) for item in named)
    assert len(countable_deliverables("C1")) == 10
    assert sum(len(scopes(item)) for item in countable_deliverables("C3")) == 3
