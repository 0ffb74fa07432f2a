"""What forecasts stand on, read from one snapshot; past month ends are kept, and computed anew where rows have moved.

A month end costs one query. Kept ones are shown as they are while they wait to be computed anew (`known_at` says since
when), so that a page never pays for three years of queries at once.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

import asyncpg
import orjson
from common.database import Database
from contracts.plan import Target
from progress_store.queries import COMPUTATIONS, Asked, Figures, figures

from progress_api.board import marks_of
from progress_api.figures import figures_on
from progress_api.forecasts.use_cases import TOTAL, Grounds, Kept, MonthEnd, needed_indicators, wanted_days
from progress_api.readings.domain import Readings
from progress_api.readings.store import confirmed
from progress_api.statistics.store import SqlTables, awaited_table

_ENDS = """
SELECT indicator_id, month_end, mark, numbers, known_at FROM forecast_month_ends
WHERE indicator_id = ANY($1) AND month_end = ANY($2)
"""
_KEEP = """
INSERT INTO forecast_month_ends AS kept (indicator_id, month_end, mark, numbers, known_at)
SELECT n.indicator_id, n.month_end, n.mark, n.numbers::jsonb, $5
FROM unnest($1::text[], $2::date[], $3::text[], $4::text[]) AS n (indicator_id, month_end, mark, numbers)
ON CONFLICT (indicator_id, month_end) DO UPDATE
SET mark = excluded.mark, numbers = excluded.numbers, known_at = excluded.known_at
WHERE kept.known_at <= excluded.known_at
"""
_ADD = """
INSERT INTO forecasts (forecast_id, target, region, from_on, for_on, made_on, method, value, low, high)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_NEWEST = """
SELECT DISTINCT ON (target) * FROM forecasts
WHERE region IS NULL AND for_on = $1 AND made_on <= $2 ORDER BY target, from_on DESC
"""
_ROUND = """
INSERT INTO forecast_rounds (from_on, made_on, made_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING from_on
"""


class Budget:
    """How long may still be computed, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> bool:
        return time.monotonic() < self._until


class StoredForecasts:
    def __init__(self, database: Database, now: datetime) -> None:
        self._database, self._now = database, now

    async def grounds(
        self,
        as_of: date,
        targets: Sequence[Target],
        *,
        missing_seconds: float,
        stale_seconds: float,
        known: Mapping[str, Figures] = MappingProxyType({}),
    ) -> Grounds:
        """known: as `figures_on`.

        missing_seconds, stale_seconds: for how long month ends that were never computed, or whose rows may have
        moved, are computed now."""
        days, indicator_ids = wanted_days(as_of), needed_indicators(targets)
        async with self._database.snapshot() as connection:
            choices = await confirmed(connection)
            readings = choices.on(as_of)
            marks = await _marks(connection, readings, indicator_ids)
            ends, stale = await _kept_ends(connection, marks, days)
            missing = [(i, day) for day in reversed(days) for i in indicator_ids if day not in ends[i]]
            fresh = await _computed(connection, readings, missing, Budget(missing_seconds))
            fresh |= await _computed(connection, readings, stale, Budget(stale_seconds))
            current = await figures_on(connection, as_of, [target.indicator for target in targets], known=known)
            tables = await SqlTables(connection).published(as_of)
            awaited = await awaited_table(connection, as_of)
            kept = await connection.fetch(
                "SELECT * FROM forecasts WHERE target = ANY($1) AND made_on <= $2", [t.id for t in targets], as_of
            )
        for (indicator_id, day), numbers in fresh.items():
            ends[indicator_id][day] = MonthEnd(numbers, self._now)
        await self._keep(fresh, marks)
        return Grounds(as_of, choices, current, ends, tables, awaited, [Kept(**row) for row in kept])

    async def _keep(
        self, fresh: Mapping[tuple[str, date], Mapping[str, float | None]], marks: Mapping[str, str]
    ) -> None:
        if not fresh:
            return
        # In the order of their keys: two that keep the same never wait for each other in a circle.
        keys = sorted(fresh)
        async with self._database.begin() as tx:
            connection = await tx.raw()
            await connection.execute(
                _KEEP,
                [indicator_id for indicator_id, _ in keys],
                [day for _, day in keys],
                [marks[indicator_id] for indicator_id, _ in keys],
                [orjson.dumps(dict(fresh[key])).decode() for key in keys],
                self._now,
            )


async def newest_forecasts(connection: asyncpg.Connection, for_on: date, as_of: date) -> list[Kept]:
    """Of the province for a month end, by target: the last that had been made by the day."""
    return [Kept(**row) for row in await connection.fetch(_NEWEST, for_on, as_of)]


async def register_holds_anybody(connection: asyncpg.Connection) -> bool:
    """Before that there is nothing to forecast."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT 1 FROM practices)"))


