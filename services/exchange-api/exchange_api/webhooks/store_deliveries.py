"""Rows of deliveries and attempts. Whatever changes one holds the lock of its endpoint's row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from contracts.webhooks import WebhookRules

from exchange_api.clients.domain import Client
from exchange_api.webhooks.domain import Circuit, Delivery, DeliveryState, Outcome, Webhook, message_id
from exchange_api.webhooks.store import webhook_of

_ACTIVE = """
SELECT w.*, k.sources, k.positions FROM webhooks w
LEFT JOIN LATERAL (SELECT array_agg(source) AS sources, array_agg(position) AS positions FROM webhook_cursors k
    WHERE k.webhook_id = w.webhook_id) k ON true
WHERE w.state = 'active' AND (SELECT count(*) FROM (SELECT FROM webhook_deliveries d
    WHERE d.webhook_id = w.webhook_id AND d.state = 'waiting' LIMIT $1) pending) < $1
"""
_MOVE = """
INSERT INTO webhook_cursors AS k (webhook_id, source, position) VALUES ($1, $2, $4)
ON CONFLICT (webhook_id, source) DO UPDATE SET position = excluded.position WHERE k.position = $3 RETURNING true
"""
# A row that is there already was sent before: its receiver has gone back to an earlier cursor.
_PLAN = """
INSERT INTO webhook_deliveries (delivery_id, webhook_id, source, position, key, state, next_at, planned_at)
SELECT id, $1, $2, position, key, 'waiting', $3, $3 FROM unnest($4::uuid[], $5::bigint[], $6::text[])
    AS n (id, position, key)
ON CONFLICT (webhook_id, source, position)
DO UPDATE SET state = 'waiting', failures = 0, next_at = excluded.next_at, ended_at = NULL
"""
# Round robin over endpoints: the one that was served longest ago comes first.
_READY = """
SELECT w.webhook_id, w.failures, w.open_until,
    (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.webhook_id AND d.state = 'waiting'
        AND d.leased_until > $1) AS under_way
FROM webhooks w JOIN clients c USING (client_id)
WHERE w.state = 'active' AND c.state = 'active' AND (w.open_until IS NULL OR w.open_until <= $1)
  AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = w.webhook_id AND d.state = 'waiting'
      AND d.next_at <= $1 AND (d.leased_until IS NULL OR d.leased_until <= $1))
ORDER BY w.leased_at NULLS FIRST LIMIT $2 FOR UPDATE OF w SKIP LOCKED
"""
# Of each key the first that waits, and none beyond the position up to which was planned: after a receiver has gone back
# to an earlier cursor, what waits there is sent in its turn. Read in the order of the index, up to `most_pending` rows.
_DUE = """
SELECT d.* FROM unnest($2::uuid[], $3::int[]) AS o (webhook_id, room)
CROSS JOIN LATERAL (
    SELECT d.delivery_id, d.webhook_id, d.source, d.position, d.state, d.attempt, d.failures FROM (
        SELECT DISTINCT ON (d.source, d.key) d.* FROM webhook_deliveries d
        WHERE d.webhook_id = o.webhook_id AND d.state = 'waiting' AND d.source IS NOT NULL
        ORDER BY d.source, d.key, d.position
    ) d JOIN webhook_cursors k ON k.webhook_id = d.webhook_id AND k.source = d.source AND k.position >= d.position
    WHERE d.next_at <= $1 AND (d.leased_until IS NULL OR d.leased_until <= $1)
    ORDER BY d.next_at, d.seq LIMIT o.room
) d
"""
_TESTS = """
SELECT d.delivery_id, d.webhook_id, d.source, d.position, d.state, d.attempt, d.failures
FROM webhook_deliveries d JOIN webhooks w USING (webhook_id) JOIN clients c USING (client_id)
WHERE d.state = 'waiting' AND d.source IS NULL AND c.state = 'active'
  AND (d.leased_until IS NULL OR d.leased_until <= $1)
ORDER BY d.seq LIMIT $2 FOR UPDATE OF w, d SKIP LOCKED
"""
_STILL_DUE = """
SELECT d.delivery_id FROM unnest($1::uuid[], $2::int[]) AS n (delivery_id, attempt)
JOIN webhook_deliveries d USING (delivery_id, attempt)
JOIN webhooks w USING (webhook_id) JOIN clients c USING (client_id)
WHERE d.state = 'waiting' AND d.leased_until > $3 AND c.state = 'active' AND (d.source IS NULL OR w.state = 'active')
"""
_PLACES = """
SELECT k.webhook_id, k.source, k.position, ARRAY(SELECT d.position FROM webhook_deliveries d
    WHERE d.webhook_id = k.webhook_id AND d.source = k.source AND d.state = 'waiting' ORDER BY d.position LIMIT 2)
    AS waiting
