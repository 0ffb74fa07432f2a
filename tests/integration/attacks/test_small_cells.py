"""Figures of closed indicators, as a reader without the right to them is shown them."""

import pytest
from common.auth import Principal
from progress_api.suppression import province_figures
from progress_store.queries import Figures


@pytest.mark.parametrize(
    ("indicator_id", "cases", "shown"),
    [("M13-I1", 4, False), ("M13-I1", 5, True), ("M13-I2", 9, False), ("M13-I2", 10, True)],
)
def test_a_median_needs_more_cases_than_a_share(indicator_id: str, cases: int, shown: bool):
    reader = Principal(subject="s", region="410000", roles=frozenset({"plan-reader"}))
    found = province_figures(Figures(3.5, cases, cases, None, {}, {"410100": cases}, None), indicator_id, reader)
    assert (found.value, found.numerator, found.denominator) == (3.5 if shown else None, None, None)
