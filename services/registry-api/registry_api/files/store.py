"""Editions in PostgreSQL: claimed under a row lock, read in one snapshot, kept in chunks of one size."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from registry_api.files.domain import Edition, Kind, State, StoredFile
from registry_api.files.use_cases import Head
from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.record import public_record
from registry_api.register.store import Register

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Reading: TypeAlias = "Connection | asyncpg.Pool[asyncpg.Record]"

READ_AT_ONCE: Final = 100
"""Entities made of rows in one go: a few milliseconds in which nothing else is answered."""
ENCODED_AT_ONCE: Final = 2_000
_SCANNED_AT_ONCE: Final = 500

_IDS: Final = {
    Kind.LAWYERS: "SELECT lawyer_id FROM lawyers ORDER BY lawyer_id",
    Kind.FIRMS: "SELECT firm_id FROM firms ORDER BY firm_id",
}
_BACKWARDS: Final = """
SELECT position, key, entity_version FROM feed WHERE position <= $1 ORDER BY position DESC LIMIT $2"""

_EDITION: Final = "SELECT edition_id, state, scheduled_for, ordered_at, completed_at, removed_at FROM editions"
_CLAIM: Final = """
SELECT edition_id FROM editions WHERE state = 'queued' ORDER BY ordered_at FOR UPDATE SKIP LOCKED LIMIT 1"""
_SCHEDULE: Final = """
INSERT INTO editions (edition_id, scheduled_for, ordered_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""
_ORDER: Final = "INSERT INTO editions (edition_id, ordered_by, ordered_at) VALUES ($1, $2, $3)"
_COMPLETE: Final = "UPDATE editions SET state = 'complete', completed_at = $2 WHERE edition_id = $1"
_FAILED: Final = """
UPDATE editions SET failures = failures + 1, state = CASE WHEN failures + 1 >= $2 THEN 'failed' ELSE state END
WHERE edition_id = $1 AND state = 'queued'"""
_BEYOND: Final = """
SELECT edition_id FROM editions WHERE state = 'complete' ORDER BY completed_at DESC, edition_id
OFFSET $1 FOR UPDATE SKIP LOCKED"""
_REMOVE: Final = (
    "DELETE FROM edition_files WHERE edition_id = ANY($1)",
    "DELETE FROM edition_manifests WHERE edition_id = ANY($1)",
)
_FILE: Final = """
SELECT file_id, name, media_type, length, sha256 FROM edition_files
WHERE edition_id = $1 AND audience = $2 AND name = $3"""
_ANNOUNCE: Final = """
INSERT INTO edition_files (file_id, edition_id, audience, name, media_type, length, sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_FINISH: Final = """
UPDATE edition_files f SET length = u.length, sha256 = u.sha256
FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS u(file_id, length, sha256) WHERE f.file_id = u.file_id"""
_LATEST: Final = """
SELECT e.edition_id, m.jws, m.feed_jws FROM editions e JOIN edition_manifests m USING (edition_id)
WHERE e.state = 'complete' AND m.audience = $1 ORDER BY e.completed_at DESC, e.edition_id"""
_MANIFEST: Final = "SELECT edition_id, jws, feed_jws FROM edition_manifests WHERE edition_id = $1 AND audience = $2"


class Signed(NamedTuple):
    """A manifest; `feed_jws` for those who may read the feed."""

    edition_id: UUID
    jws: str
    feed_jws: str | None


class SqlSnapshot:
    """The register as one REPEATABLE READ transaction sees it."""

    def __init__(self, connection: Connection, today: date) -> None:
        self._connection = connection
        self._register = Register(connection, today)

    async def head(self) -> Head:
        row = await self._connection.fetchrow("SELECT position, hash FROM feed_head")
        if row is None:
            raise RuntimeError("feed_head is empty: the event log was not migrated")
        return Head(row["position"], row["hash"])

    async def public_place(self, head: Head) -> int:
        """The last position up to the head whose event made what the public sees; what lies between is not shown."""
        position = head.position
        while position > 0:
            rows = await self._connection.fetch(_BACKWARDS, position, _SCANNED_AT_ONCE)
            if not rows:
                return 0
            keys = {UUID(row["key"]) for row in rows}
            entities: dict[UUID, Lawyer | Firm] = {
                **await self._register.lawyers(keys, lock=False),
                **await self._register.firms(keys, lock=""),
            }
            for row in rows:
                entity = entities.get(UUID(row["key"]))
                if entity is not None and entity.version == row["entity_version"] and public_record(entity) is not None:
                    return int(row["position"])
            position = rows[-1]["position"] - 1
        return 0

    async def entities(self, kind: Kind) -> AsyncIterator[Sequence[Lawyer | Firm]]:
        """All of them in the order of their ids, by a cursor on the server."""
        cursor = await self._connection.cursor(_IDS[kind])
        waiting: list[Lawyer | Firm] = []
        while ids := [row[0] for row in await cursor.fetch(READ_AT_ONCE)]:
            if kind is Kind.LAWYERS:
                waiting.extend((await self._register.lawyers(ids, lock=False)).values())
            else:
                waiting.extend((await self._register.firms(ids, lock="")).values())
            if len(waiting) >= ENCODED_AT_ONCE:
                yield waiting
                waiting = []
        if waiting:
            yield waiting


class SqlShelf:
    """Written in the transaction that claimed the edition: complete, or as if never begun."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def announce(self, edition_id: UUID, audience: str, files: Sequence[StoredFile]) -> None:
        await self._connection.executemany(
            _ANNOUNCE, [(f.file_id, edition_id, audience, f.name, f.media_type, f.length, f.sha256) for f in files]
        )

    async def put(self, chunks: Sequence[tuple[UUID, int, bytes]]) -> None:
        if chunks:
            await self._connection.copy_records_to_table(
                "edition_chunks", columns=("file_id", "ordinal", "content"), records=chunks
            )

    async def complete(self, files: Sequence[StoredFile]) -> None:
        await self._connection.execute(
            _FINISH, [f.file_id for f in files], [f.length for f in files], [f.sha256 for f in files]
        )

    async def sign(self, edition_id: UUID, audience: str, jws: str, feed_jws: str | None) -> None:
        await self._connection.execute(
            "INSERT INTO edition_manifests (edition_id, audience, jws, feed_jws) VALUES ($1, $2, $3, $4)",
            edition_id,
            audience,
            jws,
            feed_jws,
        )


async def claim(connection: Connection) -> UUID | None:
    edition_id: UUID | None = await connection.fetchval(_CLAIM)
    return edition_id


async def mark_complete(connection: Connection, edition_id: UUID, now: datetime) -> None:
    await connection.execute(_COMPLETE, edition_id, now)


async def record_failure(connection: Reading, edition_id: UUID, *, give_up_after: int) -> None:
    await connection.execute(_FAILED, edition_id, give_up_after)


async def anything_queued(connection: Reading) -> bool:
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM editions WHERE state = 'queued')"))


