"""Writes entries in groups: whoever comes while one commit is under way shares the next, one statement for all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from common.audit_chain import linked
from common.database import Database
from common.exchange_log.entries import Entry
from common.http.recording import NotRecorded
from common.telemetry import get_logger
from common.telemetry.metrics import counter

MOST_TOGETHER = 500
GATHER_SECONDS = 0.002
"""So long a group is waited for once there is more than one; who calls alone never waits."""
SECONDS = 5.0
"""So long a commit may take; then its answers are refused. An entry may be there all the same, never the reverse."""

_MOST_CLIENTS = 10_000
_log = get_logger(__name__)
_entries = counter("yulu_exchange_log_entries_total", "Calls by systems, by what became of their entries.", ("entry",))
_commits = counter("yulu_exchange_log_commits_total", "Group commits of the exchange log.", ())
for _outcome in ("written", "refused"):
    _entries.labels(_outcome)

_HEAD = "SELECT seq, hash FROM exchange_log_head FOR UPDATE"
_CLIENTS = "SELECT client, seq, hash FROM exchange_log_clients WHERE client = ANY($1)"
# Nothing is inserted where another process has moved the head since it was read.
_APPEND = """
WITH moved AS (
    UPDATE exchange_log_head SET seq = $3, hash = $4 WHERE seq = $1 AND hash = $2 RETURNING true
), parts AS (
    INSERT INTO exchange_log_clients AS c (client, seq, hash)
    SELECT n.client, n.seq, n.hash FROM unnest($5::text[], $6::bigint[], $7::bytea[]) AS n (client, seq, hash), moved
    ON CONFLICT (client) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
)
INSERT INTO exchange_log (seq, hash, client, client_seq, client_hash, at, entry)
SELECT n.* FROM unnest($8::bigint[], $9::bytea[], $10::text[], $11::bigint[], $12::bytea[], $13::timestamptz[],
    $14::text[]) AS n, moved"""

End = tuple[int, bytes]
"""Sequence and hash of a chain's last entry."""


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where the chains end, as far as this process knows."""

    head: End
    clients: dict[str, End]


class GroupWriter:
    """Of one database. Other processes may write to the same chain."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._ends: _Ends | None = None

    async def write(self, entry: Entry) -> None:
        """Returns once the entry is committed. Raises NotRecorded."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                if len(self._waiting) > 1:
                    # Many call: a little longer, and more of them share the next commit.
                    await asyncio.sleep(GATHER_SECONDS)
                group, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                failure = await self._try([entry for entry, _ in group])
                _entries.labels("written" if failure is None else "refused").inc(len(group))
                for _, written in group:
                    if written.done():
                        continue  # its caller has gone
                    if failure is None:
                        written.set_result(None)
                    else:
                        written.set_exception(failure)
        finally:
            self._writing = None

    async def _try(self, entries: Sequence[Entry]) -> NotRecorded | None:
        known, self._ends = self._ends, None  # unknown again where anything fails
        try:
            async with asyncio.timeout(SECONDS):
                self._ends = await self._commit(known, entries)
        except Exception as error:  # noqa: BLE001 -- whatever it is, these answers must not leave
            _log.error("calls_not_recorded", calls=len(entries), exc_info=error)
            refused = NotRecorded(type(error).__name__)
            refused.__cause__ = error
            return refused
        _commits.inc()
        return None

    async def _commit(self, known: _Ends | None, entries: Sequence[Entry]) -> _Ends:
        pool = await self._database.pool()
        async with pool.acquire() as connection:
            if known is not None and all(entry.client in known.clients for entry in entries):
                after = await _append(connection, known, entries)
                if after is not None:
                    return after
            async with connection.transaction():
                row = await connection.fetchrow(_HEAD)
                found = await connection.fetch(_CLIENTS, list({entry.client for entry in entries}))
                ends = _Ends((row["seq"], row["hash"]), {each["client"]: (each["seq"], each["hash"]) for each in found})
                after = await _append(connection, ends, entries)
                if after is None:
                    raise RuntimeError("the head of the exchange log has moved under its lock")
            return after


async def _append(connection: asyncpg.Connection, ends: _Ends, entries: Sequence[Entry]) -> _Ends | None:
    """None where the chain no longer ends there."""
    seq, digest = ends.head
    moved: dict[str, End] = {}
    rows = []
    for entry in entries:
        raw, client = entry.raw(), entry.client
        client_seq, client_digest = moved.get(client) or ends.clients.get(client) or (0, bytes(32))
        seq, client_seq = seq + 1, client_seq + 1
        digest, client_digest = linked(digest, seq, raw), linked(client_digest, client_seq, raw)
        moved[client] = client_seq, client_digest
        rows.append((seq, digest, client, client_seq, client_digest, entry.at, raw.decode()))
    result = await connection.execute(
        _APPEND,
        *ends.head,
        seq,
        digest,
        list(moved),
        [each[0] for each in moved.values()],
        [each[1] for each in moved.values()],
        *map(list, zip(*rows, strict=True)),
    )
    if result != f"INSERT 0 {len(rows)}":
        return None
    clients = ends.clients if len(ends.clients) < _MOST_CLIENTS else {}
    return _Ends((seq, digest), clients | moved)
