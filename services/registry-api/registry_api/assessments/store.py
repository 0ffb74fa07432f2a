"""Rows of campaigns and assessments: arrays in, as a bureau enters a thousand at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from common.database import Tx
from contracts.assessment import AssessedKind, Grade, NoGrade
from contracts.registry_events import FirmKind

from registry_api.assessments.domain import ASSESSED_CATEGORIES, Assessment, Campaign, Result, last_day_of
from registry_api.register.refusals import NotFound

_COLUMNS = (
    "assessment_id", "year", "firm_id", "lawyer_id", "region", "grade", "no_grade", "document_number", "recorded_on",
    "recorded_by", "published_grade", "published_on", "version",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM assessments"
_UPDATE = """
UPDATE assessments a SET grade = u.grade, no_grade = u.no_grade, document_number = u.document_number,
    recorded_on = u.recorded_on, recorded_by = u.recorded_by, published_grade = u.published_grade,
    published_on = u.published_on, version = u.version
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::text[], $7::text[], $8::date[], $9::int[])
    AS u(assessment_id, grade, no_grade, document_number, recorded_on, recorded_by, published_grade, published_on,
         version)
WHERE a.assessment_id = u.assessment_id AND a.version = u.version - 1"""

# Licensed on the last day of the year, or (a register filled later by import) first licensed by then; still licensed.
_OPEN_LAWYERS = """
SELECT l.lawyer_id AS subject_id, l.name, l.licence_number AS number, p.region, p.firm_id
FROM practices p JOIN lawyers l USING (lawyer_id)
WHERE p.to_on IS NULL AND p.category = ANY($2::smallint[]) AND ($3::text IS NULL OR p.region = $3)
  AND ($4::uuid IS NULL OR p.firm_id = $4) AND l.lawyer_id > $5
  AND (EXISTS (SELECT 1 FROM practices q WHERE q.lawyer_id = l.lawyer_id AND q.from_on <= $1
               AND (q.to_on IS NULL OR q.to_on > $1))
       OR (l.first_licensed_on <= $1
           AND NOT EXISTS (SELECT 1 FROM practices q WHERE q.lawyer_id = l.lawyer_id AND q.from_on <= $1)))
  AND NOT EXISTS (SELECT 1 FROM assessments a WHERE a.lawyer_id = l.lawyer_id AND a.year = $6
                  AND (a.grade IS NOT NULL OR a.no_grade <> ALL($7::text[])))
ORDER BY l.lawyer_id LIMIT $8"""
_OPEN_FIRMS = """
SELECT f.firm_id AS subject_id, f.name, f.credit_code AS number, p.region, f.firm_id
FROM firm_periods p JOIN firms f USING (firm_id)
WHERE p.to_on IS NULL AND p.kind <> ALL($2::text[]) AND ($3::text IS NULL OR p.region = $3)
  AND ($4::uuid IS NULL OR f.firm_id = $4) AND f.firm_id > $5
  AND EXISTS (SELECT 1 FROM firm_periods q WHERE q.firm_id = f.firm_id AND q.from_on <= $1
              AND (q.to_on IS NULL OR q.to_on > $1))
  AND NOT EXISTS (SELECT 1 FROM assessments a WHERE a.firm_id = f.firm_id AND a.year = $6
                  AND (a.grade IS NOT NULL OR a.no_grade <> ALL($7::text[])))
