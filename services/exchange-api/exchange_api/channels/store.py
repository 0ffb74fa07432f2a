"""Rows of channels: their heads, their events, how far Kafka has been given them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from common.events import PARTITIONS
from common.feed import EPOCH, GENESIS, Heads, PartitionHead
from common.kafka.producer import LEASE_SECONDS
from contracts.releases import Audience

from exchange_api.channels.domain import Chain, Channel, Place, Row

_OPEN = """
WITH opened AS (
    INSERT INTO channels (channel, organ_code, organisation_kind, region)
    VALUES ('shared.' || $1::text || '.events', $1, $2, $3) ON CONFLICT DO NOTHING RETURNING channel
), heads AS (
    INSERT INTO channel_partition_heads (channel, partition) SELECT channel, p FROM opened, generate_series(0, 11) AS p
)
INSERT INTO channel_publications (channel) SELECT channel FROM opened
"""
_COLUMNS = (
    "channel", "position", "partition", "partition_seq", "source_topic", "source_partition", "source_seq",
    "event_type", "key", "region", "entity_version", "recorded_at", "digest", "hash", "partition_hash", "edition",
)  # fmt: skip
_HEAD = "c.position, c.hash, nullif(c.recorded_at, '-infinity') AS recorded_at"
_PARTITIONS = """
(SELECT array_agg(partition ORDER BY partition) AS partitions, array_agg(seq ORDER BY partition) AS seqs,
        array_agg(hash ORDER BY partition) AS hashes
 FROM channel_partition_heads WHERE channel = c.channel)"""


async def open_channel(connection: asyncpg.Connection, organ_code: str, organisation_kind: str, region: str) -> bool:
    """An organ's own, from now on. False where it has one already as an organ of another kind or region."""
    await connection.execute(_OPEN, organ_code, organisation_kind, region)
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM channels WHERE organ_code = $1 AND organisation_kind = $2 AND region = $3)",
        organ_code, organisation_kind, region,
    )  # fmt: skip
    return found


async def channels(connection: asyncpg.Connection | asyncpg.Pool) -> list[Channel]:
    rows = await connection.fetch("SELECT channel, organisation_kind, region FROM channels ORDER BY channel")
    return [Channel(row["channel"], Audience(row["organisation_kind"], row["region"])) for row in rows]


async def channel(connection: asyncpg.Connection | asyncpg.Pool, name: str) -> Channel | None:
    row = await connection.fetchrow("SELECT organisation_kind, region FROM channels WHERE channel = $1", name)
    return None if row is None else Channel(name, Audience(*row))


async def lock(connection: asyncpg.Connection, names: Sequence[str]) -> dict[str, Chain]:
    """Where they end, nobody else appending before this transaction is over."""
    # A statement of its own: the next one must take its snapshot after the locks. One order, so that none waits twice.
    await connection.execute(
        "SELECT FROM channels WHERE channel = ANY($1::text[]) ORDER BY channel FOR NO KEY UPDATE", list(names)
    )
    rows = await connection.fetch(
        f"SELECT c.channel, {_HEAD}, p.* FROM channels c, LATERAL {_PARTITIONS} p WHERE c.channel = ANY($1::text[])",
        list(names),
    )
    return {
        row["channel"]: Chain(row["position"], row["hash"], row["recorded_at"], _partition_heads(row)) for row in rows
    }


async def append(connection: asyncpg.Connection, name: str, chain: Chain, rows: Sequence[Row]) -> None:
    """What `chain`, locked by this transaction, was moved by."""
    await connection.copy_records_to_table(
        "channel_events", columns=_COLUMNS, records=[(name, *row[:3], *row.place, *row[4:]) for row in rows]
    )
    await connection.execute(
        "UPDATE channels SET position = $2, hash = $3, recorded_at = $4 WHERE channel = $1",
        name, chain.position, chain.hash, chain.recorded_at,
    )  # fmt: skip
    moved = sorted({row.partition for row in rows})
    await connection.execute(
        "UPDATE channel_partition_heads h SET seq = n.seq, hash = n.hash "
        "FROM unnest($2::smallint[], $3::bigint[], $4::bytea[]) AS n (partition, seq, hash) "
        "WHERE h.channel = $1 AND h.partition = n.partition",
        name, moved, [chain.partitions[p].seq for p in moved], [chain.partitions[p].hash for p in moved],
    )  # fmt: skip


