"""Figures of several indicators from one snapshot of the progress store."""

from collections.abc import Mapping

from common.database import Database
from progress_store import queries
from progress_store.queries import COMPUTATIONS, Asked, Beneath, Figures


class StoredFigures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures_of(self, asked: Mapping[str, Asked]) -> tuple[dict[str, Figures], Mapping[str, Beneath]]:
        async with self._database.snapshot() as connection:
            found = {
                indicator_id: await queries.figures(connection, COMPUTATIONS[indicator_id], question)
                for indicator_id, question in asked.items()
            }
            return found, await queries.beneath(connection)
