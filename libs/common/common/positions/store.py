"""Rows of `positions` and `parked`. Every statement runs in the consumer's own database and search path."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from common.database import Database
from common.events import MalformedEnvelope, decode
from common.feed import GENESIS, Linked
from common.positions.effects import ParkedEvent

Key = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Position:
    epoch: str
    seq: int
    hash: bytes
    stopped: str | None

    def after(self, record: Linked) -> "Position":
        return replace(self, seq=record.seq, hash=record.partition_hash)


class PositionMoved(RuntimeError):
    """Another owner has applied past our position: roll back and read it again."""


async def load(connection: asyncpg.Connection) -> dict[Key, Position]:
    rows = await connection.fetch("SELECT * FROM positions")
    return {
        (row["topic"], row["partition"]): Position(
            row["epoch"], row["last_seq"], row["last_partition_hash"], row["stopped"]
        )
        for row in rows
    }


async def create(connection: asyncpg.Connection, topic: str, partitions: Iterable[int], epoch: str) -> None:
    await connection.executemany(
        "INSERT INTO positions (topic, partition, epoch, last_seq, last_partition_hash) "
        "VALUES ($1, $2, $3, 0, $4) ON CONFLICT DO NOTHING",
        [(topic, partition, epoch, GENESIS) for partition in partitions],
    )


async def guard(connection: asyncpg.Connection, moves: Mapping[Key, tuple[Position, Position]]) -> None:
    """Move all positions or none: the first statement of the transaction. Raises PositionMoved."""
    ordered = sorted(moves.items())
    result = await connection.execute(
        """
        UPDATE positions p
        SET last_seq = n.to_seq, last_partition_hash = n.hash, updated_at = clock_timestamp()
        FROM unnest($1::text[], $2::smallint[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[])
             AS n (topic, partition, epoch, from_seq, to_seq, hash)
        WHERE p.topic = n.topic AND p.partition = n.partition
          AND p.epoch = n.epoch AND p.last_seq = n.from_seq AND p.stopped IS NULL
        """,
        [topic for (topic, _), _ in ordered],
        [partition for (_, partition), _ in ordered],
        [before.epoch for _, (before, _) in ordered],
        [before.seq for _, (before, _) in ordered],
        [after.seq for _, (_, after) in ordered],
        [after.hash for _, (_, after) in ordered],
    )
    if result != f"UPDATE {len(ordered)}":
        raise PositionMoved


async def adopt_epoch(connection: asyncpg.Connection, key: Key, position: Position, epoch: str) -> None:
    await connection.execute(
        "UPDATE positions SET epoch = $4 WHERE topic = $1 AND partition = $2 AND last_seq = $3",
        *key, position.seq, epoch,
    )  # fmt: skip


async def stop(connection: asyncpg.Connection, key: Key, reason: str) -> None:
    await connection.execute("UPDATE positions SET stopped = $3 WHERE topic = $1 AND partition = $2", *key, reason)


async def parked_keys(connection: asyncpg.Connection) -> dict[tuple[str, str], str]:
    """Keys whose events wait, with the state in which later events of the same key must wait behind them.

    Where all of them are to be redriven, so is what comes behind: otherwise it would wait for a second order.
    """
    rows = await connection.fetch(
        "SELECT topic, key, CASE WHEN bool_and(state = 'redrive') THEN 'redrive' ELSE 'parked' END AS state "
        "FROM parked WHERE state IN ('parked', 'redrive') GROUP BY topic, key"
    )
    return {(row["topic"], row["key"]): row["state"] for row in rows}


async def park(connection: asyncpg.Connection, topic: str, failed: Sequence[tuple[Linked, str]], state: str) -> None:
    await connection.executemany(
        "INSERT INTO parked (parked_id, topic, partition, seq, key, event_type, region, bytes, error, state) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (uuid4(), topic, r.partition, r.seq, *_described(r.key, r.raw), r.raw, error.replace("\0", ""), state)
            for r, error in failed
            if r.raw is not None
        ],
    )


def _described(key: str, raw: bytes) -> tuple[str, str, str | None]:
    """Key, type and region, as far as the bytes tell them."""
    try:
        envelope = decode(raw)
    except MalformedEnvelope:
        return key, "undecodable", None
    return envelope.subject, envelope.type, envelope.region


async def number_waiting(connection: asyncpg.Connection) -> dict[str, int]:
    """Events that wait for an operator's decision or for its being carried out, by topic."""
    rows = await connection.fetch(
        "SELECT topic, count(*) AS number FROM parked WHERE state IN ('parked', 'redrive') GROUP BY topic"
    )
    return {row["topic"]: row["number"] for row in rows}


async def ordered_redrives(connection: asyncpg.Connection) -> list[Key]:
    rows = await connection.fetch("SELECT DISTINCT topic, partition FROM parked WHERE state = 'redrive'")
    return [(row["topic"], row["partition"]) for row in rows]


async def waiting(connection: asyncpg.Connection, key: Key, state: str) -> list[ParkedEvent]:
    rows = await connection.fetch(
        "SELECT * FROM parked WHERE topic = $1 AND partition = $2 AND state = $3 ORDER BY seq", *key, state
    )
    return [_parked_event(row) for row in rows]


async def claim_redrive(connection: asyncpg.Connection, parked: ParkedEvent) -> bool:
    """Take an event out of 'redrive'. The position row is locked first, so that no event of its key slips past."""
    await connection.execute(
        "SELECT 1 FROM positions WHERE topic = $1 AND partition = $2 FOR UPDATE", parked.topic, parked.partition
    )
    result = await connection.execute(
        "UPDATE parked SET state = 'redriven', version = version + 1, resolved_at = clock_timestamp() "
        "WHERE parked_id = $1 AND state = 'redrive'",
        parked.parked_id,
    )
    return bool(result == "UPDATE 1")


async def put_back(connection: asyncpg.Connection, parked: ParkedEvent, error: str) -> None:
    await connection.execute(
        "UPDATE parked SET state = 'parked', error = $2 WHERE parked_id = $1 AND state = 'redrive'",
        parked.parked_id,
        error,
    )


async def note_look(connection: asyncpg.Connection, looked: Iterable[str], caught_up: Iterable[str]) -> None:
    """That the heads of these topics have been looked at, and that of those nothing is left to apply."""
    await connection.execute(
        """
        INSERT INTO followings (topic, looked_at, caught_up_at)
        SELECT topic, clock_timestamp(), CASE WHEN topic = ANY($2::text[]) THEN clock_timestamp() END
        FROM unnest($1::text[]) AS topic
        ON CONFLICT (topic) DO UPDATE SET looked_at = excluded.looked_at,
            caught_up_at = coalesce(excluded.caught_up_at, followings.caught_up_at)
        """,
        sorted(looked),
        sorted(caught_up),
    )


async def to_try(connection: asyncpg.Connection) -> list[tuple[UUID, int, ParkedEvent]]:
    """Order, line and event of what an operator wants tried, in the order in which it would be applied."""
    rows = await connection.fetch(
        "SELECT i.order_id, i.line, p.* FROM redrive_items i JOIN parked p USING (parked_id) "
        "WHERE i.dry_run AND i.outcome IS NULL ORDER BY i.order_id, i.place"
    )
    return [(row["order_id"], row["line"], _parked_event(row)) for row in rows]


async def note_trials(
    connection: asyncpg.Connection, order_id: UUID, outcomes: Sequence[tuple[UUID, str, str | None]]
) -> None:
    """outcomes: event, what would become of it, and the error it fails with."""
    await connection.executemany(
        "UPDATE redrive_items SET outcome = $3, error = $4 WHERE order_id = $1 AND parked_id = $2",
        [
            (order_id, parked_id, outcome, None if error is None else error.replace("\0", ""))
            for parked_id, outcome, error in outcomes
        ],
    )


async def forget_parked_words(database: Database, before: datetime) -> int:
    """What operators wrote of events parked before the instant, and what is left of those resolved before it: its
    bytes, trials, and all of an error but its kind. That it was redriven or discarded stays: a rebuild asks for it.
    """
    async with database.begin() as tx:
        connection = await tx.raw()
        await connection.execute(
            "DELETE FROM redrive_items i USING parked p WHERE i.parked_id = p.parked_id AND p.resolved_at < $1",
            before,
        )
        resolved = await connection.execute(
            "UPDATE parked SET reason = NULL, bytes = '', error = split_part(error, ':', 1) "
            "WHERE resolved_at < $1 AND (reason IS NOT NULL OR bytes <> '')",
            before,
        )
        waiting = await connection.execute(
            "UPDATE parked SET reason = NULL WHERE resolved_at IS NULL AND parked_at < $1 AND reason IS NOT NULL",
            before,
        )
    return sum(int(result.rpartition(" ")[2]) for result in (resolved, waiting))


def _parked_event(row: asyncpg.Record) -> ParkedEvent:
    return ParkedEvent(
        parked_id=row["parked_id"],
        topic=row["topic"],
        partition=row["partition"],
        seq=row["seq"],
        key=row["key"],
        event_type=row["event_type"],
        region=row["region"],
        raw=row["bytes"],
        version=row["version"],
    )
