"""Mergers of records and the log of looks at ID numbers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.persons.domain import Moved
from registry_api.register.practice import Practice
from registry_api.register.standing import StandingFact
from registry_api.register.tables import Base
from registry_api.register.versions import keep_superseded

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SET_ENDS = """
UPDATE practices p SET to_on = u.to_on, end_ground = u.ground
FROM unnest($1::uuid[], $2::date[], $3::text[]) AS u(id, to_on, ground) WHERE p.practice_id = u.id"""
_MOVE_FACTS = """
UPDATE standing_facts f SET lawyer_id = $2, version = u.version, withdrawn = u.withdrawn
FROM unnest($1::uuid[], $3::int[], $4::bool[]) AS u(id, version, withdrawn) WHERE f.fact_id = u.id"""
_MOVE_NUMBERS = "UPDATE licence_numbers SET lawyer_id = $2 WHERE lawyer_id = $1 RETURNING licence_number"
_RETURN_NUMBERS = "UPDATE licence_numbers SET lawyer_id = $2 WHERE licence_number = ANY($1)"
_MOVE_DISCLOSURES = "UPDATE disclosures SET lawyer_id = $2 WHERE lawyer_id = $1 RETURNING disclosure_id"
_RETURN_DISCLOSURES = "UPDATE disclosures SET lawyer_id = $2 WHERE disclosure_id = ANY($1)"
_MOVE_ASSESSMENTS = """
UPDATE assessments a SET lawyer_id = $2 WHERE a.lawyer_id = $1
    AND NOT EXISTS (SELECT FROM assessments k WHERE k.lawyer_id = $2 AND k.year = a.year)
RETURNING assessment_id"""
_RETURN_ASSESSMENTS = "UPDATE assessments SET lawyer_id = $2 WHERE assessment_id = ANY($1)"


class PersonMergerRow(Base):
    """One case; `moved` is what the kept record took over and what the absorbed one was."""

    __tablename__ = "person_mergers"
    __table_args__ = (
        CheckConstraint("absorbed_id <> kept_id", name="person_mergers_two_records"),
        Index("person_mergers_absorbed", "absorbed_id", unique=True, postgresql_where=text("restored_at IS NULL")),
        Index("person_mergers_kept", "kept_id"),
    )

    merger_id: Mapped[UUID] = mapped_column(primary_key=True)
    absorbed_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    kept_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    effective_on: Mapped[date]
    moved: Mapped[dict[str, object]] = mapped_column(JSONB)
    merged_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    restored_by: Mapped[UUID | None]
    restored_at: Mapped[datetime | None]


class IdNumberViewRow(Base):
    """Who has looked at whose number, when and what for; never the number."""

    __tablename__ = "id_number_views"
    __table_args__ = (Index("id_number_views_by_lawyer", "lawyer_id", "ordinal"),)

    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    purpose: Mapped[str]
    note: Mapped[str | None]
    viewed_by: Mapped[str]
    viewed_by_organ: Mapped[str]
    viewed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Mergers:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, merger_id: UUID, *, absorbed: UUID, kept: UUID, on: date, moved: Moved) -> PersonMergerRow:
        row = PersonMergerRow(
            merger_id=merger_id, absorbed_id=absorbed, kept_id=kept, effective_on=on, moved=moved.as_json()
        )
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row, ["merged_at"])
        return row

    async def get(self, merger_id: UUID) -> PersonMergerRow | None:
        return await self._session.get(PersonMergerRow, merger_id)

    async def get_for_update(self, merger_id: UUID) -> PersonMergerRow | None:
        return await self._session.get(PersonMergerRow, merger_id, with_for_update=True, populate_existing=True)


class IdNumberViews:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: IdNumberViewRow) -> None:
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row, ["viewed_at"])

    async def of(self, lawyer_id: UUID, *, limit: int, after: int | None) -> Sequence[IdNumberViewRow]:
        """Last look first."""
        query = (
            select(IdNumberViewRow)
            .where(IdNumberViewRow.lawyer_id == lawyer_id)
            .order_by(IdNumberViewRow.ordinal.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(IdNumberViewRow.ordinal < after)
        return (await self._session.scalars(query)).all()


class SqlPersons:
    """Fulfils `Persons`; both lawyers are locked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def set_ends(self, practices: Sequence[Practice]) -> None:
        ends = [(practice.practice_id, practice.to_on, practice.end_ground) for practice in practices]
        await self._connection.execute(_SET_ENDS, *map(list, zip(*ends, strict=True)))

    async def move_facts(self, facts: Sequence[StandingFact], to: UUID, *, became: Sequence[StandingFact]) -> None:
        """`became` is each fact in its next version."""
        await keep_superseded(self._connection, "fact", facts)
        await self._connection.execute(
            _MOVE_FACTS,
            [fact.fact_id for fact in became],
            to,
            [fact.version for fact in became],
            [fact.withdrawn for fact in became],
        )

    async def move_numbers(self, absorbed: UUID, kept: UUID) -> tuple[str, ...]:
        return tuple(sorted(row[0] for row in await self._connection.fetch(_MOVE_NUMBERS, absorbed, kept)))

    async def return_numbers(self, numbers: Sequence[str], to: UUID) -> None:
        await self._connection.execute(_RETURN_NUMBERS, list(numbers), to)

    async def move_disclosures(self, absorbed: UUID, kept: UUID) -> tuple[UUID, ...]:
        return tuple(sorted(row[0] for row in await self._connection.fetch(_MOVE_DISCLOSURES, absorbed, kept)))

    async def return_disclosures(self, disclosures: Sequence[UUID], to: UUID) -> None:
        """Those that are over by now are forgotten already."""
        await self._connection.execute(_RETURN_DISCLOSURES, list(disclosures), to)

    async def move_assessments(self, absorbed: UUID, kept: UUID) -> tuple[UUID, ...]:
        """Of a year for which both were assessed, each keeps its own."""
        return tuple(sorted(row[0] for row in await self._connection.fetch(_MOVE_ASSESSMENTS, absorbed, kept)))

    async def return_assessments(self, assessments: Sequence[UUID], to: UUID) -> None:
        await self._connection.execute(_RETURN_ASSESSMENTS, list(assessments), to)
