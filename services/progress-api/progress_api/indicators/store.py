"""Reads of the progress store, each from one snapshot."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from common.database import Database
from progress_store import queries
from progress_store.queries import (
    RECONCILED_INDICATORS,
    Asked,
    Beneath,
    Computation,
    EvidencePage,
    Figures,
    Policy,
    Reconciled,
)

from progress_api.board import Board


class StoredFacts:
    def __init__(self, database: Database, board: Board) -> None:
        self._database = database
        self._board = board

    async def todays(
        self, indicator_id: str, policy: Policy
    ) -> tuple[Figures, Reconciled | None, Mapping[str, Beneath]]:
        return await self._board.page(indicator_id, policy)

    async def figures(self, computation: Computation, asked: Asked) -> tuple[Figures, Mapping[str, Beneath]]:
        async with self._database.snapshot() as connection:
            return await queries.figures(connection, computation, asked), await queries.beneath(connection)

    async def reconciled(self, indicator_id: str, as_of: date) -> Reconciled | None:
        if indicator_id not in RECONCILED_INDICATORS:
            return None
        async with self._database.snapshot() as connection:
            return await queries.reconciled(connection, indicator_id, as_of)

    async def evidence(
        self, computation: Computation, asked: Asked, *, regions: Collection[str] | None, after: UUID, limit: int
    ) -> tuple[EvidencePage, Figures, Mapping[str, Beneath]]:
        async with self._database.snapshot() as connection:
            page = await queries.evidence(connection, computation, asked, regions=regions, after=after, limit=limit)
            found = await queries.figures(connection, computation, asked)
            return page, found, await queries.beneath(connection)
