"""What the yearly statistics leave out cannot be computed: attacked from the published JSON alone."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rights_api.statistics.domain import CHAINS, LABELS, Concluded, Part, Told, cases_changed, counts_of, figures
from rights_api.suppression import Edition, tabulate, untold

from tests.support.differencing import Published, possible

SMALLEST = WIDTH = 5
"""Said here once more: the tests must not follow the code."""

SMALL = [["a", "b", "c"], ["k", "l", "m", "n"], ["x", "y", "z"]]
NAMES = ["first", "second", "third"]

paths = st.tuples(*(st.sampled_from(codes) for codes in SMALL))
few_or_many = st.dictionaries(paths, st.one_of(st.integers(1, 4), st.integers(5, 40)), max_size=36)


def publish(dimensions: Sequence[Sequence[str]], counts: dict[Any, int], hidden: frozenset[Any]) -> dict[str, Any]:
    """As an edition tells it: nothing else goes to the attacker."""

    def told(*cell: Any) -> int | None:
        return None if cell in hidden else counts[cell]

    names = NAMES[: len(dimensions)]
    return {
        "cases": told(),
        "by": {name: [{"code": a, "cases": told(i, a)} for a in dimensions[i]] for i, name in enumerate(names)},
        "tables": [
            {
                "rows": rows,
                "columns": columns,
                "cells": [
                    {"row": a, "column": b, "cases": told(i, a, b)} for a in dimensions[i] for b in dimensions[i + 1]
                ],
            }
            for i, (rows, columns) in enumerate(pairwise(names))
        ],
    }


def assert_safe(published: Published) -> None:
    assert all(value is None or value >= SMALLEST for value in published.values.values())
    for cell, (low, high) in published.bounds().items():
        assert high - low >= WIDTH, f"{cell} lies between {low} and {high}"
    assert not published.determined()


@settings(max_examples=150, deadline=None)
@given(few_or_many)
def test_rr24_no_small_count_is_told_and_none_follows_from_what_is(cases):
    counts = tabulate(SMALL, cases)
    assert_safe(Published.read(publish(SMALL, counts, untold(SMALL, counts))))


@pytest.mark.parametrize("seed", range(25))
def test_rr24_every_count_left_out_could_be_five_apart_in_sets_of_cases_that_show_the_same(seed):
    """The whole attack: goes through all sets of cases, so there is nothing left that a reader could compute."""
    rnd = random.Random(seed)
    dimensions = [["a", "b"], ["k", "l"], ["x", "y"]] if seed % 2 else [["a", "b", "c"], ["k", "l"]]
    cases = Counter(
        tuple(rnd.choices(codes, [4, 1, 1][: len(codes)])[0] for codes in dimensions) for _ in range(seed % 12)
    )
    counts = tabulate(dimensions, cases)
    published = Published.read(publish(dimensions, counts, untold(dimensions, counts)))
    named = list(zip(NAMES, dimensions, strict=False))
    seen: dict[Any, set[int]] = {cell: set() for cell in published.untold}
    for other in possible(named, published, 8):
        for cell, values in seen.items():
            values.add(other[cell])
    for cell, values in seen.items():
        assert max(values) - min(values) >= WIDTH, f"{cell} is one of {sorted(values)}"


@settings(max_examples=80, deadline=None)
@given(few_or_many, st.lists(st.tuples(paths, st.integers(-3, 6)), max_size=8))
def test_rr24_a_correction_beside_the_first_edition_tells_no_small_change(cases, changes):
    after = Counter(cases)
    for path, change in changes:
        after[path] = max(0, after[path] + change)
    first, second = tabulate(SMALL, cases), tabulate(SMALL, after)
    hidden = untold(SMALL, first)
    corrected = untold(SMALL, second, [Edition(first, hidden)])
    old, new = Published.read(publish(SMALL, first, hidden)), Published.read(publish(SMALL, second, corrected))
    assert_safe(new)
    assert set(old.untold) <= set(new.untold), "what reappears tells what it was to whoever knows it is unchanged"
    difference = Published(
        {
            cell: None if None in (old.values[cell], new.values[cell]) else new.values[cell] - old.values[cell]
            for cell in new.values
        },
        new.sums,
    )
    assert all(value is None or not 0 < abs(value) < SMALLEST for value in difference.values.values())
    true = Published.read(publish(SMALL, second, frozenset())).values
    before = Published.read(publish(SMALL, first, frozenset())).values
    unchanged = frozenset(cell for cell in old.untold if true[cell] == before[cell])
    for cell in difference.determined(also=unchanged):
        assert not 0 < abs(true[cell] - before[cell]) < SMALLEST, f"{cell} has changed by a number that follows"


def test_the_attacker_succeeds_where_nothing_but_small_counts_is_left_out():
    cases = {("a", "k", "x"): 30, ("b", "k", "x"): 20, ("b", "l", "y"): 3, ("c", "m", "z"): 8, ("c", "n", "z"): 9}
    counts = tabulate(SMALL, cases)
    small = frozenset(cell for cell, count in counts.items() if count < SMALLEST)
    published = Published.read(publish(SMALL, counts, small))
    assert published.bounds()["second", "l"] == (3, 3)
    assert ("second", "l") in published.determined()


def test_one_city_with_one_kind_of_organ_hides_another_with_it():
    """All of Zhengzhou's cases are against the police but two: neither the two nor the rest may be subtracted."""
    cases = [case(city="410100") for _ in range(20)] + [case(city="410100", respondent="COURT") for _ in range(2)]
    cases += [case(city="410300") for _ in range(15)] + [case(city="410300", respondent="COURT") for _ in range(9)]
    cases += [case(city=city) for city in ("410200", "410400", "410500") for _ in range(3)]
    parts, _ = figures(cases)
    told = Published.read(parts[0]).values
    assert told[()] == 55
    assert told["city", "410100"] == 22
    assert told["respondent", "POLICE", "city", "410100"] is None
    assert told["respondent", "COURT", "city", "410100"] is None
    assert_safe(Published.read(parts[0]))


