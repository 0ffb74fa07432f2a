"""Talks, repetitions and clusters as requests and answers."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from contracts.identifiers import CreditCode, InvalidIdentifier, LicenceNumber
from pydantic import AfterValidator, BaseModel, Field, model_validator

from discipline_api.organs import Organ
from discipline_api.prevention.domain import Addressee, Cluster, FollowUp, Talk, TalkKind, Topic, kept_to
from discipline_api.record.repeat import Repetition
from discipline_api.text import FreeText


def _licence(text: str) -> str:
    try:
        return str(LicenceNumber.parse(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


def _credit(text: str) -> str:
    try:
        return str(CreditCode.parse_firm(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


Licence = Annotated[str, Field(max_length=64), AfterValidator(_licence)]
FirmCode = Annotated[str, Field(max_length=64), AfterValidator(_credit)]


class OrganBody(RequestModel):
    kind: OrganKind
    region: str = Field(pattern=r"^41\d{4}$", description="县级机关为县级代码 / of a county bureau the county's code.")
    code: str = Field(min_length=1, max_length=64)

    def organ(self) -> Organ:
        return Organ(self.kind, self.region, self.code)


class RecordTalk(RequestModel):
    organ: OrganBody
    kind: TalkKind
    addressee: Addressee
    licence_number: Licence | None = None
    credit_code: FirmCode | None = None
    topics: list[Topic] = Field(min_length=1, max_length=len(Topic))
    held_on: date
    follow_up: FollowUp = FollowUp.NONE
    notes: FreeText

    def talk(self, talk_id: UUID) -> Talk:
        return Talk(
            talk_id=talk_id,
            kind=self.kind,
            organ=self.organ.organ(),
            addressee=self.addressee,
            licence_number=self.licence_number,
            credit_code=self.credit_code,
            topics=tuple(topic for topic in Topic if topic in self.topics),
            held_on=self.held_on,
            follow_up=self.follow_up,
            keep_to_on=kept_to(self.held_on),
        )


class TalkLine(BaseModel):
    """Whom it was with stays out of what is kept for replay."""

    talk_id: UUID
    kind: TalkKind
    organ: str
    addressee: Addressee
    topics: list[str]
    held_on: date
    follow_up: FollowUp
    erased_on: date

    @classmethod
    def line(cls, talk: Talk) -> "TalkLine":
        return TalkLine(
            talk_id=talk.talk_id,
            kind=talk.kind,
            organ=talk.organ.name_zh,
            addressee=talk.addressee,
            topics=[topic.zh for topic in talk.topics],
            held_on=talk.held_on,
            follow_up=talk.follow_up,
            erased_on=talk.keep_to_on,
        )


class TalkView(TalkLine):
    licence_number: str | None
    credit_code: str | None
    notes: str

    @classmethod
    def of(cls, talk: Talk, notes: str) -> Self:
        return cls(
            **TalkLine.line(talk).model_dump(),
            licence_number=talk.licence_number,
            credit_code=talk.credit_code,
            notes=notes,
        )


class CheckRepetition(RequestModel):
    licence_number: Licence | None = None
    credit_code: FirmCode | None = None
    act_on: date = Field(description="行为发生之日 / the day of the act.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.licence_number is None) == (self.credit_code is None):
            raise Invalid("请填写 licence_number 或 credit_code 之一", "give exactly one of the two numbers")
        return self

    def subject(self) -> tuple[SubjectKind, str]:
        if self.licence_number is not None:
            return SubjectKind.LAWYER, self.licence_number
        return SubjectKind.FIRM, self.credit_code or ""


class RepetitionView(BaseModel):
    escalation: str
    escalation_zh: str
    document_number: str
    organ: str
    decided_on: date
    until_on: date
    rule: str
    zh: str
    en: str

    @classmethod
    def of(cls, repetition: Repetition) -> Self:
        zh, en = repetition.sentence
        return cls(
            escalation=repetition.escalation.value,
            escalation_zh=repetition.escalation.zh,
            document_number=repetition.earlier.decision.document_number,
            organ=repetition.earlier.decision.organ.name_zh,
            decided_on=repetition.earlier.decision.decided_on,
            until_on=repetition.until_on,
            rule=repetition.rule_id,
            zh=zh,
            en=en,
        )


class RepetitionsView(BaseModel):
    repetitions: list[RepetitionView]
    note_zh: str = "仅含本系统记录的处罚；撤回的不计。"
    note_en: str = "Only what this system has on record; withdrawn decisions do not count."


class ClusterView(BaseModel):
    of: str
    cases: int

    @classmethod
    def from_cluster(cls, cluster: Cluster) -> Self:
        return cls(of=cluster.of, cases=cluster.cases)


class ClustersView(BaseModel):
    from_on: date
    to_on: date
    firms: list[ClusterView]
    conduct: list[ClusterView]
