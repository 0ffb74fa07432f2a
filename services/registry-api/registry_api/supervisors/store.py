"""Appointments as they are looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.register.refusals import NotFound
from registry_api.register.store_supervisions import SupervisorRow, supervision_of
from registry_api.register.supervision import Supervision
from registry_api.register.tables import FirmPeriodRow, FirmRow


@dataclass(frozen=True, slots=True)
class Found:
    """`region` is where the firm is now: whoever oversees it oversees its supervisor."""

    supervision: Supervision
    region: str


_FOUND = (
    select(*SupervisorRow.__table__.c, FirmPeriodRow.region)
    .join(FirmRow, FirmRow.firm_id == SupervisorRow.firm_id)
    .join(FirmPeriodRow, FirmPeriodRow.period_id == FirmRow.current_period_id)
)


class Supervisions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, appointment_id: UUID) -> Found:
        query = _FOUND.where(SupervisorRow.appointment_id == appointment_id)
        row = (await self._session.execute(query)).mappings().one_or_none()
        if row is None:
            raise NotFound("纪律监督员任职", "appointment of a supervisor")
        return Found(supervision_of(row), row["region"])

    async def search(
        self,
        *,
        region: str | None,
        firm_id: UUID | None,
        lawyer_id: UUID | None,
        in_place_on: date | None,
        limit: int,
        after: UUID | None,
    ) -> Sequence[Found]:
        query = _FOUND.order_by(SupervisorRow.appointment_id).limit(limit)
        if region is not None:
            query = query.where(FirmPeriodRow.region == region)
        if firm_id is not None:
            query = query.where(SupervisorRow.firm_id == firm_id)
        if lawyer_id is not None:
            query = query.where(SupervisorRow.lawyer_id == lawyer_id)
        if in_place_on is not None:
            query = query.where(
                SupervisorRow.from_on <= in_place_on,
                or_(SupervisorRow.ended_on.is_(None), SupervisorRow.ended_on > in_place_on),
            )
        if after is not None:
            query = query.where(SupervisorRow.appointment_id > after)
        rows = (await self._session.execute(query)).mappings()
        return [Found(supervision_of(row), row["region"]) for row in rows]
