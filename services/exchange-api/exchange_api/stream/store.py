"""Systems that are suspended while they listen: their streams and long polls end within seconds."""

import asyncio
from collections.abc import Collection

import asyncpg
import structlog
from common.cancellation import end_if_cancelled
from common.database import DATABASE_ERRORS, Database

from exchange_api.stream.places import Listeners

LOOK_SECONDS = 2.0

_log = structlog.get_logger()


async def end_suspended_for_ever(database: Database, listeners: Listeners) -> None:
    """One short query for all of them, while any system listens."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if not (systems := listeners.systems()):
            continue
        try:
            listeners.end_those_of(await _not_let_in(await database.pool(), systems))
        except DATABASE_ERRORS as error:
            end_if_cancelled(error)
            _log.warning("suspension-unknown", error=type(error).__name__)


async def _not_let_in(pool: asyncpg.Pool, subjects: Collection[str]) -> set[str]:
    rows = await pool.fetch("SELECT subject FROM clients WHERE subject = ANY($1) AND state = 'active'", list(subjects))
    return set(subjects) - {row["subject"] for row in rows}
