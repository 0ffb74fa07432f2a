"""The latest published assessments, for public rows."""

from collections.abc import Collection
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg
from contracts.assessment import Grade

from registry_api.register.public import Assessed

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_PUBLISHED = """
SELECT {0} AS subject, year, published_grade FROM assessments
WHERE {0} = ANY($1) AND published_on IS NOT NULL ORDER BY year"""


async def assessments_of(
    connection: Connection, subject: Literal["lawyer_id", "firm_id"], ids: Collection[UUID]
) -> dict[UUID, Assessed]:
    """Those of whom nothing was ever published are left out."""
    if not ids:
        return {}
    rows = await connection.fetch(_PUBLISHED.format(subject), list(ids))
    return {row["subject"]: Assessed(row["year"], Grade(row["published_grade"])) for row in rows}