FROM webhook_cursors k WHERE k.webhook_id = ANY($1::uuid[])
"""
_ENDED = """
UPDATE webhook_deliveries d SET state = n.state, ended_at = $1, leased_until = NULL
FROM unnest($2::uuid[], $3::text[]) AS n (delivery_id, state) WHERE d.delivery_id = n.delivery_id
"""
_FAILED = """
UPDATE webhook_deliveries d SET failures = n.failures, next_at = n.next_at, leased_until = NULL
FROM unnest($1::uuid[], $2::int[], $3::timestamptz[]) AS n (delivery_id, failures, next_at)
WHERE d.delivery_id = n.delivery_id
"""
_LOG = """
INSERT INTO webhook_attempts (delivery_id, attempt, at, outcome, reason, status_class, duration_ms)
SELECT n.delivery_id, n.attempt, $1, n.outcome, n.reason, n.status_class, n.duration_ms
FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::smallint[], $7::int[])
    AS n (delivery_id, attempt, outcome, reason, status_class, duration_ms)
ON CONFLICT DO NOTHING RETURNING delivery_id, attempt
"""
_PAGE = """
SELECT d.seq, d.delivery_id, d.source, d.position, d.state, d.failures, d.next_at, d.planned_at, d.ended_at,
    (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'delivery_id' ORDER BY a.attempt), '[]') FROM webhook_attempts a
        WHERE a.delivery_id = d.delivery_id) AS attempts
FROM webhook_deliveries d
WHERE d.webhook_id = $1 AND ($2::bigint IS NULL OR d.seq < $2) AND ($3::text IS NULL OR d.state = $3)
ORDER BY d.seq DESC LIMIT $4
"""
_AGAIN = """
UPDATE webhook_deliveries SET state = 'waiting', failures = 0, next_at = $2, ended_at = NULL
WHERE webhook_id = $1 AND source IS NOT NULL AND state <> 'waiting'
  AND ($3::uuid IS NULL OR delivery_id = $3)
  AND ($4::timestamptz IS NULL OR planned_at >= $4) AND ($5::timestamptz IS NULL OR planned_at < $5)
"""
_STATUS = """
SELECT count(*) AS pending, min(planned_at) AS oldest_at FROM webhook_deliveries
WHERE webhook_id = $1 AND state = 'waiting'
"""
_OVERALL = """
SELECT count(*) AS pending, min(d.planned_at) AS oldest_at,
    (SELECT count(*) FROM webhooks WHERE state = 'active' AND failures >= $1) AS circuits_open
