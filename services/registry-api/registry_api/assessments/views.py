"""Assessments as requests and answers."""

from datetime import date
from typing import Self
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.assessment import AssessedKind, Grade, NoGrade
from pydantic import BaseModel, Field, model_validator

from registry_api.assessments.domain import Assessment, Campaign, Result
from registry_api.assessments.store import OpenSubject
from registry_api.assessments.use_cases import Entry
from registry_api.register.fields import RegionCode

MOST_ENTRIES = 1000


class OpenCampaign(RequestModel):
    year: int = Field(ge=2000, le=2100, description="考核年度 / the year that is assessed.")
    opens_on: date | None = Field(default=None, description="缺省按规则（未核对） / by the rules, unverified.")
    closes_on: date | None = None


class ChangeCampaign(RequestModel):
    opens_on: date | None = None
    closes_on: date | None = None


class _ResultFields(RequestModel):
    grade: Grade | None = None
    no_grade: NoGrade | None = Field(default=None, description="不评定等次或暂缓的原因 / why there is no grade.")
    document_number: str = Field(min_length=1, max_length=100)

    def result(self) -> Result:
        return Result(self.grade, self.no_grade, self.document_number)


class NewEntry(_ResultFields):
    subject_id: UUID | None = Field(default=None, description="firm_id 或 lawyer_id")
    number: str | None = Field(default=None, max_length=64, description="统一社会信用代码或执业证号")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.subject_id is None) == (self.number is None):
            raise Invalid("subject_id 与 number 须填其一", "needs subject_id or number, and not both")
        return self

    @property
    def named_by(self) -> str:
        """A subject is refused by what it was named by."""
        return "number" if self.subject_id is None else "subject_id"

    def entry(self) -> Entry:
        return Entry(self.subject_id, self.number, self.result())


class EnterResults(RequestModel):
    entries: list[NewEntry] = Field(min_length=1, max_length=MOST_ENTRIES)


class CorrectResult(_ResultFields):
    reason: str = Field(min_length=1, max_length=500)


class PublishResults(RequestModel):
    kind: AssessedKind
    region: RegionCode


class CampaignView(BaseModel):
    year: int
    opens_on: date
    closes_on: date
    version: int

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        return cls.model_validate(campaign, from_attributes=True)


class CampaignsView(BaseModel):
    items: list[CampaignView]


class AssessmentView(BaseModel):
    assessment_id: UUID
    year: int
    kind: AssessedKind
    subject_id: UUID
    region: str
    grade: Grade | None
    grade_zh: str | None
    no_grade: NoGrade | None
    no_grade_zh: str | None
    deferred: bool
    document_number: str
    recorded_on: date
    published_grade: Grade | None
    published_on: date | None
    version: int

    @classmethod
    def of(cls, assessment: Assessment) -> Self:
        result = assessment.result
        return cls(
            assessment_id=assessment.assessment_id,
            year=assessment.year,
            kind=assessment.kind,
            subject_id=assessment.subject_id,
            region=assessment.region,
            grade=result.grade,
            grade_zh=None if result.grade is None else result.grade.zh,
            no_grade=result.no_grade,
            no_grade_zh=None if result.no_grade is None else result.no_grade.zh,
            deferred=assessment.deferred,
            document_number=result.document_number,
            recorded_on=assessment.recorded_on,
            published_grade=assessment.published_grade,
            published_on=assessment.published_on,
            version=assessment.version,
        )


class EnteredView(BaseModel):
    """In the order of the request."""

    entered: list[AssessmentView]


class PublishedView(BaseModel):
    published: int
    more: bool = Field(description="尚有未公布的，请再次提交 / more remain: repeat the request.")


class OpenSubjectView(BaseModel):
    subject_id: UUID
    name: str
    number: str
    region: str
    firm_id: UUID

    @classmethod
    def of(cls, subject: OpenSubject) -> Self:
        return cls.model_validate(subject, from_attributes=True)
