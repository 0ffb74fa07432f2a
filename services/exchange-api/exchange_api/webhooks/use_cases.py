"""Endpoints registered, changed, given new secrets, resumed and removed; outcomes taken into account."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.deadlines import rule
from contracts.webhooks import WebhookRules

from exchange_api.refusals import Refused
from exchange_api.webhooks.domain import (
    Cause,
    Circuit,
    Delivery,
    DeliveryState,
    Outcome,
    Random,
    Webhook,
    moved,
    next_attempt,
)

OVERLAP = "exchange.webhook-overlap"
GONE = "gone"
"""The reason of an attempt that was answered with 410: the receiver wants nothing more."""


class Webhooks(Protocol):
    async def add(self, webhook: Webhook, key: bytes) -> None: ...
    async def count_of(self, client_id: UUID) -> int: ...
    async def lock(self, webhook_id: UUID) -> Webhook: ...
    async def save(self, webhook: Webhook) -> None: ...
    async def remove(self, webhook_id: UUID) -> None: ...
    async def rotate(self, webhook_id: UUID, key: bytes, *, at: datetime, former_until: datetime) -> None: ...
    async def begin_at(self, webhook_id: UUID, positions: Mapping[str, int]) -> None: ...
    async def circuit(self, webhook_id: UUID) -> Circuit: ...
    async def set_circuit(self, webhook_id: UUID, circuit: Circuit) -> None: ...


class Deliveries(Protocol):
    async def lock(self, delivery_ids: Sequence[UUID]) -> dict[UUID, Delivery]: ...
    async def log(self, outcomes: Sequence[Outcome], at: datetime) -> set[tuple[UUID, int]]: ...
    async def end(self, ended: Mapping[UUID, DeliveryState], at: datetime) -> None: ...
    async def wait(self, failed: Mapping[UUID, tuple[int, datetime]]) -> None: ...
    async def pass_over(self, webhook_id: UUID, positions: Mapping[str, int], at: datetime) -> None: ...
    async def start_over(self, webhook_id: UUID, at: datetime) -> None: ...


async def register(
    webhooks: Webhooks,
    outbox: Outbox,
    webhook: Webhook,
    *,
    key: bytes,
    positions: Mapping[str, int],
    region: str,
    rules: WebhookRules,
) -> None:
    if await webhooks.count_of(webhook.client_id) >= rules.most_endpoints:
        raise Refused(
            "webhooks-too-many", f"一个系统至多登记{rules.most_endpoints}个推送地址",
            f"A system has at most {rules.most_endpoints} webhooks", conflict=True,
        )  # fmt: skip
    await webhooks.add(webhook, key)
    await webhooks.begin_at(webhook.webhook_id, positions)
    outbox.add(webhook.registered(region))


async def keep(webhooks: Webhooks, outbox: Outbox, webhook: Webhook, *, region: str) -> Webhook:
    await webhooks.save(webhook)
    outbox.add(webhook.changed(region))
    return webhook


async def rotate(
    webhooks: Webhooks, outbox: Outbox, webhook: Webhook, *, key: bytes, by: str, at: datetime, region: str
) -> tuple[Webhook, datetime]:
    """And until when the former secret signs beside the new one."""
    until = at + timedelta(days=rule(OVERLAP).value)
    await webhooks.rotate(webhook.webhook_id, key, at=at, former_until=until)
    return await keep(webhooks, outbox, moved(webhook, by=by, at=at), region=region), until


async def resume(
    webhooks: Webhooks,
    deliveries: Deliveries,
    outbox: Outbox,
    webhook: Webhook,
    *,
    positions: Mapping[str, int] | None,
    by: str,
    at: datetime,
    region: str,
) -> Webhook:
    """From where it stands, or from `positions`: what lies before them the receiver has, what lies after is sent.

    Sent once more, where it was sent before: under the same ids.
    """
    if positions is not None:
        await webhooks.begin_at(webhook.webhook_id, positions)
        await deliveries.pass_over(webhook.webhook_id, positions, at)
    await deliveries.start_over(webhook.webhook_id, at)
    await webhooks.set_circuit(webhook.webhook_id, Circuit(0, None))
    return await keep(webhooks, outbox, moved(webhook, by=by, at=at, state="active"), region=region)


async def remove(webhooks: Webhooks, outbox: Outbox, webhook: Webhook, *, by: str, at: datetime, region: str) -> None:
    """With its secrets, its log and what it was still owed."""
    outbox.add(moved(webhook, by=by, at=at).changed(region, removed=True))
    await webhooks.remove(webhook.webhook_id)


class Report:
    """Takes outcomes into account. `regions`: of the endpoints' clients, for what is told when one is disabled."""

    def __init__(
        self, webhooks: Webhooks, deliveries: Deliveries, outbox: Outbox, *, rules: WebhookRules, random: Random
    ) -> None:
        self._webhooks, self._deliveries, self._outbox = webhooks, deliveries, outbox
        self._rules, self._random = rules, random
        self._ended: dict[UUID, DeliveryState] = {}
        self._failed: dict[UUID, tuple[int, datetime]] = {}
        self._disabled: dict[UUID, Cause] = {}

    async def take(self, outcomes: Sequence[Outcome], *, at: datetime, by: str, regions: "Regions") -> list[Outcome]:
        """Those that counted: each attempt counts once, and only the newest attempt moves its delivery.

        An earlier one may still be under way when its lease has ended and the next attempt begun. If it moved the
        delivery, the next event of the key could overtake the newer attempt.
        """
        known = await self._deliveries.lock([outcome.delivery_id for outcome in outcomes])
        real = [o for o in outcomes if (d := known.get(o.delivery_id)) is not None and 0 < o.attempt <= d.attempt]
        fresh = await self._deliveries.log(real, at) if real else set()
        counted = [o for o in real if (o.delivery_id, o.attempt) in fresh]
        circuits: dict[UUID, Circuit] = {}
        for outcome in counted:
            delivery = known[outcome.delivery_id]
            if delivery.source is not None:
                circuit = circuits.get(delivery.webhook_id) or await self._webhooks.circuit(delivery.webhook_id)
                circuits[delivery.webhook_id] = circuit.after(self._rules, at, delivered=outcome.delivered)
            if delivery.state == "waiting" and delivery.attempt == outcome.attempt:
                self._move(delivery, outcome, at)
        await self._deliveries.end(self._ended, at)
        await self._deliveries.wait(self._failed)
        for webhook_id, circuit in circuits.items():
            await self._webhooks.set_circuit(webhook_id, circuit)
        for webhook_id, cause in self._disabled.items():
            webhook = await self._webhooks.lock(webhook_id)
            if webhook.state == "active":
                disabled = moved(webhook, by=by, at=at, state="disabled", cause=cause)
                await keep(self._webhooks, self._outbox, disabled, region=await regions(webhook.client_id))
        return counted

    def _move(self, delivery: Delivery, outcome: Outcome, at: datetime) -> None:
        if outcome.delivered:
            self._ended[delivery.delivery_id] = "delivered"
            return
        if delivery.source is None:
            self._ended[delivery.delivery_id] = "failed"
            return
        failures = delivery.failures + 1
        again = next_attempt(self._rules, failures, at, retry_after=outcome.retry_after_seconds, random=self._random)
        if outcome.reason == GONE:
            self._disabled[delivery.webhook_id] = "gone"
        elif again is None:
            self._disabled.setdefault(delivery.webhook_id, "exhausted")
        # What waits with a disabled endpoint is due when it is resumed.
        self._failed[delivery.delivery_id] = (failures, again or at)


class Regions(Protocol):
    async def __call__(self, client_id: UUID, /) -> str: ...


def with_filters(
    webhook: Webhook,
    *,
    url: str | None,
    types: tuple[str, ...] | None,
    regions: tuple[str, ...] | None,
    keys: tuple[str, ...] | None,
) -> Webhook:
    """None leaves as it is."""
    return replace(
        webhook,
        url=webhook.url if url is None else url,
        types=webhook.types if types is None else types,
        regions=webhook.regions if regions is None else regions,
        keys=webhook.keys if keys is None else keys,
    )
