"""Two stores, row for row: both are read in key order and merged, so nothing needs to fit into memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
from progress_store.ddl import PROJECTED_TABLES

COMPARED = (*PROJECTED_TABLES, "positions")
"""The positions too: an equal store at another place of the feed would be luck."""

_COLUMNS = {"positions": "(t.topic, t.partition, t.last_seq, t.last_partition_hash)"}
_KEYS = {
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
    left, right = _rows(table, live), _rows(table, rebuilt)
    a, b = await anext(left, None), await anext(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a[0] < b[0]):
            assert a is not None  # noqa: S101 -- one of the two is there
            yield Difference(table, a[0], a[1], None)
            a = await anext(left, None)
        elif a is None or b[0] < a[0]:
            yield Difference(table, b[0], None, b[1])
            b = await anext(right, None)
        else:
            if a[1] != b[1]:
                yield Difference(table, a[0], a[1], b[1])
            a, b = await anext(left, None), await anext(right, None)


async def _rows(table: str, connection: asyncpg.Connection) -> AsyncIterator[tuple[str, str]]:
    key, columns = _KEYS[table], _COLUMNS.get(table, "t")
    # Byte order, so that the merge below agrees with Python's comparison of strings.
    query = f'SELECT {key} AS key, {columns}::text AS row FROM {table} t ORDER BY ({key}) COLLATE "C"'
    async for record in connection.cursor(query, prefetch=2_000):
        yield record["key"], record["row"]
