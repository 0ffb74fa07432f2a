"""What requests and answers of webhooks hold."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from common.http import Invalid, RequestModel
from common.http.instants import Instant
from common.outbound import MOST_CHARACTERS
from pydantic import BaseModel, Field, model_validator

from exchange_api.organs import ConnectedRegion
from exchange_api.sources.cursor import MAX_LENGTH
from exchange_api.webhooks.domain import Cause, DeliveryState, State, Webhook
from exchange_api.webhooks.signatures import Scheme
from exchange_api.webhooks.store_deliveries import Logged

NOW, FIRST = "now", "first"

Url = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, description="https 地址 / https address")]
Types = Annotated[tuple[str, ...], Field(max_length=100, description="事件类型，空为全部 / event types, empty: all")]
Regions = Annotated[
    tuple[ConnectedRegion, ...],
    Field(max_length=20, description="地区，空为全部 / regions, empty: all"),
]
Keys = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
    Field(max_length=200, description="对象编号，空为全部 / ids of what events are about, empty: all"),
]


class AddWebhook(RequestModel):
    client_id: UUID | None = Field(
        default=None, description="由运维代为登记时须给出 / needed where an operator does it for the system"
    )
    url: Url
    signature: Scheme = "hmac-sha256"
    types: Types = ()
    regions: Regions = ()
    keys: Keys = ()
    after: str = Field(
        default=NOW, min_length=1, max_length=MAX_LENGTH,
        description="now：自现在起；first：自第一个事件起；或游标 / from now on, from the first event, or a cursor",
    )  # fmt: skip


class ChangeWebhook(RequestModel):
    """What is left out stays."""

    url: Url | None = None
    types: Types | None = None
    regions: Regions | None = None
    keys: Keys | None = None
    state: Literal["disabled"] | None = Field(
        default=None, description="停止推送；恢复用 /resume / stop; `/resume` starts again"
    )


class Resume(RequestModel):
    after: str | None = Field(
        default=None, min_length=1, max_length=MAX_LENGTH,
        description="此游标之前的视为已收到，之后的（再次）推送；不填则从停止处继续 / "
        "what lies before is taken as received, what lies after is sent, again where it was; default: go on",
    )  # fmt: skip


class Resend(RequestModel):
    """One delivery, or those planned within a range of time."""

    delivery_id: UUID | None = None
    start: Instant | None = Field(default=None, description="含 / included")
    end: Instant | None = Field(default=None, description="不含 / not included")

    @model_validator(mode="after")
    def _one_or_a_range(self) -> Self:
        if self.delivery_id is not None:
            if self.start is not None or self.end is not None:
                raise Invalid("请给出推送编号或时间范围之一", "give a delivery or a range, not both")
        elif self.start is None or self.end is None or self.start >= self.end:
            raise Invalid("请给出推送编号，或起止时间（起早于止）", "give a delivery, or a range of time")
        return self


class GiveUp(RequestModel):
    reason: str = Field(min_length=1, max_length=500, description="理由 / reason")


class WebhookView(BaseModel):
    webhook_id: UUID
    version: int
    client_id: UUID
    url: str
    signature: Scheme
    types: list[str]
    regions: list[str]
    keys: list[str]
    state: State
    cause: Cause | None
    registered_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        return cls.model_validate(webhook, from_attributes=True)


class WithSecret(WebhookView):
    """`secret` is shown here and never again: the shared one, or of a key pair its public half."""

    secret: str
    former_until: datetime | None = Field(
        default=None, description="此前的密钥同时签名至此时 / the former one signs too, until then"
    )


class StatusView(BaseModel):
    """`after`: the receiver has everything up to this cursor."""

    pending: int
    oldest_at: datetime | None
    circuit: Literal["closed", "open", "half-open"]
    failures: int
    after: str


class AttemptView(BaseModel):
    attempt: int
    at: datetime
    outcome: Literal["delivered", "failed"]
    reason: str
    status_class: int | None
    duration_ms: int


class DeliveryView(BaseModel):
    """`source` and `position` are missing of a test. What was said is not kept, nor what was answered."""

    delivery_id: UUID
    source: str | None
    position: int | None
    state: DeliveryState
    failures: int
    next_at: datetime | None
    planned_at: datetime
    ended_at: datetime | None
    attempts: list[AttemptView]

    @classmethod
    def of(cls, logged: Logged) -> Self:
        values: dict[str, Any] = {name: getattr(logged, name) for name in cls.model_fields}
        return cls.model_validate(values | {"next_at": None if logged.ended_at else logged.next_at})


class TestView(BaseModel):
    delivery_id: UUID


class ResentView(BaseModel):
    deliveries: int
