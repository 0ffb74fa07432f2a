"""Files waiting, their rows, and what was found: claimed chunk by chunk, by whichever process is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.imports.domain import Change, Class, Field, Phase, Plan, Terms
from registry_api.imports.tables import ImportChangeRow, ImportFindingRow, ImportRow
from registry_api.sheets.cells import Finding, Line
from registry_api.sheets.columns import Kind

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# The lock is the claim: it ends with the transaction, also when its process is killed.
_CLAIM = """
SELECT import_id, kind, phase, dry_run, snapshot, decided_by IS NOT NULL AS approved, region, effective_on, rows_total,
    rows_done
FROM imports WHERE state IN ('queued', 'running') ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1"""
_LINES = """
SELECT row_number, cells, duplicate_of FROM import_lines
WHERE import_id = $1 AND ordinal >= $2 ORDER BY ordinal LIMIT $3"""
_APPROVED = """
SELECT row_number, fields::text AS fields FROM import_changes
WHERE import_id = $1 AND row_number = ANY($2) AND class IN ('new', 'changed')"""
_PROGRESS = """
UPDATE imports SET rows_done = rows_done + $2, created = created + $3, changed = changed + $4,
    unchanged = unchanged + $5, errors = errors + $6, warnings = warnings + $7, conflicts = conflicts + $8,
    failures = 0, state = 'running', started_at = coalesce(started_at, now())
WHERE import_id = $1"""
_GONE = {
    Kind.LAWYERS: """
INSERT INTO import_changes (import_id, row_number, class, entity_id, identity, name, fields)
SELECT $1, -row_number() OVER (ORDER BY l.licence_number), 'gone', l.lawyer_id, l.licence_number, l.name, '[]'
FROM lawyers l JOIN practices p ON p.practice_id = l.current_practice_id
WHERE l.licensed AND ($2 = '410000' OR p.region = $2)
    AND NOT EXISTS (SELECT FROM import_seen s WHERE s.import_id = $1 AND s.entity_id = l.lawyer_id)""",
    Kind.FIRMS: """
INSERT INTO import_changes (import_id, row_number, class, entity_id, identity, name, fields)
SELECT $1, -row_number() OVER (ORDER BY f.credit_code), 'gone', f.firm_id, f.credit_code, f.name, '[]'
FROM firms f JOIN firm_periods p ON p.period_id = f.current_period_id
WHERE p.to_on IS NULL AND ($2 = '410000' OR p.region = $2)
    AND NOT EXISTS (SELECT FROM import_seen s WHERE s.import_id = $1 AND s.entity_id = f.firm_id)""",
}
# Where nothing would change nobody has to decide.
_CHECKED = """
UPDATE imports SET gone = $2, checked_at = clock_timestamp(),
    state = CASE WHEN dry_run OR created + changed = 0 THEN 'done' ELSE 'checked' END,
    finished_at = CASE WHEN dry_run OR created + changed = 0 THEN clock_timestamp() END
WHERE import_id = $1 RETURNING state"""
_DONE = "UPDATE imports SET state = 'done', finished_at = clock_timestamp() WHERE import_id = $1"
_FAILED = """
UPDATE imports SET failures = failures + 1, state = CASE WHEN failures + 1 >= $2 THEN 'failed' ELSE state END,
    finished_at = CASE WHEN failures + 1 >= $2 THEN clock_timestamp() END
WHERE import_id = $1 AND state IN ('queued', 'running') RETURNING state"""
_APPROVE = """
UPDATE imports SET state = 'queued', phase = 'apply', decided_by = $2, decided_at = now(),
    checked_counts = jsonb_build_object('created', created, 'changed', changed, 'unchanged', unchanged,
        'errors', errors, 'warnings', warnings, 'conflicts', conflicts, 'gone', gone),
    rows_done = 0, created = 0, changed = 0, unchanged = 0, errors = 0, warnings = 0, conflicts = 0, failures = 0
