"""What is shown of an item of the inbox. What a POST answers is kept for replay, so it repeats no content."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from contracts.sharing import resources
from pydantic import BaseModel, Field

from exchange_api.inbox.domain import Item, Kind, State

_NEXT = {
    Kind.CORRECTION: None,
    Kind.CONVICTION: "discipline-api POST /v1/conduct-records",
    Kind.JUDGMENT: "discipline-api POST /v1/sanctions/{case_id}/withdrawal",
    Kind.RECONSIDERATION: "discipline-api POST /v1/sanctions/{case_id}/withdrawal",
}
"""Where an officer records what follows, in his own name: nothing is recorded by a machine."""


class ItemLine(BaseModel):
    """Without its content."""

    item_id: UUID
    version: int
    kind: str
    kind_zh: str
    organ_code: str
    resource: str | None
    resource_zh: str | None
    region: str
    state: str
    state_zh: str
    received_at: datetime
    due_on: date
    risk: str
    risk_zh: str
    overdue_at: datetime | None
    answered_at: datetime | None
    lapsed_at: datetime | None = Field(description="按未答复办结的时刻 / when it was closed as unanswered")
    reference: UUID | None

    @classmethod
    def of(cls, item: Item, now: datetime) -> Self:
        risk, resource = item.risk(now), resources().get(item.subject)
        return cls(
            item_id=item.item_id,
            version=item.version,
            kind=item.kind.value,
            kind_zh=item.kind.zh,
            organ_code=item.organ_code,
            resource=resource and resource.id,
            resource_zh=resource and resource.zh,
            region=item.region,
            state=item.state.value,
            state_zh=item.state.zh,
            received_at=item.received_at,
            due_on=item.due_on,
            risk=risk.value,
            risk_zh=risk.zh,
            overdue_at=item.overdue_at,
            answered_at=item.answered_at,
            lapsed_at=item.lapsed_at,
            reference=item.reference,
        )


class DeadlineView(BaseModel):
    """Why it is due on that day."""

    rule_id: str
    due_at: datetime
    article: str
    verified: bool
    provisional: bool
    zh: str
    en: str


class StandingView(BaseModel):
    """How an item stands, after who sent or handled it has changed that. next: where an officer records it."""

    line: ItemLine
    deadline: DeadlineView
    next: str | None
    kept_until: date | None
    erased_at: datetime | None

    @classmethod
    def of(cls, item: Item, now: datetime) -> "StandingView":
        told = item.deadline.explanation
        return StandingView(
            line=ItemLine.of(item, now),
            deadline=DeadlineView(
                rule_id=item.kind.term,
                due_at=item.due_at,
                article=told.article,
                verified=told.verified,
                provisional=told.provisional,
                zh=told.zh,
                en=told.en,
            ),
            next=_NEXT[item.kind] if item.state is State.RECEIVED else None,
            kept_until=item.kept_until,
            erased_at=item.erased_at,
        )


class ItemView(StandingView):
    """content and answer are null once they are no longer kept (`erased_at`)."""

    content: dict[str, str | None] | None
    answer: str | None

    @classmethod
    def of(cls, item: Item, now: datetime) -> "ItemView":
        content = None if item.content is None else dict(item.content)
        return cls(**dict(StandingView.of(item, now)), content=content, answer=item.answer)
