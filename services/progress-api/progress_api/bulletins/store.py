"""Draws the content of a day up, from one snapshot of the store: the only place here that asks a database."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg
from common.database import Database
from contracts.deliverables import DeliverableState
from contracts.entitlements import is_closed_indicator
from contracts.forecasts import ForecastMethod, forecast_rules
from contracts.legal_day import end_of_last_month
from contracts.lights import LightOf
from contracts.plan import UNITS, Bilingual, Indicator, Operator, Target, plan
from progress_store.queries import COMPUTATIONS, Figures, Policy, beneath

from progress_api.bulletins.domain import (
    Content,
    DeliverableLine,
    Feed,
    ForecastLine,
    GroupLine,
    IndicatorLine,
    LightByHand,
    LightLine,
    SectionLine,
    StateCount,
    TargetLine,
    Told,
    Trend,
    TrendPoint,
)
from progress_api.bulletins.release import OPEN_FEEDS, THE_PUBLIC, released_regions
from progress_api.bulletins.words import asked
from progress_api.deliverables.domain import DeliverableOn
from progress_api.deliverables.store import deliverables_on
from progress_api.figures import figures_on
from progress_api.forecasts.domain import Forecast, months_between, outlook
from progress_api.forecasts.store import newest_forecasts
from progress_api.forecasts.use_cases import Kept, end_of_its_month
from progress_api.lights.by_hand import ByHand
from progress_api.lights.domain import PlanLights
from progress_api.lights.store import lights_on
from progress_api.lights.store_by_hand import by_hand_on
from progress_api.readings.domain import Readings
from progress_api.readings.store import official
from progress_api.suppression import province_figures
from progress_api.views import attainment

_UNSAID = ("未登记", "not recorded")
_MONTHS = 6
"""How many ends of past months a trend shows."""

_NOTES = (
    Bilingual(
        zh="涉及个案的指标只公布最近一个月末的全省数值，数量过小的不予公布。",
        en="Of indicators that tell of cases only the province's value at the end of the last month is published, and "
        "none of too few cases.",
    ),
    Bilingual(
        zh="“—”表示没有数值，原因见各项；没有数值不等于零。",
        en="“—” means that there is no value, for the reason given; it does not mean zero.",
    ),
)


async def draw_up(
    database: Database, as_of: date, period: str, released: Collection[str]
) -> tuple[Content, dict[str, int]]:
    """The content, and how far each feed had been applied: those of closed feeds are not in the content.

    Of a past day it is made of what has been recorded by now, as far as it was true then.
    """
    async with database.snapshot() as connection:
        return await content_on(connection, as_of, period, released)


async def content_on(
    connection: asyncpg.Connection, as_of: date, period: str, released: Collection[str]
) -> tuple[Content, dict[str, int]]:
    """As draw_up; the connection stands in a transaction that sees one snapshot (repeatable read)."""
    the_plan = plan()
    days = {i.id: last_month_end(as_of) if is_closed_indicator(i.id) else as_of for i in the_plan.indicators()}
    found: dict[str, Figures] = {}
    for day in sorted(set(days.values())):
        found |= await figures_on(connection, day, [id_ for id_, on in days.items() if on == day])
    readings = await official(connection, as_of)
    of_the_day = {indicator_id: found[indicator_id] for indicator_id, on in days.items() if on == as_of}
    lights = Lights(await lights_on(connection, as_of, known=of_the_day), await by_hand_on(connection, as_of))
    under = await beneath(connection)
    content = Content(
        plan_id=the_plan.meta.id,
        plan_zh=the_plan.meta.title_zh,
        plan_en=the_plan.meta.title_en,
        issuer_zh=the_plan.meta.issuer_zh,
        issuer_en=the_plan.meta.issuer_en,
        period=period,
        as_of=as_of,
        plan_light=_light(lights, LightOf.PLAN, the_plan.meta.id),
        targets=tuple(_target(target, found[target.indicator], readings, lights) for target in the_plan.targets),
        groups=tuple(
            GroupLine(
                id=group.id,
                title_zh=group.title_zh,
                title_en=group.title_en,
                light=_light(lights, LightOf.GROUP, group.id),
            )
            for group in the_plan.groups
        ),
        sections=tuple(
            SectionLine(
                id=section.id,
                group=getattr(section, "group", None),
                title_zh=section.title_zh,
                title_en=section.title_en,
                light=_light(lights, LightOf.MEASURE, section.id),
            )
            for section in the_plan.sections()
        ),
        deliverables=_deliverables(await deliverables_on(connection, as_of)),
        indicators=tuple(
            _indicator(i, found[i.id], readings.policy(i.id), days[i.id], released) for i in the_plan.indicators()
        ),
        trends=await _trends(connection, as_of, found),
        feeds=tuple(
            Feed(topic=topic, position=feed.position if topic in OPEN_FEEDS else None, complete=feed.complete)
            for topic, feed in sorted(under.items())
        ),
        notes=_NOTES,
        forecasts=await _forecasts(connection, as_of, readings),
    )
    return content, {topic: feed.position for topic, feed in sorted(under.items())}


def last_month_end(as_of: date) -> date:
    """The last day of the newest month that is over once `as_of` is."""
    return end_of_last_month(as_of + timedelta(days=1))


def evidence_path(indicator_id: str, as_of: date) -> str:
    return f"/v1/indicators/{indicator_id}/evidence?as_of={as_of.isoformat()}"


def _indicator(
    indicator: Indicator, found: Figures, policy: Policy, as_of: date, released: Collection[str]
) -> IndicatorLine:
    shown = province_figures(found, indicator.id, THE_PUBLIC)
    regions, why = released_regions(indicator, found, policy, released)
    section = plan().measure_of_indicator(indicator.id)
    return IndicatorLine(
        id=indicator.id,
        section=None if section is None else section.id,
        title_zh=indicator.title_zh,
        title_en=indicator.title_en,
        unit=indicator.unit,
        unit_zh=UNITS[indicator.unit],
        source=indicator.source.value,
        reading={name: getattr(policy, name) for name in COMPUTATIONS[indicator.id].parameters},
        as_of=as_of,
        value=shown.value,
        numerator=shown.numerator,
        denominator=shown.denominator,
        reason=Told.of(shown.reason),
        missing=len(found.missing),
        regions=regions,
        regions_reason=why,
        evidence=evidence_path(indicator.id, as_of),
    )


@dataclass(frozen=True, slots=True)
class Lights:
    """As computed, and as set by hand."""

    computed: PlanLights
    by_hand: ByHand


def _light(lights: Lights, kind: LightOf, item_id: str) -> LightLine | None:
    """The province's: those of regions tell what regions reported."""
    light = lights.computed.of(kind, item_id)
    if light is None:
        return None
    by_hand = None
    if lights.by_hand.applies(light):
        override = lights.by_hand.overridden[light.scope]
        by_hand = LightByHand(
            colour=override.colour.value,
            zh=override.colour.zh,
            en=override.colour.en,
            document_number=override.document_number,
            expires_on=override.expires_on,
        )
    return LightLine(
        colour=light.colour.value,
        zh=light.colour.zh,
        en=light.colour.en,
        reason_zh=light.reason.zh,
        reason_en=light.reason.en,
        by_hand=by_hand,
    )


