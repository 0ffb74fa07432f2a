"""Draws up the plan's last day from one snapshot of the store: what was known by then, or what is known of it now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import asyncpg
from common.database import Database
from contracts.deliverables import DeliverableState
from contracts.lights import LightOf
from contracts.plan import Indicator, WorkRequirement, plan
from progress_store.queries import COMPUTATIONS, Figures, Policy, beneath

from progress_api.bulletins.domain import Content, IndicatorLine, StateCount, Told
from progress_api.bulletins.store import content_on, evidence_path
from progress_api.closing.record import (
    DeliverableEnd,
    DeliverableThen,
    EvidenceThen,
    FeedThen,
    FinalReport,
    GivenLight,
    IndicatorValue,
    LightThen,
    MilestoneThen,
    ReadingThen,
    Record,
    RegionTargetThen,
    RegionValue,
    SectionEnd,
    Unknown,
)
from progress_api.closing.verdicts import Verdict, verdict_on
from progress_api.decompositions.store import region_targets_on
from progress_api.deliverables.domain import DeliverableOn, Evidence
from progress_api.deliverables.store import deliverables_on
from progress_api.figures import figures_on
from progress_api.lights.by_hand import ByHand, Declaration, Override
from progress_api.lights.domain import Light
from progress_api.lights.store import lights_on
from progress_api.lights.store_by_hand import by_hand_on
from progress_api.lights.views import link
from progress_api.readings.store import official

_RANK = "H2"
# Published after the plan's last day, and so in no number of that day: the newest of the plan's last year that tells of
# Henan, as long as no later year's has come out.
_LATE_TABLE = """
SELECT max(t.published_on) FROM national_tables t
WHERE t.year = $1 AND t.published_on > $2 AND t.published_on <= $3
    AND EXISTS (SELECT FROM national_figures f
        WHERE f.table_id = t.table_id AND f.version = t.version AND f.province = '410000')
    AND NOT EXISTS (SELECT FROM national_tables l WHERE l.year > t.year AND l.published_on <= t.published_on)
"""


@dataclass(frozen=True, slots=True)
class LastDay:
    record: Record
    report: FinalReport


async def last_day(database: Database, as_of: date, *, known_on: date | None = None) -> LastDay:
    """known_on: today, where what was published since belongs to it; None: the day's own values alone."""
    async with database.snapshot() as connection:
        return await last_day_on(connection, as_of, known_on=known_on)


async def last_day_on(connection: asyncpg.Connection, as_of: date, *, known_on: date | None) -> LastDay:
    """As `last_day`; the connection stands in a transaction that sees one snapshot (repeatable read)."""
    found = dict(await figures_on(connection, as_of))
    lights = await lights_on(connection, as_of, known=found)
    late = None if known_on is None else await connection.fetchval(_LATE_TABLE, as_of.year, as_of, known_on)
    if late is not None:
        found |= await figures_on(connection, late, [_RANK])
    days = {_RANK: late} if late is not None else {}
    readings, feeds = await official(connection, as_of), await beneath(connection)
    policies = {indicator.id: readings.policy(indicator.id) for indicator in plan().indicators()}
    verdicts = tuple(
        verdict_on(
            target,
            found[target.indicator],
            policies[target.indicator],
            None if target.indicator in days else lights.of(LightOf.TARGET, target.id),
            evidence_path(target.indicator, days.get(target.indicator, as_of)),
        )
        for target in plan().targets
    )
    works, by_hand = await deliverables_on(connection, as_of), await by_hand_on(connection, as_of)
    record = Record(
        plan_id=plan().meta.id,
        as_of=as_of,
        indicators=tuple(
            _indicator(each, found[each.id], policies[each.id], days.get(each.id, as_of))
            for each in plan().indicators()
        ),
        targets=verdicts,
        region_targets=tuple(
            RegionTargetThen(
                indicator=each.indicator_id,
                region=each.region,
                op=each.line.op.value,
                value=each.line.value,
                document_number=each.head.number,
            )
            for each in await region_targets_on(connection, as_of)
        ),
        deliverables=tuple(_deliverable(each) for each in works),
        lights=tuple(_light(light, by_hand, as_of) for light in lights.within()),
        overrides=tuple(_overridden(each) for each in by_hand.overridden.values()),
        declared=tuple(_declared(each) for each in by_hand.declared.values()),
        readings=tuple(
            ReadingThen(
                parameter=each.parameter,
                target=each.target,
                value=each.value,
                from_on=each.from_on,
                document_number=each.document_number,
            )
            for each in readings.choices
        ),
        feeds=tuple(
            FeedThen(topic=topic, position=feed.position, complete=feed.complete)
            for topic, feed in sorted(feeds.items())
        ),
    )
    content, _ = await content_on(connection, as_of, f"{as_of:%Y-%m}", ())
    if late is not None:
        content = _with_rank(content, found[_RANK], late)
    return LastDay(record, _report(content, verdicts, works))


def _indicator(indicator: Indicator, found: Figures, policy: Policy, day: date) -> IndicatorValue:
    return IndicatorValue(
        id=indicator.id,
        value=found.value,
        numerator=found.numerator,
        denominator=found.denominator,
        reason=Told.of(found.reason),
        missing=found.missing,
        policy=asdict(policy),
        tells_standing=COMPUTATIONS[indicator.id].names_lawyers and policy.without_suspended,
        regions=tuple(
            RegionValue(
                code=code,
                value=each.value,
                numerator=each.numerator,
                denominator=each.denominator,
                reason=_why(found, code) if each.value is None else None,
            )
            for code, each in found.regions.items()
            if indicator.region_breakdown
        ),
        evidence=evidence_path(indicator.id, day),
    )