async def heads(pool: asyncpg.Pool, name: str) -> Heads:
    """Of a channel that does not exist, or not yet, those of an empty one."""
    row = await pool.fetchrow(
        f"SELECT {EPOCH} AS epoch, {_HEAD}, p.* FROM channels c, LATERAL {_PARTITIONS} p WHERE c.channel = $1", name
    )
    if row is None:
        epoch = await pool.fetchval(f"SELECT {EPOCH}")
        return Heads(epoch, 0, GENESIS, None, dict.fromkeys(range(PARTITIONS), PartitionHead(0, GENESIS)))
    return Heads(
        epoch=row["epoch"],
        position=row["position"],
        hash=row["hash"],
        recorded_at=row["recorded_at"],
        partitions=_partition_heads(row),
    )


async def rows_after(pool: asyncpg.Pool, name: str, position: int, limit: int) -> list[Row]:
    rows = await pool.fetch(
        f"SELECT {', '.join(_COLUMNS[1:])} FROM channel_events WHERE channel = $1 AND position > $2 "
        "ORDER BY position LIMIT $3",
        name, position, limit,
    )  # fmt: skip
    return [Row._make((*row[:3], Place._make(row[3:6]), *row[6:])) for row in map(tuple, rows)]


def _partition_heads(row: asyncpg.Record) -> Mapping[int, PartitionHead]:
    return {
        partition: PartitionHead(seq, hash_)
        for partition, seq, hash_ in zip(row["partitions"], row["seqs"], row["hashes"], strict=True)
    }


async def claim(pool: asyncpg.Pool, name: str, holder: UUID) -> tuple[int, str] | None:
    """As a feed's relay does: how far Kafka was given it, and the epoch; None where another process sends."""
    row = await pool.fetchrow(
        "UPDATE channel_publications SET holder = $2, lease_until = clock_timestamp() + make_interval(secs => $3) "
        "WHERE channel = $1 AND (holder = $2 OR lease_until NOT BETWEEN clock_timestamp() "
        f"AND clock_timestamp() + make_interval(secs => $3 * 2)) RETURNING position, {EPOCH} AS epoch",
        name, holder, LEASE_SECONDS,
    )  # fmt: skip
    return None if row is None else (row["position"], row["epoch"])


async def note_sent(pool: asyncpg.Pool, name: str, holder: UUID, position: int) -> None:
    await pool.execute(
        "UPDATE channel_publications SET position = greatest(position, $3) WHERE channel = $1 AND holder = $2",
        name, holder, position,
    )  # fmt: skip


async def unsent(pool: asyncpg.Pool) -> list[str]:
    """Channels that have a topic which lacks something."""
    rows = await pool.fetch(
        "SELECT c.channel FROM channels c JOIN channel_publications p USING (channel) "
        "WHERE p.topic_id IS NOT NULL AND p.position < c.position ORDER BY 1"
    )
    return [row["channel"] for row in rows]


async def note_topics(pool: asyncpg.Pool, ids: Mapping[str, str], kept_from: datetime) -> list[str]:
    """Channels whose topic is another than was filled before: all since `kept_from` is sent anew, whoever sent it."""
    rows = await pool.fetch(
        """
        UPDATE channel_publications p
        SET topic_id = n.topic_id, holder = NULL, lease_until = '-infinity', position = coalesce(
            (SELECT max(e.position) FROM channel_events e WHERE e.channel = p.channel AND e.recorded_at < $3), 0)
        FROM unnest($1::text[], $2::text[]) AS n (channel, topic_id)
        WHERE p.channel = n.channel AND p.topic_id IS DISTINCT FROM n.topic_id
        RETURNING p.channel
        """,
        list(ids), list(ids.values()), kept_from,
    )  # fmt: skip
    return [row["channel"] for row in rows]
