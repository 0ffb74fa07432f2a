"""Events of exchange-api (feed `exchange.events`): which systems are connected, what operators did."""

from datetime import date, datetime
from uuid import UUID

from common.events import Event

TOPIC = "exchange.events"
FEED_PREFIX = "/v1/exchange"
"""Where this service offers its own feed: its `/v1/events` is the stream merged from all."""


class ClientRegistered(Event, event_type="lawyers.exchange.client.registered.v1", topic=TOPIC, key="client_id"):
    """A system of an organ has been connected; what it may receive follows from the entitlement table."""

    client_id: UUID
    organisation_kind: str
    organ_code: str
    state: str


class ClientChanged(Event, event_type="lawyers.exchange.client.changed.v1", topic=TOPIC, key="client_id"):
    """A connected system was suspended, reconnected or moved: state and region as they are now."""

    client_id: UUID
    organisation_kind: str
    organ_code: str
    state: str


class ExchangeParkedEventResolved(
    Event, event_type="lawyers.exchange.parked-event.resolved.v1", topic=TOPIC, key="parked_id"
):
    """An operator has redriven or discarded an event that could not be released; the reason is on file."""

    parked_id: UUID
    outcome: str
    source_topic: str
    source_partition: int
    source_seq: int


class InboxReceived(Event, event_type="lawyers.exchange.inbox.received.v1", topic=TOPIC, key="item_id"):
    """An organ has sent us something that must be answered: `kind`; about whom, and what, is not told here."""

    item_id: UUID
    kind: str
    due_on: date


class InboxAnswered(Event, event_type="lawyers.exchange.inbox.answered.v1", topic=TOPIC, key="item_id"):
    """It was answered, with this outcome; or its sender has withdrawn it."""

    item_id: UUID
    kind: str
    outcome: str


class InboxOverdue(Event, event_type="lawyers.exchange.inbox.overdue.v1", topic=TOPIC, key="item_id"):
    """Its deadline passed unanswered at `overdue_at`, the legal instant, whenever this was noticed."""

    item_id: UUID
    kind: str
    overdue_at: datetime


class InboxLapsed(Event, event_type="lawyers.exchange.inbox.lapsed.v1", topic=TOPIC, key="item_id"):
    """It stayed unanswered for its whole second term and was closed so at `lapsed_at`, the legal instant."""

    item_id: UUID
    kind: str
    lapsed_at: datetime


class WebhookRegistered(Event, event_type="lawyers.exchange.webhook.registered.v1", topic=TOPIC, key="webhook_id"):
    """A connected system has given an address to which events are pushed; the address itself is nobody else's."""

    webhook_id: UUID
    client_id: UUID
    state: str


class WebhookChanged(Event, event_type="lawyers.exchange.webhook.changed.v1", topic=TOPIC, key="webhook_id"):
    """It was changed, given another secret, disabled, resumed or removed.

    `cause`, of a disabled one: `gone` (the receiver answered 410), `exhausted` (an event could not be delivered for
    days) or `owner`.
    """

    webhook_id: UUID
    client_id: UUID
    state: str
    cause: str | None = None