ORDER BY f.firm_id LIMIT $8"""


@dataclass(frozen=True, slots=True)
class OpenSubject:
    """Somebody without a result yet, or whose result is deferred."""

    subject_id: UUID
    name: str
    number: str
    region: str
    firm_id: UUID


class SqlAssessments:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @classmethod
    async def within(cls, tx: Tx) -> "SqlAssessments":
        return cls(await tx.raw())

    # -- campaigns

    async def open(self, campaign: Campaign) -> bool:
        """False where the year has one."""
        done: str = await self._connection.execute(
            "INSERT INTO assessment_campaigns (year, opens_on, closes_on, version) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT DO NOTHING",
            campaign.year,
            campaign.opens_on,
            campaign.closes_on,
            campaign.version,
        )
        return done.endswith(" 1")

    async def change(self, campaign: Campaign) -> None:
        await self._connection.execute(
            "UPDATE assessment_campaigns SET opens_on = $2, closes_on = $3, version = $4 WHERE year = $1",
            campaign.year,
            campaign.opens_on,
            campaign.closes_on,
            campaign.version,
        )

    async def campaign(self, year: int, *, lock: str = "") -> Campaign:
        row = await self._connection.fetchrow(
            f"SELECT year, opens_on, closes_on, version FROM assessment_campaigns WHERE year = $1 {lock}", year
        )
        if row is None:
            raise NotFound("年度考核", "campaign")
        return Campaign(**dict(row))

    async def campaigns(self) -> list[Campaign]:
        rows = await self._connection.fetch(
            "SELECT year, opens_on, closes_on, version FROM assessment_campaigns ORDER BY year DESC"
        )
        return [Campaign(**dict(row)) for row in rows]

    # -- assessments

    async def of_subjects(self, year: int, kind: AssessedKind, subjects: Collection[UUID]) -> dict[UUID, Assessment]:
        """Locked, in the order of their ids."""
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE year = $1 AND {_subject(kind)} = ANY($2) ORDER BY assessment_id FOR UPDATE",
            year,
            list(subjects),
        )
        return {assessment.subject_id: assessment for assessment in map(_assessment, rows)}

    async def get(self, assessment_id: UUID, *, lock: str = "") -> Assessment:
        row = await self._connection.fetchrow(f"{_SELECT} WHERE assessment_id = $1 {lock}", assessment_id)
        if row is None:
            raise NotFound("考核", "assessment")
        return _assessment(row)

    async def add(self, assessments: Sequence[Assessment]) -> None:
        await self._connection.copy_records_to_table(
            "assessments", columns=_COLUMNS, records=[_values(assessment) for assessment in assessments]
        )

    async def update(self, assessments: Sequence[Assessment]) -> None:
        if not assessments:
            return
        kept = [(values[0], *values[5:]) for values in map(_values, assessments)]
        done: str = await self._connection.execute(_UPDATE, *map(list, zip(*kept, strict=True)))
        if done != f"UPDATE {len(kept)}":
            raise RuntimeError(f"{done} of {len(kept)} assessments, which were locked")

    async def keep_correction(self, before: Assessment, version: int, *, reason: str, document: str, by: str) -> None:
        await self._connection.execute(
            "INSERT INTO assessment_corrections (assessment_id, version, grade_before, no_grade_before, reason, "
            "document_number, corrected_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            before.assessment_id,
            version,
            before.result.grade,
            before.result.no_grade,
            reason,
            document,
            by,
        )

    async def to_publish(self, year: int, kind: AssessedKind, region: str, limit: int) -> list[Assessment]:
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE year = $1 AND region = $2 AND {_subject(kind)} IS NOT NULL "
            "AND published_grade IS DISTINCT FROM grade ORDER BY assessment_id LIMIT $3 FOR UPDATE",
            year,
            region,
            limit,
        )
        return [_assessment(row) for row in rows]

    async def search(
        self, year: int, kind: AssessedKind | None, region: str | None, *, grade: str | None, after: UUID, limit: int
    ) -> list[Assessment]:
        rows = await self._connection.fetch(
            f"{_SELECT} WHERE year = $1 AND ($2::text IS NULL OR region = $2) AND assessment_id > $3 "
            "AND ($4::boolean IS NULL OR (firm_id IS NOT NULL) = $4) AND ($5::text IS NULL OR grade = $5) "
            "ORDER BY assessment_id LIMIT $6",
            year,
            region,
            after,
            None if kind is None else kind is AssessedKind.FIRM,
            grade,
            limit,
        )
        return [_assessment(row) for row in rows]

    async def still_open(
        self, year: int, kind: AssessedKind, region: str | None, firm_id: UUID | None, *, after: UUID, limit: int
    ) -> list[OpenSubject]:
        firms = kind is AssessedKind.FIRM
        chosen = [FirmKind.FOREIGN_OFFICE.value] if firms else list(ASSESSED_CATEGORIES)
        rows = await self._connection.fetch(
            _OPEN_FIRMS if firms else _OPEN_LAWYERS,
            last_day_of(year),
            chosen,
            region,
            firm_id,
            after,
            year,
            [ground.value for ground in NoGrade if ground.deferred],
            limit,
        )
        return [OpenSubject(**dict(row)) for row in rows]


def _subject(kind: AssessedKind) -> str:
    return "firm_id" if kind is AssessedKind.FIRM else "lawyer_id"


def _values(assessment: Assessment) -> tuple[Any, ...]:
    of_firm = assessment.kind is AssessedKind.FIRM
    result = assessment.result
    published: date | None = assessment.published_on
    return (
        assessment.assessment_id,
        assessment.year,
        assessment.subject_id if of_firm else None,
        None if of_firm else assessment.subject_id,
        assessment.region,
        result.grade,
        result.no_grade,
        result.document_number,
        assessment.recorded_on,
        assessment.recorded_by,
        assessment.published_grade,
        published,
        assessment.version,
    )


def _assessment(row: asyncpg.Record) -> Assessment:
    of_firm = row["firm_id"] is not None
    return Assessment(
        assessment_id=row["assessment_id"],
        year=row["year"],
        kind=AssessedKind.FIRM if of_firm else AssessedKind.LAWYER,
        subject_id=row["firm_id"] if of_firm else row["lawyer_id"],
        region=row["region"],
        result=Result(
            None if row["grade"] is None else Grade(row["grade"]),
            None if row["no_grade"] is None else NoGrade(row["no_grade"]),
            row["document_number"],
        ),
        recorded_on=row["recorded_on"],
        recorded_by=row["recorded_by"],
        published_grade=None if row["published_grade"] is None else Grade(row["published_grade"]),
        published_on=row["published_on"],
        version=row["version"],
    )
