"""Runs and lines in the database, and the register as a run compares it."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
from contracts.identifiers import LicenceCategory
from contracts.regions import REGIONS
from contracts.registry_events import FirmKind
from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.reconciliation.domain import Difference, Found, Here, Known, LineState, Outcome, county_name, licence
from registry_api.reconciliation.tables import ReconciliationLineRow, ReconciliationRow
from registry_api.reconciliation.use_cases import Export, Run, Settlement
from registry_api.register.firm import KIND_ZH
from registry_api.sheets.columns import Kind

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_ONE_RUN = 0x7265636F  # a number of our own among the advisory locks of this database
_LAWYERS = """
SELECT l.lawyer_id, l.name, l.licence_number, l.serial, l.first_licensed_on, l.licensed, p.category, p.region,
    p.institution, p.county, f.name AS firm_name, f.credit_code
FROM lawyers l JOIN practices p ON p.practice_id = l.current_practice_id LEFT JOIN firms f ON f.firm_id = p.firm_id
WHERE l.merged_into IS NULL"""
_FORMER = """
SELECT n.licence_number, n.lawyer_id FROM licence_numbers n JOIN lawyers l USING (lawyer_id)
WHERE n.licence_number <> l.licence_number"""
_FIRMS = """
SELECT f.firm_id, f.name, f.credit_code, f.address, f.capital_yuan, p.kind, p.region, p.county, p.to_on,
    (SELECT min(q.from_on) FROM firm_periods q WHERE q.firm_id = f.firm_id) AS established_on
FROM firms f JOIN firm_periods p ON p.period_id = f.current_period_id"""
_KNOWN = """
SELECT key, state, outcome, settled_on, here, there FROM reconciliation_lines WHERE key = ANY($1)"""
_KEEP = """
INSERT INTO reconciliation_lines AS l (line_id, key, kind, difference, region, entity_id, number, name, field, here,
    there, state, found_first_on, found_last_on, last_run)
SELECT u.line_id, u.key, $11, u.difference, u.region, u.entity_id, u.number, u.name, u.field, u.here, u.there, 'open',
    $12, $12, $13
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[]) AS u(line_id, key, difference, region, entity_id, number, name, field, here, there)
ON CONFLICT (key) DO UPDATE SET region = excluded.region, entity_id = excluded.entity_id, number = excluded.number,
    name = excluded.name, here = excluded.here, there = excluded.there, found_last_on = excluded.found_last_on,
    last_run = excluded.last_run"""
_OPEN = """
UPDATE reconciliation_lines SET state = 'open', reopened = reopened + 1, outcome = NULL, reason = NULL, note = NULL,
    settled_by = NULL, settled_on = NULL, disappeared_on = NULL
WHERE key = ANY($1) AND state <> 'open'"""
_DISAPPEAR = """
UPDATE reconciliation_lines SET state = 'disappeared', disappeared_on = $3
WHERE kind = $1 AND last_run <> $2 AND state <> 'disappeared'"""
_BEGIN = """
INSERT INTO reconciliations (reconciliation_id, kind, requested_by, file_name, reconciled_on, rows_total,
    here, there, equal, only_here, only_there, different, unreadable, lines_new, lines_continued, lines_disappeared)
VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"""
_COMPLETE = """
UPDATE reconciliations SET here = $2, there = $3, equal = $4, only_here = $5, only_there = $6, different = $7,
    unreadable = $8, lines_new = $9, lines_continued = $10, lines_disappeared = $11
WHERE reconciliation_id = $1"""
_SETTLE = """
UPDATE reconciliation_lines SET state = 'settled', outcome = $2, reason = $3, note = $4, settled_by = $5,
    settled_on = $6
