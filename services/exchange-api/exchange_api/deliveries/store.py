"""Rows of `file_subscriptions` and `file_deliveries`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from common.database import Database
from contracts.register_counts import RegisterCounts

from exchange_api.deliveries.domain import Cadence, Delivery, Manifest, State, Subscription
from exchange_api.refusals import NotFound

_DELIVERY = (
    "d.delivery_id, d.version, d.subscription_id, s.client_id, c.organ_code, s.resource, d.period, d.jws, d.state, "
    "d.noted_at, d.due_at, d.late_at, d.answered_at, d.theirs::text, d.settled_by"
)
_JOINED = "file_deliveries d JOIN file_subscriptions s USING (subscription_id) JOIN clients c USING (client_id)"
_ADD = """
INSERT INTO file_deliveries (delivery_id, version, subscription_id, edition, period, jws, state, noted_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
"""
_SAVE = """
UPDATE file_deliveries SET version = $2, state = $3, late_at = $4, answered_at = $5, theirs = $6::text::jsonb,
    settled_by = $7
WHERE delivery_id = $1
"""
_SETTLE = """
UPDATE file_deliveries SET version = version + 1, state = 'settled', settled_by = $1
WHERE subscription_id = $2 AND period < $3 AND state = 'different'
"""
_LATE = """
UPDATE file_deliveries SET version = version + 1, state = 'late', late_at = due_at
WHERE delivery_id IN (
    SELECT d.delivery_id
    FROM file_deliveries d JOIN file_subscriptions s USING (subscription_id) JOIN clients c USING (client_id)
    WHERE d.state = 'awaited' AND d.due_at <= $1 AND s.ended_at IS NULL AND c.state = 'active'
    ORDER BY d.due_at LIMIT 500 FOR UPDATE OF d SKIP LOCKED)
"""


class SqlSubscriptions:
    """Fulfils `Subscriptions`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def add(self, subscription: Subscription) -> bool:
        result = await self._connection.execute(
            "INSERT INTO file_subscriptions (subscription_id, version, client_id, resource, cadence, subscribed_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            subscription.subscription_id, subscription.version, subscription.client_id, subscription.resource,
            subscription.cadence.value, subscription.subscribed_at,
        )  # fmt: skip
        return bool(result == "INSERT 0 1")

    async def save(self, subscription: Subscription) -> None:
        await self._connection.execute(
            "UPDATE file_subscriptions SET version = $2, ended_at = $3 WHERE subscription_id = $1",
            subscription.subscription_id, subscription.version, subscription.ended_at,
        )  # fmt: skip

    async def lock(self, subscription_id: UUID) -> Subscription:
        row = await self._connection.fetchrow(
            "SELECT * FROM file_subscriptions WHERE subscription_id = $1 FOR UPDATE", subscription_id
        )
        if row is None:
            raise NotFound("没有这项订阅。", "There is no such subscription.")
        return _subscription(row)


class SqlDeliveries:
    """Fulfils `Deliveries`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def standing(self) -> Sequence[tuple[Subscription, str]]:
        rows = await self._connection.fetch(
            "SELECT s.*, c.organ_code FROM file_subscriptions s JOIN clients c USING (client_id) "
            "WHERE s.ended_at IS NULL AND c.state = 'active' ORDER BY s.subscription_id FOR SHARE"
        )
        return [(_subscription(row), row["organ_code"]) for row in rows]

    async def add(self, delivery: Delivery) -> bool:
        result = await self._connection.execute(
            _ADD, delivery.delivery_id, delivery.version, delivery.subscription_id, delivery.manifest.edition,
            delivery.period, delivery.jws, delivery.state.value, delivery.noted_at, delivery.due_at,
        )  # fmt: skip
        return bool(result == "INSERT 0 1")

    async def save(self, delivery: Delivery) -> None:
        await self._connection.execute(
            _SAVE, delivery.delivery_id, delivery.version, delivery.state.value, delivery.late_at,
            delivery.answered_at, None if delivery.theirs is None else delivery.theirs.model_dump_json(),
            delivery.settled_by,
        )  # fmt: skip

    async def reconciled_after(self, delivery: Delivery) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(
            "SELECT delivery_id FROM file_deliveries "
            "WHERE subscription_id = $1 AND period > $2 AND state = 'reconciled' ORDER BY period LIMIT 1",
            delivery.subscription_id, delivery.period,
        )  # fmt: skip
        return found

    async def settle_before(self, delivery: Delivery) -> None:
        await self._connection.execute(_SETTLE, delivery.delivery_id, delivery.subscription_id, delivery.period)

    async def lock(self, delivery_id: UUID) -> Delivery:
        """Its subscription first: of two answers one sees what the other has settled."""
        await self._connection.execute(
            "SELECT FROM file_subscriptions WHERE subscription_id = "
            "(SELECT subscription_id FROM file_deliveries WHERE delivery_id = $1) FOR UPDATE",
            delivery_id,
        )
        return await one(self._connection, delivery_id)


async def one(connection: asyncpg.Connection | asyncpg.Pool, delivery_id: UUID) -> Delivery:
    row = await connection.fetchrow(f"SELECT {_DELIVERY} FROM {_JOINED} WHERE d.delivery_id = $1", delivery_id)
    if row is None:
        raise NotFound("没有这次交付。", "There is no such delivery.")
    return _delivery(row)


async def subscription_page(
    pool: asyncpg.Pool, *, client_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[Subscription]:
    rows = await pool.fetch(
        "SELECT * FROM file_subscriptions WHERE ($1::uuid IS NULL OR client_id = $1) "
        "AND ($2::uuid IS NULL OR subscription_id > $2) ORDER BY subscription_id LIMIT $3",
        client_id, after, limit,
    )  # fmt: skip
    return [_subscription(row) for row in rows]


async def page(
    pool: asyncpg.Pool, *, client_id: UUID | None, state: State | None, after: tuple[Any, ...] | None, limit: int
) -> Sequence[Delivery]:
    """The newest at the head; of one client, or of all."""
    rows = await pool.fetch(
        f"SELECT {_DELIVERY} FROM {_JOINED} WHERE ($1::uuid IS NULL OR s.client_id = $1) "
        "AND ($2::text IS NULL OR d.state = $2) "
        "AND ($3::date IS NULL OR (d.period, d.delivery_id) < ($3, $4::uuid)) "
        "ORDER BY d.period DESC, d.delivery_id DESC LIMIT $5",
        client_id, state and state.value, *(after or (None, None)), limit,
    )  # fmt: skip
    return [_delivery(row) for row in rows]


async def noted_edition(pool: asyncpg.Pool, jws: str) -> bool:
    """Whether every standing subscription has a delivery of this edition, or of another of its day or week."""
    manifest = Manifest.of(jws)
    periods = {cadence.value: cadence.period(manifest.created_at) for cadence in Cadence}
    missing: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM file_subscriptions s JOIN clients c USING (client_id) "
        "WHERE s.ended_at IS NULL AND c.state = 'active' AND NOT EXISTS (SELECT FROM file_deliveries d "
        "WHERE d.subscription_id = s.subscription_id "
        "AND (d.edition = $1 OR d.period = CASE s.cadence WHEN 'daily' THEN $2::date ELSE $3::date END)))",
        manifest.edition, periods["daily"], periods["weekly"],
    )  # fmt: skip
    return not missing


async def note_late_deliveries(database: Database, now: datetime) -> int:
    """A timer's task: the legal instant is recorded, not the one at which this was noticed."""
    async with database.begin() as tx:
        result = await (await tx.raw()).execute(_LATE, now)
    return int(result.rpartition(" ")[2])


def _subscription(row: asyncpg.Record) -> Subscription:
    return Subscription(
        row["subscription_id"], row["version"], row["client_id"], row["resource"], Cadence(row["cadence"]),
        row["subscribed_at"], row["ended_at"],
    )  # fmt: skip


def _delivery(row: asyncpg.Record) -> Delivery:
    theirs = row["theirs"]
    told = {"state": State(row["state"]), "theirs": theirs and RegisterCounts.model_validate_json(theirs)}
    return Delivery(**dict(row) | told)
