"""The disclosure log: leaves and the perfect subtrees over them; grown under a lock of its head, never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from common.database import Tx
from common.merkle import Place, Span, frontier, grow, leaf_hash, places_of, span_hash

from discipline_api.display.shown import Change, Entry

_HEAD = "SELECT size FROM disclosure_log_head FOR UPDATE"
_NODES = """
SELECT level, index, hash FROM disclosure_log_nodes
JOIN unnest($1::smallint[], $2::bigint[]) AS wanted (level, index) USING (level, index)"""
_ENTRY = "SELECT leaf_index, record_id, change, at, commitment FROM disclosure_log WHERE leaf_index = $1"
_LATEST = """
SELECT leaf_index, record_id, change, at, commitment FROM disclosure_log WHERE record_id = $1
ORDER BY leaf_index DESC LIMIT 1"""
_LEAVES = ("leaf_index", "record_id", "change", "at", "commitment", "logged_at")


class Reader(Protocol):
    """An asyncpg connection or pool."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...
    async def fetchrow(self, query: str, *args: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Head:
    size: int
    root: bytes
    grown_at: datetime


async def append(tx: Tx, entries: Sequence[Entry]) -> int:
    """The index of the first of these leaves. Holds the head until the end of the transaction: call it last."""
    connection = await tx.raw()
    size: int = await connection.fetchval(_HEAD)
    leaves = [leaf_hash(entry.leaf()) for entry in entries]
    made = grow(size, await nodes(connection, frontier(size)), leaves)
    logged_at = max(entry.at for entry in entries)
    await connection.copy_records_to_table(
        "disclosure_log",
        columns=_LEAVES,
        records=[
            (index, entry.record_id, entry.change.value, entry.at, entry.commitment, logged_at)
            for index, entry in enumerate(entries, start=size)
        ],
    )
    await connection.copy_records_to_table(
        "disclosure_log_nodes",
        columns=("level", "index", "hash"),
        records=[(place.level, place.index, value) for place, value in made.items()],
    )
    await connection.execute(
        "UPDATE disclosure_log_head SET size = $1, grown_at = greatest(grown_at, $2)", size + len(entries), logged_at
    )
    return size


async def head(reader: Reader) -> Head:
    row = await reader.fetchrow("SELECT size, grown_at FROM disclosure_log_head")
    return Head(row["size"], await span(reader, Span(0, row["size"])), row["grown_at"])


async def root(reader: Reader, size: int) -> bytes:
    """Of an older size, too."""
    return await span(reader, Span(0, size))


async def span(reader: Reader, wanted: Span) -> bytes:
    return span_hash(wanted, await nodes(reader, wanted.places()))


async def spans(reader: Reader, wanted: Sequence[Span]) -> list[bytes]:
    known = await nodes(reader, places_of(wanted))
    return [span_hash(each, known) for each in wanted]


async def entry_at(reader: Reader, leaf_index: int) -> Entry | None:
    row = await reader.fetchrow(_ENTRY, leaf_index)
    return None if row is None else entry_of(row)


async def latest(reader: Reader, record_id: UUID) -> tuple[int, Entry] | None:
    """The newest leaf of a record."""
    row = await reader.fetchrow(_LATEST, record_id)
    return None if row is None else (row["leaf_index"], entry_of(row))


def entry_of(row: Any) -> Entry:
    return Entry(UUID(int=row["record_id"].int), Change(row["change"]), row["at"], bytes(row["commitment"]))


async def nodes(reader: Reader, places: Iterable[Place]) -> dict[Place, bytes]:
    wanted = list(places)
    rows = await reader.fetch(_NODES, [place.level for place in wanted], [place.index for place in wanted])
    return {Place(row["level"], row["index"]): bytes(row["hash"]) for row in rows}
