"""Series, what was shown, and differences between two days; each answer from one snapshot."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from common.database import Database
from progress_store import queries
from progress_store.queries import Asked, Computation, Figures, Kind, RegionFigures

from progress_api.history.domain import Changed, Shown

_SHOWN = """
SELECT DISTINCT ON (d.day) d.day, s.shown_on, s.value, s.numerator, s.denominator
FROM unnest($3::date[]) AS d (day)
JOIN shown_values s ON s.indicator_id = $1 AND s.region = $2 AND s.shown_on <= d.day
WHERE d.day <= (SELECT told_until FROM shown_progress)
ORDER BY d.day, s.version DESC
"""
_MEASURED = {
    Kind.SUM: ("amount",),
    Kind.SHARE: ("amount", "base"),
    Kind.MEDIAN: ("measure",),
    Kind.RANK: ("lawyers",),
}
"""Columns of a row that the number is made of, beside whether it counts."""


class StoredHistory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def series(
        self, computation: Computation, asked: Sequence[Asked], region: str | None, key: str
    ) -> tuple[list[tuple[Figures, RegionFigures | None]], Mapping[date, Shown]]:
        """For each day the figures; and what had been shown. key: a region's code, or `total`."""
        async with self._database.snapshot() as connection:
            found = [await queries.figures(connection, computation, one) for one in asked]
            days = [one.as_of for one in asked]
            shown = await connection.fetch(_SHOWN, computation.indicator_id, key, days)
        points = [(figures, None if region is None else figures.regions.get(region)) for figures in found]
        return points, {row["day"]: Shown(*tuple(row)[1:]) for row in shown}

    async def changed(
        self,
        computation: Computation,
        before: Asked,
        after: Asked,
        *,
        regions: Collection[str] | None,
        row_after: UUID,
        limit: int,
    ) -> tuple[list[Changed], list[Figures]]:
        """The rows, one more than `limit` where there are more, and the figures before and after, which they explain.

        regions: those the reader may see, None for all.
        """
        first, second = computation.arguments(before), computation.arguments(after)
        later = re.sub(r"\$(\d+)", lambda m: f"${int(m[1]) + len(first)}", computation.rows)
        place = len(first) + len(second)
        made_of = ("region", "counted", *_MEASURED.get(computation.kind, ()))
        differs = " OR ".join(f"b.{column} IS DISTINCT FROM a.{column}" for column in made_of)
        async with self._database.snapshot() as connection:
            rows = await connection.fetch(
                f"SELECT coalesce(a.row_id, b.row_id) AS row_id, coalesce(a.region, b.region) AS region, "
                f"CASE WHEN b.row_id IS NOT NULL THEN to_jsonb(b) END AS before, "
                f"CASE WHEN a.row_id IS NOT NULL THEN to_jsonb(a) END AS after "
                f"FROM ({computation.rows}) b FULL JOIN ({later}) a USING (row_id) "
                f"WHERE coalesce(a.row_id, b.row_id) > ${place + 1}::uuid "
                f"AND (${place + 2}::text[] IS NULL OR coalesce(a.region, b.region) = ANY(${place + 2}::text[])) "
                f"AND (a.row_id IS NULL OR b.row_id IS NULL OR {differs}) "
                f"ORDER BY 1 LIMIT ${place + 3}::bigint",
                *first,
                *second,
                row_after,
                None if regions is None else list(regions),
                limit + 1,
            )
            found = [await queries.figures(connection, computation, asked) for asked in (before, after)]
        return [_changed(computation, row) for row in rows], found


def _changed(computation: Computation, row: Mapping[str, Any]) -> Changed:
    before, after = (None if row[side] is None else orjson.loads(row[side]) for side in ("before", "after"))
    key = (after or before or {}).get(event_key(computation))
    shown = ("region", "counted", *computation.columns[1:])
    return Changed(
        row_id=row["row_id"],
        key=None if key is None else UUID(key),
        region=row["region"],
        before=None if before is None else {name: before[name] for name in shown},
        after=None if after is None else {name: after[name] for name in shown},
    )


def event_key(computation: Computation) -> str:
    """The column of its rows that is the key of the events behind them."""
    return next((name for name in ("lawyer_id", "firm_id", "table_id") if name in computation.columns), "row_id")
