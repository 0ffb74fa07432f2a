"""What the final report says of a target, at the numbers where it turns."""

from dataclasses import replace

import pytest
from contracts.lights import Colour, LightOf
from contracts.plan import plan
from contracts.regions import REGIONS
from progress_api.closing.verdicts import Outcome, verdict_on
from progress_api.lights.domain import Light, Reason, Scope
from progress_store.queries import Figures, Policy
from progress_store.queries import Reason as NoValue
from progress_store.queries.computation import RegionFigures

NOTHING = NoValue("no-value", "暂无数值。", "There is no value.")


def figures(value: int | None, region: int | None = 0) -> Figures:
    each = RegionFigures(region, region or 0, None, None)
    return Figures(value, value, None, None, dict.fromkeys(REGIONS, each), {}, None if value is not None else NOTHING)


def outcome(target_id: str, found: Figures, light: Light | None = None) -> Outcome:
    target = plan().target(target_id)
    verdict = verdict_on(target, found, Policy.default(target.indicator), light, "/v1")
    assert (verdict.reason is not None) == (verdict.outcome is Outcome.NOT_DECIDABLE)
    assert verdict.gap is None or verdict.outcome is not Outcome.NOT_DECIDABLE
    return verdict.outcome


@pytest.mark.parametrize("target_id", [t.id for t in plan().targets if t.level == "province" and t.bound() is not None])
def test_attained_from_the_bound_on(target_id: str) -> None:
    bound = plan().target(target_id).bound()
    assert bound is not None
    step = -1 if plan().target(target_id).op == "<=" else 1
    assert outcome(target_id, figures(bound)) is Outcome.ATTAINED
    assert outcome(target_id, figures(bound + step)) is Outcome.ATTAINED
    assert outcome(target_id, figures(bound - step)) is Outcome.NOT_ATTAINED


def test_without_a_value_nothing_is_decided() -> None:
    for target in plan().targets:
        assert outcome(target.id, figures(None)) is Outcome.NOT_DECIDABLE


def test_where_the_text_gives_no_number_the_count_is_told() -> None:
    for target_id in ("T6", "T11"):
        target = plan().target(target_id)
        found = verdict_on(target, figures(9), Policy.default(target.indicator), None, "/v1")
        assert found.reason is not None
        assert (found.outcome, found.reason.code) == (Outcome.NOT_DECIDABLE, "text-gives-no-number")
        assert "9" in found.reason.zh


def test_what_its_light_does_not_judge_is_not_judged() -> None:
    target = plan().target("T1")
    grey = Light(Scope(LightOf.TARGET, "T1"), Colour.GREY, Reason("T-NO-ROWS", "本期无佐证。", "No evidence."))
    assert outcome("T1", figures(target.bound())) is Outcome.ATTAINED
    assert outcome("T1", figures(target.bound()), grey) is Outcome.NOT_DECIDABLE


def test_of_each_region_all_decide() -> None:
    [target] = [each for each in plan().targets if each.level == "each-region" and each.bound() is not None][:1]
    bound = target.bound()
    assert bound is not None
    assert outcome(target.id, figures(18 * bound, bound)) is Outcome.ATTAINED
    assert outcome(target.id, figures(18 * bound, bound - 1)) is Outcome.NOT_ATTAINED
    known = figures(17 * bound, bound)
    lacking = replace(known, regions=known.regions | {"410100": RegionFigures(None, 0, None, None)})
    assert outcome(target.id, lacking) is Outcome.NOT_DECIDABLE
