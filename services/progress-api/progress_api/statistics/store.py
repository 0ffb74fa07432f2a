"""Tables in PostgreSQL: versions only grow, and a pointer says which one counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import asyncpg
from contracts.plan import plan
from contracts.regions import PROVINCE
from contracts.statistics import Bound, Confidence, Convention
from progress_store.queries import Reason

from progress_api.refusals import NotFound
from progress_api.statistics.domain import Content, Entry, Figure, Table, Withdrawal
from progress_api.statistics.use_cases import Published

_PUBLISHED = """
SELECT t.table_id, t.year, t.convention, r.* FROM statistic_tables t
JOIN statistic_revisions r ON r.table_id = t.table_id AND r.revision = t.confirmed
WHERE t.withdrawn_at IS NULL AND r.published_on <= $1
ORDER BY t.year, r.published_on, t.table_id
"""
_LISTED = """
SELECT * FROM statistic_tables
WHERE ($1::integer IS NULL OR year = $1) AND ($2 OR confirmed IS NOT NULL)
    AND ($3::integer IS NULL OR (year, table_id) < ($3, $4::uuid))
ORDER BY year DESC, table_id DESC LIMIT $5
"""


class SqlTables:
    """Fulfils `Tables`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def get(self, table_id: UUID, *, lock: bool = False) -> Table:
        row = await self._connection.fetchrow(
            f"SELECT * FROM statistic_tables WHERE table_id = $1 {'FOR UPDATE' if lock else ''}", table_id
        )
        if row is None:
            raise NotFound("没有这张统计表。", "There is no such table.")
        return _table(row)

    async def listed(
        self, *, year: int | None, unconfirmed: bool, after: tuple[int, UUID] | None, limit: int
    ) -> list[Table]:
        """Newest years first. unconfirmed: also those of which no version has been confirmed."""
        rows = await self._connection.fetch(_LISTED, year, unconfirmed, *(after or (None, None)), limit)
        return [_table(row) for row in rows]

    async def content(self, table_id: UUID, revision: int) -> tuple[Content, Entry]:
        row = await self._connection.fetchrow(
            "SELECT * FROM statistic_revisions WHERE table_id = $1 AND revision = $2", table_id, revision
        )
        if row is None:
            raise NotFound("没有这一版本。", "There is no such version.")
        figures = await self._figures([table_id], [revision])
        entry = Entry(row["entered_by"], row["entered_at"], row["confirmed_by"], row["confirmed_at"])
        return _content(row, figures.get(table_id, ())), entry

    async def entries(self, table_id: UUID) -> list[tuple[int, Entry]]:
        rows = await self._connection.fetch(
            "SELECT revision, entered_by, entered_at, confirmed_by, confirmed_at FROM statistic_revisions "
            "WHERE table_id = $1 ORDER BY revision DESC",
            table_id,
        )
        return [(row["revision"], Entry(*list(row.values())[1:])) for row in rows]

    async def add(self, table: Table) -> None:
        await self._connection.execute(
            "INSERT INTO statistic_tables (table_id, year, convention, version, events, revision) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            table.table_id,
            table.year,
            table.convention.value,
            table.version,
            table.events,
            table.revision,
        )

    async def save(self, table: Table) -> None:
        gone = table.withdrawal
        await self._connection.execute(
            "UPDATE statistic_tables SET version = $2, events = $3, revision = $4, confirmed = $5, withdrawn_by = $6, "
            "withdrawn_at = $7, withdrawn_reason = $8 WHERE table_id = $1",
            table.table_id,
            table.version,
            table.events,
            table.revision,
            table.confirmed,
            gone and gone.by,
            gone and gone.at,
            gone and gone.reason,
        )

    async def add_revision(self, table: Table, content: Content, entry: Entry) -> None:
        await self._connection.execute(
            "INSERT INTO statistic_revisions (table_id, revision, title, issuer, citation, published_on, confidence, "
            "national_total, national_bound, note, entered_by, entered_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            table.table_id,
            table.revision,
            content.title,
            content.issuer,
            content.citation,
            content.published_on,
            content.confidence.value,
            content.national_total,
            content.national_bound and content.national_bound.value,
            content.note,
            entry.by,
            entry.at,
        )
        await self._connection.copy_records_to_table(
            "statistic_figures",
            columns=("table_id", "revision", "province", "lawyers", "bound", "note"),
            records=[
                (table.table_id, table.revision, f.province, f.lawyers, f.bound.value, f.note) for f in content.figures
            ],
        )

    async def confirmed(self, table: Table, *, by: str, at: datetime) -> None:
        await self._connection.execute(
            "UPDATE statistic_revisions SET confirmed_by = $3, confirmed_at = $4 WHERE table_id = $1 AND revision = $2",
            table.table_id,
            table.confirmed,
            by,
            at,
        )

    async def published(self, on: date) -> Sequence[Published]:
        """Confirmed tables that had been published by the day, by year and then by publication."""
        rows = await self._connection.fetch(_PUBLISHED, on)
        figures = await self._figures([row["table_id"] for row in rows], [row["revision"] for row in rows])
        return [
            Published(table_id, row["year"], Convention(row["convention"]), _content(row, figures[table_id]))
            for row in rows
            for table_id in (row["table_id"],)
        ]

    async def _figures(self, table_ids: list[UUID], revisions: list[int]) -> dict[UUID, tuple[Figure, ...]]:
        """In the order of the provinces' codes; of each table one version."""
        rows = await self._connection.fetch(
            "SELECT f.* FROM statistic_figures f "
            "JOIN unnest($1::uuid[], $2::integer[]) AS n (table_id, revision) USING (table_id, revision) "
            "ORDER BY f.table_id, f.province",
            table_ids,
            revisions,
        )
        found: dict[UUID, tuple[Figure, ...]] = {}
        for row in rows:
            figure = Figure(row["province"], row["lawyers"], Bound(row["bound"]), row["note"])
            found[row["table_id"]] = (*found.get(row["table_id"], ()), figure)
        return found


async def awaited_table(connection: asyncpg.Connection, as_of: date, year: int | None = None) -> Reason | None:
    """Why T2 has no colour on the day: the national table of the year it is due in is not out (待国家统计发布).

    year: the plan's last by default. None once there is a confirmed table of it that tells of Henan.
    """
    due = year or plan().meta.period.end_year
    for table in await SqlTables(connection).published(as_of):
        named = any(figure.province == PROVINCE for figure in table.content.figures)
        if table.year == due and table.convention.ranks and named:
            return None
    return Reason(
        "awaits-national-table",
        f"待国家统计发布：{due}年末全国分省律师统计表尚未公布或录入。",
        f"The national table of lawyers by province for the end of {due} has not been published or entered yet.",
    )


def _table(row: asyncpg.Record) -> Table:
    table = Table(
        row["table_id"], row["year"], Convention(row["convention"]), row["version"], row["events"], row["revision"],
        row["confirmed"],
    )  # fmt: skip
    if row["withdrawn_at"] is None:
        return table
    return replace(table, withdrawal=Withdrawal(row["withdrawn_by"], row["withdrawn_at"], row["withdrawn_reason"]))


def _content(row: asyncpg.Record, figures: tuple[Figure, ...]) -> Content:
    return Content(
        title=row["title"],
        issuer=row["issuer"],
        citation=row["citation"],
        published_on=row["published_on"],
        confidence=Confidence(row["confidence"]),
        figures=figures,
        national_total=row["national_total"],
        national_bound=None if row["national_bound"] is None else Bound(row["national_bound"]),
        note=row["note"],
    )
