"""All SQL of disclosures: what is on display read raw, undertakings and the read log written in a transaction."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

import asyncpg
import orjson
from common.database import Database, Tx
from common.secrecy.sealing import KeyVault
from contracts.deadlines import rule
from contracts.legal_day import midnight
from contracts.working_days import local_date, months_after

from discipline_api.disclosures.domain import READ_LOG, Client, Filters, Reader, Undertaking, Way
from discipline_api.disclosures.use_cases import Comparison
from discipline_api.refusals import NotFound, Refused

_DISPLAYED: Final = "body IS NOT NULL AND gone_at > $1"

ONE: Final = f"""
SELECT CASE WHEN {_DISPLAYED} THEN body END AS body, CASE WHEN {_DISPLAYED} THEN NULL ELSE tombstone END AS tombstone
FROM public_disclosures WHERE case_id = $2"""
"""Its body while it is on display ($1: now), afterwards its tombstone; never both."""
_FOUND: Final = f"""
SELECT {{}} FROM public_disclosures WHERE {{}} AND {_DISPLAYED}
ORDER BY published_on DESC, case_id LIMIT 200"""
_BY: Final = {
    "licence_number": "licence_key = $2",
    "credit_code": "credit_code = $2",
    "lawyer_name": "name_key = $2 AND firm_key = $3 AND subject_kind = 'lawyer'",
    "firm_name": "name_key = $2 AND subject_kind = 'firm'",
}
FOUND: Final = {by: _FOUND.format("body", condition) for by, condition in _BY.items()}
"""What is on display ($1: now), by the question; bytes alone, for the public."""
FOUND_WITH_IDS: Final = {by: _FOUND.format("body, case_id", condition) for by, condition in _BY.items()}
BY_DOCUMENT: Final = f"""
SELECT CASE WHEN {_DISPLAYED} THEN body END AS body, tombstone, case_id FROM public_disclosures WHERE document_key = $2
ORDER BY published_on DESC, case_id LIMIT 200"""

# Of a leaf that is not the newest of its record, or whose record is off display, only that there was something.
_CHANGES: Final = """
SELECT h.size, l.* FROM disclosure_log_head h LEFT JOIN LATERAL (
    SELECT l.leaf_index, l.record_id, l.change, l.at, l.commitment, p.gone_at,
        CASE WHEN p.leaf_index = l.leaf_index AND p.gone_at > $3 THEN p.body END AS body,
        CASE WHEN p.leaf_index = l.leaf_index AND p.gone_at > $3 THEN p.salt END AS salt,
        CASE WHEN p.leaf_index = l.leaf_index AND (p.body IS NULL OR p.gone_at <= $3) THEN p.tombstone END AS tombstone
    FROM disclosure_log l JOIN public_disclosures p ON p.case_id = l.record_id
    WHERE l.leaf_index > $1 ORDER BY l.leaf_index LIMIT $2) l ON true"""
_FILED: Final = f"""
SELECT p.case_id, p.body, p.salt, p.leaf_index, l.change, l.at, p.gone_at, p.gone_on, p.record_kind, p.subject_kind,
    p.subject_name, p.firm_name, p.licence_number, p.credit_code, p.document_number, p.organ_kind, p.organ_region,
    p.conduct_code, p.penalties, p.decided_on, p.published_on, p.marks::text
FROM public_disclosures p JOIN disclosure_log l USING (leaf_index)
WHERE {_DISPLAYED} ORDER BY p.case_id"""

_READER: Final = """
SELECT reader_id, client, organisation_kind, organisation_id, bulk_at, changes_read_at, changes_read_to
FROM disclosure_readers WHERE client = $1 AND organisation_kind = $2 AND organisation_id = $3"""
_ENTER: Final = """
INSERT INTO disclosure_readers (reader_id, client, organisation_kind, organisation_id) VALUES ($4, $1, $2, $3)
ON CONFLICT ON CONSTRAINT disclosure_readers_one DO NOTHING"""
_UNDERTAKING: Final = """
SELECT u.undertaking_id, u.reader_id, u.organisation_name, u.text_version, u.given_at, u.from_on, u.to_on
FROM disclosure_undertakings u"""
_GIVE: Final = """
INSERT INTO disclosure_undertakings (undertaking_id, reader_id, organisation_name, text_version, given_at, from_on,
    to_on, kek_id, data_key, contact) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
