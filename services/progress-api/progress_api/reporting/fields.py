"""Bodies of requests."""

from typing import Annotated

from common.clock import LegalDay
from common.http import RequestModel
from pydantic import Field, StrictBool

from progress_api.reporting.answers import Entered
from progress_api.reporting.domain import AnswerKind, Signatories

MOST = 1_000_000_000_000
"""Above it no number of the plan makes sense, and sums of all still fit."""

Number = Annotated[int, Field(ge=0, le=MOST, strict=True)]
Words = Annotated[str, Field(min_length=1, max_length=1000)]
Name = Annotated[str, Field(min_length=1, max_length=50)]
DocumentNumber = Annotated[str, Field(min_length=2, max_length=80, examples=["郑司〔2026〕12号"])]


class AnswerBody(RequestModel):
    """One row: of which fields, the form says."""

    kind: AnswerKind = AnswerKind.NUMBER
    amount: Number | None = None
    numerator: Number | None = Field(default=None, description="分子 / of a share")
    denominator: Number | None = Field(default=None, description="分母 / of a share")
    yes: StrictBool | None = Field(default=None, description="是否达成 / of yes and no")
    reached_on: LegalDay | None = Field(default=None, description="达成日期 / since when it is reached")
    document_number: DocumentNumber | None = Field(default=None, description="依据文号 / the document it rests on")
    remark: Words | None = None
    explanation: Words | None = Field(default=None, description="对提示的说明 / of what looks implausible")

    def entered(self) -> Entered:
        names = ("amount", "numerator", "denominator", "yes", "reached_on", "document_number")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        return Entered(self.kind, given, self.remark, self.explanation)


class SignatoriesBody(RequestModel):
    filled_by: Name | None = Field(default=None, description="填报人 / who filled it in")
    checked_by: Name | None = Field(default=None, description="审核人 / who checked it")
    responsible: Name | None = Field(default=None, description="负责人 / who answers for it")

    def signatories(self) -> Signatories:
        return Signatories(self.filled_by, self.checked_by, self.responsible)


class SaveDraft(SignatoriesBody):
    items: dict[str, AnswerBody] = Field(
        max_length=1000, description="按行键填写，未列出的行为未填 / by the keys of the form; rows left out are missing"
    )


class SubmitReport(SignatoriesBody):
    """Those who were named in the draft already may be left out."""


class GiveReason(RequestModel):
    reason: Words


class ConfirmReport(RequestModel):
    without_scan: Words | None = Field(
        default=None, description="未附盖章件而确认的理由 / why it is confirmed without its stamped scan"
    )
