"""Timers: month ends are computed anew where rows have moved, and each month's forecasts are made and kept."""

from datetime import datetime

from common.database import Database
from contracts.plan import plan
from contracts.working_days import local_date

from progress_api.forecasts.store import StoredForecasts, keep_month, month_is_made, register_holds_anybody
from progress_api.forecasts.use_cases import TREND_TARGETS, origin_of, to_keep, told

_SECONDS = 2.0
"""Of each round of the timers for month ends; the rest of them wait for the next round."""


async def when_rows_have_moved_compute_month_ends(database: Database, now: datetime) -> int:
    """Tells of nothing done: a number that is computed anew is no work of anybody's."""
    pool = await database.pool()
    if await register_holds_anybody(pool):
        await StoredForecasts(database, now).grounds(
            local_date(now), TREND_TARGETS, missing_seconds=_SECONDS, stale_seconds=_SECONDS
        )
    return 0


async def when_a_month_has_begun_make_its_forecasts(database: Database, now: datetime) -> int:
    """Once a month, from its first day on. A month in which nobody was here stays without: none is made afterwards."""
    today = local_date(now)
    from_on = origin_of(today)
    pool = await database.pool()
    if from_on > plan().meta.default_due or not await register_holds_anybody(pool):
        return 0
    if await month_is_made(pool, from_on):
        return 0
    store = StoredForecasts(database, now)
    grounds = await store.grounds(from_on, plan().targets, missing_seconds=_SECONDS, stale_seconds=_SECONDS)
    if not grounds.complete:
        return 0
    made = to_keep(grounds, today)
    if not made:
        return 0
    async with database.begin() as tx:
        if not await keep_month(await tx.raw(), made, now):
            return 0
        tx.outbox.add_all(told(kept) for kept in made)
    return len(made)
