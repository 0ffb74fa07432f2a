"""A report, its items and answers, and how it moves: open → draft → submitted → returned or confirmed → correcting."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from common.labels import LabelledEnum
from contracts.plan import plan
from contracts.reporting import Nature, Reported, Reporter, ReportPeriod, reported

from progress_api.refusals import NotCompetent, Refused

_NAMESPACE = UUID("6f1d2b3e-2f5b-4c60-9a57-3a1f0d9c8e11")


class ReportState(LabelledEnum):
    OPEN = "open", "待填报", "to be filled in"
    DRAFT = "draft", "填报中", "draft"
    SUBMITTED = "submitted", "已报送", "submitted"
    RETURNED = "returned", "已退回", "returned"
    CONFIRMED = "confirmed", "已确认", "confirmed"
    CORRECTING = "correcting", "更正中", "being corrected"
    BACKFILLED = "backfilled", "已补录", "back-filled"


class AnswerKind(LabelledEnum):
    """A row without an answer is missing; a typed 0 is a number."""

    NUMBER = "number", "填报数", "a number"
    NIL = "nil", "零报告", "nil report"
    NOT_APPLICABLE = "not-applicable", "不适用", "not applicable"


class Origin(LabelledEnum):
    """Why there is a revision."""

    REPORT = "report", "报送", "report"
    RETURN = "return", "退回后重报", "after a return"
    CORRECTION = "correction", "更正", "correction"
    BACKFILL = "backfill", "补录", "back-fill"


BACKFILLED = 0
"""The revision in which back-filled numbers stand."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a form. `is_own`: of the region that reports; only then the key goes without the region."""

    indicator_id: str
    region: str
    is_own: bool

    @property
    def key(self) -> str:
        """`M18-I2`, or `M09-I1.410100` in the report of the province: names the row in bodies, faults and sheets."""
        return self.indicator_id if self.is_own else f"{self.indicator_id}.{self.region}"

    @property
    def about(self) -> Reported:
        return reported()[self.indicator_id]

    @property
    def is_required(self) -> bool:
        """Others may be answered by 不适用."""
        return self.region in self.about.required

    @property
    def fields(self) -> tuple[str, ...]:
        """What a number is told by, in this order."""
        if self.about.is_share:
            return ("numerator", "denominator")
        numbers = ("yes",) if self.about.is_yes_or_no else ("amount",)
        return (*numbers, "reached_on", "document_number") if self.about.nature is Nature.REACHED else numbers

    def place(self, name: str) -> str:
        """The path of a field of it in a body."""
        return f"items.{self.key}.{name}"


@dataclass(frozen=True, slots=True)
class Answer:
    """amount: the number, of a share its numerator, of yes and no 1 or 0; base: the denominator of a share.

    A draft may lack what a submission may not. document_number: the evidence of what has been reached. explanation: of
    what looks implausible.
    """

    kind: AnswerKind
    amount: int | None = None
    base: int | None = None
    reached_on: date | None = None
    document_number: str | None = None
    remark: str | None = None
    explanation: str | None = None

    def number(self, name: str) -> int | None:
        """By the name of a field."""
        return self.base if name == "denominator" else self.amount

    def value(self, item: Item) -> "Value":
        """What it says once it is confirmed; a nil report is a 0 (of a share 0 of 0)."""
        match self.kind:
            case AnswerKind.NOT_APPLICABLE:
                return WITHDRAWN
            case AnswerKind.NIL:
                return Value(0, 0 if item.about.is_share else None, None)
            case _:
                return Value(self.amount, self.base, self.reached_on)


@dataclass(frozen=True, slots=True)
class Value:
    """amount: None where there is no number, or no longer one."""

    amount: int | None
    base: int | None = None
    reached_on: date | None = None


WITHDRAWN = Value(None)

Answers = Mapping[Item, Answer]