_NOT_REPORTED = Told(code="not-reported", zh="尚未报送或者未经确认。", en="Not reported, or not confirmed.")
_NO_VALUE = Told(code="no-value", zh="暂无数值。", en="There is no value.")


def _why(found: Figures, region: str) -> Told:
    return _NOT_REPORTED if region in found.missing else Told.of(found.reason) or _NO_VALUE


def _light(light: Light, by_hand: ByHand, as_of: date) -> LightThen:
    scope = light.scope
    return LightThen(
        of=scope.of.value,
        id=scope.id,
        region=scope.region,
        colour=light.colour.value,
        rule=light.rule,
        shown=by_hand.shown(light).value,
        evidence=link(scope, as_of),
    )


def _overridden(override: Override) -> GivenLight:
    scope, approval = override.scope, override.approval
    return GivenLight(
        of=scope.of.value,
        id=scope.id,
        region=scope.region,
        colour=override.colour.value,
        reason=override.reason,
        from_on=(approval or override.request).today,
        expires_on=override.expires_on,
        document_number=override.document_number,
    )


def _declared(declaration: Declaration) -> GivenLight:
    scope = declaration.scope
    return GivenLight(
        of=scope.of.value,
        id=scope.id,
        region=scope.region,
        colour=declaration.colour.value,
        reason=declaration.reason,
        from_on=declaration.from_on,
    )


def _deliverable(found: DeliverableOn) -> DeliverableThen:
    return DeliverableThen(
        id=found.deliverable_id,
        region=found.scope,
        state=found.state and found.state.state.value,
        since=found.state and found.state.on,
        target=found.target,
        owner=found.owner and found.owner.organ_name,
        milestones=tuple(
            MilestoneThen(
                milestone_id=str(each.milestone_id),
                title=each.version.title,
                due_on=each.due_on,
                met_on=each.met_on,
                cancelled=each.cancelled,
            )
            for each in found.milestones
        ),
        evidence=tuple(
            EvidenceThen(
                evidence_id=str(each.evidence_id),
                kind=each.kind.value,
                dated_on=each.dated_on,
                completes=None if each.completes is None else str(each.completes),
                reference=_reference(each),
            )
            for each in found.evidence
        ),
    )


def _reference(evidence: Evidence) -> str:
    named = (
        evidence.document_number, evidence.url, evidence.event_id, evidence.indicator_id, evidence.file_digest
    )  # fmt: skip
    return next(str(each) for each in named if each is not None)


def _with_rank(content: Content, found: Figures, published_on: date) -> Content:
    """The national rank is nobody's secret: the table that it comes from has been published."""
    told = {
        "value": found.value,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "reason": None,
        "evidence": evidence_path(_RANK, published_on),
    }
    lines = tuple(line.model_copy(update=told) if line.id == _RANK else line for line in content.indicators)
    return content.model_copy(update={"indicators": lines})


_DONE = (DeliverableState.VERIFIED.value, DeliverableState.DELIVERED.value)


def _report(content: Content, verdicts: Sequence[Verdict], works: Iterable[DeliverableOn]) -> FinalReport:
    evidence: Counter[str] = Counter()
    for work in works:
        evidence[work.deliverable_id] += len(work.evidence)
    return FinalReport(
        content=content,
        targets=tuple(verdicts),
        sections=tuple(_section(section, content, evidence) for section in plan().sections()),
    )


def _section(section: WorkRequirement, content: Content, evidence: Mapping[str, int]) -> SectionEnd:
    [told] = [line for line in content.sections if line.id == section.id]
    indicators = [line for line in content.indicators if line.section == section.id]
    lines = [line for line in content.deliverables if line.section == section.id]
    own = {item.id for item in section.indicators}
    # Those whose target's number speaks have no state: they are among the targets.
    states = [state for line in lines for state in line.states if plan().deliverable(line.id).target is None]
    return SectionEnd(
        id=section.id,
        group=told.group,
        title_zh=section.title_zh,
        title_en=section.title_en,
        light=told.light,
        targets=tuple(target.id for target in plan().targets if target.indicator in own),
        verified=_counted(states, _DONE[:1]),
        delivered=_counted(states, _DONE[1:]),
        open=sum(state.count for state in states) - _counted(states, _DONE),
        deliverables=tuple(
            DeliverableEnd(
                id=line.id,
                title_zh=line.title_zh,
                title_en=line.title_en,
                states=line.states,
                evidence=evidence[line.id],
                where=f"/v1/deliverables/{line.id}?as_of={content.as_of.isoformat()}",
            )
            for line in lines
        ),
        indicators=tuple(line.id for line in indicators),
        unknown=tuple(_unknown(indicators)),
    )


def _counted(states: Iterable[StateCount], wanted: Sequence[str]) -> int:
    return sum(state.count for state in states if state.state in wanted)


def _unknown(indicators: Iterable[IndicatorLine]) -> Iterable[Unknown]:
    for line in indicators:
        reason = line.reason
        if reason is None and line.missing:
            zh, en = f"缺{line.missing}个地区的数值。", f"The numbers of {line.missing} regions are lacking."
            reason = Told(code="regions-missing", zh=zh, en=en)
        if reason is not None:
            yield Unknown(id=line.id, title_zh=line.title_zh, title_en=line.title_en, reason=reason)
