"""Bodies of requests. Their texts name nobody; what a program can see of that is checked here."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.consultations import ConsultationBody, Party
from contracts.rights_taxonomy import Outcome, Respondent, Right
from pydantic import AfterValidator, AwareDatetime, Discriminator, Field, Tag, model_validator

from rights_api.cases.routing import Level
from rights_api.consultations.agenda import Cell, ItemKind
from rights_api.consultations.resolutions import Extension, Minutes, NewResolution, Withdrawal
from rights_api.consultations.use_cases import Proposed
from rights_api.refusals import Refused

_APART = re.compile(r"(?<=[0-9])[\s\-_.·]+(?=[0-9Xx])")
_LONG_NUMBER = re.compile(r"[0-9]{10}[0-9Xx]")
"""ID, licence, telephone and account numbers alike; no document number is as long."""
_CASE_NUMBER = re.compile(r"[(\[〔]\s*(19|20)[0-9]{2}\s*[)\]〕]\s*豫\s*[0-9]{2,4}")
_FIRST_YEAR, _LAST_YEAR = 1980, 2200


def _names_nobody(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" and not char.isspace() for char in text):
        raise Invalid("文字中不得含有控制字符", "must not hold control characters")
    read = unicodedata.normalize("NFKC", text)
    if _LONG_NUMBER.search(_APART.sub("", read)):
        raise Invalid(
            "文字中不得出现身份证号、执业证号、电话等长号码", "must not hold numbers of persons or telephones"
        )
    if _CASE_NUMBER.search(read):
        raise Invalid("文字中不得出现法院案号，可据此识别当事人", "must not hold a court's case number")
    return text


def _numbered(text: str) -> str:
    if not any(char.isdigit() for char in text):
        raise Invalid("文号应含有数字", "a document number holds a number")
    return _names_nobody(text)


def _plausible(at: datetime) -> datetime:
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise Invalid("日期超出范围", "is out of range")
    return at


Words = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_names_nobody)]
LongWords = Annotated[str, Field(min_length=1, max_length=50_000), AfterValidator(_names_nobody)]
Function = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_names_nobody)]
DocumentNumber = Annotated[
    str, Field(min_length=2, max_length=80, examples=["郑检函〔2026〕12号"]), AfterValidator(_numbered)
]
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
Checked = Annotated[
    bool, Field(description="已核对：文字不含姓名等可识别信息 / checked: the text lets nobody be recognised")
]


class PlanMeeting(RequestModel):
    body: ConsultationBody
    planned_at: Moment
    parties: list[Party] | None = Field(
        default=None, min_length=1, max_length=len(Party), description="默认为全部参会方 / default: all of the body"
    )


class RectificationItem(RequestModel):
    """What became of one open resolution, or why earlier minutes were not issued."""

    kind: Literal[ItemKind.RECTIFICATION]
    resolution_id: UUID | None = None
    earlier_meeting_id: UUID | None = None
    text: Words = Field(repr=False)


class CaseItem(RequestModel):
    """From one complaint: the parties see its text, its kind and how many are alike; which it is, intake alone."""

    kind: Literal[ItemKind.CASE]
    complaint_id: UUID
    text: Words = Field(repr=False)
    deidentified: Checked = False


class StatisticsItem(RequestModel):
    kind: Literal[ItemKind.STATISTICS]
    from_on: LegalDay
    to_on: LegalDay
    right: Right | None = None
    respondent: Respondent | None = None
    level: Level | None = None
    outcome: Outcome | None = None
    text: Words | None = Field(default=None, repr=False)
    deidentified: Checked = False

    def cell(self, region: str) -> Cell:
        """Raises Refused where its period ends before it begins."""
        if self.from_on > self.to_on:
            raise Refused("period-empty", "起始日晚于截止日", "the period ends before it begins", field="to_on")
        return Cell(region, self.from_on, self.to_on, self.right, self.respondent, self.level, self.outcome)


class TopicItem(RequestModel):
    kind: Literal[ItemKind.TOPIC]
    text: Words = Field(repr=False)


def _kind_of(body: Any) -> str | None:
    kind = body.get("kind") if isinstance(body, dict) else getattr(body, "kind", None)
    return kind if isinstance(kind, str) else None


AgendaItem = Annotated[
    Annotated[RectificationItem, Tag(ItemKind.RECTIFICATION.value)]
    | Annotated[CaseItem, Tag(ItemKind.CASE.value)]
    | Annotated[StatisticsItem, Tag(ItemKind.STATISTICS.value)]
    | Annotated[TopicItem, Tag(ItemKind.TOPIC.value)],
    Discriminator(
        _kind_of,  # a function: a member with a validator of its own may not decide
        custom_error_type="union_tag_invalid",
        custom_error_context={
            "discriminator": "'kind'",
            "tag": "",
            "expected_tags": ", ".join(kind.value for kind in ItemKind),
        },
    ),
]


def proposed(item: RectificationItem | TopicItem) -> Proposed:
    """Raises Refused where it is not clear what it reports on."""
    if isinstance(item, TopicItem):
        return Proposed(ItemKind.TOPIC, item.text)
    if (item.resolution_id is None) == (item.earlier_meeting_id is None):
        raise Refused(
            "one-open-matter",
            "请填写 resolution_id 或 earlier_meeting_id 之一",
            "give exactly one of resolution_id and earlier_meeting_id",
            field="resolution_id",
        )
    return Proposed(item.kind, item.text, resolution_id=item.resolution_id, earlier_meeting_id=item.earlier_meeting_id)


class CancelMeeting(RequestModel):
    reason: Words = Field(repr=False)


class Attendance(RequestModel):
    party: Party
    delegates: list[Function] = Field(
        min_length=1, max_length=20, description="只填职务，不填姓名 / functions, never names", examples=[["副院长"]]
    )


class HoldMeeting(RequestModel):
    held_at: Moment
    attendance: list[Attendance] = Field(min_length=1, max_length=len(Party))

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({each.party for each in self.attendance}) < len(self.attendance):
            raise Invalid("同一参会方只填一次（attendance）", "each party stands once in attendance")
        return self

    def delegates(self) -> dict[Party, list[str]]:
        return {each.party: each.delegates for each in self.attendance}


class ResolutionBody(RequestModel):
    owner: Party
    text: Words = Field(repr=False)
    due_on: LegalDay
    complaint_id: UUID | None = Field(default=None, description="来源案件，仅受理人员可见 / for intake only")


class ExtensionBody(RequestModel):
    resolution_id: UUID
    due_on: LegalDay
    reason: Words = Field(repr=False)


class WithdrawalBody(RequestModel):
    resolution_id: UUID
    reason: Words = Field(repr=False)


class DraftMinutes(RequestModel):
    text: LongWords = Field(repr=False)
    resolutions: list[ResolutionBody] = Field(default=[], max_length=50)
    extensions: list[ExtensionBody] = Field(default=[], max_length=50)
    withdrawals: list[WithdrawalBody] = Field(default=[], max_length=50)

    def minutes(self) -> Minutes:
        return Minutes(
            text=self.text,
            resolutions=tuple(
                NewResolution(each.owner, each.text, each.due_on, each.complaint_id) for each in self.resolutions
            ),
            extensions=tuple(Extension(each.resolution_id, each.due_on, each.reason) for each in self.extensions),
            withdrawals=tuple(Withdrawal(each.resolution_id, each.reason) for each in self.withdrawals),
        )


class SignMinutes(RequestModel):
    """Without members: the caller's own party signs. With them: the host records what another party signed."""

    party: Party | None = None
    document_number: DocumentNumber | None = None
    signed_on: date | None = None


class FulfilResolution(RequestModel):
    document_number: DocumentNumber = Field(description="落实情况的证明文书 / the paper that proves it")
    fulfilled_on: LegalDay
    note: Words | None = Field(default=None, repr=False)
