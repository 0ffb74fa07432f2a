"""A conviction or a failed assessment: who may record it, whether and how long it is shown. No framework."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.discipline_events import ConductRecordPublished, ConductRecordWithdrawn, SubjectKind
from contracts.disclosure import DisclosureClass, Option, RecordKind, disclosure_policy
from contracts.labels import LabelledEnum

from discipline_api.clocks.domain import Owner, explained
from discipline_api.organs import Organ, check_organ
from discipline_api.record.disclosing import check_publication, check_withdrawal, check_withholding
from discipline_api.record.domain import Subject, Withdrawal
from discipline_api.record.publicity import DEFAULTS, Choices, longest_display
from discipline_api.record.reasons import PublishingReasons, Withholding
from discipline_api.refusals import NotFound, Refused

_EARLIEST_YEAR = 1980
"""The profession was restored in 1979."""

LIMITS = ("publication", "publication-outer")


class Grade(LabelledEnum):
    """The grades that make a record; a lawyer fails otherwise than a firm."""

    INCOMPETENT = "incompetent", "不称职", "incompetent"
    UNQUALIFIED = "unqualified", "不合格", "not qualified"


_FAILS = {SubjectKind.LAWYER: Grade.INCOMPETENT, SubjectKind.FIRM: Grade.UNQUALIFIED}


class NoSuchConductRecord(NotFound):
    def __init__(self) -> None:
        super().__init__("没有这件不良执业信息。", "There is no such conduct record.")


@dataclass(frozen=True, slots=True)
class Conviction:
    """As the judgment says; the judgment's number is the document number of the record."""

    court: str
    offence_article: str


@dataclass(frozen=True, slots=True)
class FailedAssessment:
    year: int
    grade: Grade


@dataclass(frozen=True, slots=True)
class Recorded:
    """`effective_on`: the day on which the judgment took effect, or the result was decided."""

    organ: Organ
    subject: Subject
    document_number: str
    effective_on: date
    what: Conviction | FailedAssessment

    @property
    def kind(self) -> RecordKind:
        return RecordKind.CONVICTION if isinstance(self.what, Conviction) else RecordKind.FAILED_ASSESSMENT


@dataclass(frozen=True, slots=True)
class ConductRecord:
    """The version counts changes of the row; events count publication and withdrawal, which others are told of."""

    record_id: UUID
    version: int
    recorded: Recorded
    display_to_on: date
    deadlines: dict[str, dict[str, Any]]
    published_on: date | None = None
    publishing_reasons: PublishingReasons | None = None
    withholding: Withholding | None = None
    withdrawal: Withdrawal | None = None
    choices: Choices = DEFAULTS

    @property
    def row(self) -> DisclosureClass:
        return disclosure_policy().of_record(self.recorded.kind)

    @property
    def option(self) -> Option:
        return self.choices.option(self.row)

    @property
    def rule_id(self) -> str:
        """By which it goes."""
        return longest_display(self.row.display, self.recorded.effective_on)[0]

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawal is not None

    @property
    def owner(self) -> Owner:
        organ = self.recorded.organ
        return Owner("conduct-record", self.record_id, organ.kind, organ.region, organ.code)

    @property
    def state(self) -> str:
        if self.withdrawal is not None:
            return "withdrawn"
        if self.published_on is not None:
            return "published"
        return "recorded" if self.withholding is None else "withheld"

    def due_on(self, name: str) -> date:
        return date.fromisoformat(self.deadlines[name]["due_on"])

    def overdue(self, today: date) -> list[str]:
        settled = self.published_on if self.withholding is None else self.withholding.withheld_on
        taken: dict[str, date] = {}
        if settled is not None or (self.state == "recorded" and self.option.may_be_public):
            taken = dict.fromkeys(LIMITS, settled or today)
        if self.withdrawal is not None and self.withdrawal.taken_down_on is not None:
            taken["withdrawal"] = self.withdrawal.taken_down_on
        return [name for name, day in taken.items() if day > self.due_on(name)]


