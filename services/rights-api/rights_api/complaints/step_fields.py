"""What each step of an officer must say. Texts are sealed; documents are named by number and day."""

from typing import Annotated

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.regions import PROVINCE, REGIONS
from contracts.rights_taxonomy import Outcome, RefusalGround
from pydantic import AfterValidator, Field, field_validator, model_validator

from rights_api.cases.domain import Details
from rights_api.cases.fields import Text
from rights_api.cases.routing import is_case_team
from rights_api.complaints.fields import OtherChannel
from rights_api.organs import LETTER_SERIES


def _association(text: str) -> str:
    if text != PROVINCE and text not in REGIONS:
        raise Invalid("应为410000或河南省18个地区之一", "is neither 410000 nor one of the 18 regions of Henan")
    return text


DocumentNumber = Annotated[str, Field(min_length=1, max_length=100, description="文号 / number of the document")]
OrganName = Annotated[str, Field(min_length=1, max_length=100, description="机关名称 / public name of the organ")]
ToRegion = Annotated[str, Field(examples=["410200"]), AfterValidator(_association)]


class StepBody(RequestModel):
    """A step that says nothing more."""

    def details(self) -> Details:
        return Details()


class NoteBody(StepBody):
    note: Text | None = Field(default=None, repr=False)

    def details(self) -> Details:
        return Details(texts={} if self.note is None else {"note": self.note})


class RequestInfo(StepBody):
    text: Text = Field(repr=False, description="需补充的内容 / what is to be supplied")

    def details(self) -> Details:
        return Details(texts={"info-request": self.text})


class RefuseComplaint(StepBody):
    ground: RefusalGround
    text: Text = Field(repr=False)
    other_channel: OtherChannel
    confirmed_by: DocumentNumber | None = Field(
        default=None, description="以不是律师为由时：发证机关书面确认的文号 / the licensing authority's confirmation"
    )

    def details(self) -> Details:
        reasons = self.model_dump_json(include={"text", "other_channel"})
        return Details(ground=self.ground, confirmed_by=self.confirmed_by, texts={"refusal": reasons})


class HandOver(StepBody):
    to_region: ToRegion
    reason: Text = Field(repr=False)

    def details(self) -> Details:
        return Details(to_region=self.to_region, texts={"note": self.reason})


class Transfer(StepBody):
    other_channel: OtherChannel
    text: Text = Field(repr=False)

    def details(self) -> Details:
        reasons = self.model_dump_json(include={"text", "other_channel"})
        return Details(organ=self.other_channel.organ, texts={"transfer": reasons})


class SendLetter(StepBody):
    """A letter written elsewhere to the organ's complaint unit or the procuratorate; ours are `linkage`'s."""

    document_number: DocumentNumber
    document_date: LegalDay
    organ: OrganName

    @field_validator("document_number")
    @classmethod
    def _of_another_series(cls, number: str) -> str:
        if LETTER_SERIES in number:
            raise Invalid(
                "该文号由系统编发（联动任务），不能手工填写", "is a number of the letters issued here, and not typed in"
            )
        return number

    @field_validator("organ")
    @classmethod
    def _no_case_team(cls, organ: str) -> str:
        if is_case_team(organ):
            raise Invalid("应致投诉受理部门，不得致办案部门", "goes to the complaint unit, never to a case team")
        return organ

    def details(self) -> Details:
        return Details(document_number=self.document_number, document_date=self.document_date, organ=self.organ)


class RecordDecision(StepBody):
    """回函: the clock stops on the day on which it was received."""

    decided_on: LegalDay
    received_on: LegalDay
    document_number: DocumentNumber | None = None
    organ: OrganName
    summary: Text = Field(repr=False)

    def details(self) -> Details:
        return Details(
            decided_on=self.decided_on,
            received_on=self.received_on,
            document_number=self.document_number,
            document_date=self.decided_on,
            organ=self.organ,
            texts={"decision": self.summary},
        )


class ReplyToComplaint(StepBody):
    text: Text = Field(repr=False)

    def details(self) -> Details:
        return Details(texts={"reply": self.text})


class DecideReview(StepBody):
    text: Text = Field(repr=False, description="复核理由，告知申请人 / reasons, told to the complainant")

    def details(self) -> Details:
        return Details(texts={"review": self.text})


class Evidence(RequestModel):
    document_number: DocumentNumber
    document_date: LegalDay
    organ: OrganName


class CloseComplaint(StepBody):
    outcome: Outcome
    evidence: Evidence | None = Field(default=None, description="已纠正、部分纠正时的凭证 / what proves a correction")
    note: Text | None = Field(default=None, repr=False)

    def details(self) -> Details:
        shown = self.evidence
        return Details(
            outcome=self.outcome,
            evidence=shown is not None,
            document_number=None if shown is None else shown.document_number,
            document_date=None if shown is None else shown.document_date,
            organ=None if shown is None else shown.organ,
            texts={} if self.note is None else {"closure": self.note},
        )


class Terminate(StepBody):
    reason: Text = Field(repr=False)

    def details(self) -> Details:
        return Details(texts={"closure": self.reason})


class Referral(StepBody):
    """P43: the organ's own inspection is told that it refuses to correct, or repeats."""

    organ: OrganName
    document_number: DocumentNumber
    document_date: LegalDay

    def details(self) -> Details:
        return Details(organ=self.organ, document_number=self.document_number, document_date=self.document_date)


class Contact(StepBody):
    """An act of the fast lane: whom, and what came of it."""

    organ: OrganName | None = None
    note: Text | None = Field(default=None, repr=False)

    def details(self) -> Details:
        return Details(organ=self.organ, texts={} if self.note is None else {"note": self.note})


class NoteStanding(StepBody):
    """A lawyer files on his own statement and is looked up afterwards; nothing waits for it."""

    verified: bool
    source: OrganName

    def details(self) -> Details:
        return Details(result="verified" if self.verified else "not-found", organ=self.source)


class Assign(RequestModel):
    subject: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="不填即自己认领 / none: take it oneself"
    )


class Recuse(RequestModel):
    """RR16; 信访工作条例 28 by analogy."""

    subject: Annotated[str, Field(min_length=1, max_length=200)]
    ground: Annotated[str, Field(pattern=r"^(interest|relative|respondent|other)$")]


class OwnStep(RequestModel):
    """What a complainant says in a step of his own."""

    text: Text | None = Field(default=None, repr=False)
    satisfied: bool | None = None

    def details(self, place: str) -> Details:
        return Details(satisfied=self.satisfied, texts={} if self.text is None else {place: self.text})


class OwnStatement(OwnStep):
    text: Text = Field(repr=False)

    @model_validator(mode="after")
    def _only_of_a_reply(self) -> "OwnStatement":
        if self.satisfied is not None:
            raise Invalid("仅认可答复时填写（satisfied）", "satisfied is said when a reply is accepted")
        return self