WHERE line_id = $1 AND state <> 'disappeared'"""


class SqlReconciliations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        await self._connection.execute("SELECT pg_advisory_xact_lock($1)", _ONE_RUN)

    async def here(self, kind: Kind) -> tuple[list[Here], Mapping[str, UUID]]:
        if kind is Kind.FIRMS:
            return [_firm(row) for row in await self._connection.fetch(_FIRMS)], {}
        former = {row["licence_number"]: row["lawyer_id"] for row in await self._connection.fetch(_FORMER)}
        rows = await self._connection.fetch(_LAWYERS)
        return await asyncio.to_thread(lambda: [_lawyer(row) for row in rows]), former  # look-ups go on meanwhile

    async def known(self, keys: Collection[str]) -> Mapping[str, Known]:
        return {
            row["key"]: Known(
                state=LineState(row["state"]),
                outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
                settled_on=row["settled_on"],
                here=row["here"],
                there=row["there"],
            )
            for row in await self._connection.fetch(_KNOWN, list(keys))
        }

    async def keep(self, run_id: UUID, kind: Kind, on: date, lines: Sequence[tuple[Found, LineState]]) -> None:
        # A number that two unreadable rows share is one line.
        found = list({item.key: item for item, _ in lines}.values())
        columns = [
            (uuid4(), f.key, f.difference.value, f.region, f.entity_id, f.number, f.name, f.field, f.here, f.there)
            for f in found
        ]
        if columns:
            await self._connection.execute(_KEEP, *map(list, zip(*columns, strict=True)), kind.value, on, run_id)
        await self._connection.execute(_OPEN, [item.key for item, state in lines if state is LineState.OPEN])

    async def disappear(self, run_id: UUID, kind: Kind, on: date) -> int:
        done: str = await self._connection.execute(_DISAPPEAR, kind.value, run_id, on)
        return int(done.rpartition(" ")[2])

    async def forget(self, disappeared_before: int, on: date) -> None:
        """Lines name persons: so many days after a difference has gone its line goes too."""
        await self._connection.execute(
            "DELETE FROM reconciliation_lines WHERE disappeared_on < $1", on - timedelta(days=disappeared_before)
        )

    async def begin(self, run_id: UUID, export: Export, requested_by: str, on: date) -> None:
        await self._connection.execute(
            _BEGIN,
            run_id,
            export.kind.value,
            requested_by,
            export.file_name,
            on,
            len(export.lines),
        )

    async def complete(self, run: Run) -> None:
        found = run.comparison
        await self._connection.execute(
            _COMPLETE,
            run.reconciliation_id,
            found.here,
            found.there,
            found.equal,
            found.number(Difference.ONLY_HERE),
            found.number(Difference.ONLY_THERE),
            found.number(Difference.DIFFERENT),
            found.number(Difference.UNREADABLE),
            run.lines_new,
            run.lines_continued,
            run.lines_disappeared,
        )

    async def settle(self, line_id: UUID, settlement: Settlement) -> bool:
        done: str = await self._connection.execute(
            _SETTLE,
            line_id,
            settlement.outcome.value,
            settlement.reason.value,
            settlement.note,
            settlement.by,
            settlement.on,
        )
        return done == "UPDATE 1"


def _lawyer(row: asyncpg.Record) -> Here:
    return Here(
        entity_id=row["lawyer_id"],
        number=row["licence_number"],
        name=row["name"],
        region=row["region"],
        licensed=row["licensed"],
        facts={
            "name": row["name"],
            "licence_number": row["licence_number"],
            "category": LicenceCategory(row["category"]).zh,
            "region": REGIONS[row["region"]].name_zh,
            "credit_code_of_firm": row["credit_code"],
            "institution_name": row["firm_name"] or row["institution"],
            "county": county_name(row["county"]),
            "first_licensed_on": row["first_licensed_on"].isoformat(),
            "licence": licence(licensed=row["licensed"]),
        },
        serial=row["serial"],
    )


def _firm(row: asyncpg.Record) -> Here:
    return Here(
        entity_id=row["firm_id"],
        number=row["credit_code"],
        name=row["name"],
        region=row["region"],
        licensed=row["to_on"] is None,
        facts={
            "name": row["name"],
            "kind": KIND_ZH[FirmKind(row["kind"])],
            "region": REGIONS[row["region"]].name_zh,
            "established_on": row["established_on"].isoformat(),
            "address": row["address"],
            "county": county_name(row["county"]),
            "capital_yuan": None if row["capital_yuan"] is None else str(row["capital_yuan"]),
            "licence": licence(licensed=row["to_on"] is None),
        },
    )


class Lines:
    """Reads for routes."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def runs(
        self, kind: Kind | None, *, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> Sequence[ReconciliationRow]:
        """Newest first."""
        row = ReconciliationRow
        query = select(row).order_by(row.completed_at.desc(), row.reconciliation_id).limit(limit)
        if kind is not None:
            query = query.where(row.kind == kind.value)
        if after is not None:
            at, last = after
            query = query.where(or_(row.completed_at < at, and_(row.completed_at == at, row.reconciliation_id > last)))
        return (await self._session.execute(query)).scalars().all()

    async def run(self, reconciliation_id: UUID) -> ReconciliationRow:
        return await self._session.get_one(ReconciliationRow, reconciliation_id)

    async def line(self, line_id: UUID) -> ReconciliationLineRow | None:
        return await self._session.get(ReconciliationLineRow, line_id, populate_existing=True)

    async def search(
        self, filters: Mapping[str, str | None], *, limit: int | None = None, after: UUID | None = None
    ) -> Sequence[ReconciliationLineRow]:
        row = ReconciliationLineRow
        query = select(row).order_by(row.line_id).limit(limit)
        for name, value in filters.items():
            if value is not None:
                query = query.where(getattr(row, name) == value)
        if after is not None:
            query = query.where(row.line_id > after)
        return (await self._session.execute(query)).scalars().all()

    async def counts(self, kind: Kind, region: str | None) -> Sequence[Any]:
        """(region, difference, field, state, lines) of all lines that are still found."""
        row = ReconciliationLineRow
        of = (row.region, row.difference, row.field, row.state)
        query = select(*of, func.count()).where(row.kind == kind.value, row.state != LineState.DISAPPEARED.value)
        if region is not None:
            query = query.where(row.region == region)
        return (await self._session.execute(query.group_by(*of).order_by(*of))).all()
