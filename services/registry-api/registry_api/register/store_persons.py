"""Which records are one person: the mergers of duplicate records, and what each has moved, so that it can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg
import orjson
from pydantic import TypeAdapter
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.practice import Practice
from registry_api.register.tables import Base

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SUCCESSOR = "SELECT kept_id FROM person_mergers WHERE absorbed_id = $1 AND restored_at IS NULL"


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


@dataclass(frozen=True, slots=True)
class Moved:
    """`practices` as they were, in their order; the rest went over to the kept record."""

    practices: tuple[Practice, ...]
    numbers: tuple[str, ...]
    facts: tuple[UUID, ...]
    disclosures: tuple[UUID, ...]
    id_card: bool

    def as_json(self) -> dict[str, object]:
        stored: dict[str, object] = orjson.loads(orjson.dumps(self))
        return stored

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> "Moved":
        return _MOVED.validate_python(stored)


_MOVED = TypeAdapter(Moved)


async def successor_of(connection: Connection, lawyer_id: UUID) -> UUID | None:
    """The record that stands for this one, where it is a duplicate."""
    successor: UUID | None = await connection.fetchval(_SUCCESSOR, lawyer_id)
    return successor
