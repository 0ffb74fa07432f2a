"""Evidence that an organisation names in an answer: a document, an address or one of its reports."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.labels import LabelledEnum
from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

Words = Annotated[str, Field(min_length=1, max_length=4000)]
DocumentNumber = Annotated[str, Field(min_length=2, max_length=80, examples=["豫司〔2026〕12号"])]


class ReferenceKind(LabelledEnum):
    DOCUMENT = "document", "文件文号", "document number"
    LINK = "link", "链接", "link"
    REPORT = "report", "进展报送", "progress report"


@dataclass(frozen=True, slots=True)
class Reference:
    """reference: the document's number, an address, or the report's id."""

    kind: ReferenceKind
    reference: str


class ReferenceBody(RequestModel):
    kind: ReferenceKind
    reference: str = Field(min_length=2, max_length=500)

    @field_validator("reference")
    @classmethod
    def _of_its_kind(cls, value: str, info: ValidationInfo) -> str:
        match info.data.get("kind"):
            case ReferenceKind.LINK:
                parts = urlsplit(value)
                if parts.scheme not in ("http", "https") or not parts.hostname:
                    raise Invalid("应为 http 或 https 网址", "must be an http or https address")
            case ReferenceKind.REPORT:
                try:
                    return str(UUID(value))
                except ValueError as error:
                    raise Invalid("应为报送的编号（UUID）", "must be the id of a report (UUID)") from error
        return value

    def reference_of(self) -> Reference:
        return Reference(self.kind, self.reference)


def _once(given: list[ReferenceBody]) -> list[ReferenceBody]:
    if len({(each.kind, each.reference) for each in given}) < len(given):
        raise Invalid("同一依据只列一次", "each stands once")
    return given


References = Annotated[list[ReferenceBody], Field(min_length=1, max_length=20), AfterValidator(_once)]


class ReferenceView(BaseModel):
    kind: str
    kind_zh: str
    reference: str

    @classmethod
    def of(cls, reference: Reference) -> "ReferenceView":
        return cls(kind=reference.kind.value, kind_zh=reference.kind.zh, reference=reference.reference)
