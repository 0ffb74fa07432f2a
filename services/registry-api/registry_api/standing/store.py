"""Facts by their id, withdrawals heard of, conflicts, records on display."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from common.database import Tx
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.register.refusals import NotFound
from registry_api.register.store_disclosures import forget_past_disclosures, keep_disclosure, remove_disclosure
from registry_api.register.tables import StandingConflictRow, StandingFactRow, StandingWithdrawalRow


class SqlStandings:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx
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

    async def keep_disclosure(
        self, disclosure_id: UUID, lawyer_id: UUID | None, firm_id: UUID | None, interval: tuple[date, date]
    ) -> None:
        connection = await self._tx.raw()
        if lawyer_id is not None:
            await keep_disclosure(connection, disclosure_id, "lawyer_id", lawyer_id, interval)
        elif firm_id is not None:
            await keep_disclosure(connection, disclosure_id, "firm_id", firm_id, interval)

    async def remove_disclosure(self, disclosure_id: UUID) -> tuple[UUID | None, UUID | None] | None:
        return await remove_disclosure(await self._tx.raw(), disclosure_id)

    async def forget_past_disclosures(self, today: date) -> None:
        await forget_past_disclosures(await self._tx.raw(), today)

    async def conflict_for_update(self, conflict_id: UUID) -> StandingConflictRow:
        row = await self._session.get(StandingConflictRow, conflict_id, with_for_update=True)
        if row is None:
            raise NotFound("矛盾", "contradiction")
        return row

    async def conflicts(
        self, *, region: str | None, closed: bool, limit: int, after: UUID | None = None
    ) -> Sequence[StandingConflictRow]:
        query = select(StandingConflictRow).order_by(StandingConflictRow.conflict_id).limit(limit)
        query = query.where(
            StandingConflictRow.outcome.is_not(None) if closed else StandingConflictRow.outcome.is_(None)
        )
        if region is not None:
            query = query.where(StandingConflictRow.region == region)
        if after is not None:
            query = query.where(StandingConflictRow.conflict_id > after)
        return (await self._session.execute(query)).scalars().all()
