"""Lists and recognitions as requests and answers."""

from datetime import date
from typing import Self
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.recognition import RecognisedField, RecognitionKind, WithdrawalGround
from pydantic import BaseModel, Field, model_validator

from registry_api.recognitions.domain import Recognition, RecognitionList
from registry_api.recognitions.use_cases import Member
from registry_api.register.fields import FirmCreditCode, LicenceNumberText, ListRegion

MOST_MEMBERS = 1000
_MEMBER = Field(description="firm_id 或 lawyer_id，依名录而定 / by the kind of list.")


class GrantRecognition(RequestModel):
    kind: RecognitionKind
    issuer: str = Field(min_length=1, max_length=100)
    document_number: str = Field(min_length=1, max_length=100)
    member_id: UUID = _MEMBER
    from_on: date
    to_on: date | None = None
    field: RecognisedField | None = Field(default=None, description="特色精品所的主要领域 / of a boutique only.")


class WithdrawRecognition(RequestModel):
    withdrawn_on: date
    ground: WithdrawalGround


class AskHonours(RequestModel):
    """Of one lawyer or one firm, by number: the answer names nobody."""

    licence_number: LicenceNumberText | None = None
    credit_code: FirmCreditCode | None = None
    on: date

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.licence_number is None) == (self.credit_code is None):
            raise Invalid("执业证号与信用代码须且只能填一项", "give a licence number or a credit code, not both")
        return self


class HonoursView(BaseModel):
    held: bool
    since: date | None = Field(description="其中最早一项的起始日 / the first day of the oldest of them.")
    numbers: list[str] = Field(description="该对象现用及曾用号码 / every number it is or was known by.")


class IssueList(RequestModel):
    kind: RecognitionKind
    region: ListRegion = Field(description="省级名录为 410000，市级名录为该市 / 410000, or the city whose list it is.")
    issuer: str = Field(min_length=1, max_length=100)
    document_number: str = Field(min_length=1, max_length=100)
    title: str = Field(min_length=1, max_length=200)
    valid_from: date
    valid_to: date | None = Field(default=None, description="失效之日（当日起无效）/ the first day without effect.")


class NewMember(RequestModel):
    member_id: UUID = _MEMBER
    from_on: date | None = None
    to_on: date | None = None
    field: RecognisedField | None = None

    def member(self) -> Member:
        return Member(self.member_id, self.from_on, self.to_on, self.field)


class AddMembers(RequestModel):
    members: list[NewMember] = Field(min_length=1, max_length=MOST_MEMBERS)


class RecognitionView(BaseModel):
    recognition_id: UUID
    kind: RecognitionKind
    issuer: str
    document_number: str
    member_id: UUID
    region: str
    from_on: date
    to_on: date | None
    withdrawn_on: date | None
    withdrawal_ground: WithdrawalGround | None = Field(description="仅发布机关可见 / shown to the issuing organs only.")
    field: RecognisedField | None
    list_id: UUID | None
    version: int

    @classmethod
    def of(cls, recognition: Recognition, *, ground: bool = False) -> Self:
        """`ground`: one of them tells of a sanction, so it is for the organs that keep the list."""
        view = cls.model_validate(recognition, from_attributes=True)
        return view if ground else view.model_copy(update={"withdrawal_ground": None})


class RecognitionLine(RecognitionView):
    member_name: str = Field(description="现名 / as it is called today.")

    @classmethod
    def named(cls, view: RecognitionView, member_name: str) -> Self:
        return cls(member_name=member_name, **dict(view))


class MembersView(BaseModel):
    members: list[RecognitionView]


class ListView(BaseModel):
    list_id: UUID
    kind: RecognitionKind
    kind_zh: str
    kind_en: str
    region: str
    issuer: str
    document_number: str
    title: str
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, listed: RecognitionList) -> Self:
        return cls(
            list_id=listed.list_id,
            kind=listed.kind,
            kind_zh=listed.kind.zh,
            kind_en=listed.kind.en,
            region=listed.region,
            issuer=listed.issuer,
            document_number=listed.document_number,
            title=listed.title,
            valid_from=listed.valid_from,
            valid_to=listed.valid_to,
        )


class PublicMember(BaseModel):
    """A member in force today, by name and public number."""

    name: str
    number: str = Field(description="统一社会信用代码或执业证号 / credit code or licence number.")
    region: str
    from_on: date
    to_on: date | None
    field_zh: str | None
    field_en: str | None

    @classmethod
    def of(cls, recognition: Recognition, name: str, number: str) -> Self:
        return cls(
            name=name,
            number=number,
            region=recognition.region,
            from_on=recognition.from_on,
            to_on=recognition.to_on,
            field_zh=None if recognition.field is None else recognition.field.zh,
            field_en=None if recognition.field is None else recognition.field.en,
        )
