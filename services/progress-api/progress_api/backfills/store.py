"""Back-fills in PostgreSQL. Their numbers stand in revision 0 of the reports they belong to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from common.local_time import local_date
from contracts.plan import plan
from contracts.reporting import Reporter, ReportPeriod, asked_from

from progress_api.backfills.domain import Conflict, Entry
from progress_api.backfills.use_cases import Backfill
from progress_api.freezes import check_frozen, check_open
from progress_api.refusals import Fault, NotFound, Refused
from progress_api.reporting.domain import Answer, AnswerKind, Item, Report, Value
from progress_api.reporting.store import SqlReports
from progress_api.reporting.use_cases import Told

_KNOWN = "SELECT report_id FROM reports WHERE report_id = ANY($1::uuid[])"
_LOCK = "SELECT report_id FROM reports WHERE report_id = ANY($1::uuid[]) ORDER BY report_id FOR UPDATE"
# Two tables may name a period that nobody was asked for at once: the second waits for the first.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('backfills/' || $1, 0))"
_BACKFILLED = """
UPDATE reports SET state = 'backfilled', events = 0, confirmed_revision = 0, received_on = $2
WHERE report_id = ANY($1::uuid[])"""
_ITEMS = "SELECT value_id FROM report_items WHERE report_id = ANY($1::uuid[])"
_TOLD = """
SELECT DISTINCT ON (value_id) value_id, version, amount, base, reached_on FROM report_values
WHERE value_id = ANY($1::uuid[]) ORDER BY value_id, version DESC"""
_CORRECTED = """
SELECT report_id FROM reports WHERE report_id = ANY($1::uuid[]) AND confirmed_revision <> revision"""
_REVISION = """
INSERT INTO report_revisions (report_id, revision, origin, by_department, saved_by, saved_at)
SELECT report_id, 0, 'backfill', true, $2, $3 FROM unnest($1::uuid[]) AS t (report_id)
ON CONFLICT (report_id, revision) DO UPDATE SET saved_by = excluded.saved_by, saved_at = excluded.saved_at"""
_ANSWER = """
INSERT INTO report_answers (report_id, revision, indicator_id, region, kind, amount, base, reached_on, document_number)
VALUES ($1, 0, $2, $3, 'number', $4, $5, $6, $7)
ON CONFLICT (report_id, revision, indicator_id, region) DO UPDATE SET amount = excluded.amount, base = excluded.base,
    reached_on = excluded.reached_on, document_number = excluded.document_number"""
_ADD = """
INSERT INTO backfills (backfill_id, plan_id, file_digest, uploaded_by, uploaded_at, rows, confirmed, unchanged,
    conflicts, late)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
_CONFLICT_COLUMNS = (
    "backfill_id", "value_id", "told_version", "amount", "base", "reached_on", "evidence", "document_number",
)  # fmt: skip
_DECIDE = "UPDATE backfills SET overrides = $2, decided_by = $3, decided_at = $4 WHERE backfill_id = $1"
_OVERRIDDEN = "UPDATE backfill_conflicts SET overridden = value_id = ANY($2::uuid[]) WHERE backfill_id = $1"
_GET = "SELECT * FROM backfills WHERE backfill_id = $1"
_SEARCH = """
SELECT * FROM backfills WHERE plan_id = $1 AND ($2::timestamptz IS NULL OR (uploaded_at, backfill_id) < ($2, $3::uuid))
ORDER BY uploaded_at DESC, backfill_id DESC LIMIT $4"""
_CONFLICTS = """
SELECT c.*, i.indicator_id, i.region AS item_region, i.report_id, r.reporter, r.region, r.from_on, r.until_on, r.due_on,
    w.amount AS told_amount, w.base AS told_base, w.reached_on AS told_reached_on
FROM backfill_conflicts c JOIN report_items i USING (value_id) JOIN reports r ON r.report_id = i.report_id
JOIN report_values w ON w.value_id = c.value_id AND w.version = c.told_version
WHERE c.backfill_id = $1 ORDER BY r.until_on, i.indicator_id, i.region"""