def _deliverables(standing: Sequence[DeliverableOn]) -> tuple[DeliverableLine, ...]:
    """Which region is how far is the department's to say: here the regions are only counted."""
    by_id: dict[str, list[DeliverableState | None]] = {}
    for each in standing:
        by_id.setdefault(each.deliverable_id, []).append(None if each.state is None else each.state.state)
    return tuple(
        DeliverableLine(
            id=item.id,
            section=section.id,
            title_zh=item.title_zh,
            title_en=item.title_en,
            states=_states(by_id[item.id], target=item.target),
        )
        for section in plan().sections()
        for item in section.deliverables
    )


def _states(found: Sequence[DeliverableState | None], *, target: str | None) -> tuple[StateCount, ...]:
    if target is not None:
        told = f"看目标{target}", f"by target {target}"
        return (StateCount(state=None, zh=told[0], en=told[1], count=len(found)),)
    counts = Counter(found)
    return tuple(
        StateCount(
            state=None if state is None else state.value,
            zh=_UNSAID[0] if state is None else state.zh,
            en=_UNSAID[1] if state is None else state.en,
            count=counts[state],
        )
        for state in (*reversed(list(DeliverableState)), None)
        if counts[state]
    )


def _target(target: Target, found: Figures, readings: Readings, lights: Lights) -> TargetLine:
    range_from = readings.policy(target.indicator).range_attained_from
    attained, gap = attainment(target, found.value, range_from, found)
    asked_zh, asked_en = asked(target)
    return TargetLine(
        id=target.id,
        indicator=target.indicator,
        title_zh=target.title_zh,
        title_en=target.title_en,
        asked_zh=asked_zh,
        asked_en=asked_en,
        unit_zh=UNITS[target.unit],
        due=target.due,
        level=target.level,
        bound=target.bound(range_from),
        downwards=target.op is Operator.AT_MOST,
        value=found.value,
        attained=attained,
        gap=gap,
        reason=Told.of(found.reason),
        light=_light(lights, LightOf.TARGET, target.id),
        evidence=evidence_path(target.indicator, lights.computed.as_of),
    )


