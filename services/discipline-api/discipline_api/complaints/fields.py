"""Bodies of requests. None of their values is repeated in a refusal, logged, or shown by repr."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self
from uuid import UUID

import orjson
from common.http import Invalid, RequestModel
from common.secrecy.keys import hmac_sm3
from contracts.complaint_routes import ComplainedOf, Destination, channels, hints
from contracts.discipline_events import SubjectKind
from contracts.identifiers import normalise_name, normalise_number
from contracts.regions import REGIONS
from pydantic import AfterValidator, Field, model_validator

from discipline_api.complaints.matter import Matter
from discipline_api.complaints.routing import Fee, Question
from discipline_api.complaints.terms import (
    TRANSFERS,
    IdentityMode,
    Outcome,
    Recipient,
    RecusalGround,
    RefusalGround,
    ReviewOutcome,
    Source,
)
from discipline_api.complaints.use_cases import Marks
from discipline_api.text import FreeText


def _region(text: str) -> str:
    if text not in REGIONS:
        raise Invalid("地区代码不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return text


def _hint(text: str) -> str:
    if text not in hints():
        raise Invalid("行为代码不在所列范围内", "is not one of the listed kinds of conduct")
    return text


def _channel(text: str) -> str:
    if text not in channels():
        raise Invalid("渠道代码不在所列范围内", "is not one of the listed channels")
    return text


RegionCode = Annotated[str, Field(examples=["410100"]), AfterValidator(_region)]
Hints = Annotated[
    list[Annotated[str, AfterValidator(_hint)]], Field(max_length=12, description="见 /v1/complaint-routes/hints")
]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
"""Sealed before it is stored; it may hold anything, and goes nowhere else."""
Words = Annotated[str, Field(min_length=1, max_length=200)]


OfficerCode = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$",
        description="工号，与令牌 sub 一致，不写姓名 / as in the officer's token, never a name",
    ),
]


class Told(RequestModel):
    """Shown by no repr: it may end up in a traceback."""

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())


class Subject(Told):
    """Whom it is about, as the complainant knows it: nothing is looked up, and nobody refused for not being found."""

    kind: SubjectKind
    name: Words
    firm_name: Words | None = None
    licence_number: Words | None = None
    credit_code: Words | None = None

    def marks(self) -> Iterator[str]:
        yield f"name {self.kind.value} {_plain(self.name.removesuffix('律师')) or _plain(self.name)}"
        if self.licence_number is not None:
            yield f"licence {normalise_number(self.licence_number)}"
        if self.credit_code is not None:
            yield f"credit {normalise_number(self.credit_code)}"


class Complainant(Told):
    name: Words
    contact: Annotated[Words, Field(description="电话、邮箱或通信地址 / phone, e-mail or address")]

    def marks(self) -> Iterator[str]:
        yield f"name {_plain(self.name)}"
        yield f"contact {normalise_number(self.contact).replace('-', '')}"


def _plain(name: str) -> str:
    return normalise_name(name).replace(" ", "").casefold()


class FileComplaint(Told):
    subject: Subject
    region: Annotated[RegionCode, Field(description="被投诉人执业地 / where the lawyer or firm practises")]
    addressee: Annotated[
        Destination | None, Field(description="可由两者办理时的选择 / a choice where either may act")
    ] = None
    hints: Hints = []  # noqa: RUF012 -- pydantic copies it
    money_back: bool = False
    identity_mode: IdentityMode = IdentityMode.NAMED
    complainant: Complainant | None = None
    consent_to_share: Annotated[
        bool, Field(description="转送时一并提供本人姓名和原文 / name and text go along where it is forwarded")
    ] = False
    happened_from: date | None = None
    happened_to: date | None = None
    facts: Text

    @model_validator(mode="after")
    def _identity_fits_mode(self) -> Self:
        if self.identity_mode is IdentityMode.ANONYMOUS:
            if self.complainant is not None:
                raise Invalid("匿名投诉不得附投诉人信息（complainant）", "an anonymous complaint names no complainant")
            if self.consent_to_share:
                raise Invalid("匿名投诉无身份可提供（consent_to_share）", "nobody anonymous can share his name")
        elif self.complainant is None:
            raise Invalid("实名投诉必须填写投诉人（complainant）", "complainant is required unless anonymous")
        return self

    def question(self) -> Question:
        return Question(
            complained_of=ComplainedOf(self.subject.kind.value),
            region=self.region,
            hints=tuple(self.hints),
            # Whether money is claimed is an answer of its own: who files here reports misconduct.
            fee=Fee() if self.money_back and self.hints else None,
            prefers=self.addressee,
        )

    def matter(self, today: date) -> Matter:
        return Matter(
            subject_kind=self.subject.kind,
            region=self.region,
            hints=tuple(sorted(set(self.hints))),
            money_back=self.money_back,
            identity_mode=self.identity_mode,
            source=Source.WEB,
            received_on=today,
            happened_from=self.happened_from,
            happened_to=self.happened_to,
            consent=self.consent_to_share,
        )

    def texts(self) -> dict[str, str]:
        """What is sealed, by place."""
        texts = {"subject": self.subject.model_dump_json(), "facts": self.facts}
        if self.complainant is not None:
            texts["identity"] = self.complainant.model_dump_json()
        return texts

    def marks(self, likeness: bytes) -> Marks:
        complainant = () if self.complainant is None else self.complainant.marks()
        return Marks(
            frozenset(hmac_sm3(likeness, b"subject", mark.encode()) for mark in self.subject.marks()),
            frozenset(hmac_sm3(likeness, b"complainant", mark.encode()) for mark in complainant),
        )

    def canonical(self) -> bytes:
        """The same for the same content, however it was written; a later optional field left out changes nothing."""
        return self.model_dump_json(exclude_defaults=True).encode()


class EnterComplaint(FileComplaint):
    """On paper, by phone, or passed on by another organ: written down by an officer, who hands over the receipt."""

    source: Source
    received_on: Annotated[date, Field(description="本机关收到之日，期限由此起算 / the clock begins on this day")]
    source_received_on: Annotated[
        date | None, Field(description="来文机关收到之日，仅转来的填写 / by the sender, of a transfer")
    ] = None
    source_organ: Words | None = None
    source_number: Words | None = None

    @model_validator(mode="after")
    def _not_from_the_web(self) -> Self:
        if self.source is Source.WEB:
            raise Invalid(
                "网上投诉由投诉人自行提交（source）", "what comes online is filed by the complainant (source)"
            )
        return self

    def matter(self, today: date) -> Matter:
        told = FileComplaint.matter(self, today)
        return Matter(
            subject_kind=told.subject_kind,
            region=told.region,
            hints=told.hints,
            money_back=told.money_back,
            identity_mode=told.identity_mode,
            source=self.source,
            received_on=self.received_on,
            source_received_on=self.source_received_on,
            happened_from=told.happened_from,
            happened_to=told.happened_to,
            consent=told.consent,
        )

    def texts(self) -> dict[str, str]:
        if self.source_organ is None and self.source_number is None:
            return FileComplaint.texts(self)
        source = orjson.dumps({"organ": self.source_organ, "number": self.source_number}).decode()
        return FileComplaint.texts(self) | {"source": source}


class TransferComplaint(EnterComplaint):
    """Passed on by another organ's system. The day on which we received it is the day on which this arrives."""

    @model_validator(mode="after")
    def _from_an_organ(self) -> Self:
        if self.source not in TRANSFERS:
            raise Invalid("系统转送的须注明转来的机关（source）", "source must be one of the organs that pass on")
        return self


