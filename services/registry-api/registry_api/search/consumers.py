"""Fills the index after the fact: imports do not wait for it, and no commit is missed, however late."""

import asyncio

from common.cancellation import end_if_cancelled
from common.database import Database
from common.telemetry import get_logger
from common.telemetry.metrics import counter

from registry_api.search.store import IndexFilling
from registry_api.search.use_cases import FIRMS, LAWYERS

LOOK_EVERY_SECONDS = 0.25

_log = get_logger(__name__)
_indexed = counter("yulu_search_indexed_total", "Changed lawyers and firms taken into the search index.")


async def fill(database: Database, *, anew: bool = False) -> int:
    """What has been committed since the last time, or everything; how many rows that were. 0 where another is at it."""
    async with database.begin() as tx:
        filling = IndexFilling(await tx.raw())
        ours, since = await filling.claim()
        if not ours:
            return 0
        if anew or since is None:
            since = None
            await filling.empty()
        snapshot, lawyers, firms = await filling.changed(since)
        if not lawyers and not firms:
            if since is None:
                await filling.done(snapshot)
            return 0
        if since is not None:
            lawyers += await filling.lawyers_at(firms)
        await filling.index(FIRMS, firms)
        await filling.index(LAWYERS, lawyers)
        await filling.done(snapshot)
    _indexed.inc(len(lawyers) + len(firms))
    return len(lawyers) + len(firms)


async def keep_filled(database: Database) -> None:
    """Until cancelled."""
    failing = False
    while True:
        try:
            await fill(database)
            failing = False
        except Exception as error:  # noqa: BLE001 -- whatever fails, the next look takes it up where it stood
            end_if_cancelled(error)
            if not failing:
                _log.warning("search-index-behind", error=type(error).__name__)
            failing = True
        await asyncio.sleep(LOOK_EVERY_SECONDS)