async def month_is_made(connection: asyncpg.Connection, from_on: date) -> bool:
    return bool(await connection.fetchval("SELECT EXISTS (SELECT 1 FROM forecast_rounds WHERE from_on = $1)", from_on))


async def keep_month(connection: asyncpg.Connection, made: Sequence[Kept], now: datetime) -> bool:
    """All forecasts of a month, or none where another process has kept them."""
    if await connection.fetchval(_ROUND, made[0].from_on, made[0].made_on, now) is None:
        return False
    rows = [
        (k.forecast_id, k.target, k.region, k.from_on, k.for_on, k.made_on, k.method, k.value, k.low, k.high)
        for k in made
    ]
    await connection.executemany(_ADD, rows)
    return True


async def _marks(connection: asyncpg.Connection, readings: Readings, indicator_ids: Iterable[str]) -> dict[str, str]:
    """By indicator, what stands for the rows and the reading that its numbers were made of."""
    by_topic = {topic: f"{store}:{mark}" for (store, topic), mark in (await marks_of(connection)).items()}
    marks = {}
    for indicator_id in indicator_ids:
        rows = [by_topic.get(topic, "") for topic in COMPUTATIONS[indicator_id].topics]
        marks[indicator_id] = "|".join([*rows, str(readings.policy(indicator_id))])
    return marks


async def _kept_ends(
    connection: asyncpg.Connection, marks: Mapping[str, str], days: Sequence[date]
) -> tuple[dict[str, dict[date, MonthEnd]], list[tuple[str, date]]]:
    """What is kept, and what of it is to be computed anew: the longest kept first."""
    ends: dict[str, dict[date, MonthEnd]] = {indicator_id: {} for indicator_id in marks}
    stale = []
    for row in await connection.fetch(_ENDS, list(marks), days):
        end = MonthEnd(orjson.loads(row["numbers"]), row["known_at"])
        ends[row["indicator_id"]][row["month_end"]] = end
        if row["mark"] != marks[row["indicator_id"]]:
            stale.append((end.known_at, row["month_end"], row["indicator_id"]))
    return ends, [(indicator_id, day) for _, day, indicator_id in sorted(stale)]


async def _computed(
    connection: asyncpg.Connection, readings: Readings, wanted: Sequence[tuple[str, date]], budget: Budget
) -> dict[tuple[str, date], Mapping[str, float | None]]:
    """As many as the budget allows, in this order; all under one reading, or a change of it would look like growth."""
    found: dict[tuple[str, date], Mapping[str, float | None]] = {}
    for indicator_id, day in wanted:
        if not budget.left:
            break
        asked = Asked(day, readings.policy(indicator_id))
        found[indicator_id, day] = _numbers(await figures(connection, COMPUTATIONS[indicator_id], asked))
    return found


def _numbers(figures: Figures) -> Mapping[str, float | None]:
    return {TOTAL: figures.value} | {code: own.value for code, own in figures.regions.items()}
