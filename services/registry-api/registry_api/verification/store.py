"""One statement for one question or ten thousand: raw asyncpg, arrays in, one snapshot."""

from collections.abc import Mapping, Sequence

import asyncpg
from common.database import Database

from registry_api.verification.domain import Found, Question

_COLUMNS = """
SELECT a.place, l.name, l.licence_number, c.category AS current_category, c.region AS current_region,
    p.region, p.category,
    p.to_on IS NULL OR p.to_on > a.day AS licensed,
    coalesce(s.suspended, false) AS suspended, coalesce(s.revoked, false) AS revoked,
    coalesce(f.name, p.institution) AS firm_name, f.credit_code
FROM unnest($1::text[], $2::date[]) WITH ORDINALITY AS a(number, day, place)
JOIN licence_numbers n ON n.licence_number = a.number
JOIN lawyers l ON l.lawyer_id = n.lawyer_id
JOIN practices c ON c.practice_id = l.current_practice_id"""
_FACTS = """
LEFT JOIN firms f ON f.firm_id = p.firm_id
LEFT JOIN LATERAL (
    SELECT bool_or(kind = 'suspension') AS suspended, bool_or(kind = 'revocation') AS revoked FROM standing_facts
    WHERE lawyer_id = l.lawyer_id AND NOT withdrawn AND from_on <= a.day AND (to_on IS NULL OR to_on > a.day)
) s ON true"""
_FIND = f"""{_COLUMNS}
LEFT JOIN LATERAL (
    SELECT region, category, firm_id, institution, to_on FROM practices
    WHERE lawyer_id = l.lawyer_id AND from_on <= a.day ORDER BY ordinal DESC LIMIT 1
) p ON true{_FACTS}"""
# A duplicate record that was merged counts for the days before the one that was kept begins.
_FIND_BEFORE = f"""{_COLUMNS}
JOIN LATERAL (
    SELECT e.region, e.category, e.firm_id, e.institution, e.to_on
    FROM person_mergers m JOIN practices e ON e.lawyer_id = m.absorbed_id
    WHERE m.kept_id = l.lawyer_id AND m.restored_at IS NULL AND e.from_on <= a.day
    ORDER BY e.from_on DESC, e.ordinal DESC LIMIT 1
) p ON true{_FACTS}"""
_POSITION = "SELECT coalesce(max(position), 0) FROM feed"


class SqlVerification:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, questions: Sequence[Question]) -> dict[int, Found]:
        pool = await self._database.pool()
        return await _find(pool, questions)

    async def find_with_position(self, questions: Sequence[Question]) -> tuple[dict[int, Found], int]:
        """And the position of the feed, read first: everything up to it stands in the answer."""
        async with self._database.snapshot() as connection:
            position: int = await connection.fetchval(_POSITION)
            return await _find(connection, questions), position


async def _find(
    connection: "asyncpg.Pool | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", questions: Sequence[Question]
) -> dict[int, Found]:
    """By place in `questions`; numbers that are not on file are left out."""
    found = await _asked(connection, _FIND, dict(enumerate(questions)))
    before = {place: questions[place] for place, each in found.items() if each.region is None}
    return found | await _asked(connection, _FIND_BEFORE, before) if before else found


async def _asked(
    connection: "asyncpg.Pool | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
    statement: str,
    questions: Mapping[int, Question],
) -> dict[int, Found]:
    places = list(questions)
    rows = await connection.fetch(
        statement, [q.number for q in questions.values()], [q.as_of for q in questions.values()]
    )
    return {
        places[row["place"] - 1]: Found(
            lawyer_name=row["name"],
            current_number=row["licence_number"],
            current_category=row["current_category"],
            current_region=row["current_region"],
            region=row["region"],
            category=row["category"],
            licensed=row["region"] is not None and row["licensed"],
            suspended=row["suspended"],
            revoked=row["revoked"],
            firm_name=row["firm_name"],
            credit_code=row["credit_code"],
        )
        for row in rows
    }