@dataclass(frozen=True, slots=True)
class Signatories:
    """填报人, 审核人, 负责人: personal data, never in events or logs."""

    filled_by: str | None = None
    checked_by: str | None = None
    responsible: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One reporter × region × period. `version` is for If-Match, `events` those told of it so far.

    revision: the newest one, 0 before anything was entered; `is_sealed` once it was submitted. Back-filled numbers
    stand in a revision 0; a report that was never asked for has no events of its own.
    """

    report_id: UUID
    reporter: Reporter
    region: str
    period: ReportPeriod
    state: ReportState = ReportState.OPEN
    version: int = 1
    events: int = 1
    revision: int = 0
    by_department: bool = False
    submitted_by: str | None = None
    confirmed_revision: int | None = None
    received_on: date | None = None
    items: tuple[Item, ...] = field(default=(), compare=False)

    @property
    def is_sealed(self) -> bool:
        return self.submitted_by is not None

    @property
    def was_asked(self) -> bool:
        """Else nobody owed it: the department back-filled it."""
        return self.events > 0

    def is_overdue(self, today: date) -> bool:
        """The due day itself is still in time."""
        return self.received_on is None and today > self.period.due_on

    def item(self, key: str) -> Item | None:
        return next((item for item in self.items if item.key == key), None)


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law; `for_department`: as its officer, not as a reporter."""

    by: str
    at: datetime
    today: date
    for_department: bool = False


def report_id(reporter: Reporter, region: str, period: ReportPeriod) -> UUID:
    return uuid5(_NAMESPACE, f"{plan().meta.id}/{reporter.value}/{region}/{period}")


def value_id(indicator_id: str, region: str, period: ReportPeriod) -> UUID:
    return uuid5(_NAMESPACE, f"{plan().meta.id}/{indicator_id}/{region}/{period}")


def edited(report: Report, act: Act) -> Report:
    """A draft is saved: on the revision at hand, or on a new one after a return."""
    _demand_state(report, ReportState.OPEN, ReportState.DRAFT, ReportState.RETURNED, ReportState.CORRECTING)
    _demand_side(report, act)
    is_new = report.revision == 0 or report.is_sealed
    return replace(
        report,
        version=report.version + 1,
        state=ReportState.DRAFT if report.state is ReportState.OPEN else report.state,
        revision=report.revision + is_new,
        submitted_by=None,
    )


def submitted(report: Report, act: Act) -> Report:
    _demand_state(report, ReportState.DRAFT, ReportState.RETURNED, ReportState.CORRECTING)
    _demand_side(report, act)
    if report.is_sealed:
        raise Refused("nothing-changed", "退回后尚未修改", "it has not been changed since its return", conflict=True)
    is_first = report.received_on is None
    return replace(
        report,
        version=report.version + 1,
        events=report.events + is_first,
        state=ReportState.SUBMITTED,
        submitted_by=act.by,
        received_on=act.today if is_first else report.received_on,
    )


def returned(report: Report, act: Act) -> Report:
    _demand_state(report, ReportState.SUBMITTED)
    _demand_other(report, act)
    return replace(report, version=report.version + 1, state=ReportState.RETURNED)


def confirmed(report: Report, act: Act) -> Report:
    _demand_state(report, ReportState.SUBMITTED)
    _demand_other(report, act)
    return replace(report, version=report.version + 1, state=ReportState.CONFIRMED, confirmed_revision=report.revision)


def correcting(report: Report, act: Act) -> Report:
    """A new revision is opened, with the confirmed answers to start from; until it is confirmed these stay."""
    _demand_state(report, ReportState.CONFIRMED, ReportState.BACKFILLED)
    return replace(
        report,
        version=report.version + 1,
        state=ReportState.CORRECTING,
        revision=report.revision + 1,
        by_department=act.for_department,
        submitted_by=None,
    )


def _demand_state(report: Report, *states: ReportState) -> None:
    if report.state not in states:
        raise Refused(
            "report-state",
            f"该报表目前为“{report.state.zh}”，不能进行此操作",
            f"the report is {report.state.value}, which does not allow this",
            conflict=True,
        )


def _demand_side(report: Report, act: Act) -> None:
    """A report is its reporter's to fill in; a correction that the department began is the department's."""
    if report.by_department != act.for_department:
        raise NotCompetent(
            "not-the-reporter",
            "该报表应由另一方填报" if not report.by_department else "该更正由省司法厅办理",
            "it is for its reporter to fill in" if not report.by_department else "the department makes this correction",
        )


def _demand_other(report: Report, act: Act) -> None:
    if report.submitted_by == act.by:
        raise NotCompetent(
            "same-officer",
            "报送人不能确认或退回自己的报表",
            "who submitted a report can neither confirm nor return it",
        )
