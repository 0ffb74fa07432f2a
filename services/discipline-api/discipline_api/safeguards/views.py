"""The policy and assessments as requests and answers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.conduct import OrganKind
from contracts.disclosure import Option, RecordKind, disclosure_policy
from pydantic import BaseModel, Field, field_validator

from discipline_api.organs import Organ
from discipline_api.record.impact import RETENTION, VALIDITY, Conclusion, ImpactAssessment, terms_of
from discipline_api.safeguards.store import Choice
from discipline_api.text import DocumentNumber, FreeText


class ChooseReading(RequestModel):
    option: Option
    document_number: DocumentNumber
    reasons: FreeText
    from_on: date


class ChoiceView(BaseModel):
    number: int
    option: Option
    document_number: str
    reasons: str
    from_on: date
    recorded_by: str
    recorded_at: datetime


class ReadingView(BaseModel):
    option: Option
    option_zh: str
    zh: str
    en: str
    source: str
    verified: bool


class ClassView(BaseModel):
    """`version` is the number of choices made so far, to be named in If-Match."""

    code: str
    kind: RecordKind
    penalty: str | None
    procedure: str
    option: Option
    default: Option
    display: dict[str, Any]
    question_zh: str
    question_en: str
    readings: list[ReadingView]
    source: str
    verified: bool
    version: int
    history: list[ChoiceView]


class PolicyView(BaseModel):
    classes: list[ClassView]
    summary_procedure: dict[str, Any]
    cap_rule: str

    @classmethod
    def of(cls, choices: Sequence[Choice]) -> "PolicyView":
        policy = disclosure_policy()
        return cls(
            classes=[class_view(row.code, choices) for row in policy.classes],
            summary_procedure=policy.summary_procedure.model_dump(mode="json"),
            cap_rule=policy.cap_rule,
        )


def class_view(code: str, choices: Sequence[Choice]) -> ClassView:
    """`choices`: the newest of each class first."""
    policy = disclosure_policy()
    row = policy.of(code)
    tension, display = policy.tension_of(row), policy.display(row.display)
    history = [
        ChoiceView(
            number=choice.number,
            option=choice.option,
            document_number=choice.document_number,
            reasons=choice.reasons,
            from_on=choice.from_on,
            recorded_by=choice.recorded_by,
            recorded_at=choice.recorded_at,
        )
        for choice in choices
        if choice.class_code == code
    ]
    return ClassView(
        code=row.code,
        kind=row.kind,
        penalty=row.penalty and row.penalty.value,
        procedure=row.procedure,
        option=history[0].option if history else row.default,
        default=row.default,
        display={
            "class": row.display.value,
            "zh": row.display.zh,
            "en": row.display.en,
            "min_rule": display.min_rule,
            "max_rule": display.max_rule,
        },
        question_zh=tension.zh,
        question_en=tension.en,
        readings=[ReadingView(option_zh=reading.option.zh, **reading.model_dump()) for reading in tension.readings],
        source=row.source,
        verified=row.verified,
        version=len(history),
        history=history,
    )


class AssessingOrgan(RequestModel):
    kind: OrganKind
    region: str = Field(pattern=r"^41\d{4}$", examples=["410100"])
    code: str = Field(min_length=1, max_length=64)


class AssessImpact(RequestModel):
    organ: AssessingOrgan
    scope: list[RecordKind] = Field(min_length=1, max_length=4, description="所公示的记录种类 / kinds of records.")
    covers_identity_numbers: bool = Field(
        default=False, description="是否包括向信用平台提供证件号码 / identity numbers for the credit platform."
    )
    purpose: FreeText
    risks: FreeText
    measures: FreeText
    conclusion: Conclusion
    document_number: DocumentNumber
    assessed_on: date

    @field_validator("scope")
    @classmethod
    def _each_once(cls, scope: list[RecordKind]) -> list[RecordKind]:
        if len(set(scope)) < len(scope):
            raise Invalid("同一种类只能列一次", "lists a kind twice")
        return scope

    def assessment(self, assessment_id: UUID, today: date) -> ImpactAssessment:
        valid_to, kept_to = terms_of(self.assessed_on, today)
        return ImpactAssessment(
            assessment_id=assessment_id,
            organ=Organ(self.organ.kind, self.organ.region, self.organ.code),
            scope=tuple(self.scope),
            covers_identity_numbers=self.covers_identity_numbers,
            purpose=self.purpose,
            risks=self.risks,
            measures=self.measures,
            conclusion=self.conclusion,
            document_number=self.document_number,
            assessed_on=self.assessed_on,
            valid_to_on=valid_to,
            kept_to_on=kept_to,
        )


class AssessedView(BaseModel):
    """What a POST answers, and keeps for replay: no text."""

    assessment_id: UUID
    assessed_on: date
    valid_to_on: date
    kept_to_on: date
    rules: dict[str, str] = Field(default={"valid_to_on": VALIDITY, "kept_to_on": RETENTION})


class AssessmentView(AssessedView):
    organ: dict[str, str]
    scope: list[RecordKind]
    covers_identity_numbers: bool
    purpose: str
    risks: str
    measures: str
    conclusion: Conclusion
    conclusion_zh: str
    document_number: str
    in_force: bool

    @classmethod
    def of(cls, assessment: ImpactAssessment, today: date) -> "AssessmentView":
        organ = assessment.organ
        return cls(
            assessment_id=assessment.assessment_id,
            assessed_on=assessment.assessed_on,
            valid_to_on=assessment.valid_to_on,
            kept_to_on=assessment.kept_to_on,
            organ={"kind": organ.kind.value, "region": organ.region, "code": organ.code, "name": organ.name_zh},
            scope=list(assessment.scope),
            covers_identity_numbers=assessment.covers_identity_numbers,
            purpose=assessment.purpose,
            risks=assessment.risks,
            measures=assessment.measures,
            conclusion=assessment.conclusion,
            conclusion_zh=assessment.conclusion.zh,
            document_number=assessment.document_number,
            in_force=assessment.in_force(today),
        )