_UNREAD_TOMBSTONE: Final = """
SELECT min(logged_at) FROM disclosure_log WHERE leaf_index >= $1 AND change IN ('withdrawn', 'ended')"""
# What lies before its place it has read; what it asks for beyond, it has not.
_READ_ON: Final = """
UPDATE disclosure_readers SET changes_read_at = $4, changes_read_to = greatest(changes_read_to, $6)
WHERE client = $1 AND organisation_kind = $2 AND organisation_id = $3 AND changes_read_to >= $5"""
_FIRST_FILE: Final = """
UPDATE disclosure_readers SET bulk_at = $2, changes_read_to = greatest(changes_read_to, $3)
WHERE reader_id = $1 AND bulk_at IS NULL"""

_LOG: Final = "INSERT INTO disclosure_reads (at, client, organisation_kind, organisation_id, way, "
_LOG_RECORDS: Final = f"{_LOG} record_id) SELECT $1, $2, $3, $4, $5, record_id FROM unnest($6::uuid[]) AS record_id"
_LOG_RANGE: Final = f"{_LOG} leaf_from, leaf_to, log_size) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
_FORGET_READS: Final = """
DELETE FROM disclosure_reads WHERE read_id IN (
    SELECT read_id FROM disclosure_reads WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)"""
_FORGET_UNDERTAKINGS: Final = "DELETE FROM disclosure_undertakings WHERE to_on < $1"

_BATCH: Final = 1_000
_ONE_CHECK: Final = 0x12_C4EC4
"""Key of the advisory lock: of any number of processes one compares at a time."""
_CHECK: Final = """
SELECT check_id, due_on, began_at, ended_at, log_size, records, differences::text FROM disclosure_checks"""


