"""Editions in PostgreSQL, and the two queries that count cases. Nothing of a person or of facts is read."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
from contracts.legal_day import midnight
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.statistics.domain import Concluded, Part, Reason, Told, in_order
from rights_api.statistics.use_cases import Act, By, EditionOfYear, Status

# A clue cannot conclude. A case ends with the step that led to its last state; later ones, such as a report of
# retaliation, leave it there. Cases that ended before steps were kept have their last change only.
_CONCLUDED = text("""
SELECT right_code, respondent, owner_region, filed_at, concluded_at,
    CASE status WHEN 'REFUSED' THEN 'refused' WHEN 'TRANSFERRED' THEN 'transferred' ELSE outcome END AS outcome
FROM (
    SELECT c.*, coalesce((
        SELECT max(s.taken_at) FROM complaint_steps s
        WHERE s.complaint_id = c.complaint_id AND s.to_status = c.status AND s.from_status <> s.to_status
    ), c.changed_at) AS concluded_at
    FROM complaints c WHERE status IN ('CLOSED', 'REFUSED', 'TRANSFERRED')
) ended
WHERE concluded_at >= :begins AND concluded_at < :ends
ORDER BY filed_at, complaint_id""")

_COLUMNS = {
    By.RIGHT: "right_code",
    By.RESPONDENT: "respondent",
    By.CITY: "owner_region",
    By.STATUS: "status",
    By.OUTCOME: "outcome",
    By.REFUSAL: "refusal_ground",
}

_FIELDS = """edition_id, year, number, status, version, reason, counts, untold, parts, prepared_at, prepared_by,
    prepared_organ, released_at, released_by, released_organ"""
_ADD = text(f"""
INSERT INTO statistics_editions ({_FIELDS})
VALUES (:edition_id, :year, :number, :status, :version, :reason, CAST(:counts AS jsonb), CAST(:untold AS jsonb),
    CAST(:parts AS jsonb), :prepared_at, :prepared_by, :prepared_organ, NULL, NULL, NULL)""")
_SAVE = text("""
UPDATE statistics_editions SET status = :status, version = :version, released_at = :released_at,
    released_by = :released_by, released_organ = :released_organ
WHERE edition_id = :edition_id AND version = :version - 1 RETURNING edition_id""")
_GET = text(f"SELECT {_FIELDS} FROM statistics_editions WHERE edition_id = :edition_id FOR UPDATE")
_OF_YEAR = text(f"""
SELECT {_FIELDS} FROM statistics_editions WHERE year = :year AND status <> 'discarded' ORDER BY number""")
_RELEASED = text(f"""
SELECT {_FIELDS} FROM statistics_editions WHERE status = 'released' AND year = :year
    AND (CAST(:number AS integer) IS NULL OR number = :number) ORDER BY number DESC LIMIT 1""")
_LIST = """
SELECT edition_id, year, number, status, version, reason, prepared_at, prepared_by, prepared_organ, released_at,
    released_by, released_organ, '{}'::jsonb AS counts, '{}'::jsonb AS untold, '[]'::jsonb AS parts
