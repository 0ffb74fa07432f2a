"""What is done by itself as time passes. Each task only announces, or clears away, what reads obey already."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from common.cancellation import end_if_cancelled, is_cancelled
from common.clock import Clock
from common.database import DATABASE_ERRORS, Database
from common.http.idempotency import forget_old_keys
from common.telemetry import get_logger
from common.telemetry.metrics import Age, Told, gauge

_log = get_logger(__name__)

_unseen = Age(
    gauge(
        "yulu_timers_unseen_seconds",
        "Seconds, in whole steps of ten minutes, since everything that is due with time was last done.",
        told=Told.ALWAYS,
    ),
    step=600,
)

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
    _unseen.since = _unseen.since or time.time()
    while True:
        try:
            await run_once(database, clock(), tasks)
            _unseen.since = time.time()
        except DATABASE_ERRORS as error:
            end_if_cancelled(error)
            # The next round finds the same rows; readiness tells of a database that stays away.
            _log.warning("timer_postponed", error=type(error).__name__)
        except asyncio.CancelledError:
            if is_cancelled():
                raise
            # Not ours: something that a task waited for was cancelled, such as a reply of a connection that broke.
            _log.warning("timer_postponed", error="CancelledError")
        looked.set()
        await asyncio.sleep(seconds)
