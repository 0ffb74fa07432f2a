"""Reports as their reporters and the department see them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any, Self
from uuid import UUID

from common.labels import LabelledEnum
from contracts.entitlements import is_closed_indicator
from contracts.plan import plan
from contracts.plausibility import plausibility
from contracts.regions import region_label
from contracts.reporting import Reported, ReportPeriod
from pydantic import BaseModel

from progress_api.reporting.checks import Beside, Finding, Known, Last, prefill
from progress_api.reporting.domain import Answer, Answers, Item, Report, ReportState, Signatories
from progress_api.reporting.rows import Revision


class LabelView(BaseModel):
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, label: LabelledEnum) -> Self:
        return cls(code=label.value, zh=label.zh, en=label.en)

    @classmethod
    def of_region(cls, code: str) -> Self:
        zh, en = region_label(code)
        return cls(code=code, zh=zh, en=en)


class ReportLine(BaseModel):
    """due_on is still in time; overdue: it has never come in, and that day is over."""

    report_id: UUID
    plan_id: str
    reporter: LabelView
    region: LabelView
    period: str
    from_on: date
    until_on: date
    due_on: date
    state: LabelView
    overdue: bool
    received_on: date | None
    in_time: bool | None
    revision: int
    confirmed_revision: int | None
    version: int

    @classmethod
    def line(cls, report: Report, today: date) -> Self:
        return cls(**_line(report, today))


def _line(report: Report, today: date) -> dict[str, Any]:
    period, received = report.period, report.received_on
    return {
        "report_id": report.report_id,
        "plan_id": plan().meta.id,
        "reporter": LabelView.of(report.reporter),
        "region": LabelView.of_region(report.region),
        "period": str(period),
        "from_on": period.from_on,
        "until_on": period.until_on,
        "due_on": period.due_on,
        "state": LabelView.of(report.state),
        "overdue": report.is_overdue(today),
        "received_on": received,
        "in_time": None if received is None or not report.was_asked else received <= period.due_on,
        "revision": report.revision,
        "confirmed_revision": report.confirmed_revision,
        "version": report.version,
    }


class SignatoriesView(BaseModel):
    filled_by: str | None
    checked_by: str | None
    responsible: str | None

    @classmethod
    def of(cls, named: Signatories) -> Self:
        return cls(filled_by=named.filled_by, checked_by=named.checked_by, responsible=named.responsible)


class AnswerView(BaseModel):
    """Fields that the indicator has not are left null."""

    kind: LabelView
    amount: int | None
    numerator: int | None
    denominator: int | None
    yes: bool | None
    reached_on: date | None
    document_number: str | None
    remark: str | None
    explanation: str | None

    @classmethod
    def of(cls, item: Item, answer: Answer) -> Self:
        about = item.about
        is_count = not about.is_share and not about.is_yes_or_no
        return cls(
            kind=LabelView.of(answer.kind),
            amount=answer.amount if is_count else None,
            numerator=answer.amount if about.is_share else None,
            denominator=answer.base,
            yes=bool(answer.amount) if about.is_yes_or_no and answer.amount is not None else None,
            reached_on=answer.reached_on,
            document_number=answer.document_number,
            remark=answer.remark,
            explanation=answer.explanation,
        )


class LastView(BaseModel):
    report_id: UUID
    period: str
    answer: AnswerView

    @classmethod
    def of(cls, item: Item, last: Last) -> Self:
        return cls(report_id=last.report_id, period=last.period, answer=AnswerView.of(item, last.answer))


class KnownView(BaseModel):
    """What the register tells of a field. evidence: where the rows behind it are; null of a closed indicator's."""

    field: str
    number: int
    zh: str
    en: str
    as_of: date
    evidence: str | None

    @classmethod
    def of(cls, item: Item, name: str, known: Known) -> Self:
        rule = plausibility().on_record[known.basis]
        return cls(
            field=name,
            number=known.number,
            zh=rule.zh,
            en=rule.en,
            as_of=known.as_of,
            evidence=None
            if is_closed_indicator(rule.indicator)
            else f"/v1/indicators/{rule.indicator}/evidence?as_of={known.as_of}&region={item.region}",
        )


class FindingView(BaseModel):
    """blocks: it stands in the way of a submission, as an error or as a warning without explanation."""

    field: str
    severity: LabelView
    code: str
    zh: str
    en: str
    blocks: bool

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(
            field=finding.place,
            severity=LabelView.of(finding.severity),
            code=finding.code,
            zh=finding.zh,
            en=finding.en,
            blocks=finding.blocks,
        )


class ItemView(BaseModel):
    key: str
    indicator_id: str
    title_zh: str
    title_en: str
    definition: str
    definition_zh: str
    unit: str
    nature: LabelView
    region: LabelView
    required: bool
    at_most: int | None
    fields: tuple[str, ...]
    answer: AnswerView | None
    prefill: AnswerView | None
    last: LastView | None
    known: list[KnownView]

    @classmethod
    def of(cls, item: Item, answer: Answer | None, beside: Beside) -> Self:
        about, last, start = item.about, beside.last.get(item), prefill(item, beside)
        return cls(
            key=item.key,
            indicator_id=item.indicator_id,
            title_zh=about.indicator.title_zh,
            title_en=about.indicator.title_en,
            definition=about.indicator.definition,
            definition_zh=about.definition_zh,
            unit=about.indicator.unit,
            nature=LabelView.of(about.nature),
            region=LabelView.of_region(item.region),
            required=item.is_required,
            at_most=about.at_most,
            fields=item.fields,
            answer=None if answer is None else AnswerView.of(item, answer),
            prefill=None if start is None else AnswerView.of(item, start),
            last=None if last is None else LastView.of(item, last),
            known=[KnownView.of(item, name, known) for name in item.fields for known in beside.known_of(item, name)],
        )


