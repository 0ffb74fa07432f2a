"""Whatever is known of a day: no green without evidence of its period, no percentage where nothing is judged."""

from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from contracts.deliverables import fresh_until, scopes
from contracts.lights import Colour, LightOf, light_rules
from contracts.plan import Operator, plan
from contracts.regions import REGIONS
from contracts.reporting import reported
from contracts.working_days import months_after
from hypothesis import given, settings
from hypothesis import strategies as st
from progress_api.lights.by_hand import Act, ByHand, Override, check_override
from progress_api.lights.domain import Light, PlanLights
from progress_api.lights.milestones import Milestone, Work
from progress_api.lights.reports import Told
from progress_api.lights.targets import Halted, Table
from progress_api.lights.use_cases import Day, OwnTarget, all_lights
from progress_api.refusals import Refused
from progress_store.queries import Figures, Reason, RegionFigures

AS_OF = date(2026, 5, 17)
DAYS = st.dates(date(2023, 6, 1), date(2027, 6, 30))
MEASURED = sorted({target.indicator for target in plan().targets})
OWN = [*MEASURED[1:], "M20-I1", "M09-I1", "M12-I1"]
WORKS = [(item.id, scope) for item in plan().deliverables() for scope in scopes(item.id)]


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    codes = list(REGIONS)
    values = draw(st.lists(st.none() | st.integers(0, 60), min_size=18, max_size=18))
    rows = draw(st.lists(st.integers(0, 3), min_size=18, max_size=18))
    regions = {
        code: RegionFigures(value, min(value or 0, row), None, None)
        for code, value, row in zip(codes, values, rows, strict=True)
    }
    value = draw(st.none() | st.integers(0, 50_000))
    counted = draw(st.sampled_from([0, value or 0]))
    reason = None if value is not None else Reason("nothing", "没有。", "None.")
    return Figures(value, counted, draw(st.none() | st.integers(0, 31)), None, regions, {}, reason)


@st.composite
def works(draw: st.DrawFn) -> list[Work]:
    found = []
    for deliverable_id, region in draw(st.lists(st.sampled_from(WORKS), unique=True, max_size=40)):
        milestones = draw(st.lists(st.builds(Milestone, DAYS, st.none() | DAYS), max_size=3))
        newest = draw(st.none() | st.dates(date(2023, 6, 1), AS_OF))
        found.append(Work(deliverable_id, region, tuple(milestones), newest, draw(st.booleans())))
    return found


@st.composite
def days(draw: st.DrawFn) -> Day:
    known = {indicator_id: draw(figures()) for indicator_id in dict.fromkeys([*MEASURED, *OWN])}
    begun = draw(st.lists(st.sampled_from(MEASURED), unique=True))
    own = draw(st.lists(st.tuples(st.sampled_from(OWN), st.sampled_from(list(REGIONS))), unique=True, max_size=12))
    told_of = draw(st.lists(st.sampled_from(sorted(reported())), unique=True, max_size=12))
    return Day(
        as_of=AS_OF,
        figures=known,
        beginnings={each: (draw(figures()), date(2024, 1, 1)) for each in begun},
        halted={each: Halted(draw(st.integers(0, 1))) for each in MEASURED},
        table=draw(st.none() | st.builds(Table, st.integers(2023, 2026), st.integers(1, 31))),
        told={
            each: {code: Told(draw(DAYS), draw(st.integers(0, 9))) for code in list(REGIONS)[:9]} for each in told_of
        },
        own_targets=[
            OwnTarget(each, region, draw(st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST])), bound, False, "文")
            for (each, region), bound in zip(own, draw(st.lists(st.integers(0, 50), min_size=12)), strict=False)
        ],
        works=draw(works()),
    )


def evidence_stands(light: Light, day: Day, found: PlanLights) -> bool:
    """Told from the facts themselves, not from the rule that coloured the light."""
    of, item_id, region = light.scope
    if light.parts:
        return any(
            evidence_stands(found.lights[part], day, found)
            for part in light.parts
            if found.lights[part].colour is Colour.GREEN
        ) or (of is LightOf.DELIVERABLE and _work_stands(day, item_id, None))
    if of is LightOf.DELIVERABLE:
        return _work_stands(day, item_id, region)
    indicator_id = plan().target(item_id).indicator if of is LightOf.TARGET else item_id
    known = day.figures[indicator_id]
    if region is None:
        return known.value is not None and (known.denominator if indicator_id == "H2" else known.numerator or 0) != 0
    return known.regions[region].value is not None and known.regions[region].numerator > 0


def _work_stands(day: Day, deliverable_id: str, region: str | None) -> bool:
    deliverable = plan().deliverable(deliverable_id)
    work = next((each for each in day.works if (each.deliverable_id, each.region) == (deliverable_id, region)), None)
    if work is None or work.newest is None or not work.milestones:
        return False
    months = light_rules().thresholds.under_way.months
    until = fresh_until(deliverable, work.newest) or months_after(work.newest, months) - timedelta(days=1)
    return until >= AS_OF or (deliverable.recurrence == "once" and work.delivered)


@settings(max_examples=20, deadline=None)
@given(days())
def test_what_nobody_knows_is_never_green_and_grey_has_no_percentage(day: Day) -> None:
    found = all_lights(day)
    for light in found.lights.values():
        if light.colour is Colour.GREEN:
            assert evidence_stands(light, day, found), light
        if not light.colour.judges:
            assert light.percent is None
            assert "%" not in light.reason.zh
        if light.scope.of not in (LightOf.TARGET, LightOf.INDICATOR) and light.rule != "D-TARGET":
            assert light.percent is None, "only numbers have one"
    for target_id, region in product(("T6", "T11"), (None, *REGIONS)):
        some = found.of(LightOf.TARGET, target_id, region)
        assert some is not None
        issued = any(own.scope == some.scope for own in day.own_targets)
        assert issued or (some.colour is Colour.GREY and some.percent is None)


@settings(max_examples=20, deadline=None)
@given(days(), st.sampled_from(sorted({Colour.GREEN, Colour.YELLOW, Colour.RED, Colour.GREY})))
def test_no_hand_turns_on_a_green_light_without_evidence(day: Day, colour: Colour) -> None:
    found = all_lights(day)
    act = Act("dept-1", None, AS_OF)  # the instant plays no part
    for light in found.lights.values():
        override = Override(UUID(int=1), 2, light.scope, colour, "因", None, AS_OF, act, act)
        by_hand = ByHand({}, {light.scope: override})
        shown = by_hand.shown(light)
        may_be_green = light.evidenced and light.colour.judges
        assert shown is not Colour.GREEN or may_be_green
        if colour is Colour.GREEN and not may_be_green:
            assert shown is light.colour
            with pytest.raises(Refused, match="not-judged" if light.evidenced else "no-evidence"):
                check_override(light, colour, AS_OF, AS_OF)
        else:
            assert shown is colour
