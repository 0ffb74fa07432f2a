"""The feed: one database's events as a contiguous, hash-chained sequence. It is the truth; Kafka is the fast path.

hash           = SM3(previous hash of the feed ‖ position ‖ partition ‖ partition_seq ‖ digest)
partition_hash = SM3(previous hash of the partition ‖ partition_seq ‖ digest)
digest         = SM3(bytes of the event)
Numbers are 8 bytes, the partition 2, big-endian. The hash before the first is 32 zero bytes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import asyncpg

from common.events import PARTITIONS, partition_of

GENESIS = bytes(32)
BATCH = 2_000
"""Events moved by one transaction: long enough to amortise its commit, short enough to stay below 100 ms."""

_LOCK = 0x59554C55  # "YULU": the sequencer's advisory lock; locks are per database
# A client that freezes while it sends or receives rows leaves its session waiting, not idle: no timeout ends that one.
_OUST_FROZEN = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = $1::bigint::oid AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND a.wait_event_type = 'Client' AND a.xact_start < clock_timestamp() - interval '5 s'
"""
_FEED_COLUMNS = (
    "event_id", "position", "partition", "partition_seq", "event_type", "key", "region", "entity_version",
    "recorded_at", "digest", "hash", "partition_hash", "bytes",
)  # fmt: skip
_ROWS = f"SELECT {', '.join(_FEED_COLUMNS[1:])} FROM feed"
_HEADS = """
SELECT h.position, h.hash, nullif(h.recorded_at, '-infinity') AS recorded_at, p.partitions, p.seqs, p.hashes
FROM feed_head h,
     (SELECT array_agg(partition ORDER BY partition) AS partitions,
             array_agg(seq ORDER BY partition) AS seqs,
             array_agg(hash ORDER BY partition) AS hashes
      FROM feed_partition_heads) p
"""
_SM3 = hashlib.new("sm3")


def sm3(data: bytes) -> bytes:
    digest = _SM3.copy()  # half the time of looking the algorithm up again
    digest.update(data)
    return digest.digest()


def next_hash(previous: bytes, position: int, partition: int, partition_seq: int, digest: bytes) -> bytes:
    return sm3(
        previous
        + position.to_bytes(8, "big")
        + partition.to_bytes(2, "big")
        + partition_seq.to_bytes(8, "big")
        + digest
    )


def next_partition_hash(previous: bytes, partition_seq: int, digest: bytes) -> bytes:
    return sm3(previous + partition_seq.to_bytes(8, "big") + digest)


EPOCH = """(SELECT system_identifier::text FROM pg_control_system()) || '.' ||
CASE WHEN pg_is_in_recovery() THEN '' ELSE ltrim(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), '0') END"""
"""SQL: system identifier and timeline, which a promotion changes and a restore into a new cluster too."""


