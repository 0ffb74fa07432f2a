"""The scale of sanctions: every default lies within the law, and graver is more."""

import pytest
from contracts.benchmarks import (
    BenchmarkItem,
    beyond_the_law,
    default_items,
    deviations,
    severity,
    similarity,
    smallest_sample,
    tiers,
)
from contracts.conduct import conduct, conduct_codes
from contracts.discipline_events import Penalty


def item_of(*penalties, **ranges):
    return BenchmarkItem(tier="light", conditions_zh="x", penalties=penalties, **ranges)


def test_every_conduct_has_its_tiers_in_order_and_within_the_law():
    assert set(default_items()) == set(conduct_codes())
    order = list(tiers())
    for code, items in default_items().items():
        places = [order.index(item.tier) for item in items]
        assert places == sorted(set(places)), code
        assert [found.zh for item in items for found in beyond_the_law(conduct(code), item)] == [], code


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (BenchmarkItem(tier="light", conditions_zh="x", penalties=(Penalty.REVOCATION,)), "penalties"),
        (
            BenchmarkItem(tier="light", conditions_zh="x", penalties=(Penalty.WARNING,), fine_yuan=(0, 10_001)),
            "fine_yuan",
        ),
        (BenchmarkItem(tier="light", conditions_zh="x", penalties=(Penalty.SUSPENSION,), months=(3, 7)), "months"),
        (BenchmarkItem(tier="light", conditions_zh="x", penalties=(Penalty.SUSPENSION,), months=(6, 3)), "months"),
    ],
)
def test_a_table_that_goes_beyond_the_article_is_told_where(item, field):
    assert [found.field for found in beyond_the_law(conduct("L48.4"), item)] == [field]


def test_what_lies_outside_its_tier_is_named_field_by_field():
    light, ordinary, serious = default_items()["L48.4"]
    assert deviations(light, [Penalty.WARNING], None, None) == []
    assert deviations(light, [Penalty.WARNING, Penalty.FINE], 5_000, None) == []
    assert [d.field for d in deviations(light, [Penalty.WARNING, Penalty.FINE], 5_001, None)] == ["fine_yuan"]
    assert [d.field for d in deviations(ordinary, [Penalty.WARNING], None, None)] == ["fine_yuan"]
    assert [d.field for d in deviations(serious, [Penalty.WARNING], None, None)] == ["penalties"]
    assert [d.field for d in deviations(serious, [Penalty.SUSPENSION], None, 2)] == ["suspension_months"]


def test_graver_is_more():
    ladder = [
        severity("L48.4", [Penalty.WARNING], None, None),
        severity("L48.4", [Penalty.WARNING, Penalty.FINE], 5_000, None),
        severity("L48.4", [Penalty.WARNING, Penalty.FINE], 10_000, None),
        severity("L48.4", [Penalty.SUSPENSION], None, 3),
        severity("L48.4", [Penalty.SUSPENSION, Penalty.FINE], 10_000, 6),
        severity("L49.4", [Penalty.SUSPENSION], None, 12),
        severity("L49.4", [Penalty.REVOCATION], None, None),
    ]
    assert ladder == sorted(set(ladder))
    assert (ladder[0], ladder[-1]) == (10, 100)
    industry = [Penalty.ADMONITION, Penalty.INDUSTRY_WARNING, Penalty.CIRCULATED_CRITICISM, Penalty.PUBLIC_CENSURE]
    steps = [severity("L48.4", [kind], None, None) for kind in industry]
    steps += [severity("L48.4", [Penalty.MEMBERSHIP_SUSPENSION], None, months) for months in (1, 12)]
    assert steps == sorted(set(steps))


def test_the_sample_and_the_traits_are_data():
    assert smallest_sample() == 10
    assert set(similarity()) == {"conduct", "article", "tier", "subject", "mitigation", "escalation", "region"}
