"""Lists of firms, and mergers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.register.tables import FirmPeriodRow, FirmRow, MergerRow, PracticeRow
from registry_api.register.versions import VersionRow


@dataclass(frozen=True, slots=True)
class FirmLine:
    """One firm of a list; `practising` counts open practices there, whatever their standing."""

    firm: FirmRow
    period: FirmPeriodRow
    practising: int


class Firms:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def search(
        self,
        *,
        limit: int,
        after: str | None = None,
        name: str | None = None,
        region: str | None = None,
        kind: str | None = None,
        active: bool | None = None,
        credit_code: str | None = None,
    ) -> Sequence[FirmLine]:
        practising = (
            select(func.count())
            .select_from(PracticeRow)
            .where(and_(PracticeRow.firm_id == FirmRow.firm_id, PracticeRow.to_on.is_(None)))
            .scalar_subquery()
        )
        query = (
            select(FirmRow, FirmPeriodRow, practising)
            .join(FirmPeriodRow, FirmPeriodRow.period_id == FirmRow.current_period_id)
            .order_by(FirmRow.credit_code)
            .limit(limit)
        )
        if after is not None:
            query = query.where(FirmRow.credit_code > after)
        if name is not None:
            query = query.where(FirmRow.name.startswith(name, autoescape=True))
        if region is not None:
            query = query.where(FirmPeriodRow.region == region)
        if kind is not None:
            query = query.where(FirmPeriodRow.kind == kind)
        if active is not None:
            query = query.where(FirmPeriodRow.to_on.is_(None) if active else FirmPeriodRow.to_on.is_not(None))
        if credit_code is not None:
            query = query.where(FirmRow.credit_code == credit_code)
        return [FirmLine(*row) for row in await self._session.execute(query)]

    async def ever(
        self,
        after: UUID | None,
        limit: int,
        *,
        name: str | None,
        region: str | None,
        kind: str | None,
        credit_code: str | None,
    ) -> Sequence[UUID]:
        """Which match now or may have matched before: whichever had such a period, or another state once."""
        stood = [FirmPeriodRow.firm_id == FirmRow.firm_id]
        if region is not None:
            stood.append(FirmPeriodRow.region == region)
        if kind is not None:
            stood.append(FirmPeriodRow.kind == kind)
        now: ColumnElement[bool] = exists().where(*stood)
        if name is not None:
            now &= FirmRow.name.startswith(name, autoescape=True)
        if credit_code is not None:
            now &= FirmRow.credit_code == credit_code
        superseded = exists().where(VersionRow.entity_id == FirmRow.firm_id)
        query = select(FirmRow.firm_id).where(now | superseded).order_by(FirmRow.firm_id).limit(limit)
        if after is not None:
            query = query.where(FirmRow.firm_id > after)
        return (await self._session.execute(query)).scalars().all()

    async def practising_at(self, firm_id: UUID) -> int:
        query = (
            select(func.count())
            .select_from(PracticeRow)
            .where(PracticeRow.firm_id == firm_id, PracticeRow.to_on.is_(None))
        )
        return (await self._session.execute(query)).scalar_one()

    def add_merger(
        self, merger_id: UUID, *, absorbed: UUID, absorbing: UUID, on: date, document_number: str, moved: int
    ) -> None:
        self._session.add(
            MergerRow(
                merger_id=merger_id,
                absorbed_firm_id=absorbed,
                absorbing_firm_id=absorbing,
                effective_on=on,
                document_number=document_number,
                lawyers_moved=moved,
            )
        )