_VERSIONS = """
SELECT w.version, w.amount, w.base, w.reached_on, w.revision, b.backfill_id, b.document_number, i.report_id,
    i.indicator_id, i.region
FROM report_items i JOIN report_values w USING (value_id)
LEFT JOIN backfilled_values b ON b.value_id = w.value_id AND b.version = w.version
WHERE i.value_id = $1 ORDER BY w.version DESC"""


class SqlBackfills:
    """Fulfils `Backfills`; the connection stands in a transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._plan_id = plan().meta.id

    async def prepare(self, entries: Collection[Entry], at: datetime, *, late: bool) -> list[Report]:
        reports = {entry.report.report_id: entry.report for entry in entries}
        periods = sorted({report.period for report in reports.values()})
        for until_on in sorted({period.until_on for period in periods}):
            await (check_frozen if late else check_open)(self._connection, until_on)
        await self._connection.execute(_ONE_AT_A_TIME, self._plan_id)
        requested: list[Report] = []
        store = SqlReports(self._connection)
        for period in periods:
            if period.until_on >= asked_from() and not late:  # nobody is asked for a frozen period any more
                requested += await store.open_round(period, at)
        known = {row["report_id"] for row in await self._connection.fetch(_KNOWN, list(reports))}
        unasked = [report for report_id, report in reports.items() if report_id not in known]
        await store.add(unasked)
        await self._connection.execute(_BACKFILLED, [report.report_id for report in unasked], local_date(at))
        await self._connection.execute(_LOCK, list(reports))
        await self.check_rows(entries)
        return requested

    async def check_rows(self, entries: Collection[Entry]) -> None:
        """Raises Refused where a report has no such row: what it asks for once had been reached before."""
        asked = {entry.report.report_id for entry in entries}
        known = {row["report_id"] for row in await self._connection.fetch(_KNOWN, list(asked))}
        rows = {row["value_id"] for row in await self._connection.fetch(_ITEMS, list(known))}
        faults = [
            Fault(
                f"{entry.item.indicator_id}.{entry.item.region}.{entry.report.period}",
                "该期报表不再询问此项（此前已达成），请补录到达成的那一期",
                "the period's report does not ask for it: it had been reached; back-fill the period in which it was",
            )
            for entry in entries
            if entry.report.report_id in known and entry.value_id not in rows
        ]
        if faults:
            raise Refused("rows-not-asked", "有不再询问的项目", "some of it is not asked any more", faults=faults)

    async def told(self, entries: Iterable[Entry]) -> dict[UUID, Told]:
        rows = await self._connection.fetch(_TOLD, [entry.value_id for entry in entries])
        return {
            row["value_id"]: Told(row["version"], Value(row["amount"], row["base"], row["reached_on"])) for row in rows
        }

    async def being_corrected(self, entries: Iterable[Entry]) -> set[UUID]:
        rows = await self._connection.fetch(_CORRECTED, list({entry.report.report_id for entry in entries}))
        return {UUID(int=row["report_id"].int) for row in rows}

    async def add(self, backfill: Backfill, conflicts: Sequence[Conflict]) -> None:
        await self._connection.execute(
            _ADD, backfill.backfill_id, self._plan_id, backfill.file_digest, backfill.uploaded_by, backfill.uploaded_at,
            backfill.rows, backfill.confirmed, backfill.unchanged, backfill.conflicts, backfill.late,
        )  # fmt: skip
        await self._connection.copy_records_to_table(
            "backfill_conflicts",
            columns=_CONFLICT_COLUMNS,
            records=[
                (backfill.backfill_id, conflict.entry.value_id, conflict.told.version, conflict.entry.answer.amount,
                 conflict.entry.answer.base, conflict.entry.answer.reached_on, conflict.entry.answer.document_number,
                 conflict.entry.document_number)
                for conflict in conflicts
            ],
        )  # fmt: skip

    async def save_values(self, backfill: Backfill, values: Mapping[UUID, tuple[Entry, Told]], at: datetime) -> None:
        by = backfill.decided_by or backfill.uploaded_by
        reports = {entry.report.report_id for entry, _ in values.values()}
        await self._connection.execute(_REVISION, list(reports), by, at)
        await self._connection.executemany(
            _ANSWER,
            [
                (entry.report.report_id, entry.item.indicator_id, entry.item.region, entry.answer.amount,
                 entry.answer.base, entry.answer.reached_on, entry.answer.document_number)
                for entry, _ in values.values()
            ],
        )  # fmt: skip
        await self._connection.copy_records_to_table(
            "report_values",
            columns=("value_id", "version", "report_id", "revision", "amount", "base", "reached_on"),
            records=[
                (
                    key,
                    told.version,
                    entry.report.report_id,
                    0,
                    told.value.amount,
                    told.value.base,
                    told.value.reached_on,
                )
                for key, (entry, told) in values.items()
            ],
        )
        await self._connection.copy_records_to_table(
            "backfilled_values",
            columns=("value_id", "version", "backfill_id", "document_number"),
            records=[
                (key, told.version, backfill.backfill_id, entry.document_number)
                for key, (entry, told) in values.items()
            ],
        )

    async def save_decision(self, backfill: Backfill, overridden: Collection[UUID]) -> None:
        await self._connection.execute(
            _DECIDE, backfill.backfill_id, backfill.overrides, backfill.decided_by, backfill.decided_at
        )
        await self._connection.execute(_OVERRIDDEN, backfill.backfill_id, list(overridden))

    async def get(self, backfill_id: UUID, *, lock: bool = False) -> Backfill:
        row = await self._connection.fetchrow(_GET + (" FOR UPDATE" if lock else ""), backfill_id)
        if row is None:
            raise NotFound("没有这次补录。", "There is no such back-fill.")
        return _backfill(row)

    async def search(self, *, after: tuple[Any, ...] | None, limit: int) -> list[Backfill]:
        """The newest first."""
        rows = await self._connection.fetch(_SEARCH, self._plan_id, *(after or (None, None)), limit)
        return [_backfill(row) for row in rows]

    async def conflicts(self, backfill: Backfill) -> list[tuple[Conflict, bool | None]]:
        """With what came of each: overridden or not, None before a decision."""
        rows = await self._connection.fetch(_CONFLICTS, backfill.backfill_id)
        return [(_conflict(row), row["overridden"]) for row in rows]


def missing() -> NotFound:
    """Also of another's: ids follow from indicator, region and period, so an answer of its own would tell of it."""
    return NotFound("没有这个数值。", "There is no such value.")