WHERE import_id = $1 AND state = 'checked'"""
_CLOSE = """
UPDATE imports SET state = $2, decided_by = $3, decided_at = now(), decision_reason = $4, finished_at = now()
WHERE import_id = $1 AND state IN ('queued', 'running', 'checked') AND phase = 'check'"""
_EXPIRE = """
UPDATE imports SET state = 'expired', finished_at = now() WHERE state = 'checked' AND checked_at < $1
RETURNING import_id"""
_FORGET = (
    "DELETE FROM import_findings f USING imports i WHERE i.import_id = f.import_id AND i.finished_at < $1",
    "DELETE FROM import_changes c USING imports i WHERE i.import_id = c.import_id AND i.finished_at < $1",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The import whose row this transaction holds. `approved`: by an officer; else it is applied as it stands."""

    import_id: UUID
    kind: Kind
    phase: Phase
    approved: bool
    snapshot: bool
    terms: Terms
    rows_total: int
    rows_done: int


async def enqueue(
    connection: Connection,
    *,
    import_id: UUID,
    kind: Kind,
    phase: Phase,
    dry_run: bool,
    snapshot: bool,
    requested_by: str,
    region: str,
    file_name: str,
    sheet: str,
    effective_on: date,
    lines: Sequence[Line],
) -> None:
    await connection.execute(
        "INSERT INTO imports (import_id, kind, phase, dry_run, snapshot, state, requested_by, region, file_name,"
        " sheet, effective_on, rows_total)"
        " VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8, $9, $10, $11)",
        import_id,
        kind.value,
        phase.value,
        dry_run,
        snapshot,
        requested_by,
        region,
        file_name,
        sheet,
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
        phase=Phase(row["phase"]),
        approved=row["approved"],
        snapshot=row["snapshot"],
        terms=Terms(row["effective_on"], row["region"], row["import_id"]),
        rows_total=row["rows_total"],
        rows_done=row["rows_done"],
    )


async def next_lines(connection: Connection, claimed: Claim, limit: int) -> list[Line]:
    rows = await connection.fetch(_LINES, claimed.import_id, claimed.rows_done, limit)
    return [Line(row["row_number"], tuple(row["cells"]), row["duplicate_of"]) for row in rows]


async def approved_changes(connection: Connection, import_id: UUID, lines: Sequence[Line]) -> dict[int, list[Field]]:
    rows = await connection.fetch(_APPROVED, import_id, [line.row_number for line in lines])
    return {row["row_number"]: orjson.loads(row["fields"]) for row in rows}


async def record_progress(connection: Connection, claimed: Claim, done: int, plan: Plan) -> None:
    """In the transaction of the chunk's effects: after a crash both are there or neither."""
    await _keep_findings(connection, claimed, plan.findings)
    if claimed.phase is Phase.CHECK:
        await _keep_changes(connection, claimed.import_id, plan.changes)
        if claimed.snapshot:
            await connection.execute(
                "INSERT INTO import_seen SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING",
                claimed.import_id,
                list(plan.seen),
            )
    tally = plan.tally
    await connection.execute(
        _PROGRESS,
        claimed.import_id,
        done,
        tally.created,
        tally.changed,
        tally.unchanged,
        tally.errors,
        tally.warnings,
        tally.conflicts,
    )
    if claimed.rows_done + done >= claimed.rows_total:
        await _finish(connection, claimed)


async def _finish(connection: Connection, claimed: Claim) -> None:
    if claimed.phase is Phase.APPLY:
        await connection.execute(_DONE, claimed.import_id)
        await _forget_lines(connection, [claimed.import_id])
        return
    gone = 0
    if claimed.snapshot:
        written = await connection.execute(_GONE[claimed.kind], claimed.import_id, claimed.terms.region)
        gone = int(written.rpartition(" ")[2])
    if await connection.fetchval(_CHECKED, claimed.import_id, gone) == "done":
        await _forget_lines(connection, [claimed.import_id])


