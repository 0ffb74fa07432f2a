"""Subscribing, noting an edition, and taking the receiver's counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from contracts.deadlines import rule
from contracts.register_counts import RegisterCounts
from contracts.working_days import local_date

from exchange_api.deliveries.domain import KINDS, TERM, Cadence, Delivery, Manifest, State, Subscription, answered
from exchange_api.refusals import Refused


class Subscriptions(Protocol):
    async def add(self, subscription: Subscription) -> bool:
        """False where the system has subscribed to this resource already."""

    async def save(self, subscription: Subscription) -> None: ...


class Deliveries(Protocol):
    async def standing(self) -> Sequence[tuple[Subscription, str]]:
        """Those of systems that are let in, with the organ's code; locked."""

    async def add(self, delivery: Delivery) -> bool:
        """False where the period or the edition has its delivery already."""

    async def save(self, delivery: Delivery) -> None: ...

    async def reconciled_after(self, delivery: Delivery) -> UUID | None:
        """A later delivery of the same subscription that is reconciled."""

    async def settle_before(self, delivery: Delivery) -> None:
        """Differences of earlier deliveries of the same subscription are over by this one."""


async def subscribe(
    subscriptions: Subscriptions, client_id: UUID, resource: str, cadence: Cadence, at: datetime
) -> Subscription:
    made = Subscription(uuid4(), 1, client_id, resource, cadence, at)
    if not await subscriptions.add(made):
        raise Refused(
            "already-subscribed", "该系统已订阅此项资源的文件", "This system has subscribed to it already",
            field="resource", conflict=True,
        )  # fmt: skip
    return made


async def end(subscriptions: Subscriptions, subscription: Subscription, at: datetime) -> Subscription:
    if subscription.ended_at is not None:
        raise Refused("subscription-ended", "该订阅已终止", "This subscription has ended already", conflict=True)
    after = replace(subscription, version=subscription.version + 1, ended_at=at)
    await subscriptions.save(after)
    return after


async def note(deliveries: Deliveries, jws: str, at: datetime) -> int:
    """The edition for every subscription whose day or week has none yet; how many were noted.

    One without counts, made before manifests had them, cannot be reconciled and is passed over.
    """
    manifest = Manifest.of(jws)
    if manifest.counts is None:
        return 0
    due = rule(TERM).deadline(local_date(at))
    noted = 0
    for subscription, organ_code in await deliveries.standing():
        if KINDS[subscription.resource] not in manifest.counts:
            continue
        noted += await deliveries.add(
            Delivery(
                delivery_id=uuid4(), version=1, subscription_id=subscription.subscription_id,
                client_id=subscription.client_id, organ_code=organ_code, resource=subscription.resource,
                period=subscription.cadence.period(manifest.created_at), jws=jws, state=State.AWAITED, noted_at=at,
                due_at=due.due_at,
            )
        )  # fmt: skip
    return noted


async def acknowledge(deliveries: Deliveries, delivery: Delivery, theirs: RegisterCounts, at: datetime) -> Delivery:
    """Raises Refused as `answered` does."""
    after = answered(delivery, theirs, at=at, settled_by=await deliveries.reconciled_after(delivery))
    await deliveries.save(after)
    if after.state is State.RECONCILED:
        await deliveries.settle_before(after)
    return after
