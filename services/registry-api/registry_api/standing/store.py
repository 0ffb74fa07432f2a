"""Facts by their id, withdrawals heard of, conflicts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.database import Tx
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.register.tables import StandingConflictRow, StandingFactRow, StandingWithdrawalRow


class SqlStandings:
    def __init__(self, tx: Tx) -> None:
        self._session: AsyncSession = tx.session

    async def is_withdrawn(self, fact_id: UUID) -> bool:
        return await self._session.get(StandingWithdrawalRow, fact_id) is not None

    async def keep_withdrawal(self, fact_id: UUID, withdrawn_on: date) -> None:
        statement = insert(StandingWithdrawalRow).values(fact_id=fact_id, withdrawn_on=withdrawn_on)
        await self._session.execute(statement.on_conflict_do_nothing())

    async def subject_of(self, fact_id: UUID) -> tuple[UUID | None, UUID | None]:
        """Lawyer or firm; neither where the fact is not known."""
        query = select(StandingFactRow.lawyer_id, StandingFactRow.firm_id).where(StandingFactRow.fact_id == fact_id)
        row = (await self._session.execute(query)).one_or_none()
        return (None, None) if row is None else (row[0], row[1])

    async def open_conflict(self, conflict_id: UUID, fact_id: UUID, ground: str, region: str) -> bool:
        """False where it is open already."""
        statement = insert(StandingConflictRow).values(
            conflict_id=conflict_id, fact_id=fact_id, ground=ground, region=region
        )
        opened = await self._session.execute(
            statement.on_conflict_do_nothing().returning(StandingConflictRow.conflict_id)
        )
        return opened.one_or_none() is not None

    async def conflicts(
        self, *, region: str | None, limit: int, after: UUID | None = None
    ) -> Sequence[StandingConflictRow]:
        query = select(StandingConflictRow).order_by(StandingConflictRow.conflict_id).limit(limit)
        if region is not None:
            query = query.where(StandingConflictRow.region == region)
        if after is not None:
            query = query.where(StandingConflictRow.conflict_id > after)
        return (await self._session.execute(query)).scalars().all()
