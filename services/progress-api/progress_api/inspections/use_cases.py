"""Commands on inspections: each change checked, stored and told."""

from datetime import date
from typing import Any, Protocol
from uuid import UUID, uuid4

from common.database import Tx
from common.events import Event
from contracts.inspections import FindingSeverity
from contracts.plan_events import FindingRecorded, InspectionPlanned, RectificationAccepted
from contracts.report_events import InspectionCompleted

from progress_api.inspections import domain
from progress_api.inspections.domain import Act, Finding, Inspection, Programme, Report, State, Step
from progress_api.organisations import Organisation
from progress_api.references import Reference, ReferenceKind
from progress_api.refusals import Fault, Refused


class Inspections(Protocol):
    """Where they are stored."""

    async def add_programme(self, programme: Programme, act: Act) -> bool:
        """False where the year has one."""

    async def programme(self, year: int) -> Programme | None: ...

    async def add(self, inspection: Inspection, act: Act) -> None: ...

    async def save(self, inspection: Inspection) -> None: ...

    async def add_finding(self, inspection: Inspection, finding: Finding, act: Act) -> None: ...

    async def save_finding(self, finding: Finding) -> None: ...

    async def add_step(self, finding_id: UUID, step: Step) -> None: ...

    async def owes_report(self, report_id: UUID, organisation: Organisation) -> bool: ...


async def issue_programme(inspections: Inspections, programme: Programme, act: Act) -> Programme:
    if programme.issued_on > act.today:
        raise Refused("day-in-future", "日期不得晚于今天", "it must not be later than today", field="issued_on")
    if not await inspections.add_programme(programme, act):
        raise Refused("programme-known", "该年度已有督查计划", "the year has one already", field="year", conflict=True)
    return programme


async def plan_inspection(
    inspections: Inspections, tx: Tx, *, region: str, planned_on: date, team: tuple[Organisation, ...],
    measures: tuple[str, ...], act: Act,
) -> Inspection:  # fmt: skip
    """On the programme of the year in which it is to take place."""
    if await inspections.programme(planned_on.year) is None:
        raise Refused("no-programme", "该年度尚无督查计划", "that year has no programme", field="planned_on")
    inspection = Inspection(uuid4(), planned_on.year, region, planned_on, team, measures)
    await inspections.add(inspection, act)
    told = InspectionPlanned(**_common(inspection), year=inspection.year, planned_on=planned_on, measures=measures)
    tx.outbox.add(told)
    return inspection


async def hold(inspections: Inspections, inspection: Inspection, on: date, act: Act) -> Inspection:
    after = domain.hold(inspection, on, act)
    await inspections.save(after)
    return after


async def cancel(inspections: Inspections, inspection: Inspection, reason: str) -> Inspection:
    after = domain.cancel(inspection, reason)
    await inspections.save(after)
    return after


async def record_finding(
    inspections: Inspections, tx: Tx, inspection: Inspection, *, responsible: Organisation, measure: str,
    severity: FindingSeverity, text: str, act: Act,
) -> Inspection:  # fmt: skip
    due = severity.rectification_due(act.today)
    finding = Finding(uuid4(), responsible, measure, severity, text, act.at, due.due_on)
    after, step = domain.record(inspection, finding, due, act)
    await inspections.save(after)
    await inspections.add_finding(after, finding, act)
    await inspections.add_step(finding.finding_id, step)
    tx.outbox.add(
        FindingRecorded(
            **_common(after),
            finding_id=finding.finding_id,
            measure=measure,
            severity=severity,
            recorded_on=act.today,
            due_on=due.due_on,
        )
    )
    return after


async def issue_report(
    inspections: Inspections, tx: Tx, inspection: Inspection, report: Report, act: Act
) -> Inspection:
    after = domain.issue_report(inspection, report, act)
    await inspections.save(after)
    _tell_completion(tx, after)
    return after


async def answer(
    inspections: Inspections, inspection: Inspection, finding_id: UUID, *, text: str,
    evidence: tuple[Reference, ...], act: Act,
) -> Inspection:  # fmt: skip
    responsible = inspection.finding(finding_id).responsible
    faults = [
        Fault(f"evidence.{n}.reference", "没有本单位的这份报送", "is no report of this organisation")
        for n, each in enumerate(evidence)
        if each.kind is ReferenceKind.REPORT and not await inspections.owes_report(UUID(each.reference), responsible)
    ]
    if faults:
        raise Refused("report-unknown", faults[0].zh, faults[0].en, faults=faults)
    after, step = domain.answer(inspection, finding_id, text=text, evidence=evidence, act=act)
    return await _save(inspections, after, finding_id, step)


async def send_back(
    inspections: Inspections, inspection: Inspection, finding_id: UUID, reason: str, act: Act
) -> Inspection:
    after, step = domain.send_back(inspection, finding_id, reason, act)
    return await _save(inspections, after, finding_id, step)


async def accept(inspections: Inspections, tx: Tx, inspection: Inspection, finding_id: UUID, act: Act) -> Inspection:
    after, step = domain.accept(inspection, finding_id, act)
    await _save(inspections, after, finding_id, step)
    # Of the two that the last acceptance tells, this is the first.
    told: Event = RectificationAccepted(
        **(_common(after) | {"version": inspection.events + 1}), finding_id=finding_id, accepted_on=act.today
    )
    tx.outbox.add(told)
    _tell_completion(tx, after)
    return after


async def _save(inspections: Inspections, after: Inspection, finding_id: UUID, step: Step) -> Inspection:
    await inspections.save(after)
    await inspections.save_finding(after.finding(finding_id))
    await inspections.add_step(finding_id, step)
    return after


def _tell_completion(tx: Tx, inspection: Inspection) -> None:
    if inspection.state is State.COMPLETED and inspection.completed_on is not None:
        tx.outbox.add(InspectionCompleted(**_common(inspection), completed_on=inspection.completed_on))


def _common(inspection: Inspection) -> dict[str, Any]:
    return {
        "version": inspection.events,
        "region": inspection.region,
        "inspection_id": inspection.inspection_id,
    }
