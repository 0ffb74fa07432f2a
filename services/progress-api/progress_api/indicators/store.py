"""Reads of the progress store, each from one snapshot."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import asyncpg
from common.database import Database
from progress_store import queries
from progress_store.queries import RECONCILED_INDICATORS, Asked, Beneath, Computation, EvidencePage, Figures, Reconciled


class StoredFacts:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        pool = await self._database.pool()
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection

    async def figures(self, computation: Computation, asked: Asked) -> tuple[Figures, Mapping[str, Beneath]]:
        async with self._snapshot() as connection:
            return await queries.figures(connection, computation, asked), await queries.beneath(connection)

    async def reconciled(self, indicator_id: str, as_of: date) -> Reconciled | None:
        if indicator_id not in RECONCILED_INDICATORS:
            return None
        async with self._snapshot() as connection:
            return await queries.reconciled(connection, indicator_id, as_of)

    async def evidence(
        self, computation: Computation, asked: Asked, *, regions: Collection[str] | None, after: UUID, limit: int
    ) -> tuple[EvidencePage, Figures, Mapping[str, Beneath]]:
        async with self._snapshot() as connection:
            page = await queries.evidence(connection, computation, asked, regions=regions, after=after, limit=limit)
            found = await queries.figures(connection, computation, asked)
            return page, found, await queries.beneath(connection)
