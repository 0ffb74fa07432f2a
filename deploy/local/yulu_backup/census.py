"""What was in the databases when a backup was taken, and what is in them once it has come back."""

from dataclasses import dataclass
from typing import Any

import asyncpg
from common.feed import GENESIS, next_hash, next_partition_hash, sm3

from yulu_backup.server import Server

TABLES = """
SELECT n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"""
_FEED = "SELECT position, hash, nullif(recorded_at, '-infinity') AS recorded_at FROM feed_head"
HAS_FEED = "SELECT to_regclass('public.feed_head') IS NOT NULL"
_ROWS = (
    "SELECT position, partition, partition_seq, digest, hash, partition_hash, bytes FROM feed "
    "WHERE position > $1 ORDER BY position LIMIT 5000"
)


@dataclass(frozen=True, slots=True)
class FeedProof:
    """A feed read from its first event to its last: where its chains first do not hold, None where they do."""

    events: int
    broken_at: int | None
    hash_at: bytes | None
    """Of the position that was asked for."""


async def taken(server: Server) -> dict[str, Any]:
    """Rows per table and the head of each feed, each database in one snapshot."""
    return {database: await _one(server, database) for database in await server.databases()}


async def _one(server: Server, database: str) -> dict[str, Any]:
    connection = await server.connect(database)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = {
                row["name"]: await connection.fetchval(f"SELECT count(*) FROM {row['quoted']}")
                for row in await connection.fetch(TABLES)
            }
            feed = await connection.fetchrow(_FEED) if await connection.fetchval(HAS_FEED) else None
            found: dict[str, Any] = {"tables": tables}
            if feed is not None:
                found["feed"] = {"position": feed["position"], "hash": feed["hash"].hex()}
            return found
    finally:
        await connection.close()


async def prove_feed(connection: asyncpg.Connection, position: int) -> FeedProof:
    """Computes both chains anew from the bytes. position: whose hash is wanted too."""
    events, last = 0, GENESIS
    partitions: dict[int, tuple[int, bytes]] = {}
    wanted = GENESIS if position == 0 else None
    while rows := await connection.fetch(_ROWS, events):
        for row in rows:
            seq, before = partitions.get(row["partition"], (0, GENESIS))
            digest = row["digest"] if row["bytes"] is None else sm3(row["bytes"])
            last = next_hash(last, row["position"], row["partition"], row["partition_seq"], digest)
            link = next_partition_hash(before, row["partition_seq"], digest)
            if (row["position"], row["partition_seq"], row["hash"], row["partition_hash"]) != (
                events + 1, seq + 1, last, link,
            ):  # fmt: skip
                return FeedProof(events, events + 1, wanted)
            partitions[row["partition"]] = (seq + 1, link)
            events += 1
            if events == position:
                wanted = last
    head = await connection.fetchrow(_FEED)
    broken = None if head is not None and (head["position"], head["hash"]) == (events, last) else events + 1
    return FeedProof(events, broken, wanted)
