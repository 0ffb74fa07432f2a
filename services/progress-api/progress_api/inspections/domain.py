"""An inspection: planned, held, reported, and completed once every finding has been put right.

The team is named by its organs, never by persons. Whether a rectification is overdue is read from its due day.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from contracts.inspections import FindingSeverity, rectification_again_due
from contracts.labels import LabelledEnum
from contracts.legal_day import end_of
from contracts.working_days import Deadline

from progress_api.organisations import Organisation
from progress_api.references import Reference
from progress_api.refusals import NotFound, Refused


class State(LabelledEnum):
    PLANNED = "planned", "已安排", "planned"
    HELD = "held", "已督查", "held"
    RECTIFYING = "rectifying", "整改中", "findings are being put right"
    COMPLETED = "completed", "已完成", "completed"
    CANCELLED = "cancelled", "已取消", "cancelled"


class FindingState(LabelledEnum):
    OPEN = "open", "待整改", "to be put right"
    ANSWERED = "answered", "已报整改", "rectification reported"
    ACCEPTED = "accepted", "已销号", "accepted"


class StepKind(LabelledEnum):
    RECORDED = "recorded", "登记问题", "recorded"
    ANSWERED = "answered", "报送整改", "rectification reported"
    ACCEPTED = "accepted", "销号", "accepted"
    RETURNED = "returned", "退回", "sent back"


@dataclass(frozen=True, slots=True)
class Programme:
    """督查计划: a year's inspections, issued with a document."""

    year: int
    document_number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Finding:
    finding_id: UUID
    responsible: Organisation
    measure: str
    severity: FindingSeverity
    text: str
    recorded_at: datetime
    due_on: date
    state: FindingState = FindingState.OPEN

    def overdue_since(self, now: datetime) -> datetime | None:
        ended = end_of(self.due_on)
        return ended if self.state is FindingState.OPEN and now >= ended else None


@dataclass(frozen=True, slots=True)
class Report:
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Inspection:
    """region: one of the 18, or 410000 for what the province supervises directly. events: how many were told."""

    inspection_id: UUID
    year: int
    region: str
    planned_on: date
    team: tuple[Organisation, ...]
    measures: tuple[str, ...]
    state: State = State.PLANNED
    version: int = 1
    events: int = 1
    held_on: date | None = None
    report: Report | None = None
    completed_on: date | None = None
    cancelled_reason: str | None = None
    findings: tuple[Finding, ...] = ()

    def finding(self, finding_id: UUID) -> Finding:
        for each in self.findings:
            if each.finding_id == finding_id:
                return each
        raise NotFound("该次督查没有这一问题。", "The inspection has no such finding.")


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law."""

    by: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Step:
    kind: StepKind
    by: str
    at: datetime
    due_on: date | None = None
    due_zh: str | None = None
    due_en: str | None = None
    text: str | None = None
    evidence: tuple[Reference, ...] | None = None


def hold(inspection: Inspection, on: date, act: Act) -> Inspection:
    _demand(inspection, State.PLANNED)
    if on > act.today:
        raise Refused("day-in-future", "日期不得晚于今天", "it must not be later than today", field="held_on")
    return _moved(inspection, state=State.HELD, held_on=on)


def cancel(inspection: Inspection, reason: str) -> Inspection:
    _demand(inspection, State.PLANNED)
    return _moved(inspection, state=State.CANCELLED, cancelled_reason=reason)


def record(inspection: Inspection, finding: Finding, due: Deadline, act: Act) -> tuple[Inspection, Step]:
    _demand(inspection, State.HELD)
    if finding.measure not in inspection.measures:
        raise Refused("measure-not-inspected", "不在本次督查范围内", "is not in the scope of it", field="measure")
    step = _dated(Step(StepKind.RECORDED, act.by, act.at), due)
    return _moved(inspection, events=1, findings=(*inspection.findings, finding)), step


def issue_report(inspection: Inspection, report: Report, act: Act) -> Inspection:
    """Completed with it where nothing was found, or everything has been put right already."""
    _demand(inspection, State.HELD)
    if report.issued_on > act.today or (inspection.held_on is not None and report.issued_on < inspection.held_on):
        raise Refused(
            "report-day", "报告日期不得早于督查日期或晚于今天", "it is not before the inspection nor later than today",
            field="issued_on",
        )  # fmt: skip
    return _completed_where_nothing_is_open(_moved(inspection, state=State.RECTIFYING, report=report), act)


def answer(
    inspection: Inspection, finding_id: UUID, *, text: str, evidence: tuple[Reference, ...], act: Act
) -> tuple[Inspection, Step]:
    after = _with(inspection, finding_id, FindingState.OPEN, lambda f: replace(f, state=FindingState.ANSWERED))
    return _moved(after), Step(StepKind.ANSWERED, act.by, act.at, text=text, evidence=evidence)


def send_back(inspection: Inspection, finding_id: UUID, reason: str, act: Act) -> tuple[Inspection, Step]:
    due = rectification_again_due(act.today)
    after = _with(
        inspection,
        finding_id,
        FindingState.ANSWERED,
        lambda finding: replace(finding, state=FindingState.OPEN, due_on=due.due_on),
    )
    return _moved(after), _dated(Step(StepKind.RETURNED, act.by, act.at, text=reason), due)


def accept(inspection: Inspection, finding_id: UUID, act: Act) -> tuple[Inspection, Step]:
    """The last of them completes an inspection whose report is issued."""
    after = _with(inspection, finding_id, FindingState.ANSWERED, lambda f: replace(f, state=FindingState.ACCEPTED))
    step = Step(StepKind.ACCEPTED, act.by, act.at)
    return _completed_where_nothing_is_open(_moved(after, events=1), act), step


def _completed_where_nothing_is_open(inspection: Inspection, act: Act) -> Inspection:
    if inspection.state is not State.RECTIFYING:
        return inspection
    if any(finding.state is not FindingState.ACCEPTED for finding in inspection.findings):
        return inspection
    return replace(inspection, state=State.COMPLETED, completed_on=act.today, events=inspection.events + 1)


def _with(
    inspection: Inspection, finding_id: UUID, wanted: FindingState, change: Callable[[Finding], Finding]
) -> Inspection:
    found = inspection.finding(finding_id)
    if found.state is not wanted:
        raise Refused(
            "finding-in-other-state",
            f"该问题的状态为“{found.state.zh}”，不能进行此操作",
            f"the finding is “{found.state.en}”, which does not allow it",
            conflict=True,
        )
    after = tuple(change(each) if each.finding_id == finding_id else each for each in inspection.findings)
    return replace(inspection, findings=after)


def _moved(inspection: Inspection, *, events: int = 0, **changes: object) -> Inspection:
    """events: how many are told of it."""
    version, told = inspection.version + 1, inspection.events + events
    return replace(inspection, version=version, events=told, **changes)  # type: ignore[arg-type]


def _demand(inspection: Inspection, wanted: State) -> None:
    if inspection.state is not wanted:
        raise Refused(
            "inspection-in-other-state",
            f"督查的状态为“{inspection.state.zh}”，不能进行此操作",
            f"the inspection is “{inspection.state.en}”, which does not allow it",
            conflict=True,
        )


def _dated(step: Step, due: Deadline) -> Step:
    return replace(step, due_on=due.due_on, due_zh=due.explanation.zh, due_en=due.explanation.en)
