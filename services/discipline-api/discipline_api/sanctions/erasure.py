"""Forgets, at its term, whom a record is about. Reads obey the term by themselves; this removes what lies behind."""

import asyncio

import asyncpg
from common.database import Database
from common.http.idempotency import forget_old_keys
from common.telemetry import get_logger
from contracts.working_days import local_date
from sqlalchemy.exc import DBAPIError

from discipline_api.clock import Clock
from discipline_api.sanctions.store import SqlSanctions

_log = get_logger(__name__)
_BATCH = 200


async def erase_ended(database: Database, clock: Clock) -> int:
    """How many records ended. Any number of processes may do this at once."""
    now = clock()
    total = 0
    while True:
        async with database.begin() as tx:
            ended = await SqlSanctions(tx.session).erase_ended(local_date(now), now, limit=_BATCH)
        total += ended
        if ended == 0:
            break
    async with database.begin() as tx:
        await forget_old_keys(tx)
    return total


async def erase_for_ever(database: Database, clock: Clock, seconds: float) -> None:
    while True:
        try:
            if ended := await erase_ended(database, clock):
                _log.info("records_ended", count=ended)
        except (DBAPIError, asyncpg.PostgresError, OSError, TimeoutError) as error:
            # The next round finds the same rows; readiness tells of a database that stays away.
            _log.warning("erasure_postponed", error=type(error).__name__)
        await asyncio.sleep(seconds)