FROM webhook_deliveries d JOIN webhooks w USING (webhook_id) WHERE d.state = 'waiting' AND w.state = 'active'
"""


@dataclass(frozen=True, slots=True)
class Follower:
    """An endpoint that may be sent to, its client, and up to where events have been planned for it."""

    webhook: Webhook
    client: Client
    positions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Logged:
    """One delivery as its owner sees it: what became of it, never what it said."""

    seq: int
    delivery_id: UUID
    source: str | None
    position: int | None
    state: DeliveryState
    failures: int
    next_at: datetime
    planned_at: datetime
    ended_at: datetime | None
    attempts: list[dict[str, Any]]


class SqlDeliveries:
    """Fulfils `Deliveries`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def move(self, webhook_id: UUID, source: str, before: int, after: int) -> bool:
        """False where another planner has moved it meanwhile."""
        return await self._connection.fetchval(_MOVE, webhook_id, source, before, after) is not None

    async def plan(self, webhook_id: UUID, source: str, events: Sequence[tuple[int, str]], now: datetime) -> None:
        """`events`: position and key."""
        ids = [message_id(webhook_id, source, position) for position, _ in events]
        await self._connection.execute(_PLAN, webhook_id, source, now, ids, *map(list, zip(*events, strict=True)))

    async def plan_test(self, webhook_id: UUID, delivery_id: UUID, now: datetime) -> None:
        await self._connection.execute(
            "INSERT INTO webhook_deliveries (delivery_id, webhook_id, key, state, next_at, planned_at) "
            "VALUES ($1, $2, '', 'waiting', $3, $3)",
            delivery_id, webhook_id, now,
        )  # fmt: skip

    async def lease(self, limit: int, rules: WebhookRules, now: datetime, until: datetime) -> list[Delivery]:
        """Handed out: each with the number of its attempt. Their endpoints are locked."""
        rows = list(await self._connection.fetch(_TESTS, now, limit))
        ready = await self._connection.fetch(_READY, now, limit)
        rooms = {
            row["webhook_id"]: Circuit(row["failures"], row["open_until"]).room(rules) - row["under_way"]
            for row in ready
        }
        served = {webhook_id: room for webhook_id, room in rooms.items() if room > 0}
        if served:
            rows += await self._connection.fetch(_DUE, now, list(served), list(served.values()))
        # Whose turn was cut off by the limit is not over: it is the first next time.
        cut = {row["webhook_id"] for row in rows[limit:]} - {row["webhook_id"] for row in rows[:limit]}
        rows = rows[:limit]
        await self._connection.execute(
            "UPDATE webhook_deliveries SET attempt = attempt + 1, leased_until = $2 "
            "WHERE delivery_id = ANY($1::uuid[])",
            [row["delivery_id"] for row in rows], until,
        )  # fmt: skip
        await self._connection.execute(
            "UPDATE webhooks SET leased_at = $2 WHERE webhook_id = ANY($1::uuid[])", list(served.keys() - cut), now
        )
        return [_delivery(row, attempt=row["attempt"] + 1) for row in rows]

    async def release(self, delivery_ids: Sequence[UUID], until: datetime) -> None:
        """Not sent after all, by no fault of the receiver: nothing counts against him."""
        await self._connection.execute(
            "UPDATE webhook_deliveries SET leased_until = $2 WHERE delivery_id = ANY($1::uuid[])", delivery_ids, until
        )

    async def places(self, webhook_ids: Sequence[UUID]) -> list[tuple[UUID, str, int, list[int]]]:
        """Per endpoint and source: up to where was planned, and the first two positions that still wait."""
        rows = await self._connection.fetch(_PLACES, webhook_ids)
        return [tuple(row) for row in rows]

    async def lock(self, delivery_ids: Sequence[UUID]) -> dict[UUID, Delivery]:
        """With their endpoints, in the order of their ids; those that have been removed are missing."""
        of = await self._connection.fetch(
            "SELECT DISTINCT webhook_id FROM webhook_deliveries WHERE delivery_id = ANY($1::uuid[])", delivery_ids
        )
        await self._connection.execute(
            "SELECT FROM webhooks WHERE webhook_id = ANY($1::uuid[]) ORDER BY webhook_id FOR UPDATE",
            [row["webhook_id"] for row in of],
        )
        rows = await self._connection.fetch(
            "SELECT * FROM webhook_deliveries WHERE delivery_id = ANY($1::uuid[])", delivery_ids
        )
        return {row["delivery_id"]: _delivery(row) for row in rows}

    async def log(self, outcomes: Sequence[Outcome], at: datetime) -> set[tuple[UUID, int]]:
        """Those that were not on record yet."""
        rows = await self._connection.fetch(
            _LOG, at, [o.delivery_id for o in outcomes], [o.attempt for o in outcomes],
            ["delivered" if o.delivered else "failed" for o in outcomes], [o.reason for o in outcomes],
            [o.status_class for o in outcomes], [o.duration_ms for o in outcomes],
        )  # fmt: skip
        return {(row["delivery_id"], row["attempt"]) for row in rows}

    async def end(self, ended: Mapping[UUID, DeliveryState], at: datetime) -> None:
        if ended:
            await self._connection.execute(_ENDED, at, list(ended), list(ended.values()))

    async def wait(self, failed: Mapping[UUID, tuple[int, datetime]]) -> None:
        """Delivery → failures so far and when it is tried again."""
        if failed:
            await self._connection.execute(_FAILED, list(failed), *map(list, zip(*failed.values(), strict=True)))

    async def pass_over(self, webhook_id: UUID, positions: Mapping[str, int], at: datetime) -> None:
        """The receiver says that he has everything up to there."""
        await self._connection.executemany(
            "UPDATE webhook_deliveries SET state = 'passed', ended_at = $4, leased_until = NULL "
            "WHERE webhook_id = $1 AND source = $2 AND position <= $3 AND state = 'waiting'",
            [(webhook_id, source, position, at) for source, position in positions.items()],
        )

    async def start_over(self, webhook_id: UUID, at: datetime) -> None:
        """What waits is due at once, and its failures are forgotten."""
        await self._connection.execute(
            "UPDATE webhook_deliveries SET failures = 0, next_at = $2 WHERE webhook_id = $1 AND state = 'waiting'",
            webhook_id, at,
        )  # fmt: skip

    async def send_again(
        self, webhook_id: UUID, at: datetime, *, only: UUID | None, start: datetime | None, end: datetime | None
    ) -> int:
        """By the instants at which they were planned; how many."""
        return _count(await self._connection.execute(_AGAIN, webhook_id, at, only, start, end))


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])


