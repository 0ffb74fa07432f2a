"""What is shown of subscriptions and deliveries."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Self
from uuid import UUID

from contracts.regions import REGIONS
from contracts.register_counts import RegisterCounts, RowState
from contracts.sharing import resources
from pydantic import BaseModel

from exchange_api.deliveries.domain import KINDS, TERM, Cadence, Delivery, Difference, Dimension, File, Subscription


class SubscriptionView(BaseModel):
    subscription_id: UUID
    version: int
    client_id: UUID
    resource: str
    cadence: Cadence
    subscribed_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, subscription: Subscription) -> Self:
        return cls.model_validate(subscription, from_attributes=True)


class CountsView(BaseModel):
    rows: int
    by_region: Mapping[str, int]
    by_state: Mapping[str, int]

    @classmethod
    def of(cls, counts: RegisterCounts) -> Self:
        return cls.model_validate(counts.model_dump(mode="json"))


class DifferenceView(BaseModel):
    """`code`: the region or state; null where all rows are meant."""

    dimension: str
    dimension_zh: str
    code: str | None
    code_zh: str | None
    ours: int
    theirs: int

    @classmethod
    def of(cls, found: Difference) -> Self:
        return cls(
            dimension=found.dimension.value,
            dimension_zh=found.dimension.zh,
            code=found.code,
            code_zh=_worded(found),
            ours=found.ours,
            theirs=found.theirs,
        )


class DeliveryLine(BaseModel):
    """`differences`: in how many places the counts differ. period: the day or the Monday for which it was noted."""

    delivery_id: UUID
    version: int
    subscription_id: UUID
    client_id: UUID
    organ_code: str
    resource: str
    resource_zh: str
    period: date
    edition: UUID
    rows: int
    state: str
    state_zh: str
    noted_at: datetime
    due_at: datetime
    late_at: datetime | None
    answered_at: datetime | None
    settled_by: UUID | None
    differences: int

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(
            delivery_id=delivery.delivery_id,
            version=delivery.version,
            subscription_id=delivery.subscription_id,
            client_id=delivery.client_id,
            organ_code=delivery.organ_code,
            resource=delivery.resource,
            resource_zh=resources()[delivery.resource].zh,
            period=delivery.period,
            edition=delivery.manifest.edition,
            rows=delivery.ours.rows,
            state=delivery.state.value,
            state_zh=delivery.state.zh,
            noted_at=delivery.noted_at,
            due_at=delivery.due_at,
            late_at=delivery.late_at,
            answered_at=delivery.answered_at,
            settled_by=delivery.settled_by,
            differences=len(delivery.differences),
        )


class FileView(File):
    """`path`: at registry-api, which keeps the file; no account is needed."""

    path: str


class TermView(BaseModel):
    """Why the answer is due then."""

    rule_id: str
    verified: bool
    zh: str
    en: str


class DeliveryView(BaseModel):
    """cursor: the place in the register's changes at which the edition was read: go on after it with `/v1/changes`.

    jws: the whole manifest as the registry has signed it.
    """

    line: DeliveryLine
    created_at: datetime
    cursor: str
    files: list[FileView]
    jws: str
    term: TermView
    ours: CountsView
    theirs: CountsView | None
    differences: list[DifferenceView]

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        manifest, told = delivery.manifest, delivery.deadline.explanation
        base = f"/v1/public/files/{manifest.edition}"
        return cls(
            line=DeliveryLine.of(delivery),
            created_at=manifest.created_at,
            cursor=manifest.cursor,
            files=[
                FileView(**file.model_dump(), path=f"{base}/{file.name}")
                for file in manifest.files
                if file.kind == KINDS[delivery.resource]
            ],
            jws=delivery.jws,
            term=TermView(rule_id=TERM, verified=told.verified, zh=told.zh, en=told.en),
            ours=CountsView.of(delivery.ours),
            theirs=None if delivery.theirs is None else CountsView.of(delivery.theirs),
            differences=[DifferenceView.of(found) for found in delivery.differences],
        )


def _worded(found: Difference) -> str | None:
    if found.code is None:
        return None
    if found.dimension is Dimension.STATE:
        return RowState(found.code).zh
    return REGIONS[found.code].name_zh if found.code in REGIONS else "全省"
