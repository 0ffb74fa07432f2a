"""Rows of disciplinary supervisors: written with the lawyers and firms on whose records they stand."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import CheckConstraint, ForeignKey, Index, RowMapping, text
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.refusals import NotFound
from registry_api.register.store_rows import Rows
from registry_api.register.supervision import Supervision, SupervisionEndGround
from registry_api.register.tables import Base

_COLUMNS = ("appointment_id", "firm_id", "lawyer_id", "from_on", "ended_on", "end_ground", "version")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM supervisors"
_OPEN_OF = f"{_SELECT} WHERE lawyer_id = ANY($1) AND ended_on IS NULL ORDER BY appointment_id FOR UPDATE"
_UPDATE = """
UPDATE supervisors s SET lawyer_id = u.lawyer_id, ended_on = u.ended_on, end_ground = u.end_ground, version = u.version
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::date[], $6::text[], $7::int[])
    AS u(appointment_id, firm_id, lawyer_id, from_on, ended_on, end_ground, version)
WHERE s.appointment_id = u.appointment_id"""


class SupervisorRow(Base):
    """Ended rows stay: who was supervisor on a day is asked of them."""

    __tablename__ = "supervisors"
    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= from_on", name="supervisors_interval"),
        CheckConstraint("(end_ground IS NULL) = (ended_on IS NULL)", name="supervisors_end"),
        CheckConstraint("version >= 1", name="supervisors_version"),
        Index("supervisors_one_open", "firm_id", unique=True, postgresql_where=text("ended_on IS NULL")),
        Index("supervisors_by_firm", "firm_id", "from_on"),
        Index("supervisors_by_lawyer", "lawyer_id"),
    )

    appointment_id: Mapped[UUID] = mapped_column(primary_key=True)
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firms.firm_id"))
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    from_on: Mapped[date]
    ended_on: Mapped[date | None]
    end_ground: Mapped[str | None]
    version: Mapped[int]


class SupervisionRows(Rows):
    async def supervision_for_update(self, appointment_id: UUID) -> Supervision:
        row = await self._connection.fetchrow(f"{_SELECT} WHERE appointment_id = $1 FOR UPDATE", appointment_id)
        if row is None:
            raise NotFound("纪律监督员任职", "appointment of a supervisor")
        return supervision_of(row)

    async def last_supervision(self, firm_id: UUID) -> Supervision | None:
        """Of a firm that is locked."""
        row = await self._connection.fetchrow(
            f"{_SELECT} WHERE firm_id = $1 ORDER BY ended_on DESC NULLS FIRST, from_on DESC LIMIT 1", firm_id
        )
        return None if row is None else supervision_of(row)

    async def open_supervisions_of(self, lawyer_ids: Collection[UUID]) -> list[Supervision]:
        """Of lawyers who are locked."""
        return [supervision_of(row) for row in await self._connection.fetch(_OPEN_OF, list(lawyer_ids))]

    async def add_supervision(self, new: Supervision) -> None:
        await self._copy("supervisors", _COLUMNS, [_values(new)])

    async def save_supervisions(self, changed: Sequence[Supervision]) -> None:
        await self._update(_UPDATE, map(_values, changed))


def supervision_of(row: asyncpg.Record | RowMapping) -> Supervision:
    ground = row["end_ground"]
    return Supervision(
        appointment_id=row["appointment_id"],
        firm_id=row["firm_id"],
        lawyer_id=row["lawyer_id"],
        from_on=row["from_on"],
        ended_on=row["ended_on"],
        end_ground=None if ground is None else SupervisionEndGround(ground),
        version=row["version"],
    )


def _values(s: Supervision) -> tuple[Any, ...]:
    ground = None if s.end_ground is None else s.end_ground.value
    return s.appointment_id, s.firm_id, s.lawyer_id, s.from_on, s.ended_on, ground, s.version
