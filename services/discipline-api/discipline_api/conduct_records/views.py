"""Conduct records as requests and answers. What a POST answers is kept for replay, so it names nobody."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from common.http import RequestModel
from contracts.conduct import WithdrawalGround
from contracts.discipline_events import SubjectKind
from contracts.disclosure import Option, PublishingGround, RecordKind, WithholdingGround, disclosure_policy
from pydantic import AfterValidator, BaseModel, Field

from discipline_api.conduct_records.domain import ConductRecord, Conviction, FailedAssessment, Grade, Recorded
from discipline_api.conduct_records.rendering import disappears, what_item
from discipline_api.record.bodies import OrganBody, SubjectBody, belongs
from discipline_api.record.domain import Withdrawal
from discipline_api.record.reasons import PublishingReasons
from discipline_api.text import DocumentNumber, FreeText, NameText, fit_for_the_public

State = Literal["recorded", "published", "withheld", "withdrawn"]
Article = Annotated[
    str,
    Field(max_length=60, pattern=r"^(中华人民共和国)?刑法第.{1,20}条.{0,20}$", examples=["刑法第三百零七条"]),
    AfterValidator(fit_for_the_public),
]


class ConvictionBody(RequestModel):
    court: NameText
    offence_article: Article


class AssessmentBody(RequestModel):
    year: int = Field(description="考核年度 / the year assessed.")
    grade: Grade


class RecordConduct(RequestModel):
    """Either of a conviction or of a failed assessment."""

    organ: OrganBody
    subject: SubjectBody
    document_number: DocumentNumber = Field(description="裁判文书号，或考核结果文号 / of the judgment or the result.")
    effective_on: date = Field(description="裁判生效日，或结果作出日 / day of effect, or of the result.")
    conviction: ConvictionBody | None = None
    assessment: AssessmentBody | None = None

    def recorded(self) -> Recorded:
        belongs("conviction", self.conviction, needed=self.assessment is None)
        belongs("assessment", self.assessment, needed=self.conviction is None)
        what: Conviction | FailedAssessment
        if self.conviction is not None:
            what = Conviction(self.conviction.court, self.conviction.offence_article)
        else:
            assert self.assessment is not None  # noqa: S101 -- of the two exactly one is there
            what = FailedAssessment(self.assessment.year, self.assessment.grade)
        return Recorded(
            organ=self.organ.organ(),
            subject=self.subject.subject(),
            document_number=self.document_number,
            effective_on=self.effective_on,
            what=what,
        )


class PublishRecord(RequestModel):
    ground: PublishingGround | None = None
    reasons: FreeText | None = None
    published_on: date | None = Field(default=None, description="只能是今日 / nothing but today.")

    def because(self) -> PublishingReasons | None:
        belongs("reasons", self.reasons, needed=self.ground is not None)
        return None if self.ground is None else PublishingReasons(self.ground, self.reasons or "")


class WithholdRecord(RequestModel):
    ground: WithholdingGround
    reasons: FreeText


class WithdrawRecord(RequestModel):
    ground: WithdrawalGround
    document_number: DocumentNumber
    withdrawn_on: date = Field(description="改判、撤销等的日期 / the day on which it fell.")

    def withdrawal(self) -> Withdrawal:
        return Withdrawal(self.ground, self.document_number, self.withdrawn_on)


class ConductRecordLine(BaseModel):
    """A record without its subject, and without what leads to it: the court, the number, the article."""

    record_id: UUID
    version: int
    kind: RecordKind
    kind_zh: str
    state: State
    organ: dict[str, str]
    subject_kind: SubjectKind
    effective_on: date
    option: Option
    published_on: date | None
    withholding: dict[str, Any] | None
    withdrawal: dict[str, Any] | None
    deadlines: dict[str, dict[str, Any]]
    overdue: list[str]
    recorder: dict[str, Any]
    disappears: dict[str, Any]

    @classmethod
    def of(cls, record: ConductRecord, today: date) -> "ConductRecordLine":
        return cls(**_line(record, today))


class ConductRecordView(ConductRecordLine):
    """All of it, for the officers of the organ."""

    subject: dict[str, str | None]
    document_number: str
    what: dict[str, Any]
    withholding_reasons: str | None
    publishing: dict[str, str] | None

    @classmethod
    def of(cls, record: ConductRecord, today: date) -> "ConductRecordView":
        subject, because = record.recorded.subject, record.publishing_reasons
        return cls(
            **_line(record, today),
            subject={
                "kind": subject.kind.value,
                "name": subject.name,
                "licence_number": subject.licence_number,
                "credit_code": subject.credit_code,
                "firm_name": subject.firm_name,
            },
            document_number=record.recorded.document_number,
            what=what_item(record),
            withholding_reasons=record.withholding and record.withholding.reasons,
            publishing=because
            and {"ground": because.ground.value, "ground_zh": because.ground.zh, "reasons": because.reasons},
        )


def _line(record: ConductRecord, today: date) -> dict[str, Any]:
    recorded, withholding, withdrawal = record.recorded, record.withholding, record.withdrawal
    organ, kind = recorded.organ, recorded.kind
    recorder = disclosure_policy().recorder(kind, recorded.subject.kind)
    return {
        "record_id": record.record_id,
        "version": record.version,
        "kind": kind,
        "kind_zh": kind.zh,
        "state": record.state,
        "organ": {"kind": organ.kind.value, "region": organ.region, "code": organ.code, "name": organ.name_zh},
        "subject_kind": recorded.subject.kind,
        "effective_on": recorded.effective_on,
        "option": record.option,
        "published_on": record.published_on,
        "withholding": withholding
        and {
            "ground": withholding.ground.value,
            "ground_zh": withholding.ground.zh,
            "withheld_on": withholding.withheld_on,
        },
        "withdrawal": withdrawal
        and {
            "ground": withdrawal.ground.value,
            "ground_zh": withdrawal.ground.zh,
            "withdrawn_on": withdrawal.withdrawn_on,
            "taken_down_on": withdrawal.taken_down_on,
            "in_time": withdrawal.taken_down_on and withdrawal.taken_down_on <= record.due_on("withdrawal"),
        },
        "deadlines": record.deadlines,
        "overdue": record.overdue(today),
        "recorder": {} if recorder is None else {"source": recorder.source, "verified": recorder.verified},
        "disappears": disappears(record),
    }
