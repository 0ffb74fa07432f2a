"""Which regions' numbers the public may know: no small one, and none that gives a small one away."""

from dataclasses import replace

import pytest
from contracts.entitlements import SMALLEST_DENOMINATOR, is_closed_indicator
from contracts.plan import Source, plan
from contracts.regions import REGIONS
from hypothesis import given
from hypothesis import strategies as st
from progress_api.bulletins.release import released_regions, untold_regions
from progress_api.bulletins.store import last_month_end
from progress_api.bulletins.words import UNITS, asked
from progress_api.editions.open_data import harmless
from progress_store.queries import Figures, Policy, RegionFigures

LAWYERS = plan().indicator("H1")
SHARE = plan().indicator("M01-I1")
FIRMS = plan().indicator("M05-I1")


def figures(sizes: list[int], *, share: bool = False) -> Figures:
    regions = {
        code: RegionFigures(
            value=50.0 if share else size,
            numerator=size // 2 if share else size,
            denominator=size if share else None,
            at_threshold=None,
        )
        for code, size in zip(REGIONS, sizes, strict=True)
    }
    return Figures(sum(sizes), sum(sizes), None, None, regions, dict(zip(REGIONS, sizes, strict=True)), None)


SIZES = st.lists(st.integers(0, 12), min_size=len(REGIONS), max_size=len(REGIONS))


@given(sizes=SIZES, share=st.booleans())
def test_no_small_number_can_be_subtracted_out(sizes: list[int], share: bool) -> None:
    found = figures(sizes, share=share)
    untold = untold_regions(SHARE if share else LAWYERS, found)
    by_code = dict(zip(REGIONS, sizes, strict=True))
    small = {code for code, size in by_code.items() if 0 < size < SMALLEST_DENOMINATOR}
    if untold is None:
        assert small
        assert all(size < SMALLEST_DENOMINATOR for size in sizes)
    else:
        assert small <= untold
        # What is left after subtraction is the sum of several regions, one of them large.
        assert not untold or (len(untold) > 1 and sum(by_code[code] for code in untold) > SMALLEST_DENOMINATOR)
        assert bool(untold) == bool(small)


def test_firms_are_public_by_name_and_told_however_few() -> None:
    lines, why = released_regions(FIRMS, figures([1] * len(REGIONS)), Policy.default(FIRMS.id), ())
    assert why is None
    assert [line.value for line in lines] == [1] * len(REGIONS)


@pytest.mark.parametrize("indicator", [i for i in plan().indicators() if is_closed_indicator(i.id)], ids=lambda i: i.id)
def test_closed_indicators_are_never_told_by_region(indicator) -> None:
    lines, why = released_regions(
        indicator, figures([1000] * len(REGIONS)), Policy.default(indicator.id), [indicator.id]
    )
    assert (lines, why is not None) == ((), True)


def test_follow_up_of_regions_is_never_told_by_region() -> None:
    for indicator in plan().indicators():
        if indicator.source is Source.PROGRESS_EVENT:
            assert (
                released_regions(indicator, figures([1000] * len(REGIONS)), Policy.default(indicator.id), ())[0] == ()
            )


def test_a_region_without_value_says_so() -> None:
    found = figures([100] * len(REGIONS), share=True)
    code = next(iter(REGIONS))
    none = RegionFigures(value=None, numerator=0, denominator=0, at_threshold=None)
    lines, _ = released_regions(
        SHARE, replace(found, regions={**found.regions, code: none}), Policy.default(SHARE.id), [SHARE.id]
    )
    told = {line.code: (line.value, line.reason and line.reason.code) for line in lines}
    assert (told[code], told["410200"]) == ((None, "no-value"), (50.0, None))


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2026-10-31", "2026-10-31"), ("2026-10-30", "2026-09-30"), ("2024-02-29", "2024-02-29")]
)
def test_closed_indicators_stand_at_the_end_of_the_last_month_that_is_over(as_of: str, expected: str) -> None:
    day = type(plan().meta.issued_on).fromisoformat
    assert last_month_end(day(as_of)) == day(expected)


def test_every_unit_and_every_target_has_words() -> None:
    assert {indicator.unit for indicator in plan().indicators()} <= UNITS.keys()
    told = {target.id: asked(target)[0] for target in plan().targets}
    assert (told["T1"], told["T2"], told["T3"], told["T5"], told["T11"]) == (
        "45000名以上", "前6位", "超过40家", "3—5家", "各地一批",
    )  # fmt: skip


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_open_data_begins_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("郑州市") == "郑州市"


def test_lawyers_without_the_suspended_are_not_told_by_region() -> None:
    found = figures([1000] * len(REGIONS))
    without = Policy.default(LAWYERS.id).overridden({"count_suspended": "not-suspended"})
    assert len(released_regions(LAWYERS, found, Policy.default(LAWYERS.id), ())[0]) == len(REGIONS)
    lines, why = released_regions(LAWYERS, found, without, ())
    assert (lines, why and why.code) == ((), "tells-suspended")
