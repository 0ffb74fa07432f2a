"""Choices of readings from their entry on, and figures under many readings from one snapshot."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from common.database import Database
from progress_store import queries
from progress_store.queries import COMPUTATIONS, Asked, Figures

from progress_api.policies.domain import Proposal
from progress_api.refusals import NotFound

_ADD = """
INSERT INTO reading_choices (choice_id, version, parameter, target, value, from_on, document_number, document_issuer,
    document_date, entered_by, entered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_SAVE = """
UPDATE reading_choices SET version = $2, confirmed_by = $3, confirmed_at = $4, withdrawn_by = $5, withdrawn_at = $6
WHERE choice_id = $1
"""


class SqlProposals:
    """Fulfils `Proposals`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def add(self, proposal: Proposal) -> None:
        await self._connection.execute(
            _ADD, proposal.choice_id, proposal.version, proposal.parameter, proposal.target, proposal.value,
            proposal.from_on, proposal.document_number, proposal.document_issuer, proposal.document_date,
            proposal.entered_by, proposal.entered_at,
        )  # fmt: skip

    async def save(self, proposal: Proposal) -> None:
        await self._connection.execute(
            _SAVE, proposal.choice_id, proposal.version, proposal.confirmed_by, proposal.confirmed_at,
            proposal.withdrawn_by, proposal.withdrawn_at,
        )  # fmt: skip

    async def lock(self, choice_id: UUID) -> Proposal:
        row = await self._connection.fetchrow(
            "SELECT * FROM reading_choices WHERE choice_id = $1 FOR UPDATE", choice_id
        )
        if row is None:
            raise NotFound("没有这一口径选择。", "There is no such choice.")
        return Proposal(**row)

    async def all(self) -> list[Proposal]:
        """The newest entry first. There are few: an open parameter is not read anew every day."""
        rows = await self._connection.fetch("SELECT * FROM reading_choices ORDER BY entered_at DESC, choice_id")
        return [Proposal(**row) for row in rows]


class StoredFigures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures(self, asked: Sequence[tuple[str, Asked]]) -> list[Figures]:
        """By indicator and question, in the same order."""
        async with self._database.snapshot() as connection:
            return [await queries.figures(connection, COMPUTATIONS[indicator_id], one) for indicator_id, one in asked]