def record(record_id: UUID, recorded: Recorded, today: date, choices: Choices) -> ConductRecord:
    """Raises Refused where the organ is not competent, or the dates can't be, or the term is over already."""
    check_organ(recorded.organ)
    _check_competent(recorded)
    _check_what(recorded, today)
    if recorded.effective_on > today:
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="effective_on")
    row = disclosure_policy().of_record(recorded.kind)
    _, gone_on = longest_display(row.display, recorded.effective_on)
    if gone_on <= today:
        raise Refused(
            "display-term-over",
            f"该记录的期限已于{gone_on.isoformat()}届满，不再登记",
            f"its term ended on {gone_on.isoformat()}: it is recorded no more",
            field="effective_on",
        )
    # No law limits these: as with penalties, counted from the day on which the organ has it on record.
    deadlines = {name: explained(f"discipline.{name}", today, by_analogy=True) for name in LIMITS}
    return ConductRecord(record_id, 1, recorded, gone_on, deadlines, choices=choices)


def publish(
    record: ConductRecord, published_on: date, today: date, because: PublishingReasons | None
) -> tuple[ConductRecord, ConductRecordPublished]:
    check_publication(
        record,
        because,
        published_on=published_on,
        earliest=record.recorded.effective_on,
        gone_on=record.display_to_on,
        today=today,
    )
    published = replace(record, version=record.version + 1, published_on=published_on, publishing_reasons=because)
    event = ConductRecordPublished(
        version=1,
        region=record.recorded.organ.region,
        record_id=record.record_id,
        kind=record.recorded.kind.value,
        published_on=published_on,
    )
    return published, event


def withhold(record: ConductRecord, withholding: Withholding) -> ConductRecord:
    check_withholding(record, withholding.ground, record.row.display)
    return replace(record, version=record.version + 1, withholding=withholding)


def withdraw(
    record: ConductRecord, withdrawal: Withdrawal, today: date
) -> tuple[ConductRecord, ConductRecordWithdrawn | None]:
    """The judgment or the result has fallen. Of what was never shown nobody outside is told."""
    check_withdrawal(record, withdrawal.withdrawn_on, decided_on=record.recorded.effective_on, today=today)
    if record.published_on is not None:
        withdrawal = replace(withdrawal, taken_down_on=today)
    deadlines = record.deadlines | {"withdrawal": explained("discipline.withdrawal", withdrawal.withdrawn_on)}
    withdrawn = replace(record, version=record.version + 1, withdrawal=withdrawal, deadlines=deadlines)
    if record.published_on is None:
        return withdrawn, None
    event = ConductRecordWithdrawn(
        version=2,
        region=record.recorded.organ.region,
        record_id=record.record_id,
        kind=record.recorded.kind.value,
        ground=withdrawal.ground.value,
        withdrawn_on=withdrawal.withdrawn_on,
    )
    return withdrawn, event


def last_day(record: ConductRecord) -> date:
    return record.display_to_on - timedelta(days=1)


def longest(record: ConductRecord) -> int:
    """In months."""
    return rule(record.rule_id).value


def _check_competent(recorded: Recorded) -> None:
    row = disclosure_policy().recorder(recorded.kind, recorded.subject.kind)
    organs: frozenset[OrganKind] = frozenset() if row is None else row.organs
    if recorded.organ.kind in organs:
        return
    told_zh = "、".join(kind.zh for kind in OrganKind if kind in organs)
    told_en = ", ".join(kind.en for kind in OrganKind if kind in organs)
    raise Refused(
        "organ-not-competent",
        f"该类信息由{told_zh}登记（{'' if row is None else row.source}）",
        f"such a record is made by: {told_en}",
        field="organ.kind",
    )


def _check_what(recorded: Recorded, today: date) -> None:
    if not isinstance(recorded.what, FailedAssessment):
        return
    fails = _FAILS[recorded.subject.kind]
    if recorded.what.grade is not fails:
        raise Refused(
            "grade-of-another-subject",
            f"{'律师' if fails is Grade.INCOMPETENT else '律师事务所'}考核不合格的等次为“{fails.zh}”",
            f"here the failing grade is {fails.value}",
            field="assessment.grade",
        )
    # The year that is assessed is over before its result is decided.
    if not _EARLIEST_YEAR <= recorded.what.year < recorded.effective_on.year or recorded.effective_on > today:
        raise Refused(
            "year-implausible",
            "考核年度应早于结果作出的年份",
            "the year assessed lies before the year of the result",
            field="assessment.year",
        )
