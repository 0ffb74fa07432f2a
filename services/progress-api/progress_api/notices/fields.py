"""Bodies of requests."""

from typing import Annotated
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.notices import NoticeColour, NoticeSubject
from contracts.reporting import Reporter
from pydantic import Field, ValidationInfo, field_validator

from progress_api.organisations import PlaceCode
from progress_api.references import References, Words

OptionalWords = Annotated[str | None, Field(min_length=1, max_length=4000)]


class OpenNotice(RequestModel):
    colour: NoticeColour
    addressee: Reporter
    region: PlaceCode
    subject_kind: NoticeSubject
    subject: str = Field(min_length=1, max_length=40, description="方案编码或报送编号 / code of the plan or report id")
    text: Words = Field(description="督办事项与要求 / what is demanded")

    @field_validator("subject")
    @classmethod
    def _of_its_kind(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("subject_kind") is not NoticeSubject.REPORT:
            return value
        try:
            return str(UUID(value))
        except ValueError as error:
            raise Invalid("应为报送的编号（UUID）", "must be the id of a report (UUID)") from error


class Remark(RequestModel):
    text: OptionalWords = None


class Reasoned(RequestModel):
    reason: Words


class AnswerNotice(RequestModel):
    text: Words
    evidence: References
