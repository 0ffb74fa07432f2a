"""Lights of deliverables at every edge of milestones and evidence, and what is made of several lights."""

from datetime import date, timedelta

import pytest
from contracts.deliverables import fresh_until
from contracts.lights import Colour, LightOf
from contracts.plan import plan
from progress_api.lights.domain import Light, NotGreen, Reason, Scope, worst
from progress_api.lights.milestones import Milestone, Work, deliverable_light, of_province

TODAY = date(2026, 3, 10)
ONCE, RECURRING, CONTINUOUS = "M14-D1", "M22-D1", "M20-D5"
LATER = (Milestone(date(2026, 9, 1)),)


def test_the_examples_are_what_they_are_named() -> None:
    found = [plan().deliverable(each).recurrence for each in (ONCE, RECURRING, CONTINUOUS)]
    assert found == ["once", "recurring", "continuous"]


def light(deliverable_id: str = ONCE, **known: object) -> Light:
    return deliverable_light(Work(deliverable_id, None, **known), as_of=TODAY)  # by name


@pytest.mark.parametrize("deliverable_id", [ONCE, RECURRING, CONTINUOUS])
def test_without_milestone_it_is_grey_whatever_the_evidence(deliverable_id: str) -> None:
    found = light(deliverable_id, newest=TODAY, delivered=True)
    assert (found.colour, found.rule) == (Colour.GREY, "D-NO-MILESTONE")
    assert "未设节点" in found.reason.zh


@pytest.mark.parametrize(
    ("days", "colour"),
    [(-1, Colour.GREEN), (0, Colour.GREEN), (1, Colour.YELLOW), (30, Colour.YELLOW), (31, Colour.RED)],
)
def test_milestones_due_today_yesterday_and_a_month_ago(days: int, colour: Colour) -> None:
    found = light(milestones=(Milestone(TODAY - timedelta(days=days)),), newest=TODAY)
    assert found.colour is colour
    if days > 0:
        assert f"{days}天" in found.reason.zh


def test_a_milestone_is_judged_by_the_evidence_that_completes_it() -> None:
    done = Milestone(date(2025, 1, 1), done_on=date(2025, 6, 1))
    assert light(milestones=(done, *LATER), newest=TODAY).rule == "D-ON-TIME"


@pytest.mark.parametrize("deliverable_id", [RECURRING, CONTINUOUS])
def test_evidence_exactly_one_period_old_no_longer_counts(deliverable_id: str) -> None:
    newest = date(2025, 9, 10) if deliverable_id == CONTINUOUS else date(2025, 3, 10)
    last = fresh_until(plan().deliverable(deliverable_id), newest)
    assert last == TODAY - timedelta(days=1)
    old, fresh = (
        light(deliverable_id, milestones=LATER, newest=newest),
        light(deliverable_id, milestones=LATER, newest=newest + timedelta(days=1)),
    )
    assert (old.colour, old.rule) == (Colour.GREY, "D-NO-EVIDENCE")
    assert "本期无佐证" in old.reason.zh
    assert (fresh.colour, fresh.rule) == (Colour.GREEN, "D-ON-TIME")


def test_what_is_due_once_needs_evidence_of_the_last_year_until_it_is_delivered() -> None:
    done = (Milestone(date(2024, 6, 1), done_on=date(2024, 6, 1)),)
    assert light(milestones=done, newest=date(2024, 6, 1)).rule == "D-NO-EVIDENCE"
    assert light(milestones=done, newest=date(2024, 6, 1), delivered=True).rule == "D-DELIVERED"
    assert light(milestones=LATER, newest=date(2025, 3, 10)).rule == "D-NO-EVIDENCE"
    assert light(milestones=LATER, newest=date(2025, 3, 11)).rule == "D-ON-TIME"


def test_delivered_by_word_alone_is_grey() -> None:
    assert light(milestones=(Milestone(TODAY, done_on=TODAY),), delivered=True).rule == "D-NO-EVIDENCE"


def part(colour: Colour) -> Light:
    rules = {
        Colour.GREEN: "A-WORST",
        Colour.YELLOW: "A-WORST",
        Colour.RED: "A-WORST",
        Colour.STALE: "A-WORST",
        Colour.GREY: "A-NOTHING",
    }
    words = {"counts": "", "counts_en": ""}
    reason = Reason.by(rules[colour], **words)
    return Light(Scope(LightOf.MEASURE, "M01"), colour, reason, evidenced=colour is Colour.GREEN)


@pytest.mark.parametrize(
    ("parts", "colour"),
    [
        ((Colour.GREEN, Colour.RED, Colour.STALE), Colour.RED),
        ((Colour.GREEN, Colour.YELLOW, Colour.STALE), Colour.YELLOW),
        ((Colour.GREEN, Colour.STALE, Colour.GREY), Colour.STALE),
        ((Colour.GREEN, Colour.GREY, Colour.GREY), Colour.GREEN),
        ((Colour.GREY, Colour.GREY), Colour.GREY),
        ((), Colour.GREY),
    ],
)
def test_the_whole_is_as_bad_as_its_worst_part_and_says_how_many_are_grey(
    parts: tuple[Colour, ...], colour: Colour
) -> None:
    found = worst(Scope(LightOf.GROUP, "G1"), "A-WORST", [part(each) for each in parts])
    assert found.colour is colour
    assert sum(found.counts.values()) == len(parts)
    if grey := parts.count(Colour.GREY):
        assert f"灰灯{grey}" in found.reason.zh


def test_missing_evidence_of_a_part_keeps_a_measure_from_green() -> None:
    green = light(milestones=LATER, newest=TODAY)
    unknown = light(CONTINUOUS, milestones=LATER)
    found = worst(Scope(LightOf.MEASURE, "M20"), "A-WORST", [green, unknown])
    assert (found.colour, found.rule) == (Colour.GREY, "A-NO-EVIDENCE")


def test_what_regions_owe_each_is_shown_with_the_provinces_own_part() -> None:
    region = deliverable_light(Work("M20-D4", "410100", (Milestone(date(2025, 1, 1)),)), as_of=TODAY)
    own = deliverable_light(Work("M20-D4", None, LATER, newest=TODAY), as_of=TODAY)
    found = of_province(own, [region], "M20-D4")
    assert (found.colour, found.counts) == (Colour.RED, {Colour.GREEN: 1, Colour.RED: 1})
    assert found.parts == (region.scope,)


def test_a_light_that_tells_what_nobody_knows_cannot_be_made() -> None:
    scope = Scope(LightOf.DELIVERABLE, ONCE)
    with pytest.raises(NotGreen, match="without evidence"):
        Light(scope, Colour.GREEN, Reason.by("D-DELIVERED", newest_on=TODAY))
    with pytest.raises(NotGreen, match="percentage"):
        Light(scope, Colour.GREY, Reason.by("D-NO-MILESTONE"), percent=50)
    with pytest.raises(NotGreen, match="gives no"):
        Light(scope, Colour.RED, Reason.by("D-NO-MILESTONE"))
