"""When the register was last set beside the licensing system, and how far the two differed. Serves H1."""

from dataclasses import dataclass
from datetime import date

import asyncpg

RECONCILED_INDICATORS = {"H1": "lawyers", "M05-I1": "firms"}
"""What an indicator counts, as a full export holds it."""

_LAST = """
SELECT reconciled_on, here, there, only_here, only_there, different, unreadable FROM reconciliations
WHERE kind = $1 AND reconciled_on <= $2 ORDER BY reconciled_on DESC, reconciled_at DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`here` and `there` are valid licences on each side; the others count whoever differs."""

    on: date
    here: int
    there: int
    only_here: int
    only_there: int
    different: int
    unreadable: int


async def reconciled(connection: asyncpg.Connection, indicator_id: str, as_of: date) -> Reconciled | None:
    """The last one up to this day; None where there was none, or the indicator has no such basis."""
    kind = RECONCILED_INDICATORS.get(indicator_id)
    row = None if kind is None else await connection.fetchrow(_LAST, kind, as_of)
    return None if row is None else Reconciled(*row)
