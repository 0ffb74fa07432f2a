"""Inspections as the department and as the regions inspected see them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.regions import region_label
from pydantic import BaseModel

from progress_api.inspections.domain import Finding, FindingState, Inspection, Programme, Step, StepKind
from progress_api.organisations import Organisation
from progress_api.references import ReferenceView


class ProgrammeView(BaseModel):
    year: int
    document_number: str
    issued_on: date

    @classmethod
    def of(cls, programme: Programme) -> "ProgrammeView":
        return cls(year=programme.year, document_number=programme.document_number, issued_on=programme.issued_on)


class OrganView(BaseModel):
    organ: str
    region: str
    zh: str
    en: str

    @classmethod
    def of(cls, organ: Organisation) -> "OrganView":
        return cls(organ=organ.kind.value, region=organ.region, zh=organ.zh, en=organ.en)


class InspectionView(BaseModel):
    """findings_…: how many in all, not accepted yet, and overdue of these. completed_on: from then on W2-I2 counts it.

    cancelled_reason: for the department.
    """

    inspection_id: UUID
    year: int
    region: str
    region_zh: str
    region_en: str
    state: str
    state_zh: str
    state_en: str
    planned_on: date
    team: list[OrganView]
    measures: list[str]
    held_on: date | None
    report_number: str | None
    reported_on: date | None
    completed_on: date | None
    cancelled_reason: str | None
    findings_recorded: int
    findings_open: int
    findings_overdue: int
    version: int

    @classmethod
    def of(cls, inspection: Inspection, now: datetime, *, internal: bool) -> "InspectionView":
        return cls(**_shown(inspection, now, internal=internal))


class StepView(BaseModel):
    """by: the subject of an officer, for the department; of its own answers also for who answered."""

    kind: str
    kind_zh: str
    kind_en: str
    at: datetime
    by: str | None
    due_on: date | None
    due_zh: str | None
    due_en: str | None
    text: str | None
    evidence: list[ReferenceView] | None

    @classmethod
    def of(cls, step: Step, *, internal: bool) -> "StepView":
        return cls(
            kind=step.kind.value,
            kind_zh=step.kind.zh,
            kind_en=step.kind.en,
            at=step.at,
            by=step.by if internal or step.kind is StepKind.ANSWERED else None,
            due_on=step.due_on,
            due_zh=step.due_zh,
            due_en=step.due_en,
            text=step.text,
            evidence=None if step.evidence is None else [ReferenceView.of(each) for each in step.evidence],
        )


class FindingView(BaseModel):
    finding_id: UUID
    measure: str
    severity: str
    severity_zh: str
    severity_en: str
    responsible: OrganView
    text: str
    state: str
    state_zh: str
    state_en: str
    due_on: date
    overdue: bool
    overdue_since: datetime | None
    steps: list[StepView]

    @classmethod
    def of(cls, finding: Finding, steps: list[Step], now: datetime, *, internal: bool) -> "FindingView":
        since = finding.overdue_since(now)
        return cls(
            finding_id=finding.finding_id,
            measure=finding.measure,
            severity=finding.severity.value,
            severity_zh=finding.severity.zh,
            severity_en=finding.severity.en,
            responsible=OrganView.of(finding.responsible),
            text=finding.text,
            state=finding.state.value,
            state_zh=finding.state.zh,
            state_en=finding.state.en,
            due_on=finding.due_on,
            overdue=since is not None,
            overdue_since=since,
            steps=[StepView.of(step, internal=internal) for step in steps],
        )


class OpenedInspection(InspectionView):
    findings: list[FindingView]

    @classmethod
    def with_findings(
        cls, inspection: Inspection, steps: dict[UUID, list[Step]], now: datetime, *, internal: bool
    ) -> "OpenedInspection":
        return cls(
            **_shown(inspection, now, internal=internal),
            findings=[
                FindingView.of(finding, steps.get(finding.finding_id, []), now, internal=internal)
                for finding in inspection.findings
            ],
        )


def _shown(inspection: Inspection, now: datetime, *, internal: bool) -> dict[str, Any]:
    report = inspection.report
    waiting = [finding for finding in inspection.findings if finding.state is not FindingState.ACCEPTED]
    zh, en = region_label(inspection.region)
    return {
        "inspection_id": inspection.inspection_id,
        "year": inspection.year,
        "region": inspection.region,
        "region_zh": zh,
        "region_en": en,
        "state": inspection.state.value,
        "state_zh": inspection.state.zh,
        "state_en": inspection.state.en,
        "planned_on": inspection.planned_on,
        "team": [OrganView.of(each) for each in inspection.team],
        "measures": list(inspection.measures),
        "held_on": inspection.held_on,
        "report_number": report and report.number,
        "reported_on": report and report.issued_on,
        "completed_on": inspection.completed_on,
        "cancelled_reason": inspection.cancelled_reason if internal else None,
        "findings_recorded": len(inspection.findings),
        "findings_open": len(waiting),
        "findings_overdue": sum(finding.overdue_since(now) is not None for finding in waiting),
        "version": inspection.version,
    }