FROM statistics_editions"""
_ALL_RELEASED = text(f"{_LIST} WHERE status = 'released' ORDER BY year DESC, number DESC")
_ALL = text(f"{_LIST} ORDER BY year DESC, number DESC, prepared_at DESC LIMIT 200")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('statistics'), :year)")


class SqlEditions:
    """Fulfils `Editions` and `Lists`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_year(self, year: int) -> None:
        await self._session.execute(_LOCK, {"year": year})

    async def concluded(self, year: int) -> Sequence[Concluded]:
        period = {"begins": midnight(date(year, 1, 1)), "ends": midnight(date(year + 1, 1, 1))}
        rows = await self._session.execute(_CONCLUDED, period)
        return [
            Concluded(r.right_code, r.respondent, r.owner_region, r.outcome, (r.concluded_at - r.filed_at).days)
            for r in rows
        ]

    async def of_year(self, year: int) -> Sequence[EditionOfYear]:
        return [_edition(row) for row in (await self._session.execute(_OF_YEAR, {"year": year})).mappings()]

    async def get(self, edition_id: UUID) -> EditionOfYear | None:
        row = (await self._session.execute(_GET, {"edition_id": edition_id})).mappings().first()
        return None if row is None else _edition(row)

    async def released(self, year: int, number: int | None) -> EditionOfYear | None:
        """The newest of a year, or the one of that number."""
        row = (await self._session.execute(_RELEASED, {"year": year, "number": number})).mappings().first()
        return None if row is None else _edition(row)

    async def listed(self, *, released_only: bool) -> list[EditionOfYear]:
        """Without their figures."""
        rows = await self._session.execute(_ALL_RELEASED if released_only else _ALL)
        return [_edition(row) for row in rows.mappings()]

    async def add(self, edition: EditionOfYear) -> None:
        await self._session.execute(
            _ADD,
            {
                "edition_id": edition.edition_id,
                "year": edition.year,
                "number": edition.number,
                "status": edition.status.value,
                "version": edition.version,
                "reason": edition.reason and edition.reason.value,
                "counts": _json(
                    {p.value: [[*path, n] for path, n in c.items()] for p, c in edition.told.counts.items()}
                ),
                "untold": _json({p.value: sorted(map(list, cells)) for p, cells in edition.told.untold.items()}),
                "parts": _json(edition.parts),
                "prepared_at": edition.prepared.at,
                "prepared_by": edition.prepared.subject,
                "prepared_organ": edition.prepared.organ_kind,
            },
        )

    async def save(self, edition: EditionOfYear) -> None:
        released = edition.released
        changed = await self._session.execute(
            _SAVE,
            {
                "edition_id": edition.edition_id,
                "status": edition.status.value,
                "version": edition.version,
                "released_at": released and released.at,
                "released_by": released and released.subject,
                "released_organ": released and released.organ_kind,
            },
        )
        changed.one()

    async def filed(
        self, by: Sequence[By], first: date, last: date, *, region: str | None, justice_cases: bool, reader: str
    ) -> Mapping[tuple[str | None, ...], int]:
        columns = ", ".join(_COLUMNS[dimension] for dimension in by)
        rows = await self._session.execute(
            text(
                f"SELECT {columns}, count(*) FROM complaints WHERE filed_at >= :begins AND filed_at < :ends"
                " AND (CAST(:region AS text) IS NULL OR owner_region = :region)"
                " AND (:justice OR respondent <> 'JUSTICE')"
                " AND NOT EXISTS (SELECT FROM recusals r WHERE r.complaint_id = complaints.complaint_id"
                " AND r.subject = :reader)"
                f" GROUP BY {columns} ORDER BY {columns}"
            ),
            {
                "begins": midnight(first),
                "ends": midnight(last + timedelta(days=1)),
                "region": region,
                "justice": justice_cases,
                "reader": reader,
            },
        )
        return {tuple(row[:-1]): row[-1] for row in rows}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _edition(row: Any) -> EditionOfYear:
    prepared = Act(row["prepared_by"], row["prepared_organ"], row["prepared_at"])
    released = None
    if row["released_at"] is not None:
        released = Act(row["released_by"], row["released_organ"], row["released_at"])
    counts, untold = row["counts"], row["untold"]
    return EditionOfYear(
        edition_id=UUID(int=row["edition_id"].int),
        year=row["year"],
        number=row["number"],
        status=Status(row["status"]),
        version=row["version"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        told=Told(
            {part: {tuple(path): n for *path, n in counts.get(part.value, ())} for part in Part},
            {part: frozenset(tuple(cell) for cell in untold.get(part.value, ())) for part in Part},
        ),
        parts=[in_order(part) for part in row["parts"]],
        prepared=prepared,
        released=released,
    )
