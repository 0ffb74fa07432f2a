"""Goes from chunk to chunk, in every serving process; a chunk is one transaction, so a crash loses at most its work."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

from common.database import Database, Tx
from common.positions.retrying import transient
from common.telemetry import get_logger
from contracts.deadlines import rule
from contracts.legal_day import legal_today

from registry_api.imports import store
from registry_api.imports.domain import Phase, Review
from registry_api.imports.use_cases import WORK
from registry_api.register.store import Register
from registry_api.sheets.columns import Kind

CHUNK_ROWS = 2_000
IDLE_SECONDS = 0.5
"""How soon a process notices an import that another has taken in, or that a killed one has left."""

TIDY_SECONDS = 600

GIVE_UP_AFTER = 3
"""Failures of the same chunk that no retry can help; the import then reads `failed`."""

_log = get_logger(__name__)


class ImportRunner:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Until cancelled."""
        tidy_at = time.monotonic()
        while True:
            if await self.step():
                continue
            if time.monotonic() >= tidy_at:
                tidy_at = time.monotonic() + TIDY_SECONDS
                await self._tidy_if_possible()
            await asyncio.sleep(IDLE_SECONDS)

    async def _tidy_if_possible(self) -> None:
        try:
            await self.tidy()
        except Exception as error:  # noqa: BLE001 -- next time
            _log.warning("imports-not-tidied", error=type(error).__name__, passing=transient(error))

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
        checking = work.phase is Phase.CHECK
        # A branch must find its head office among the firms of the file: nothing of a check is in the register yet.
        limit = work.rows_total if checking and work.kind is Kind.FIRMS else CHUNK_ROWS
        lines = await store.next_lines(connection, work, limit)
        approved = await store.approved_changes(connection, work.import_id, lines) if work.approved else None
        register = Register(connection, legal_today())
        plan = await WORK[work.kind](register, tx.outbox, lines, work.terms, Review(checking, approved))
        await store.record_progress(connection, work, len(lines), plan)
        return True

    async def tidy(self) -> None:
        """What nobody has decided, and the reports of long ago."""
        today = legal_today()
        async with self._database.begin() as tx:
            await store.tidy(
                await tx.raw(),
                checked_before=today - timedelta(days=rule("registry.import-decision").value),
                finished_before=today - timedelta(days=rule("registry.import-reports").value),
            )
