"""Rows: when services answered, when sources were heard, alarms, redrives."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from exchange_api.operations.domain import Alarm, Heard, Redrive, RedrivePart
from exchange_api.refusals import NotFound


async def answered(connection: asyncpg.Connection | asyncpg.Pool, services: Iterable[str], at: datetime) -> None:
    await connection.execute(
        "INSERT INTO services_answered SELECT unnest($1::text[]), $2 "
        "ON CONFLICT (service) DO UPDATE "
        "SET answered_at = greatest(services_answered.answered_at, excluded.answered_at)",
        sorted(services),
        at,
    )


async def last_answered(connection: asyncpg.Connection | asyncpg.Pool) -> Mapping[str, datetime]:
    return {row["service"]: row["answered_at"] for row in await connection.fetch("SELECT * FROM services_answered")}


async def heard_until(connection: asyncpg.Connection | asyncpg.Pool, topic: str) -> int:
    """The position up to which a feed has been listened to."""
    position: int | None = await connection.fetchval("SELECT position FROM heard_until WHERE topic = $1", topic)
    return position or 0


class SqlSources:
    """Fulfils `Sources`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """One listener at a time: alarms are opened once."""
        await self._connection.execute("LOCK TABLE heard_until IN EXCLUSIVE MODE")

    async def watch(self, sources: Sequence[tuple[str, str, str]], now: datetime) -> None:
        """Rhythm, topic and region of those that are waited for from now on, unless they are already."""
        await self._connection.executemany(
            "INSERT INTO heard (rhythm, topic, region, watched_since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            [(*source, now) for source in sources],
        )

    async def hear(self, heard: Mapping[tuple[str, str, str], datetime]) -> None:
        await self._connection.executemany(
            "UPDATE heard SET heard_at = greatest(heard_at, $4) WHERE (rhythm, topic, region) = ($1, $2, $3)",
            [(*source, at) for source, at in heard.items()],
        )

    async def heard(self) -> Sequence[Heard]:
        rows = await self._connection.fetch("SELECT * FROM heard ORDER BY rhythm, topic, region")
        return [Heard(**row) for row in rows]

    async def note_position(self, topic: str, position: int) -> None:
        await self._connection.execute(
            "INSERT INTO heard_until VALUES ($1, $2) "
            "ON CONFLICT (topic) DO UPDATE SET position = greatest(heard_until.position, excluded.position)",
            topic,
            position,
        )

    async def open_alarms(self) -> Sequence[Alarm]:
        rows = await self._connection.fetch("SELECT * FROM alarms WHERE closed_at IS NULL ORDER BY opened_at, alarm_id")
        return [Alarm(**row) for row in rows]

    async def open(self, alarm: Alarm) -> None:
        await self._connection.execute(
            "INSERT INTO alarms (alarm_id, version, rhythm, topic, region, heard_at, due_at, opened_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            alarm.alarm_id, alarm.version, alarm.rhythm, alarm.topic, alarm.region, alarm.heard_at, alarm.due_at,
            alarm.opened_at,
        )  # fmt: skip

    async def close(self, alarm_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            "UPDATE alarms SET closed_at = $2, version = version + 1 WHERE alarm_id = $1", alarm_id, at
        )


async def sources(connection: asyncpg.Connection | asyncpg.Pool) -> Sequence[Heard]:
    return [Heard(**row) for row in await connection.fetch("SELECT * FROM heard ORDER BY rhythm, topic, region")]


async def alarms(
    connection: asyncpg.Connection | asyncpg.Pool,
    *,
    open_only: bool,
    closed_topics: Sequence[str],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Alarm]:
    """The newest first. closed_topics: whose sources the reader is not told of; their relays he is."""
    rows = await connection.fetch(
        "SELECT * FROM alarms WHERE (NOT $1 OR closed_at IS NULL) AND (rhythm = 'relay' OR topic <> ALL($2::text[])) "
        "AND ($3::timestamptz IS NULL OR (opened_at, alarm_id) < ($3, $4::uuid)) "
        "ORDER BY opened_at DESC, alarm_id DESC LIMIT $5",
        open_only, list(closed_topics), *(after or (None, None)), limit,
    )  # fmt: skip
    return [Alarm(**row) for row in rows]


async def lock_alarm(connection: asyncpg.Connection, alarm_id: UUID, *, closed_topics: Sequence[str]) -> Alarm:
    row = await connection.fetchrow(
        "SELECT * FROM alarms WHERE alarm_id = $1 AND (rhythm = 'relay' OR topic <> ALL($2::text[])) FOR UPDATE",
        alarm_id,
        list(closed_topics),
    )
    if row is None:
        raise NotFound("没有这个告警。", "There is no such alarm.")
    return Alarm(**row)


async def save_alarm(connection: asyncpg.Connection, alarm: Alarm) -> None:
    await connection.execute(
        "UPDATE alarms SET version = $2, acknowledged_at = $3, acknowledged_by = $4, reason = $5 WHERE alarm_id = $1",
        alarm.alarm_id, alarm.version, alarm.acknowledged_at, alarm.acknowledged_by, alarm.reason,
    )  # fmt: skip


async def add_redrive(connection: asyncpg.Connection, redrive: Redrive) -> None:
    await connection.execute(
        "INSERT INTO redrives (redrive_id, dry_run, search, reason, asked_by, asked_at) "
        "VALUES ($1, $2, $3::jsonb, $4, $5, $6)",
        redrive.redrive_id, redrive.dry_run, redrive.search, redrive.reason, redrive.asked_by, redrive.asked_at,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO redrive_parts (redrive_id, consumer, order_id, outcome) VALUES ($1, $2, $3, $4)",
        [(redrive.redrive_id, part.consumer, part.order_id, part.outcome) for part in redrive.parts],
    )


async def redrive_of(connection: asyncpg.Connection | asyncpg.Pool, redrive_id: UUID) -> Redrive:
    row = await connection.fetchrow("SELECT * FROM redrives WHERE redrive_id = $1", redrive_id)
    if row is None:
        raise NotFound("没有这次重放。", "There is no such redrive.")
    parts = await connection.fetch(
        "SELECT consumer, order_id, outcome FROM redrive_parts WHERE redrive_id = $1 ORDER BY consumer", redrive_id
    )
    return Redrive(**row, parts=[RedrivePart(**part) for part in parts])


async def delete_alarms(connection: asyncpg.Connection, before: datetime) -> int:
    """Those that were over before the instant."""
    return _rows(await connection.execute("DELETE FROM alarms WHERE closed_at < $1", before))


async def forget_alarm_words(connection: asyncpg.Connection, before: datetime) -> int:
    return _rows(
        await connection.execute(
            "UPDATE alarms SET reason = NULL WHERE acknowledged_at < $1 AND reason IS NOT NULL", before
        )
    )


async def delete_redrives(connection: asyncpg.Connection, before: datetime) -> int:
    """Those asked before the instant; what consumers have been ordered is theirs."""
    return _rows(await connection.execute("DELETE FROM redrives WHERE asked_at < $1", before))


def _rows(result: str) -> int:
    return int(result.rpartition(" ")[2])