async def schedule(connection: Reading, day: date, now: datetime) -> None:
    """Once a day, whichever process comes first."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM editions WHERE scheduled_for = $1)", day):
        await connection.execute(_SCHEDULE, uuid4(), day, now)


async def order(connection: Connection, subject: str, now: datetime) -> Edition:
    """The one that waits already, or a new one."""
    row = await connection.fetchrow(f"{_EDITION} WHERE state = 'queued' ORDER BY ordered_at LIMIT 1")
    if row is not None:
        return _edition(row)
    edition_id = uuid4()
    await connection.execute(_ORDER, edition_id, subject, now)
    return Edition(edition_id, State.QUEUED, None, now, None, None)


async def remove_beyond(connection: Connection, kept: int, now: datetime) -> list[UUID]:
    """All but the newest; the row of an edition stays as the tombstone of its files."""
    old = [row[0] for row in await connection.fetch(_BEYOND, kept)]
    if old:
        for statement in _REMOVE:
            await connection.execute(statement, old)
        await connection.execute(
            "UPDATE editions SET state = 'removed', removed_at = $2 WHERE edition_id = ANY($1)", old, now
        )
    return old


async def edition(connection: Reading, edition_id: UUID) -> Edition | None:
    row = await connection.fetchrow(f"{_EDITION} WHERE edition_id = $1", edition_id)
    return None if row is None else _edition(row)


async def latest(connection: Reading, audience: str) -> list[Signed]:
    return [Signed(*row) for row in await connection.fetch(_LATEST, audience)]


async def manifest(connection: Reading, edition_id: UUID, audience: str) -> Signed | None:
    row = await connection.fetchrow(_MANIFEST, edition_id, audience)
    return None if row is None else Signed(*row)


async def stored_file(connection: Reading, edition_id: UUID, audience: str, name: str) -> StoredFile | None:
    row = await connection.fetchrow(_FILE, edition_id, audience, name)
    return None if row is None else StoredFile(*row)


async def chunk(connection: Reading, file_id: UUID, ordinal: int) -> bytes | None:
    content: bytes | None = await connection.fetchval(
        "SELECT content FROM edition_chunks WHERE file_id = $1 AND ordinal = $2", file_id, ordinal
    )
    return content


def _edition(row: asyncpg.Record) -> Edition:
    edition_id, state, *rest = row
    return Edition(edition_id, State(state), *rest)