class FeeAnswers(Told):
    """One yes makes it misconduct; all no, a dispute about money."""

    private_charge: Annotated[bool, Field(description="律师自己收钱、没有合同或发票？ / taken by the lawyer himself?")]
    forbidden_contingency: Annotated[
        bool, Field(description="刑事、行政、婚姻、劳动报酬等案件按结果收费？ / by result where not allowed?")
    ]
    nothing_done: Annotated[bool, Field(description="收了钱什么都没做？ / paid, and nothing was done?")]


class AskRoute(Told):
    """Closed questions only: nothing here can name anybody."""

    complained_of: ComplainedOf
    region: RegionCode
    own_rights_hindered: Annotated[
        bool, Field(description="您是律师，反映自己的执业权利受阻碍？ / are you a lawyer, your own rights hindered?")
    ] = False
    money: Annotated[FeeAnswers | None, Field(description="涉及收费或退费时回答 / where it is about money")] = None
    hints: Hints = []  # noqa: RUF012 -- as above
    addressee: Destination | None = None

    def question(self) -> Question:
        return Question(
            complained_of=self.complained_of,
            region=self.region,
            hints=tuple(self.hints),
            own_rights_hindered=self.own_rights_hindered,
            fee=None if self.money is None else Fee(**self.money.model_dump()),
            prefers=self.addressee,
        )


class SendText(Told):
    text: Text


class AssignComplaint(Told):
    officer: OfficerCode


class DeclareInterest(Told):
    officer: OfficerCode
    ground: RecusalGround


class RefuseComplaint(Told):
    ground: RefusalGround
    refused_on: date
    channel: Annotated[str, Field(description="正确渠道代码 / the right channel"), AfterValidator(_channel)]
    reasons: Text | None = None
    reasons_for_joined: Text | None = None


class ForwardComplaint(Told):
    to: Recipient
    region: RegionCode | None = None
    text: Annotated[Text, Field(description="随转的内容，须去除投诉人身份 / what goes along, without the complainant")]


class AcknowledgeComplaint(Told):
    acknowledged_on: date
    number: Words
    received_by: Words

    def receipt(self) -> str:
        return orjson.dumps({"number": self.number, "received_by": self.received_by}).decode()


class GiveReason(Told):
    reason: FreeText


class LinkProceeding(Told):
    proceeding_id: UUID


class JoinComplaint(Told):
    into: UUID
    reason: FreeText


class TellResult(Told):
    outcome: Outcome
    decided_on: date
    served_on: date | None = None
    text: Text
    text_for_joined: Text | None = None


class AnswerReview(Told):
    outcome: ReviewOutcome
    text: Text
    text_for_joined: Text | None = None
