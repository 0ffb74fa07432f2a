"""From what is known on a day to the lights of everything in the plan."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from contracts.deliverables import scopes
from contracts.entitlements import is_closed_indicator
from contracts.lights import Colour, LightOf
from contracts.plan import Deliverable, Operator, WorkRequirement, plan
from contracts.regions import REGIONS
from contracts.reporting import Nature, reported
from progress_store.queries import COMPUTATIONS, Figures, Kind, exact

from progress_api.lights.domain import WHOLE_PLAN, Input, Light, PlanLights, Reason, Scope, worst
from progress_api.lights.milestones import Work, deliverable_light, of_province
from progress_api.lights.reports import Told, report_light
from progress_api.lights.targets import (
    Asked,
    Beginning,
    Halted,
    Known,
    Table,
    is_rank,
    rank_light,
    target_light,
    without_own_target,
)
from progress_api.readings.domain import Readings

AS_IN_THE_PLAN = Readings(())
"""Nothing has been chosen."""

EVERYWHERE: tuple[str | None, ...] = (None, *REGIONS)
"""The province as a whole, then the 18."""

_NO_START = ("没有起点值，不能按路径评价。", "no first value is known, so there is no path.")


@dataclass(frozen=True, slots=True)
class OwnTarget:
    """Issued to a region (目标分解). document: its number and issuer."""

    indicator_id: str
    region: str
    op: Operator
    bound: float
    strict: bool
    document: str

    @property
    def scope(self) -> Scope:
        target = plan().target_of_indicator(self.indicator_id)
        if target is None:
            return Scope(LightOf.INDICATOR, self.indicator_id, self.region)
        return Scope(LightOf.TARGET, target.id, self.region)


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that lights of a day are made of; figures and beginnings by indicator, told by indicator and region.

    beginnings: the figures of the path's first day, and that day.
    """

    as_of: date
    figures: Mapping[str, Figures]
    beginnings: Mapping[str, tuple[Figures, date]] = field(default_factory=dict)
    halted: Mapping[str, Halted] = field(default_factory=dict)
    table: Table | None = None
    told: Mapping[str, Mapping[str, Told]] = field(default_factory=dict)
    own_targets: Sequence[OwnTarget] = ()
    works: Sequence[Work] = ()
    readings: Readings = AS_IN_THE_PLAN


def all_lights(day: Day) -> PlanLights:
    lights: dict[Scope, Light] = {}
    # Generators: each reads what those before it have lit.
    for lit in (_targets(day), _reports(day), _issued(day, lights), _deliverables(day, lights), _wholes(day, lights)):
        for light in lit:
            lights[light.scope] = light
    return PlanLights(day.as_of, lights, day.readings)


def is_of_period(indicator_id: str) -> bool:
    """A number that begins anew each year, from nothing."""
    about = reported().get(indicator_id)
    if about is None:
        computation = COMPUTATIONS[indicator_id]
        return computation.has_period and computation.kind is Kind.COUNT
    return about.nature is Nature.FLOW and not about.is_share


def _targets(day: Day) -> Iterator[Light]:
    """And of the indicators that they are measured by."""
    own = {each.scope: each for each in day.own_targets}
    for target in plan().targets:
        bound = target.bound(day.readings.policy(target.indicator).range_attained_from)
        due_on = day.readings.due_on
        of_regions = []
        for region in () if is_rank(target) else REGIONS:
            issued = own.get(Scope(LightOf.TARGET, target.id, region))
            if issued is not None:
                of_regions.append(_judged(day, target.indicator, _asked(day, issued)))
            elif target.level == "each-region":
                asked = Asked.of_plan(target, region, bound, due_on)
                of_regions.append(_judged(day, target.indicator, asked))
            else:
                of_regions.append(without_own_target(target, region))
        if target.level == "each-region" and bound is not None:
            province = worst(Scope(LightOf.TARGET, target.id), "T-REGIONS", of_regions)
        else:
            asked = Asked.of_plan(target, None, bound, due_on)
            province = _rank(day, asked) if is_rank(target) else _judged(day, target.indicator, asked)
        for light in (*of_regions, province):
            yield light
            yield _alike(Scope(LightOf.INDICATOR, target.indicator, light.scope.region), "I-TARGET", target.id, light)


def _reports(day: Day) -> Iterator[Light]:
    for indicator_id, about in reported().items():
        told, halted = day.told.get(indicator_id, {}), day.halted.get(indicator_id, Halted())
        for region in (None, *about.required):
            if region is None or region in REGIONS:
                yield report_light(about, region, told, halted, as_of=day.as_of)


def _issued(day: Day, lights: Mapping[Scope, Light]) -> Iterator[Light]:
    """Of what has been asked of a region alone. A number that has not come in time is stale, whatever is asked.

    Of closed indicators there is none: a colour that changed with a case would date it.
    """
    for issued in day.own_targets:
        if issued.scope.of is LightOf.INDICATOR and not is_closed_indicator(issued.indicator_id):
            light = lights.get(issued.scope)
            if light is None or light.colour is not Colour.STALE:
                yield _judged(day, issued.indicator_id, _asked(day, issued))


def _asked(day: Day, issued: OwnTarget) -> Asked:
    indicator = plan().indicator(issued.indicator_id)
    return Asked(
        issued.scope,
        issued.bound,
        day.readings.due_on,
        at_most=issued.op is Operator.AT_MOST,
        strict=issued.strict,
        whole=indicator.unit not in ("%", "days") and float(issued.bound).is_integer(),
        document=issued.document,
    )


