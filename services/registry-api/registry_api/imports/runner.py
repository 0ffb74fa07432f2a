"""Goes from chunk to chunk, in every serving process; a chunk is one transaction, so a crash loses at most its work."""

import asyncio
from uuid import UUID

from common.database import Database, Tx
from common.positions.retrying import transient
from common.telemetry import get_logger
from contracts.legal_day import legal_today

from registry_api.imports import store
from registry_api.imports.use_cases import WORK
from registry_api.register.store import Register

CHUNK_ROWS = 2_000
IDLE_SECONDS = 0.5
"""How soon a process notices an import that another has taken in, or that a killed one has left."""

GIVE_UP_AFTER = 3
"""Failures of the same chunk that no retry can help; the import then reads `failed`."""

_log = get_logger(__name__)


class ImportRunner:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not await self.step():
                await asyncio.sleep(IDLE_SECONDS)

    async def step(self) -> bool:
        """One chunk; False where nothing waits, or the database is away."""
        claimed: list[UUID] = []
        try:
            async with self._database.begin() as tx:
                return await self._chunk(tx, claimed)
        except Exception as error:  # noqa: BLE001 -- one bad import must not end the work on all others
            passing = transient(error)  # first of all: it lets a cancellation through
            _log.warning("import-chunk-failed", error=type(error).__name__, exc_info=error)
            if claimed and not passing:
                await self._count_failure(claimed[0])
            return False

    async def _count_failure(self, import_id: UUID) -> None:
        try:
            async with self._database.begin() as tx:
                await store.record_failure(await tx.raw(), import_id, give_up_after=GIVE_UP_AFTER)
        except Exception as error:  # noqa: BLE001 -- as above; and a service without its lifespan would go on, but lame
            _log.warning("import-failure-not-counted", error=type(error).__name__, passing=transient(error))

    async def _chunk(self, tx: Tx, claimed: list[UUID]) -> bool:
        connection = await tx.raw()
        work = await store.claim(connection)
        if work is None:
            return False
        claimed.append(work.import_id)
        lines = await store.next_lines(connection, work, CHUNK_ROWS)
        register = Register(connection, legal_today())
        plan = await WORK[work.kind](register, tx.outbox, lines, work.terms, dry_run=work.dry_run)
        await store.record_progress(connection, work, len(lines), plan.tally, plan.findings)
        return True