async def versions_of(connection: asyncpg.Connection, value_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Of a reported value, the newest first: number, report and revision, of a back-filled one its document."""
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(_VERSIONS, value_id)
    if not rows:
        raise missing()
    return rows


def _backfill(row: Mapping[str, Any]) -> Backfill:
    return Backfill(
        backfill_id=row["backfill_id"],
        file_digest=row["file_digest"],
        uploaded_by=row["uploaded_by"],
        uploaded_at=row["uploaded_at"],
        rows=row["rows"],
        confirmed=row["confirmed"],
        unchanged=row["unchanged"],
        conflicts=row["conflicts"],
        late=row["late"],
        overrides=row["overrides"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )


def _conflict(row: Mapping[str, Any]) -> Conflict:
    item = Item(row["indicator_id"], row["item_region"], row["item_region"] == row["region"])
    period = ReportPeriod(row["until_on"], row["from_on"], row["due_on"])
    report = Report(row["report_id"], Reporter(row["reporter"]), row["region"], period, items=(item,))
    answer = Answer(AnswerKind.NUMBER, row["amount"], row["base"], row["reached_on"], row["evidence"])
    told = Told(row["told_version"], Value(row["told_amount"], row["told_base"], row["told_reached_on"]))
    return Conflict(Entry(report, item, answer, row["document_number"]), told)
