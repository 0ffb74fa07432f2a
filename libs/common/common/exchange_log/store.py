"""Reading the log, the signed head of each hour, and what is deleted after its term."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from common.database import Database
from common.exchange_log.entries import HEAD_TYPE
from common.signing import Signer

_ALL = """
SELECT seq, hash, client_seq, client_hash, entry FROM exchange_log WHERE seq > $1 ORDER BY seq LIMIT $2"""
_OWN = """
SELECT client_seq AS seq, client_hash AS hash, entry FROM exchange_log
WHERE client = $3 AND client_seq > $1 ORDER BY client_seq LIMIT $2"""
_END = "SELECT seq, hash, pruned_seq, pruned_hash FROM exchange_log_head"
_OWN_END = "SELECT seq, hash, pruned_seq, pruned_hash FROM exchange_log_clients WHERE client = $1"
_HEADS = "SELECT hour, seq, hash, jws FROM exchange_log_heads WHERE hour > $1 ORDER BY hour LIMIT $2"
_KEEP = """
INSERT INTO exchange_log_heads (hour, seq, hash, jws) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""

# Only up to a head that was kept: it proves what the deleted entries added up to.
_LAST_DUE = """
SELECT l.seq, l.hash FROM exchange_log l JOIN exchange_log_heads h ON h.seq = l.seq
WHERE l.seq <= coalesce((SELECT min(seq) - 1 FROM exchange_log WHERE at >= $1), (SELECT max(seq) FROM exchange_log))
ORDER BY l.seq DESC LIMIT 1"""
_MARK_CLIENTS = """
UPDATE exchange_log_clients c SET pruned_seq = l.client_seq, pruned_hash = l.client_hash
FROM (SELECT DISTINCT ON (client) client, client_seq, client_hash FROM exchange_log WHERE seq <= $1
      ORDER BY client, client_seq DESC) l WHERE l.client = c.client"""
_MARK = "UPDATE exchange_log_head SET pruned_seq = $1, pruned_hash = $2"
_DELETE = "DELETE FROM exchange_log WHERE seq <= $1"
_DELETE_HEADS = "DELETE FROM exchange_log_heads WHERE seq < $1"


@dataclass(frozen=True, slots=True)
class End:
    """Of a whole log or of one client's part; entries up to `pruned_seq` have been deleted after their term."""

    seq: int = 0
    hash: bytes = bytes(32)
    pruned_seq: int = 0
    pruned_hash: bytes = bytes(32)


async def entries(reader: asyncpg.Pool, client: str | None, after: int, limit: int) -> list[Any]:
    """In the order of the chain; without a client everybody's."""
    if client is None:
        return list(await reader.fetch(_ALL, after, limit))
    return list(await reader.fetch(_OWN, after, limit, client))


async def end(reader: asyncpg.Pool, client: str | None) -> End:
    row = await (reader.fetchrow(_END) if client is None else reader.fetchrow(_OWN_END, client))
    return End() if row is None else End(**row)


async def heads(reader: asyncpg.Pool, after: datetime, limit: int) -> list[Any]:
    return list(await reader.fetch(_HEADS, after, limit))


def signed(signer: Signer, found: End, *, log: str, client: str | None, at: datetime) -> str:
    payload: Mapping[str, Any] = {
        "log": log,
        "client": client,
        "seq": found.seq,
        "hash": found.hash.hex(),
        "hash_alg": "SM3",
        "at": at.astimezone(UTC).isoformat(),
    }
    return signer.jws(payload, HEAD_TYPE)


async def keep_log_head(database: Database, now: datetime, *, signer: Signer, log: str) -> int:
    """A timer's task: the first look at the time in an hour keeps the chain's end."""
    hour = hour_of(now)
    pool = await database.pool()
    if await pool.fetchval("SELECT 1 FROM exchange_log_heads WHERE hour = $1", hour):
        return 0
    found = await end(pool, None)
    jws = signed(signer, found, log=log, client=None, at=now)
    return int((await pool.execute(_KEEP, hour, found.seq, found.hash, jws)).rpartition(" ")[2])


async def prune(database: Database, before: datetime) -> int:
    """Deletes entries older than that; the hashes of what is gone stay, so that the rest can still be verified."""
    pool = await database.pool()
    async with pool.acquire() as connection, connection.transaction():
        # Not under the writers' lock for long: entries of a term ago are written by nobody.
        last = await connection.fetchrow(_LAST_DUE, before)
        if last is None:
            return 0
        await connection.execute(_MARK_CLIENTS, last["seq"])
        await connection.execute(_MARK, last["seq"], last["hash"])
        deleted = await connection.execute(_DELETE, last["seq"])
        await connection.execute(_DELETE_HEADS, last["seq"])
    return int(deleted.rpartition(" ")[2])


def hour_of(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