class Connected(Protocol):
    """An asyncpg connection or pool."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...
    async def fetchrow(self, query: str, *args: Any) -> Any: ...


async def listed(
    connected: Connected, filters: Filters, after: tuple[Any, ...] | None, limit: int, now: datetime
) -> list[Any]:
    """Rows with body, case_id and published_on, newest first."""
    conditions, given = [_DISPLAYED], [now]

    def ask(condition: str, *values: Any) -> None:
        given.extend(values)
        conditions.append(condition.format(*(f"${len(given) - len(values) + 1 + n}" for n in range(len(values)))))

    if after is not None:
        ask("(published_on, case_id) < ({}, {})", *after)
    for condition, value in (
        ("organ_region = {}", filters.region),
        ("organ_kind = {}", filters.organ_kind),
        ("record_kind = {}", filters.kind),
        ("penalties @> ARRAY[{}::text]", filters.penalty),
        ("conduct_code = ANY({})", list(filters.conduct) or None),
        ("decided_on >= {}", filters.decided_from),
        ("decided_on <= {}", filters.decided_to),
        ("published_on >= {}", filters.published_from),
        ("published_on <= {}", filters.published_to),
    ):
        if value is not None:
            ask(condition, value)
    return await connected.fetch(
        f"SELECT body, case_id, published_on FROM public_disclosures WHERE {' AND '.join(conditions)}"
        f" ORDER BY published_on DESC, case_id DESC LIMIT {limit:d}",
        *given,
    )


async def changes(connected: Connected, after: int, limit: int, now: datetime) -> tuple[int, list[Any]]:
    """The size of the log, and the leaves that follow `after`."""
    rows = await connected.fetch(_CHANGES, after, limit, now)
    return rows[0]["size"], [row for row in rows if row["leaf_index"] is not None]


class Snapshot:
    """The display at one instant, in a REPEATABLE READ transaction."""

    BATCH: Final = 1_000

    def __init__(self, connection: asyncpg.Connection, now: datetime) -> None:
        self._connection, self.now = connection, now

    async def size(self) -> int:
        size: int = await self._connection.fetchval("SELECT size FROM disclosure_log_head")
        return size

    async def rows(self) -> AsyncIterator[list[Any]]:
        """Everything on display, by a cursor on the server."""
        cursor = await self._connection.cursor(_FILED, self.now)
        while rows := await cursor.fetch(self.BATCH):
            yield rows


class SqlReaders:
    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        self._tx, self._vault = tx, vault

    async def enter(self, client: Client) -> Reader:
        connection = await self._tx.raw()
        await connection.execute(_ENTER, *_columns(client), uuid4())
        return _reader(await connection.fetchrow(f"{_READER} FOR UPDATE", *_columns(client)))

    async def get_for_update(self, client: Client) -> Reader | None:
        connection = await self._tx.raw()
        row = await connection.fetchrow(f"{_READER} FOR UPDATE SKIP LOCKED", *_columns(client))
        if row is None and await connection.fetchrow(_READER, *_columns(client)) is not None:
            raise Refused(
                "file-being-made", "正在为该客户端生成文件", "a file is being made for this client", conflict=True
            )
        return None if row is None else _reader(row)

    async def last(self, reader_id: UUID) -> Undertaking | None:
        connection = await self._tx.raw()
        row = await connection.fetchrow(f"{_UNDERTAKING} WHERE reader_id = $1 ORDER BY to_on DESC LIMIT 1", reader_id)
        return None if row is None else _undertaking(row)

    async def in_force(self, reader_id: UUID, now: datetime) -> bool:
        connection = await self._tx.raw()
        return bool(
            await connection.fetchval(
                f"SELECT EXISTS ({_UNDERTAKING} WHERE reader_id = $1 AND from_on <= $2 AND to_on > $2)",
                reader_id,
                local_date(now),
            )
        )

    async def add(self, undertaking: Undertaking, contact: str) -> None:
        connection = await self._tx.raw()
        sealer, data_key = self._vault.new_case(undertaking.undertaking_id)
        await connection.execute(
            _GIVE,
            undertaking.undertaking_id,
            undertaking.reader_id,
            undertaking.organisation_name,
            undertaking.text_version,
            undertaking.given_at,
            undertaking.from_on,
            undertaking.to_on,
            self._vault.kek_id,
            data_key,
            sealer.seal("contact", contact),
        )

    async def oldest_unread_tombstone(self, reader: Reader) -> datetime | None:
        connection = await self._tx.raw()
        logged_at: datetime | None = await connection.fetchval(_UNREAD_TOMBSTONE, reader.changes_read_to)
        return logged_at

    async def has_file(self, reader: Reader, size: int, now: datetime) -> None:
        """From its first file on, a reader must follow what changes."""
        await (await self._tx.raw()).execute(_FIRST_FILE, reader.reader_id, now, size)

    async def one(self, undertaking_id: UUID) -> tuple[Undertaking, Reader, str]:
        """With the contact, unsealed."""
        connection = await self._tx.raw()
        row = await connection.fetchrow(
            "SELECT * FROM disclosure_undertakings JOIN disclosure_readers USING (reader_id) WHERE undertaking_id = $1",
            undertaking_id,
        )
        if row is None:
            raise NotFound("没有这份承诺。", "There is no such undertaking.")
        contact = self._vault.case(undertaking_id, bytes(row["data_key"])).open("contact", bytes(row["contact"]))
        return _undertaking(row), _reader(row), contact

    async def all(
        self, client: Client | None, after: tuple[Any, ...] | None, limit: int
    ) -> Sequence[tuple[Undertaking, Reader]]:
        """Those that hold longest first; `client`: only its own."""
        conditions, given = ["true"], list[Any]()
        if client is not None:
            given += _columns(client)
            conditions.append("client = $1 AND organisation_kind = $2 AND organisation_id = $3")
        if after is not None:
            given += after
            conditions.append(f"(to_on, undertaking_id) < (${len(given) - 1}, ${len(given)})")
        rows = await (await self._tx.raw()).fetch(
            "SELECT * FROM disclosure_undertakings JOIN disclosure_readers USING (reader_id) WHERE "
            f"{' AND '.join(conditions)} ORDER BY to_on DESC, undertaking_id DESC LIMIT {limit:d}",
            *given,
        )
        return [(_undertaking(row), _reader(row)) for row in rows]


class ReadLog:
    """What systems have read, written before they are answered."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def records(self, client: Client, way: Way, record_ids: Sequence[UUID], now: datetime) -> None:
        if record_ids:
            await (await self._tx.raw()).execute(_LOG_RECORDS, now, *_columns(client), way.value, list(record_ids))

    async def leaves(self, client: Client, way: Way, leaves: range, size: int, now: datetime) -> None:
        """All records whose newest leaf was one of these in a log of this size."""
        if leaves:
            values = (*_columns(client), way.value, leaves.start, leaves.stop, size)
            await (await self._tx.raw()).execute(_LOG_RANGE, now, *values)

    async def stream(self, client: Client, start: int, end: int, now: datetime) -> None:
        """Where a reader with an undertaking has come to."""
        await (await self._tx.raw()).execute(_READ_ON, *_columns(client), now, start, end)

    async def forget(self, now: datetime, batch: int) -> int:
        """What is older than the log is kept, and contacts of undertakings that ended as long ago."""
        oldest = months_after(local_date(now), -rule(READ_LOG).value)
        connection = await self._tx.raw()
        reads = await connection.execute(_FORGET_READS, midnight(oldest), batch)
        undertakings = await connection.execute(_FORGET_UNDERTAKINGS, oldest)
        return sum(int(done.rpartition(" ")[2]) for done in (reads, undertakings))