def test_nothing_is_told_of_a_year_with_four_cases():
    parts, _ = figures([case() for _ in range(4)])
    assert all(value is None for part in parts for value in Published.read(part).values.values())


@pytest.mark.parametrize("number", [7, 40, 900])
def test_rr24_years_of_real_size_withstand_the_attack(number):
    rnd = random.Random(number)
    cases = [made_up(rnd) for _ in range(number)]
    parts, hidden = figures(cases)
    for part in parts:
        assert_safe(Published.read(part))
    # A correction: some entered late, one entered wrongly.
    later = cases[1:] + [made_up(rnd) for _ in range(9)]
    again, _ = figures(later, [Told(counts_of(cases), hidden)])
    for part in again:
        assert_safe(Published.read(part))


def test_rr24_cases_against_justice_organs_are_counted_apart_and_cannot_be_had_by_subtraction():
    """The department may list every other case, so of any sum with these in it they would be what is left."""
    cases = [case() for _ in range(30)] + [case(respondent="JUSTICE") for _ in range(6)]
    others, justice = figures(cases)[0]
    without = figures(cases[:30])[0][0]
    assert others == without, "no figure of the others moves with them"
    assert justice["cases"] == 6, "and they are counted"
    assert figures(cases[:33])[0][1]["cases"] is None
    assert "JUSTICE" not in {cell["code"] for cell in others["by"]["respondent"]}


def test_a_median_is_told_of_ten_cases_and_of_a_count_that_is_told():
    parts, _ = figures(
        [case(days=day) for day in range(1, 11)]
        + [case(city="410300", days=2) for _ in range(9)]
        + [case(city=city, days=2) for city in ("410200", "410400") for _ in range(3)]
    )
    cities = {cell["code"]: cell for cell in parts[0]["by"]["city"]}
    assert (cities["410100"]["cases"], cities["410100"]["median_days"]) == (10, 6)
    assert (cities["410300"]["cases"], cities["410300"]["median_days"]) == (9, None)
    assert parts[0]["median_days"] == 2


def test_changed_cases_are_counted_once_however_they_changed():
    cases = [case() for _ in range(8)]
    assert cases_changed(counts_of(cases), counts_of(cases)) == 0
    assert cases_changed(counts_of(cases), counts_of([case(right="FILE"), *cases[1:]])) == 1
    assert cases_changed(counts_of(cases), counts_of(cases[3:])) == 3
    assert cases_changed(counts_of(cases), counts_of([case(respondent="JUSTICE"), *cases[1:]])) == 1


def test_a_code_that_no_dimension_lists_is_an_error_not_a_lost_case():
    with pytest.raises(ValueError, match="does not list"):
        figures([case(city="110000")])


def case(*, right="MEET", respondent="POLICE", city="410100", outcome="corrected", days=5) -> Concluded:
    return Concluded(right, respondent, city, outcome, days)


def made_up(rnd: random.Random) -> Concluded:
    """Skewed, as cases are."""
    right, respondent, city, outcome = (
        rnd.choices(list(LABELS[d]), [1 / (k + 1) for k in range(len(LABELS[d]))])[0] for d in CHAINS[Part.OTHERS]
    )
    return Concluded(right, rnd.choices([respondent, "JUSTICE"], [9, 1])[0], city, outcome, rnd.randrange(60))