def _delivery(row: Mapping[str, Any], *, attempt: int | None = None) -> Delivery:
    values = {name: row[name] for name in Delivery.__slots__}
    return Delivery(**values if attempt is None else values | {"attempt": attempt})


async def followers(connection: asyncpg.Connection | asyncpg.Pool, rules: WebhookRules) -> list[Follower]:
    """Those that may be sent to and are not too far behind to be planned for."""
    rows = await connection.fetch(_ACTIVE, rules.most_pending)
    clients = await _clients(connection, [row["client_id"] for row in rows])
    return [
        Follower(webhook_of(row), client, dict(zip(row["sources"] or (), row["positions"] or (), strict=True)))
        for row in rows
        if (client := clients.get(row["client_id"])) is not None and client.state == "active"
    ]


async def with_clients(
    connection: asyncpg.Connection | asyncpg.Pool, webhook_ids: Sequence[UUID]
) -> dict[UUID, tuple[Webhook, Client]]:
    rows = await connection.fetch("SELECT * FROM webhooks WHERE webhook_id = ANY($1::uuid[])", webhook_ids)
    clients = await _clients(connection, [row["client_id"] for row in rows])
    return {row["webhook_id"]: (webhook_of(row), clients[row["client_id"]]) for row in rows}


async def _clients(connection: asyncpg.Connection | asyncpg.Pool, client_ids: Sequence[UUID]) -> dict[UUID, Client]:
    rows = await connection.fetch("SELECT * FROM clients WHERE client_id = ANY($1::uuid[])", client_ids)
    return {row["client_id"]: Client(**row) for row in rows}


async def log_page(
    connection: asyncpg.Connection | asyncpg.Pool,
    webhook_id: UUID,
    before: int | None,
    limit: int,
    *,
    state: str | None,
) -> list[Logged]:
    rows = await connection.fetch(_PAGE, webhook_id, before, state, limit)
    return [Logged(**{**row, "attempts": orjson.loads(row["attempts"])}) for row in rows]


async def status_of(connection: asyncpg.Connection | asyncpg.Pool, webhook_id: UUID) -> tuple[int, datetime | None]:
    """How much waits, and since when the oldest of it."""
    row = await connection.fetchrow(_STATUS, webhook_id)
    return row["pending"], row["oldest_at"]


async def done_up_to(connection: asyncpg.Connection | asyncpg.Pool, webhook_id: UUID) -> dict[str, int]:
    """Per source the last position before which nothing waits."""
    rows = await connection.fetch(_PLACES, [webhook_id])
    return {row["source"]: min([row["position"], *(p - 1 for p in row["waiting"])]) for row in rows}


async def still_due(
    connection: asyncpg.Connection | asyncpg.Pool, leased: Mapping[UUID, int], now: datetime
) -> set[UUID]:
    """Of deliveries with the attempt that they were leased for, those that may still go out."""
    rows = await connection.fetch(_STILL_DUE, list(leased), list(leased.values()), now)
    return {row["delivery_id"] for row in rows}


async def overall(
    connection: asyncpg.Connection | asyncpg.Pool, rules: WebhookRules
) -> tuple[int, datetime | None, int]:
    """Over all active endpoints: how much waits, since when the oldest of it, and circuits that are not closed."""
    row = await connection.fetchrow(_OVERALL, rules.circuit_failures)
    return row["pending"], row["oldest_at"], row["circuits_open"]


async def forget_ended(connection: asyncpg.Connection, before: datetime) -> int:
    return _count(await connection.execute("DELETE FROM webhook_deliveries WHERE ended_at < $1", before))


async def lock_version(connection: asyncpg.Connection, webhook: Webhook) -> bool:
    """Locks the endpoint's row; False where it is no longer this version of it."""
    return (
        await connection.fetchval(
            "SELECT true FROM webhooks WHERE webhook_id = $1 AND version = $2 FOR UPDATE",
            webhook.webhook_id, webhook.version,
        )
        is not None
    )  # fmt: skip
