"""Files waiting, their rows, and what was found: claimed chunk by chunk, by whichever process is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.imports.planning import Tally, Terms
from registry_api.register.tables import ImportFindingRow, ImportRow
from registry_api.sheets.cells import Finding, Line
from registry_api.sheets.columns import Kind

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# The lock is the claim: it ends with the transaction, also when its process is killed.
_CLAIM = """
SELECT import_id, kind, dry_run, region, effective_on, rows_total, rows_done FROM imports
WHERE state IN ('queued', 'running') ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1"""
_LINES = """
SELECT row_number, cells, duplicate_of FROM import_lines
WHERE import_id = $1 AND ordinal >= $2 ORDER BY ordinal LIMIT $3"""
_PROGRESS = """
UPDATE imports SET rows_done = rows_done + $2, created = created + $3, changed = changed + $4,
    unchanged = unchanged + $5, errors = errors + $6, warnings = warnings + $7, failures = 0,
    state = CASE WHEN rows_done + $2 >= rows_total THEN 'done' ELSE 'running' END,
    started_at = coalesce(started_at, now()),
    finished_at = CASE WHEN rows_done + $2 >= rows_total THEN clock_timestamp() END
WHERE import_id = $1"""
_FAILED = """
UPDATE imports SET failures = failures + 1, state = CASE WHEN failures + 1 >= $2 THEN 'failed' ELSE state END,
    finished_at = CASE WHEN failures + 1 >= $2 THEN clock_timestamp() END
WHERE import_id = $1 AND state IN ('queued', 'running')"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The import whose row this transaction holds."""

    import_id: UUID
    kind: Kind
    dry_run: bool
    terms: Terms
    rows_total: int
    rows_done: int


async def enqueue(
    connection: Connection,
    *,
    import_id: UUID,
    kind: Kind,
    dry_run: bool,
    requested_by: str,
    region: str,
    file_name: str,
    file_digest: str,
    effective_on: date,
    lines: Sequence[Line],
) -> None:
    await connection.execute(
        "INSERT INTO imports (import_id, kind, dry_run, state, requested_by, region, file_name, file_digest,"
        " effective_on, rows_total) VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9)",
        import_id,
        kind.value,
        dry_run,
        requested_by,
        region,
        file_name,
        file_digest,
        effective_on,
        len(lines),
    )
    await connection.copy_records_to_table(
        "import_lines",
        columns=("import_id", "ordinal", "row_number", "cells", "duplicate_of"),
        records=(
            (import_id, ordinal, line.row_number, line.cells, line.duplicate_of) for ordinal, line in enumerate(lines)
        ),
    )


async def claim(connection: Connection) -> Claim | None:
    row = await connection.fetchrow(_CLAIM)
    if row is None:
        return None
    return Claim(
        import_id=row["import_id"],
        kind=Kind(row["kind"]),
        dry_run=row["dry_run"],
        terms=Terms(row["effective_on"], row["region"]),
        rows_total=row["rows_total"],
        rows_done=row["rows_done"],
    )


async def next_lines(connection: Connection, claimed: Claim, limit: int) -> list[Line]:
    rows = await connection.fetch(_LINES, claimed.import_id, claimed.rows_done, limit)
    return [Line(row["row_number"], tuple(row["cells"]), row["duplicate_of"]) for row in rows]


async def record_progress(
    connection: Connection, claimed: Claim, done: int, tally: Tally, findings: Sequence[Finding]
) -> None:
    """In the transaction of the chunk's effects: after a crash both are there or neither."""
    if findings:
        ordinals: dict[int, int] = {}
        records: list[tuple[Any, ...]] = []
        for f in findings:
            ordinal = ordinals[f.row_number] = ordinals.get(f.row_number, -1) + 1
            records.append((claimed.import_id, f.row_number, ordinal, f.severity.value, f.column, f.value, f.zh, f.en))
        await connection.copy_records_to_table(
            "import_findings",
            columns=(
                "import_id", "row_number", "ordinal", "severity", "column_name", "value", "reason_zh", "reason_en",
            ),
            records=records,
        )  # fmt: skip
    await connection.execute(
        _PROGRESS,
        claimed.import_id,
        done,
        tally.created,
        tally.changed,
        tally.unchanged,
        tally.errors,
        tally.warnings,
    )
    if claimed.rows_done + done >= claimed.rows_total:
        # The rows have done their duty; what they said about persons is in the register now, or nowhere.
        await connection.execute("DELETE FROM import_lines WHERE import_id = $1", claimed.import_id)


async def record_failure(connection: Connection, import_id: UUID, *, give_up_after: int) -> None:
    await connection.execute(_FAILED, import_id, give_up_after)


class Imports:
    """Reads for routes."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, import_id: UUID) -> ImportRow | None:
        return await self._session.get(ImportRow, import_id)

    async def findings(
        self, import_id: UUID, *, limit: int | None = None, after: tuple[int, int] | None = None
    ) -> Sequence[ImportFindingRow]:
        query = (
            select(ImportFindingRow)
            .where(ImportFindingRow.import_id == import_id)
            .order_by(ImportFindingRow.row_number, ImportFindingRow.ordinal)
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(ImportFindingRow.row_number, ImportFindingRow.ordinal) > after)
        return (await self._session.execute(query)).scalars().all()
