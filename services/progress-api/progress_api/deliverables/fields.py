"""Bodies of requests about deliverables."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.deliverables import DeliverableState, evidence_events
from contracts.plan import UnknownPlanId, plan
from contracts.regions import REGIONS
from pydantic import AfterValidator, Discriminator, Field, Tag

from progress_api.deliverables.domain import Document
from progress_api.organisations import RegionCode


def _public_page(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or not text.isprintable():
        raise Invalid("应为公开网页的地址（https://…）", "must be the address of a public page (https://…)")
    return text


def _event_type(text: str) -> str:
    if text not in evidence_events():
        raise Invalid("这类事件不能作为佐证", "events of this type cannot be named as evidence")
    return text


def _indicator(text: str) -> str:
    try:
        return plan().indicator(text).id
    except UnknownPlanId:
        raise Invalid("方案中没有这个指标", "The plan has no such indicator") from None


Words = Annotated[str, Field(min_length=2, max_length=200)]
Reason = Annotated[str, Field(min_length=2, max_length=500)]


class DocumentFields(RequestModel):
    number: Words = Field(examples=["豫司文〔2026〕12号"])
    issuer: Words
    dated_on: LegalDay

    def document(self) -> Document:
        return Document(self.number, self.issuer, self.dated_on)


class SetMilestone(RequestModel):
    """Without `regions` it is set for everyone of whom the deliverable is asked."""

    title: Words
    due_on: LegalDay
    document: DocumentFields
    from_on: LegalDay | None = Field(None, description="自何日起有效，默认文件日期 / the document's day by default")
    regions: list[RegionCode] | None = Field(None, min_length=1, max_length=len(REGIONS))


class ChangeMilestone(RequestModel):
    title: Words
    due_on: LegalDay
    document: DocumentFields
    reason: Reason
    from_on: LegalDay | None = None


class CancelMilestone(RequestModel):
    reason: Reason
    document: DocumentFields
    from_on: LegalDay | None = None


class NameOwner(RequestModel):
    region: RegionCode | None = None
    organ_kind: Literal[
        "department", "bureau", "association", "city-association", "party-committee", "city-party-committee", "other"
    ]
    organ_name: Words = Field(description="责任单位名称，不填个人 / an organisation, never a person")
    from_on: LegalDay


class RecordState(RequestModel):
    region: RegionCode | None = None
    state: DeliverableState
    on: LegalDay = Field(description="自何日起 / since when")
    reason: Reason | None = None


class _EvidenceFields(RequestModel):
    region: RegionCode | None = None
    dated_on: LegalDay
    completes: UUID | None = Field(None, description="证明已完成的节点 / the milestone it shows to have been reached")


class DocumentEvidence(_EvidenceFields):
    kind: Literal["document"]
    document_number: Words
    document_issuer: Words


class LinkEvidence(_EvidenceFields):
    kind: Literal["link"]
    url: Annotated[str, Field(max_length=500), AfterValidator(_public_page)]


class EventEvidence(_EvidenceFields):
    kind: Literal["event"]
    event_id: UUID
    event_type: Annotated[str, Field(max_length=100), AfterValidator(_event_type)]


class IndicatorEvidence(_EvidenceFields):
    """The value is found here, as of `dated_on`."""

    kind: Literal["indicator"]
    indicator_id: Annotated[str, Field(max_length=20), AfterValidator(_indicator)]


def _kind_of(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None


AddEvidence = Annotated[
    Annotated[DocumentEvidence, Tag("document")]
    | Annotated[LinkEvidence, Tag("link")]
    | Annotated[EventEvidence, Tag("event")]
    | Annotated[IndicatorEvidence, Tag("indicator")],
    Discriminator(
        _kind_of,  # a function: a member with a validator of its own may not decide
        custom_error_type="union_tag_invalid",
        custom_error_context={
            "discriminator": "'kind'",
            "tag": "",
            "expected_tags": "document, link, event, indicator",
        },
    ),
]


class WithdrawEvidence(RequestModel):
    reason: Reason
    on: LegalDay
