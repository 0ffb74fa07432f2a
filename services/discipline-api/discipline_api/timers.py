"""What is done by itself as time passes. Each task only announces, or clears away, what reads obey already."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import asyncpg
from common.database import Database
from common.http.idempotency import forget_old_keys
from common.telemetry import get_logger
from sqlalchemy.exc import DBAPIError

from discipline_api.clock import Clock

_log = get_logger(__name__)

Task = Callable[[Database, datetime], Awaitable[int]]
"""Does what is due at the instant and says how much there was. Any number of processes may do it at once."""


async def run_once(database: Database, now: datetime, tasks: Sequence[Task]) -> int:
    total = 0
    for task in tasks:
        if done := await task(database, now):
            _log.info("timer_task_done", task=task.__name__, count=done)
        total += done
    async with database.begin() as tx:
        await forget_old_keys(tx)
    return total


async def run_for_ever(
    database: Database, clock: Clock, seconds: float, tasks: Sequence[Task], *, looked: asyncio.Event
) -> None:
    """`looked` is set once the first round is over, also where it was postponed."""
    while True:
        try:
            await run_once(database, clock(), tasks)
        except (DBAPIError, asyncpg.PostgresError, OSError, TimeoutError) as error:
            # The next round finds the same rows; readiness tells of a database that stays away.
            _log.warning("timer_postponed", error=type(error).__name__)
        looked.set()
        await asyncio.sleep(seconds)