async def _trends(connection: asyncpg.Connection, as_of: date, today: Mapping[str, Figures]) -> tuple[Trend, ...]:
    """Targets stand on open indicators alone."""
    days = [end_of_last_month(as_of)]
    while len(days) < _MONTHS:
        days.append(end_of_last_month(days[-1]))
    wanted = [target for target in plan().targets if target.level == "province"]
    past = [(day, await figures_on(connection, day, [target.indicator for target in wanted])) for day in reversed(days)]
    return tuple(
        Trend(
            target=target.id,
            points=tuple(
                TrendPoint(on=day, value=found[target.indicator].value) for day, found in [*past, (as_of, today)]
            ),
        )
        for target in wanted
    )


async def _forecasts(connection: asyncpg.Connection, as_of: date, readings: Readings) -> tuple[ForecastLine, ...]:
    """As kept, so that the day can be made again; once targets are due nothing is left to forecast."""
    if as_of >= readings.due_on:
        return ()
    kept = {each.target: each for each in await newest_forecasts(connection, end_of_its_month(readings.due_on), as_of)}
    return tuple(
        _forecast(target, kept[target.id], bound, as_of)
        for target in plan().targets
        if target.id in kept
        and (bound := target.bound(readings.policy(target.indicator).range_attained_from)) is not None
    )


def _forecast(target: Target, kept: Kept, bound: int, as_of: date) -> ForecastLine:
    method = ForecastMethod(kept.method)
    forecast = Forecast(method, months_between(kept.from_on, kept.for_on), kept.value, kept.low, kept.high)
    becomes = outlook(forecast, bound, at_most=target.op is Operator.AT_MOST)
    return ForecastLine(
        target=target.id,
        title_zh=target.title_zh,
        title_en=target.title_en,
        from_on=kept.from_on,
        for_on=kept.for_on,
        value=kept.value,
        low=kept.low,
        high=kept.high,
        level_percent=forecast_rules().level_percent,
        method_zh=method.zh,
        method_en=method.en,
        outlook=becomes.value,
        outlook_zh=becomes.zh,
        outlook_en=becomes.en,
        evidence=f"/v1/forecasts/{target.id}?as_of={as_of.isoformat()}",
    )
