"""Reports in PostgreSQL: what is submitted, decided and told stays as it was; only drafts and states change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid5

import asyncpg
from common.local_time import local_date
from contracts.plan import plan
from contracts.plausibility import Basis, plausibility
from contracts.reporting import Frequency, Reporter, ReportPeriod, reported

from progress_api.figures import figures_on
from progress_api.freezes import IS_OPEN
from progress_api.organisations import Organisation
from progress_api.refusals import NotFound
from progress_api.reporting.checks import Beside, Known, Last
from progress_api.reporting.domain import (
    Act,
    Answer,
    Answers,
    Item,
    Origin,
    Report,
    Signatories,
    Value,
    value_id,
)
from progress_api.reporting.duties import owed
from progress_api.reporting.rows import Revision, answer_of, report_of, revision_of
from progress_api.reporting.use_cases import Told

_REPORTS = """
SELECT r.*, coalesce(v.by_department, false) AS by_department, v.submitted_by, m.reminded_at
FROM reports r
LEFT JOIN report_revisions v
    ON v.report_id = r.report_id AND v.revision = r.revision AND v.origin <> 'backfill'
LEFT JOIN LATERAL (SELECT max(reminded_at) AS reminded_at FROM report_reminders WHERE report_id = r.report_id) m ON true
"""
_GET = f"{_REPORTS} WHERE r.report_id = $1"
_LOCK = "SELECT report_id FROM reports WHERE report_id = $1 FOR UPDATE"
_ITEMS = "SELECT indicator_id, region FROM report_items WHERE report_id = $1 ORDER BY ordinal"
_SEARCH = f"""{_REPORTS}
WHERE r.plan_id = $1 AND ($2::text[] IS NULL OR r.reporter = ANY($2)) AND ($3::text IS NULL OR r.region = $3)
  AND ($4::text IS NULL OR r.state = $4) AND ($5::text IS NULL OR r.period = $5)
  AND ($6::date IS NULL OR (r.until_on, r.report_id) < ($6, $7::uuid))
ORDER BY r.until_on DESC, r.report_id DESC LIMIT $8"""
_DUE = f"""{_REPORTS}
WHERE r.plan_id = $1 AND r.reporter = ANY($2) AND r.region = $3
  AND (r.state IN ('open', 'draft') OR (r.state IN ('returned', 'correcting') AND NOT v.by_department))