class ReportView(ReportLine):
    """prefill: what the form starts with where nothing has been entered; nothing of it counts before it is saved.

    reason: why the newest revision is a correction, or why it was returned.
    """

    signatories: SignatoriesView
    reason: str | None
    items: list[ItemView]
    findings: list[FindingView]

    @classmethod
    def of(
        cls,
        report: Report,
        today: date,
        *,
        newest: Revision | None,
        answers: Answers,
        beside: Beside,
        found: Iterable[Finding],
    ) -> Self:
        return cls(
            **_line(report, today),
            signatories=SignatoriesView.of(Signatories() if newest is None else newest.signatories),
            reason=None if newest is None else newest.decision_reason or newest.reason,
            items=[ItemView.of(item, answers.get(item), beside) for item in report.items],
            findings=[FindingView.of(each) for each in found],
        )


class RevisionView(BaseModel):
    """decision: returned or confirmed; null while it waits, or was never submitted."""

    revision: int
    origin: LabelView
    by_department: bool
    reason: str | None
    signatories: SignatoriesView
    saved_by: str
    saved_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    items: dict[str, AnswerView]

    @classmethod
    def of(cls, revision: Revision, answers: Answers) -> Self:
        return cls(
            revision=revision.revision,
            origin=LabelView.of(revision.origin),
            by_department=revision.by_department,
            reason=revision.reason,
            signatories=SignatoriesView.of(revision.signatories),
            saved_by=revision.saved_by,
            saved_at=revision.saved_at,
            submitted_by=revision.submitted_by,
            submitted_at=revision.submitted_at,
            decision=revision.decision,
            decided_by=revision.decided_by,
            decided_at=revision.decided_at,
            decision_reason=revision.decision_reason,
            items={item.key: AnswerView.of(item, answer) for item, answer in answers.items()},
        )


class VersionsView(BaseModel):
    report_id: UUID
    versions: list[RevisionView]


class DueView(ReportLine):
    """days_left: 0 on the due day, negative once it is over."""

    days_left: int
    reminded_at: datetime | None

    @classmethod
    def of(cls, report: Report, reminded_at: datetime | None, today: date) -> Self:
        left = (report.period.due_on - today).days
        return cls(**_line(report, today), days_left=left, reminded_at=reminded_at)


class DueListView(BaseModel):
    as_of: date
    items: list[DueView]


class RegionState(BaseModel):
    report_id: UUID
    region: LabelView
    state: LabelView
    overdue: bool
    in_time: bool | None
    reminded_at: datetime | None


class OverviewRow(BaseModel):
    """counts: by state; overdue ones stand in their state, too. reminded: how many have ever been."""

    period: str
    reporter: LabelView
    due_on: date
    counts: dict[str, int]
    overdue: int
    reminded: int
    regions: list[RegionState]


class OverviewView(BaseModel):
    as_of: date
    rows: list[OverviewRow]

    @classmethod
    def of(cls, found: Iterable[tuple[Report, datetime | None]], today: date) -> Self:
        rows = []
        for (period, reporter), group in groupby(found, key=lambda each: (each[0].period, each[0].reporter)):
            reports = list(group)
            counted = Counter(report.state for report, _ in reports)
            rows.append(
                OverviewRow(
                    period=str(period),
                    reporter=LabelView.of(reporter),
                    due_on=period.due_on,
                    counts={state.value: counted[state] for state in ReportState},
                    overdue=sum(report.is_overdue(today) for report, _ in reports),
                    reminded=sum(reminded is not None for _, reminded in reports),
                    regions=[_region(report, reminded, today) for report, reminded in reports],
                )
            )
        return cls(as_of=today, rows=rows)


def _region(report: Report, reminded_at: datetime | None, today: date) -> RegionState:
    line = _line(report, today)
    return RegionState(
        report_id=report.report_id,
        region=line["region"],
        state=line["state"],
        overdue=line["overdue"],
        in_time=line["in_time"],
        reminded_at=reminded_at,
    )


def catalogue_row(about: Reported, asked: Iterable[ReportPeriod]) -> Mapping[str, Any]:
    """Of one indicator, who reports it when; public."""
    return {
        "indicator_id": about.indicator.id,
        "title_zh": about.indicator.title_zh,
        "title_en": about.indicator.title_en,
        "unit": about.indicator.unit,
        "definition": about.indicator.definition,
        "definition_zh": about.definition_zh,
        "nature": LabelView.of(about.nature).model_dump(),
        "frequency": about.frequency.value,
        "at_most": about.at_most,
        "reporter": LabelView.of(about.reporter).model_dump(),
        "beside": None
        if about.reporter is about.reporter.counterpart
        else LabelView.of(about.reporter.counterpart).model_dump(),
        "regions": list(about.regions),
        "required": list(about.required),
        "periods": [
            {"period": str(period), "from_on": period.from_on, "until_on": period.until_on, "due_on": period.due_on}
            for period in asked
        ],
    }