async def _keep_findings(connection: Connection, claimed: Claim, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    ordinals: dict[int, int] = {}
    records: list[tuple[Any, ...]] = []
    for f in findings:
        ordinal = ordinals[f.row_number] = ordinals.get(f.row_number, -1) + 1
        records.append(
            (claimed.import_id, claimed.phase.value, f.row_number, ordinal, f.severity.value, f.column, f.value,
             f.zh, f.en)
        )  # fmt: skip
    await connection.copy_records_to_table(
        "import_findings",
        columns=(
            "import_id", "phase", "row_number", "ordinal", "severity", "column_name", "value", "reason_zh",
            "reason_en",
        ),
        records=records,
    )  # fmt: skip


async def _keep_changes(connection: Connection, import_id: UUID, changes: Sequence[Change]) -> None:
    if changes:
        await connection.copy_records_to_table(
            "import_changes",
            columns=("import_id", "row_number", "class", "entity_id", "identity", "name", "fields"),
            records=[
                (import_id, c.row_number, c.cls.value, c.entity_id, c.identity, c.name, orjson.dumps(c.fields).decode())
                for c in changes
            ],
        )


async def approve(connection: Connection, import_id: UUID, subject: str) -> bool:
    """False where another was faster: the state is read and written in one statement."""
    written: str = await connection.execute(_APPROVE, import_id, subject)
    return written == "UPDATE 1"


async def close(connection: Connection, import_id: UUID, state: str, subject: str, reason: str | None) -> bool:
    """Rejected or withdrawn before anything was applied; its rows go at once."""
    if await connection.execute(_CLOSE, import_id, state, subject, reason) != "UPDATE 1":
        return False
    await _forget_lines(connection, [import_id])
    return True


async def record_failure(connection: Connection, import_id: UUID, *, give_up_after: int) -> None:
    if await connection.fetchval(_FAILED, import_id, give_up_after) == "failed":
        await _forget_lines(connection, [import_id])


async def tidy(connection: Connection, *, checked_before: date, finished_before: date) -> None:
    """What nobody has decided expires; the reports of what is over go when their time has come."""
    expired = [row["import_id"] for row in await connection.fetch(_EXPIRE, checked_before)]
    await _forget_lines(connection, expired)
    for statement in _FORGET:
        await connection.execute(statement, finished_before)


async def _forget_lines(connection: Connection, import_ids: Sequence[UUID]) -> None:
    """The rows have done their duty; what they said about persons is in the register now, or nowhere."""
    await connection.execute("DELETE FROM import_lines WHERE import_id = ANY($1)", list(import_ids))
    await connection.execute("DELETE FROM import_seen WHERE import_id = ANY($1)", list(import_ids))


class Imports:
    """Reads for routes."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, import_id: UUID) -> ImportRow | None:
        return await self._session.get(ImportRow, import_id)

    async def search(
        self, *, region: str | None, state: str | None, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> Sequence[ImportRow]:
        """Newest first."""
        query = select(ImportRow).order_by(ImportRow.created_at.desc(), ImportRow.import_id).limit(limit)
        if region is not None:
            query = query.where(ImportRow.region == region)
        if state is not None:
            query = query.where(ImportRow.state == state)
        if after is not None:
            day, last = after
            same = and_(ImportRow.created_at == day, ImportRow.import_id > last)
            query = query.where(or_(ImportRow.created_at < day, same))
        return (await self._session.execute(query)).scalars().all()

    async def findings(
        self, import_id: UUID, phase: Phase, *, limit: int | None = None, after: tuple[int, int] | None = None
    ) -> Sequence[ImportFindingRow]:
        query = (
            select(ImportFindingRow)
            .where(ImportFindingRow.import_id == import_id, ImportFindingRow.phase == phase.value)
            .order_by(ImportFindingRow.row_number, ImportFindingRow.ordinal)
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(ImportFindingRow.row_number, ImportFindingRow.ordinal) > after)
        return (await self._session.execute(query)).scalars().all()

    async def changes(
        self, import_id: UUID, cls: Class | None = None, *, limit: int | None = None, after: int | None = None
    ) -> Sequence[ImportChangeRow]:
        query = select(ImportChangeRow).where(ImportChangeRow.import_id == import_id)
        if cls is not None:
            query = query.where(ImportChangeRow.class_ == cls.value)
        if after is not None:
            query = query.where(ImportChangeRow.row_number > after)
        rows = await self._session.execute(query.order_by(ImportChangeRow.row_number).limit(limit))
        return rows.scalars().all()
