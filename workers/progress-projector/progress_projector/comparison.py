"""Two stores, row for row: both are read in key order, page by page, so nothing needs to fit into memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

import asyncpg
from asyncpg.cursor import Cursor
from progress_store.ddl import PROJECTED_TABLES

COMPARED = (*PROJECTED_TABLES, "positions")
"""The positions too: an equal store at another place of the feed would be luck."""
_PAGE = 2_000

_COLUMNS = {"positions": "(t.topic, t.partition, t.last_seq, t.last_partition_hash)"}
KEYS = {
    "practices": "practice_id::text",
    "firm_periods": "period_id::text",
    "standing_facts": "fact_id::text || subject_id::text",
    "recognitions": "recognition_id::text",
    "reorganisations": "reorganisation_id::text",
    "merged_records": "lawyer_id::text",
    "assessments": "assessment_id::text",
    "reconciliations": "reconciliation_id::text",
    "sanctions": "case_id::text",
    "proceedings": "proceeding_id::text",
    "impostor_cases": "impostor_case_id::text",
    "talks": "talk_id::text",
    "supervisors": "appointment_id::text",
    "complaints": "complaint_id::text",
    "consultations": "meeting_id::text",
    "evaluations": "evaluation_id::text",
    "facilities": "facility_id::text || lpad(version::text, 10, '0')",
    "reported_values": "value_id::text || lpad(version::text, 10, '0')",
    "report_duties": "report_id::text",
    "national_figures": "table_id::text || lpad(version::text, 10, '0') || province",
    "national_tables": "table_id::text",
    "inspections": "inspection_id::text",
    "shown_values": "indicator_id || lpad(version::text, 10, '0') || region",
    "positions": "topic || '/' || partition",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of `table` that only one side has, or that differs. Rows hold ids, codes and dates only."""

    table: str
    key: str
    live: str | None
    rebuilt: str | None


async def compare(live: asyncpg.Connection, rebuilt: asyncpg.Connection) -> list[Difference]:
    """Both connections must be inside a transaction, each seeing one snapshot or at rest."""
    return [difference for table in COMPARED async for difference in _compare_table(table, live, rebuilt)]


async def _compare_table(
    table: str, live: asyncpg.Connection, rebuilt: asyncpg.Connection
) -> AsyncIterator[Difference]:
    left, right = await _Rows.open(table, live), await _Rows.open(table, rebuilt)
    while True:
        await asyncio.gather(left.fill(), right.fill())
        if not left.rows and not right.rows:
            return
        # Nearly always the whole of both pages.
        if left.rows == right.rows:
            left.rows, right.rows = [], []
            continue
        # Rows behind the end of the other side's page may have their counterpart on its next one.
        ends = [page.rows[-1]["key"] for page in (left, right) if page.rows and not page.ended]
        a, b = left.take(min(ends, default=None)), right.take(min(ends, default=None))
        for key in sorted(a.keys() | b.keys()):
            if a.get(key) != b.get(key):
                yield Difference(table, key, a.get(key), b.get(key))


class _Rows:
    """One side of a table in key order: the rows that are read and not yet compared."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.rows: list[asyncpg.Record] = []
        self.ended = False

    @classmethod
    async def open(cls, table: str, connection: asyncpg.Connection) -> Self:
        key, columns = KEYS[table], _COLUMNS.get(table, "t")
        # Byte order, which is how Python compares strings.
        query = f'SELECT {key} AS key, {columns}::text AS row FROM {table} t ORDER BY ({key}) COLLATE "C"'
        return cls(await connection.cursor(query))

    async def fill(self) -> None:
        if not self.rows and not self.ended:
            self.rows = await self._cursor.fetch(_PAGE)
            self.ended = len(self.rows) < _PAGE

    def take(self, until: str | None) -> dict[str, str]:
        """Rows by key, up to this key."""
        taken = {row["key"]: row["row"] for row in self.rows if until is None or row["key"] <= until}
        self.rows = self.rows[len(taken) :]
        return taken