ORDER BY r.until_on, r.due_on, r.report_id"""
_OVERVIEW = f"""{_REPORTS}
WHERE r.plan_id = $1 AND ($2::text IS NULL OR r.period = $2)
ORDER BY r.until_on DESC, r.period, r.reporter, r.region"""
_ROUNDS = "SELECT period FROM report_rounds WHERE plan_id = $1"
_OPEN_ROUND = """
INSERT INTO report_rounds (plan_id, period, opened_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING period"""
# What is asked once, as it was told last.
_ONCE = """
SELECT DISTINCT ON (i.indicator_id, i.region) i.indicator_id, i.region, w.amount
FROM report_values w JOIN report_items i USING (value_id) JOIN reports r ON r.report_id = i.report_id
WHERE r.plan_id = $1 AND i.indicator_id = ANY($2::text[])
ORDER BY i.indicator_id, i.region, r.until_on DESC, w.version DESC"""
_ANSWERS = "SELECT * FROM report_answers WHERE report_id = $1 AND revision = $2"
_REVISIONS = "SELECT * FROM report_revisions WHERE report_id = $1 ORDER BY revision DESC"
_REVISION = "SELECT * FROM report_revisions WHERE report_id = $1 AND revision = $2"
_TOLD = """
SELECT DISTINCT ON (w.value_id) i.indicator_id, i.region, w.version, w.amount, w.base, w.reached_on
FROM report_values w JOIN report_items i USING (value_id) WHERE i.report_id = $1
ORDER BY w.value_id, w.version DESC"""
_LAST = """
SELECT DISTINCT ON (i.indicator_id, i.region) p.report_id, p.period, a.*
FROM report_items i
JOIN report_items j ON j.indicator_id = i.indicator_id AND j.region = i.region
JOIN reports p ON p.report_id = j.report_id AND p.plan_id = $2 AND p.until_on < $3
JOIN report_revisions v ON v.report_id = p.report_id AND v.decision IS DISTINCT FROM 'returned'
    AND (v.submitted_at IS NOT NULL OR v.origin = 'backfill')
JOIN report_answers a ON a.report_id = v.report_id AND a.revision = v.revision
    AND a.indicator_id = i.indicator_id AND a.region = i.region
WHERE i.report_id = $1
ORDER BY i.indicator_id, i.region, p.until_on DESC, v.revision DESC"""
_SAVE = """
UPDATE reports SET state = $2, version = $3, events = $4, revision = $5, confirmed_revision = $6, received_on = $7
WHERE report_id = $1"""
_SAVE_REVISION = """
INSERT INTO report_revisions (report_id, revision, origin, by_department, reason, filled_by, checked_by, responsible,
    saved_by, saved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (report_id, revision) DO UPDATE SET filled_by = excluded.filled_by, checked_by = excluded.checked_by,
    responsible = excluded.responsible, saved_by = excluded.saved_by, saved_at = excluded.saved_at"""
_SUBMIT = """
UPDATE report_revisions SET filled_by = $3, checked_by = $4, responsible = $5, submitted_by = $6, submitted_at = $7
WHERE report_id = $1 AND revision = $2"""
_DECIDE = """
UPDATE report_revisions SET decision = $3, decided_by = $4, decided_at = $5, decision_reason = $6
WHERE report_id = $1 AND revision = $2"""
_WAITING = f"""
SELECT r.report_id, r.region, r.due_on, array_agg(m.days_after_due) FILTER (WHERE m.report_id IS NOT NULL) AS reminded
FROM reports r LEFT JOIN report_reminders m USING (report_id)
WHERE r.received_on IS NULL AND r.due_on <= $1 AND {IS_OPEN} GROUP BY r.report_id ORDER BY r.report_id"""
_REMIND = """
INSERT INTO report_reminders (reminder_id, report_id, days_after_due, reminded_at)
SELECT n.*, $4 FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS n (reminder_id, report_id, days_after_due)
ON CONFLICT DO NOTHING RETURNING reminder_id"""

_OWES = "SELECT EXISTS (SELECT FROM reports WHERE report_id = $1 AND reporter = $2 AND region = $3)"
_LATE = f"""
SELECT r.report_id, r.reporter, r.region, r.from_on, r.until_on, r.due_on FROM reports r
WHERE r.due_on < $1 AND r.received_on IS NULL AND {IS_OPEN} ORDER BY r.due_on, r.report_id"""

_ONCE_IDS = [about.indicator.id for about in reported().values() if about.frequency is Frequency.ONCE]
_ANSWER_COLUMNS = (
    "report_id", "revision", "indicator_id", "region", "kind", "amount", "base", "reached_on", "document_number",
    "remark", "explanation",
)  # fmt: skip


class SqlReports:
    """Fulfils `Reports`; the connection stands in a transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._plan_id = plan().meta.id

    async def opened(self) -> set[str]:
        """Names of the periods whose reports have been opened."""
        return {row["period"] for row in await self._connection.fetch(_ROUNDS, self._plan_id)}

    async def open_round(self, period: ReportPeriod, at: datetime) -> list[Report]:
        """All reports of a period, once: nothing where another process was first (which this waits for)."""
        if await self._connection.fetchval(_OPEN_ROUND, self._plan_id, str(period), at) is None:
            return []
        asked = period.asked(local_date(at))
        reports = [replace(report, period=asked) for report in owed(period, await self._reached())]
        await self.add(reports)
        return reports

    async def add(self, reports: Sequence[Report]) -> None:
        """Open, with their items."""
        await self._connection.copy_records_to_table(
            "reports",
            columns=("report_id", "plan_id", "reporter", "region", "period", "from_on", "until_on", "due_on"),
            records=[
                (r.report_id, self._plan_id, r.reporter.value, r.region, str(r.period), r.period.from_on,
                 r.period.until_on, r.period.due_on)
                for r in reports
            ],
        )  # fmt: skip
        await self._connection.copy_records_to_table(
            "report_items",
            columns=("report_id", "ordinal", "indicator_id", "region", "value_id"),
            records=[
                (r.report_id, ordinal, item.indicator_id, item.region,
                 value_id(item.indicator_id, item.region, r.period))
                for r in reports
                for ordinal, item in enumerate(r.items)
            ],
        )  # fmt: skip

    async def _reached(self) -> set[tuple[str, str]]:
        rows = await self._connection.fetch(_ONCE, self._plan_id, _ONCE_IDS)
        most = {indicator_id: reported()[indicator_id].at_most for indicator_id in _ONCE_IDS}
        return {
            (row["indicator_id"], row["region"])
            for row in rows
            if row["amount"] is not None and row["amount"] >= (most[row["indicator_id"]] or 1)
        }

    async def get(self, report_id: UUID, *, lock: bool = False) -> Report:
        """With its items; `lock` until the transaction ends."""
        if lock:
            await self._connection.execute(_LOCK, report_id)
        row = await self._connection.fetchrow(_GET, report_id)
        if row is None:
            raise NotFound("没有这份报表。", "There is no such report.")
        return report_of(row, await self._connection.fetch(_ITEMS, report_id))

    async def search(
        self, *, reporters: Collection[Reporter] | None, region: str | None, state: str | None, period: str | None,
        after: tuple[date, UUID] | None, limit: int,
    ) -> list[Report]:  # fmt: skip
        """Without items; the newest periods first."""
        named = None if reporters is None else [reporter.value for reporter in reporters]
        key = after or (None, None)
        return [
            report_of(row)
            for row in await self._connection.fetch(_SEARCH, self._plan_id, named, region, state, period, *key, limit)
        ]

    async def due(self, reporters: Collection[Reporter], region: str | None) -> list[tuple[Report, datetime | None]]:
        """What is to be filled in by one organisation, with the instant of the last reminder."""
        named = [reporter.value for reporter in reporters]
        rows = await self._connection.fetch(_DUE, self._plan_id, named, region)
        return [(report_of(row), row["reminded_at"]) for row in rows]

    async def overview(self, period: str | None) -> list[tuple[Report, datetime | None]]:
        rows = await self._connection.fetch(_OVERVIEW, self._plan_id, period)
        return [(report_of(row), row["reminded_at"]) for row in rows]

    async def answers(self, report: Report, revision: int) -> dict[Item, Answer]:
        """In the order of the form."""
        rows = await self._connection.fetch(_ANSWERS, report.report_id, revision)
        found = {(row["indicator_id"], row["region"]): answer_of(row) for row in rows}
        return {
            item: found[item.indicator_id, item.region]
            for item in report.items
            if (item.indicator_id, item.region) in found
        }

    async def signatories(self, report: Report, revision: int) -> Signatories:
        row = await self._connection.fetchrow(_REVISION, report.report_id, revision)
        return Signatories() if row is None else revision_of(row).signatories

    async def revisions(self, report: Report) -> list[Revision]:
        """The newest first."""
        return [revision_of(row) for row in await self._connection.fetch(_REVISIONS, report.report_id)]

    async def told(self, report: Report) -> dict[Item, Told]:
        rows = await self._connection.fetch(_TOLD, report.report_id)
        found = {
            (row["indicator_id"], row["region"]): Told(
                row["version"], Value(row["amount"], row["base"], row["reached_on"])
            )
            for row in rows
        }
        return {i: found[i.indicator_id, i.region] for i in report.items if (i.indicator_id, i.region) in found}

    async def beside(self, report: Report) -> Beside:
        """The last report, and what the register tells of the period's last day."""
        rows = await self._connection.fetch(_LAST, report.report_id, self._plan_id, report.period.until_on)
        last = {(row["indicator_id"], row["region"]): row for row in rows}
        return Beside(
            last={
                item: Last(row["report_id"], row["period"], answer_of(row))
                for item in report.items
                if (row := last.get((item.indicator_id, item.region))) is not None
            },
            known=await self._known(report),
        )

    async def _known(self, report: Report) -> dict[tuple[Basis, str], Known]:
        rules = plausibility()
        numbers = {f"{item.indicator_id}.{name}": item for item in report.items for name in item.fields}
        bases = sorted({basis for number in numbers for basis in rules.bases_of(number)})
        as_of = report.period.until_on
        found = await figures_on(self._connection, as_of, [rules.on_record[basis].indicator for basis in bases])
        known: dict[tuple[Basis, str], Known] = {}
        for basis in bases:
            rule = rules.on_record[basis]
            for region, figures in found[rule.indicator].regions.items():
                number = figures.numerator if rule.part == "numerator" else figures.denominator
                # A register that knows none of a region has not been told of it yet: it contradicts nobody.
                if number:
                    known[basis, region] = Known(basis, number, as_of)
        return known

    async def save_revision(
        self, report: Report, origin: Origin, signatories: Signatories, act: Act, *, reason: str | None = None
    ) -> None:
        await self._connection.execute(
            _SAVE_REVISION, report.report_id, report.revision, origin.value, report.by_department, reason,
            signatories.filled_by, signatories.checked_by, signatories.responsible, act.by, act.at,
        )  # fmt: skip
        await self._save(report)

    async def save_answers(self, report: Report, answers: Answers) -> None:
        """In place of what the draft held."""
        await self._connection.execute(
            "DELETE FROM report_answers WHERE report_id = $1 AND revision = $2", report.report_id, report.revision
        )
        await self._connection.executemany(
            f"INSERT INTO report_answers ({', '.join(_ANSWER_COLUMNS)}) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            [
                (report.report_id, report.revision, item.indicator_id, item.region, answer.kind.value, answer.amount,
                 answer.base, answer.reached_on, answer.document_number, answer.remark, answer.explanation)
                for item, answer in answers.items()
            ],
        )  # fmt: skip

    async def save_submission(self, report: Report, signatories: Signatories, act: Act) -> None:
        await self._connection.execute(
            _SUBMIT, report.report_id, report.revision, signatories.filled_by, signatories.checked_by,
            signatories.responsible, act.by, act.at,
        )  # fmt: skip
        await self._save(report)

    async def save_decision(self, report: Report, decision: str, act: Act, *, reason: str | None = None) -> None:
        await self._connection.execute(_DECIDE, report.report_id, report.revision, decision, act.by, act.at, reason)
        await self._save(report)

    async def save_values(self, report: Report, told: Mapping[Item, Told]) -> None:
        await self._connection.copy_records_to_table(
            "report_values",
            columns=("value_id", "version", "report_id", "revision", "amount", "base", "reached_on"),
            records=[
                (value_id(item.indicator_id, item.region, report.period), each.version, report.report_id,
                 report.revision, each.value.amount, each.value.base, each.value.reached_on)
                for item, each in told.items()
            ],
        )  # fmt: skip

    async def waiting(self, until: date) -> list[asyncpg.Record]:
        """Reports not in that are due by this day: report_id, region, due_on, reminded (days after due, or None)."""
        rows: list[asyncpg.Record] = await self._connection.fetch(_WAITING, until)
        return rows

    async def remind(self, reminders: Sequence[tuple[UUID, int]], at: datetime) -> set[UUID]:
        """report_id and days after due; ids of the reminders that nobody had given yet."""
        rows = await self._connection.fetch(
            _REMIND,
            [reminder_id(report_id, days) for report_id, days in reminders],
            [report_id for report_id, _ in reminders],
            [days for _, days in reminders],
            at,
        )
        return {row["reminder_id"] for row in rows}

    async def _save(self, report: Report) -> None:
        await self._connection.execute(
            _SAVE, report.report_id, report.state.value, report.version, report.events, report.revision,
            report.confirmed_revision, report.received_on,
        )  # fmt: skip


async def owes_report(connection: asyncpg.Connection, report_id: UUID, organisation: Organisation) -> bool:
    """Whether it is a report of this organisation."""
    owed: bool = await connection.fetchval(_OWES, report_id, organisation.kind.value, organisation.region)
    return owed


@dataclass(frozen=True, slots=True)
class LateReport:
    report_id: UUID
    owed_by: Organisation
    period: ReportPeriod


async def late_reports(connection: asyncpg.Connection, today: date) -> list[LateReport]:
    """Not in, though the due day is over; the longest overdue first."""
    return [
        LateReport(
            row["report_id"],
            Organisation(Reporter(row["reporter"]), row["region"]),
            ReportPeriod(row["until_on"], row["from_on"], row["due_on"]),
        )
        for row in await connection.fetch(_LATE, today)
    ]


def reminder_id(report_id: UUID, days_after_due: int) -> UUID:
    return uuid5(report_id, f"reminder/{days_after_due}")