class Linked(Protocol):
    """What a follower needs of an event, from whichever way it came: its place, its link and its bytes."""

    @property
    def partition(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def digest(self) -> bytes | None:
        """Needed only where `raw` is None."""

    @property
    def partition_hash(self) -> bytes: ...
    @property
    def raw(self) -> bytes | None: ...


class FeedRecord(NamedTuple):
    """One row of a feed. `raw` is None where the event was erased, for verifiers also where it may not be read."""

    position: int
    partition: int
    seq: int
    event_type: str
    key: str
    region: str
    entity_version: int
    recorded_at: datetime
    digest: bytes
    hash: bytes
    partition_hash: bytes
    raw: bytes | None
    withheld: bool = False
    """Without `raw` although it was not erased: it may not be told (any more) in the form that the digest is of."""


@dataclass(frozen=True, slots=True)
class PartitionHead:
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Heads:
    """Where a feed ends. `epoch` changes when the database is restored or fails over to another timeline."""

    epoch: str
    position: int
    hash: bytes
    recorded_at: datetime | None
    partitions: Mapping[int, PartitionHead]


IDLE_LIMIT_MS = 5_000
"""A sequencer frozen inside its transaction loses its session, and with it the lock, after this time."""


async def sequence(connection: asyncpg.Connection, *, limit: int = BATCH) -> list[FeedRecord]:
    """Move committed outbox rows into the feed, in id order, in one transaction; what was moved, none if another does.

    The connection carries `idle_in_transaction_session_timeout` = IDLE_LIMIT_MS: a holder that freezes between two
    statements loses its session, and with it the lock. One that freezes inside a statement is ousted by the next.
    """
    async with connection.transaction():
        # A statement of its own: the next one must take its snapshot after the lock.
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            await connection.execute(_OUST_FROZEN, _LOCK)
            return []
        # The rows of transactions that commit later with lower ids are simply found next time.
        rows = await connection.fetch("SELECT * FROM outbox ORDER BY id LIMIT $1", limit)
        return await append(connection, rows) if rows else []


async def append(connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> list[FeedRecord]:
    """Chain outbox rows onto the feed and take them out of the outbox. The caller holds the sequencer's lock."""
    head = await connection.fetchrow(_HEADS)
    if head is None:
        raise RuntimeError("feed_head is empty: the event log was not migrated")
    partitions = {
        p: (seq, hash_) for p, seq, hash_ in zip(head["partitions"], head["seqs"], head["hashes"], strict=True)
    }
    position, last = head["position"], head["hash"]
    # recorded_at never goes back, even where the clock of this machine does.
    now = datetime.now(UTC)
    recorded_at = now if position == 0 else max(now, head["recorded_at"])
    records: list[FeedRecord] = []
    event_ids = []
    for row in rows:
        raw, key = row["bytes"], row["key"]
        partition = partition_of(key)
        seq, partition_last = partitions[partition]
        digest = sm3(raw)
        position, seq = position + 1, seq + 1
        last = next_hash(last, position, partition, seq, digest)
        partition_last = next_partition_hash(partition_last, seq, digest)
        partitions[partition] = (seq, partition_last)
        records.append(
            FeedRecord(
                position, partition, seq, row["event_type"], key, row["region"], row["entity_version"], recorded_at,
                digest, last, partition_last, raw,
            )
        )  # fmt: skip
        event_ids.append(row["event_id"])
    await connection.copy_records_to_table(
        "feed", records=[(event_id, *record) for event_id, record in zip(event_ids, records, strict=True)],
        columns=_FEED_COLUMNS,
    )  # fmt: skip
    await connection.execute(
        """
        WITH taken AS (DELETE FROM outbox WHERE id = ANY($1::bigint[])),
             head AS (UPDATE feed_head SET position = $2, hash = $3, recorded_at = $4)
        UPDATE feed_partition_heads h SET seq = n.seq, hash = n.hash
        FROM unnest($5::smallint[], $6::bigint[], $7::bytea[]) AS n (partition, seq, hash)
        WHERE h.partition = n.partition
        """,
        [row["id"] for row in rows], position, last, recorded_at,
        list(partitions), [seq for seq, _ in partitions.values()], [hash_ for _, hash_ in partitions.values()],
    )  # fmt: skip
    return records


async def heads(pool: asyncpg.Pool) -> Heads:
    """Both kinds of heads in one snapshot, with the epoch of this database."""
    row = await pool.fetchrow(f"SELECT {EPOCH} AS epoch, s.* FROM ({_HEADS}) s")
    if row is None:
        raise RuntimeError("feed_head is empty: the event log was not migrated")
    return Heads(
        epoch=row["epoch"],
        position=row["position"],
        hash=row["hash"],
        recorded_at=row["recorded_at"],
        partitions={
            partition: PartitionHead(seq, hash_)
            for partition, seq, hash_ in zip(row["partitions"], row["seqs"], row["hashes"], strict=True)
        },
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """Events of one type and region within one hour."""

    event_type: str
    region: str
    events: int
    first_recorded_at: datetime
    last_recorded_at: datetime


@dataclass(frozen=True, slots=True)
class RelayState:
    """How far the events of a database have come: written, sequenced, sent to Kafka.

    oldest_raw: the first event that waits in the outbox; sent_position: how far Kafka has been given the feed;
    sending: somebody holds the lease of sending, events or not; signed_position, signed_hour: of the newest signed
    head.
    """

    outbox_events: int
    oldest_raw: bytes | None
    position: int
    recorded_at: datetime | None
    hash: bytes
    sent_position: int
    sending: bool
    signed_position: int | None
    signed_hour: datetime | None


_TALLY = """
SELECT event_type, region, count(*) AS events, min(recorded_at) AS first_recorded_at,
       max(recorded_at) AS last_recorded_at
FROM feed"""
_TALLY_GROUPS = "GROUP BY event_type, region, date_trunc('hour', recorded_at) ORDER BY 4, 1, 2"


async def tally_after_seqs(pool: asyncpg.Pool, partition: int, after_seq: int) -> list[Tally]:
    """What a consumer that stands there has yet to apply."""
    rows = await pool.fetch(
        f"{_TALLY} WHERE partition = $1 AND partition_seq > $2 {_TALLY_GROUPS}", partition, after_seq
    )
    return [Tally(*row) for row in rows]


async def tally_after(pool: asyncpg.Pool, position: int, until: int) -> list[Tally]:
    """What was recorded after one position up to another."""
    rows = await pool.fetch(f"{_TALLY} WHERE position > $1 AND position <= $2 {_TALLY_GROUPS}", position, until)
    return [Tally(*row) for row in rows]


async def relay_state(pool: asyncpg.Pool) -> RelayState:
    row = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM outbox) AS outbox_events, "
        "(SELECT bytes FROM outbox ORDER BY id LIMIT 1) AS oldest_raw, "
        "h.position, nullif(h.recorded_at, '-infinity') AS recorded_at, h.hash, p.position AS sent_position, "
        "p.lease_until > clock_timestamp() AS sending, s.position AS signed_position, s.hour AS signed_hour "
        "FROM feed_head h CROSS JOIN publication p "
        "LEFT JOIN (SELECT position, hour FROM feed_signed_heads ORDER BY hour DESC LIMIT 1) s ON true"
    )
    return RelayState(*row)


async def read_partition(pool: asyncpg.Pool, partition: int, after_seq: int, limit: int) -> list[FeedRecord]:
    if not 0 <= partition < PARTITIONS:
        raise ValueError(f"partition {partition} is not below {PARTITIONS}")
    rows = await pool.fetch(
        f"{_ROWS} WHERE partition = $1 AND partition_seq > $2 ORDER BY partition_seq LIMIT $3",
        partition, after_seq, limit,
    )  # fmt: skip
    return [FeedRecord(*row) for row in rows]


async def read_of_key(pool: asyncpg.Pool | asyncpg.Connection, key: str, position: int, limit: int) -> list[FeedRecord]:
    """The events of one key; its partition is read, or less where the database has an index of keys."""
    rows = await pool.fetch(
        f"{_ROWS} WHERE partition = $1 AND key = $2 AND position > $3 ORDER BY partition_seq LIMIT $4",
        partition_of(key),
        key,
        position,
        limit,
    )
    return [FeedRecord(*row) for row in rows]


async def read_places(pool: asyncpg.Pool, places: Sequence[tuple[int, int]]) -> list[FeedRecord]:
    """Single events by partition and number there, in order of position; what is not there is left out."""
    rows = await pool.fetch(
        f"{_ROWS} JOIN unnest($1::smallint[], $2::bigint[]) AS wanted (partition, partition_seq) "
        "USING (partition, partition_seq) ORDER BY position",
        [partition for partition, _ in places],
        [seq for _, seq in places],
    )
    return [FeedRecord(*row) for row in rows]


async def read_after(pool: asyncpg.Pool | asyncpg.Connection, position: int, limit: int) -> list[FeedRecord]:
    rows = await pool.fetch(f"{_ROWS} WHERE position > $1 ORDER BY position LIMIT $2", position, limit)
    return [FeedRecord(*row) for row in rows]