def _judged(day: Day, indicator_id: str, asked: Asked) -> Light:
    region, known = asked.scope.region, _known(day, indicator_id, asked.scope.region)
    beginning = None
    if is_of_period(indicator_id):
        beginning = Beginning(0, known.on.replace(month=1, day=1))
        # The whole of it is asked for in each year.
        asked = replace(asked, due_on=min(asked.due_on, known.on.replace(month=12, day=31)))
    elif (begun := day.beginnings.get(indicator_id)) is not None:
        first = begun[0].value if region is None else begun[0].regions[region].value
        beginning = None if first is None else Beginning(first, begun[1])
    halted = day.halted.get(indicator_id, Halted())
    return target_light(asked, known, beginning, halted, as_of=day.as_of, evidence=_evidence(day, indicator_id, region))


def _rank(day: Day, asked: Asked) -> Light:
    known, halted = _known(day, "H2", None), day.halted.get("H2", Halted())
    return rank_light(asked, known, day.table, halted, as_of=day.as_of, evidence=_evidence(day, "H2", None))


def _evidence(day: Day, indicator_id: str, region: str | None) -> str:
    within = "" if region is None else f"&region={region}"
    return f"/v1/indicators/{indicator_id}/evidence?as_of={day.as_of}{within}"


def _known(day: Day, indicator_id: str, region: str | None) -> Known:
    """What is reported is of the day that its period ended; of it every confirmed report is a row, nil reports too."""
    figures, computation = day.figures[indicator_id], COMPUTATIONS[indicator_id]
    why = _NO_START if figures.reason is None else (figures.reason.zh, figures.reason.en)
    if region is None:
        # Of a place in a table the rows are those compared.
        rows = figures.denominator if computation.kind is Kind.RANK else figures.numerator
        return Known(figures.value, rows or 0, day.as_of, why, exact(computation, figures))
    found = figures.regions[region]
    if indicator_id not in reported():
        return Known(found.value, found.numerator, day.as_of, why, exact(computation, found))
    told = day.told.get(indicator_id, {}).get(region)
    on = day.as_of if told is None else told.until_on
    return Known(found.value, figures.rows_by_region.get(region, 0), on, why, exact(computation, found))


def _deliverables(day: Day, lights: Mapping[Scope, Light]) -> Iterator[Light]:
    works = {(work.deliverable_id, work.region): work for work in day.works}
    for deliverable in plan().deliverables():
        found = {
            region: _deliverable(day, deliverable, works.get((deliverable.id, region)), region, lights)
            for region in scopes(deliverable.id)
        }
        of_regions = [light for region, light in found.items() if region is not None]
        yield from of_regions
        own = found.get(None)
        yield own if own is not None and not of_regions else of_province(own, of_regions, deliverable.id)


def _deliverable(
    day: Day, deliverable: Deliverable, work: Work | None, region: str | None, lights: Mapping[Scope, Light]
) -> Light:
    if deliverable.target is not None:
        scope = Scope(LightOf.DELIVERABLE, deliverable.id, region)
        of = lights[Scope(LightOf.TARGET, deliverable.target, region)]
        return _alike(scope, "D-TARGET", deliverable.target, of)
    return deliverable_light(work or Work(deliverable.id, region), as_of=day.as_of)


def _alike(scope: Scope, rule_id: str, target_id: str, light: Light) -> Light:
    return Light(
        scope,
        light.colour,
        Reason.by(rule_id, target=target_id, of=light.reason.zh, of_en=light.reason.en),
        evidenced=light.evidenced,
        percent=light.percent,
        inputs=light.inputs,
        parts=(light.scope,),
        counts={light.colour: 1},
    )


def _wholes(day: Day, lights: Mapping[Scope, Light]) -> Iterator[Light]:
    issued = {each.scope for each in day.own_targets}
    for region in EVERYWHERE:
        measures = {section.id: _measure(section, region, lights, issued) for section in plan().sections()}
        yield from measures.values()
        for group in plan().groups:
            parts = [measures[measure] for measure in group.measures]
            yield worst(Scope(LightOf.GROUP, group.id, region), "A-WORST", parts)
        headline = _own(lights, region, [target.id for target in plan().targets if target.measure is None])
        yield worst(WHOLE_PLAN._replace(region=region), "A-WORST", [*headline, *measures.values()])


def _measure(
    section: WorkRequirement, region: str | None, lights: Mapping[Scope, Light], issued: Collection[Scope]
) -> Light:
    """Of its targets, its deliverables and what has been asked of the region alone.

    How many of its reported numbers are out of date is said and colours nothing.
    """
    targets = _own(lights, region, [target.id for target in plan().targets if target.measure == section.id])
    own_numbers = [Scope(LightOf.INDICATOR, each.id, region) for each in section.indicators]
    deliverables = [Scope(LightOf.DELIVERABLE, each.id, region) for each in section.deliverables if each.target is None]
    scopes_of_parts = [scope for scope in own_numbers if scope in issued] + deliverables
    parts = [*targets, *(lights[scope] for scope in scopes_of_parts if scope in lights)]
    stale = sum(scope in lights and lights[scope].colour is Colour.STALE for scope in own_numbers)
    whole = worst(Scope(LightOf.MEASURE, section.id, region), "A-WORST", parts)
    return replace(whole, inputs=(Input("stale_numbers", stale),))


def _own(lights: Mapping[Scope, Light], region: str | None, target_ids: Sequence[str]) -> list[Light]:
    """Without the targets of the province that have not been issued to the region."""
    found = (lights.get(Scope(LightOf.TARGET, target_id, region)) for target_id in target_ids)
    return [light for light in found if light is not None and light.rule != "T-NO-OWN-TARGET"]