class Checks:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def claim(self, due_on: date) -> bool:
        """Whether the check of this day is still to be made, and by nobody else; until the end of the transaction."""
        connection = await self._tx.raw()
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _ONE_CHECK):
            return False
        return not await connection.fetchval("SELECT EXISTS (SELECT FROM disclosure_checks WHERE due_on = $1)", due_on)

    async def add(self, comparison: Comparison, due_on: date | None, began_at: datetime, ended_at: datetime) -> None:
        await (await self._tx.raw()).execute(
            "INSERT INTO disclosure_checks (check_id, due_on, began_at, ended_at, log_size, records, differences)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)",
            uuid4(),
            due_on,
            began_at,
            ended_at,
            comparison.log_size,
            comparison.records,
            orjson.dumps(comparison.told).decode(),
        )

    async def newest(self, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
        connection = await self._tx.raw()
        if after is None:
            return list(await connection.fetch(f"{_CHECK} ORDER BY began_at DESC, check_id DESC LIMIT $1", limit))
        return list(
            await connection.fetch(
                f"{_CHECK} WHERE (began_at, check_id) < ($2, $3) ORDER BY began_at DESC, check_id DESC LIMIT $1",
                limit,
                *after,
            )
        )


async def forget_reads(database: Database, now: datetime) -> int:
    """A timer's task."""
    total = 0
    while True:
        async with database.begin() as tx:
            forgotten = await ReadLog(tx).forget(now, _BATCH)
        total += forgotten
        if forgotten == 0:
            return total


def _columns(client: Client) -> tuple[str, str, str]:
    return client.subject, client.organisation_kind, client.organisation_id


def _reader(row: Any) -> Reader:
    return Reader(
        UUID(int=row["reader_id"].int),
        Client(row["client"], row["organisation_kind"], row["organisation_id"]),
        row["bulk_at"],
        row["changes_read_at"],
        row["changes_read_to"],
    )


def _undertaking(row: Any) -> Undertaking:
    return Undertaking(
        UUID(int=row["undertaking_id"].int),
        UUID(int=row["reader_id"].int),
        row["organisation_name"],
        row["text_version"],
        row["given_at"],
        row["from_on"],
        row["to_on"],
    )
