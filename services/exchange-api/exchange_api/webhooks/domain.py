"""An endpoint, its deliveries, and when each is tried again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from common.auth import Principal
from common.feed import FeedRecord
from contracts.entitlements import TOPICS, may_read_channel, may_read_event
from contracts.exchange_events import WebhookChanged, WebhookRegistered
from contracts.webhooks import WebhookRules

from exchange_api.refusals import Refused
from exchange_api.webhooks.signatures import Scheme

State = Literal["active", "disabled"]
Cause = Literal["gone", "exhausted", "owner"]
DeliveryState = Literal["waiting", "delivered", "failed", "given-up", "passed", "erased", "withheld"]
"""`failed` is of test sends alone: an event waits until it is delivered, or somebody lets it go (`given-up` by an
operator, `passed` by a receiver who has resumed from a later cursor)."""

Random = Callable[[], float]
"""From 0 up to, not including, 1."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Empty filters let everything through that the client may read."""

    webhook_id: UUID
    version: int
    client_id: UUID
    url: str
    signature: Scheme
    types: tuple[str, ...]
    regions: tuple[str, ...]
    keys: tuple[str, ...]
    state: State
    cause: Cause | None
    registered_by: str
    registered_at: datetime
    changed_by: str
    changed_at: datetime

    def registered(self, region: str) -> WebhookRegistered:
        return WebhookRegistered(
            version=self.version, region=region, webhook_id=self.webhook_id, client_id=self.client_id, state=self.state
        )

    def changed(self, region: str, *, removed: bool = False) -> WebhookChanged:
        return WebhookChanged(
            version=self.version,
            region=region,
            webhook_id=self.webhook_id,
            client_id=self.client_id,
            state="removed" if removed else self.state,
            cause=self.cause,
        )

    def wants(self, principal: Principal, source: str, record: FeedRecord) -> bool:
        """Whether its client may have this event now, and has asked for its kind."""
        may = (
            may_read_event(principal, record.event_type, record.region)
            if source in TOPICS
            else may_read_channel(principal, source)
        )
        return (
            may
            and (not self.types or record.event_type in self.types)
            and (not self.regions or record.region in self.regions)
            and (not self.keys or record.key in self.keys)
        )


def moved(
    webhook: Webhook, *, by: str, at: datetime, state: State | None = None, cause: Cause | None = None
) -> Webhook:
    """The next version; without a state in the one it is in."""
    return replace(
        webhook,
        version=webhook.version + 1,
        state=state or webhook.state,
        cause=cause if state is not None else webhook.cause,
        changed_by=by,
        changed_at=at,
    )


def check_filters(types: tuple[str, ...], known: frozenset[str]) -> None:
    """Raises Refused where a type is none of ours: it would never come, and nobody would notice."""
    for number, event_type in enumerate(types):
        if event_type not in known:
            raise Refused(
                "event-type-unknown", "没有这种事件类型", "There is no such type of event", field=f"types.{number}"
            )


def message_id(webhook_id: UUID, source: str, position: int) -> UUID:
    """The same for every attempt and every resending: a receiver knows repetitions by it."""
    return uuid5(webhook_id, f"{source}/{position}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """`attempt` counts hand-outs, ever; `failures` those since it was planned or sent anew. A test has no source."""

    delivery_id: UUID
    webhook_id: UUID
    source: str | None
    position: int | None
    state: DeliveryState
    attempt: int
    failures: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a dispatcher says of one attempt. `reason`: `delivered`, or why not."""

    delivery_id: UUID
    attempt: int
    delivered: bool
    reason: str
    status_class: int | None
    retry_after_seconds: int | None
    duration_ms: int


def next_attempt(
    rules: WebhookRules, failures: int, at: datetime, *, retry_after: int | None, random: Random
) -> datetime | None:
    """After so many failures; None when it was the last attempt. A receiver may ask for a longer pause, no shorter."""
    if failures > len(rules.retries):
        return None
    pause = rules.retries[failures - 1] * (1 + rules.jitter * random())
    asked = min(retry_after or 0, rules.longest_retry_after)
    return at + timedelta(seconds=max(pause, asked))


@dataclass(frozen=True, slots=True)
class Circuit:
    """Failures one after the other, over all deliveries of an endpoint."""

    failures: int
    open_until: datetime | None

    def after(self, rules: WebhookRules, at: datetime, *, delivered: bool) -> "Circuit":
        if delivered:
            return Circuit(0, None)
        failures = self.failures + 1
        opens = failures >= rules.circuit_failures
        return Circuit(failures, at + timedelta(seconds=rules.circuit_pause) if opens else None)

    def room(self, rules: WebhookRules) -> int:
        """How many deliveries may be under way once it is not open: one, where it has still to be proven."""
        return 1 if self.failures >= rules.circuit_failures else rules.parallel


def state_of(circuit: Circuit, rules: WebhookRules, now: datetime) -> Literal["closed", "open", "half-open"]:
    if circuit.open_until is not None and now < circuit.open_until:
        return "open"
    return "half-open" if circuit.failures >= rules.circuit_failures else "closed"
