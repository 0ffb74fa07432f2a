"""Receiving, answering and withdrawing an item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.outbox import Outbox
from contracts.deadlines import rule
from contracts.working_days import local_date

from exchange_api.inbox.domain import Item, Kind, State, closed
from exchange_api.refusals import Refused


@dataclass(frozen=True, slots=True)
class Sent:
    """`digests`: of the sender's number and of the content, under a key of the deployment."""

    kind: Kind
    client_id: UUID
    organ_code: str
    subject: str
    region: str
    content: Mapping[str, str | None]
    digests: tuple[bytes, bytes]


class Inbox(Protocol):
    async def add(self, item: Item) -> Item | None:
        """Its content sealed under a key of its own; what the sender had sent under this number before, if anything."""

    async def save(self, item: Item) -> None:
        """Its answer sealed under the same key."""


async def receive(inbox: Inbox, outbox: Outbox, sent: Sent, at: datetime) -> Item:
    """The same thing sent again is the one that is here already. Raises Refused where a number is used for another."""
    due = rule(sent.kind.term).deadline(local_date(at))
    number_digest, content_digest = sent.digests
    item = Item(
        item_id=uuid4(), version=1, kind=sent.kind, client_id=sent.client_id, organ_code=sent.organ_code,
        subject=sent.subject, region=sent.region, state=State.RECEIVED, received_at=at, due_on=due.due_on,
        due_at=due.due_at, number_digest=number_digest, content_digest=content_digest, content=sent.content,
    )  # fmt: skip
    before = await inbox.add(item)
    if before is None:
        outbox.add(item.received())
        return item
    if (before.kind, before.content_digest) != (item.kind, item.content_digest):
        raise Refused(
            "number-used", "该编号已用于另一来件", "This number was used for something else", field="sender_number",
            conflict=True,
        )  # fmt: skip
    return before


async def close(
    inbox: Inbox,
    outbox: Outbox,
    item: Item,
    state: State,
    *,
    by: str,
    at: datetime,
    answer: str | None = None,
    reference: UUID | None = None,
) -> Item:
    after = closed(item, state, by=by, at=at, answer=answer, reference=reference)
    await inbox.save(after)
    outbox.add(after.told())
    return after
