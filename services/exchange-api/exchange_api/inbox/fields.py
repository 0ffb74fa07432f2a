"""Bodies of requests. What they say of persons is sealed, shown by no repr, and repeated in no refusal."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import orjson
from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.labels import LabelledEnum
from contracts.sharing import resources
from pydantic import AfterValidator, Field, model_validator

from exchange_api.inbox.domain import Kind, State
from exchange_api.organs import ConnectedRegion

Outcome = Literal["corrected", "unfounded", "recorded", "without-effect", "referred"]
SenderNumber = Annotated[
    str, Field(min_length=1, max_length=100, description="来文编号，同一编号只有一件 / your own number; used once")
]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class Told(RequestModel):
    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())

    def canonical(self) -> bytes:
        """The same for the same content, however it was written."""
        return orjson.dumps(self.model_dump(mode="json", exclude_defaults=True), option=orjson.OPT_SORT_KEYS)


def _resource(value: str) -> str:
    found = resources().get(value)
    if found is None:
        raise Invalid("政务数据目录中没有这项资源", "the directory has no such resource")
    if found.handler is None:
        raise Invalid("该项资源不予共享", "this resource is not shared")
    return value


class RequestCorrection(Told):
    sender_number: SenderNumber
    resource: Annotated[str, AfterValidator(_resource)] = Field(description="目录中的资源 / of the directory")
    region: ConnectedRegion = Field(description="数据所属地区 / the region whose organ keeps the record")
    record: Words = Field(description="记录编号 / the number by which it is asked for")
    field: Annotated[str, Field(min_length=1, max_length=100, description="数据项 / the field that is doubted")]
    held: str = Field(default="", max_length=1000, description="共享数据的现值 / what we say")
    expected: str = Field(default="", max_length=1000, description="认为应为 / what it should say")
    reason: str = Field(min_length=1, max_length=2000, description="疑义与依据 / what raises the doubt")

    def content(self) -> Mapping[str, str | None]:
        return self.model_dump(include={"record", "field", "held", "expected", "reason"})


class DocumentOutcome(LabelledEnum):
    """What became of a decision of ours, in court or on reconsideration."""

    UPHELD = "upheld", "维持", "upheld"
    CHANGED = "changed", "变更", "changed"
    REVOKED = "revoked", "撤销", "revoked"
    UNLAWFUL = "unlawful", "确认违法", "confirmed to be unlawful"
    VOID = "void", "确认无效", "confirmed to be void"


class SendDocument(Told):
    """A criminal judgment about a lawyer, or what became of a decision of a bureau or association."""

    sender_number: SenderNumber
    kind: Literal["conviction", "judgment", "reconsideration"]
    region: ConnectedRegion = Field(description="被处理人执业地 / where the lawyer or firm practises")
    document_number: Words = Field(description="文书文号 / number of the document")
    issued_on: LegalDay
    effective_on: LegalDay | None = Field(default=None, description="生效日期 / in force since")
    subject_name: Words = Field(description="律师或律所名称 / lawyer or firm")
    subject_number: Words = Field(description="执业证号或统一社会信用代码 / licence number or credit code")
    about: Words | None = Field(default=None, description="所涉决定的文号 / number of the decision that it is about")
    outcome: DocumentOutcome | None = Field(default=None, description="对该决定的处理 / what became of that decision")
    summary: str = Field(min_length=1, max_length=4000, description="内容摘要 / what it says")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        conviction = self.kind == "conviction"
        for name, value in (("about", self.about), ("outcome", self.outcome)):
            if conviction is not (value is None):
                raise Invalid(
                    f"{name}：刑事裁判不填，行政裁判和复议决定必填",
                    f"{name} belongs to judgments on our decisions and reconsideration",
                )
        if conviction and self.effective_on is None:
            raise Invalid("effective_on：刑事裁判须已生效", "effective_on: a criminal judgment must be in force")
        if self.effective_on is not None and self.effective_on < self.issued_on:
            raise Invalid("effective_on：不得早于 issued_on", "effective_on must not lie before issued_on")
        return self

    def content(self) -> Mapping[str, str | None]:
        told: dict[str, Any] = self.model_dump(mode="json", exclude={"sender_number", "kind", "region"})
        return told


class AnswerItem(Told):
    outcome: Outcome
    answer: str = Field(min_length=1, max_length=2000, description="答复 / what was found, and done")
    reference: UUID | None = Field(default=None, description="据以登记的记录编号 / id of what was recorded upon it")


class Transfer(Told):
    """`complaint`: the body of the service that takes it in; its own rules judge it there."""

    sender_number: SenderNumber
    about: Literal["lawyer", "own-rights"] = Field(
        description="lawyer：投诉律师或律所；own-rights：律师反映自身执业权利受侵害 / whose matter it is"
    )
    complaint: dict[str, Any]


def kind_of(body: SendDocument) -> Kind:
    return Kind(body.kind)


def state_of(body: AnswerItem) -> State:
    return State(body.outcome)
