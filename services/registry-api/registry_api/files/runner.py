"""Makes the editions that are due or ordered, in every serving process; one transaction each, so none is half made."""

import asyncio
import time as clock
from dataclasses import dataclass
from datetime import time
from uuid import UUID

from common.database import Database
from common.positions.retrying import transient
from common.telemetry import get_logger
from contracts import legal_day

from registry_api.files import store
from registry_api.files.domain import due
from registry_api.files.store import SqlShelf, SqlSnapshot
from registry_api.files.use_cases import Cursors, Made, Signs, make_edition

IDLE_SECONDS = 1.0
"""How soon a process notices an edition that was ordered, or that a killed one has left."""

GIVE_UP_AFTER = 3
"""Failures that no retry can help; the edition then reads `failed`."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """When the daily edition is due, on the clock of China (None: never); how many complete ones are kept."""

    daily_at: time | None
    kept: int


class FileRunner:
    def __init__(self, database: Database, *, cursors: Cursors, signer: Signs, terms: Terms) -> None:
        self._database, self._cursors, self._signer, self._terms = database, cursors, signer, terms

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not await self.step():
                await asyncio.sleep(IDLE_SECONDS)

    async def step(self) -> bool:
        """One edition; False where nothing waits, or the database is away."""
        claimed: list[UUID] = []
        try:
            return await self._step(claimed)
        except Exception as error:  # noqa: BLE001 -- the look-ups of this process must go on
            passing = transient(error)  # first of all: it lets a cancellation through
            _log.warning("edition-failed", error=type(error).__name__, exc_info=error)
            if claimed and not passing:
                await self._count_failure(claimed[0])
            return False

    async def _step(self, claimed: list[UUID]) -> bool:
        pool = await self._database.pool()
        now = legal_day.instant()
        if (day := due(now, self._terms.daily_at)) is not None:
            await store.schedule(pool, day, now)
        if not await store.anything_queued(pool):
            return False
        began = clock.monotonic()
        async with pool.acquire() as connection:
            async with connection.transaction(isolation="repeatable_read"):
                edition_id = await store.claim(connection)
                if edition_id is None:
                    return False
                claimed.append(edition_id)
                made = await make_edition(
                    edition_id,
                    SqlSnapshot(connection, legal_day.legal_today()),
                    SqlShelf(connection),
                    cursors=self._cursors,
                    signer=self._signer,
                    now=now,
                )
                await store.mark_complete(connection, edition_id, legal_day.instant())
            async with connection.transaction():
                removed = await store.remove_beyond(connection, self._terms.kept, legal_day.instant())
        _tell(edition_id, made, len(removed), clock.monotonic() - began)
        return True

    async def _count_failure(self, edition_id: UUID) -> None:
        try:
            await store.record_failure(await self._database.pool(), edition_id, give_up_after=GIVE_UP_AFTER)
        except Exception as error:  # noqa: BLE001 -- as above
            _log.warning("edition-failure-not-counted", error=type(error).__name__, passing=transient(error))


def _tell(edition_id: UUID, made: Made, removed: int, seconds: float) -> None:
    _log.info(
        "edition-made",
        edition=str(edition_id),
        lawyers=made.lawyers,
        firms=made.firms,
        files=made.files,
        bytes=made.length,
        removed=removed,
        seconds=round(seconds, 1),
    )
