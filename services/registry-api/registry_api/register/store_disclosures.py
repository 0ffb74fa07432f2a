"""How many of discipline's records about a lawyer or firm are on public display, and when that changes by itself.

Only intervals are kept, no cause and no penalty, and none that is over: the register shall not remember what discipline
has taken off display.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.tables import Base

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Subject: TypeAlias = Literal["lawyer_id", "firm_id"]

_SHOWN = "SELECT {0} AS subject, from_on, to_on FROM disclosures WHERE {0} = ANY($1) AND to_on > $2"
_KEEP = """
INSERT INTO disclosures (disclosure_id, {0}, from_on, to_on) VALUES ($1, $2, $3, $4)
ON CONFLICT (disclosure_id) DO UPDATE SET from_on = excluded.from_on, to_on = excluded.to_on"""
_REMOVE = "DELETE FROM disclosures WHERE disclosure_id = $1 RETURNING lawyer_id, firm_id"
_FORGET = "DELETE FROM disclosures WHERE to_on <= $1"


class DisclosureRow(Base):
    """[from_on, to_on): `to_on` is the first day on which the public sees the record no more."""

    __tablename__ = "disclosures"
    __table_args__ = (
        CheckConstraint("num_nonnulls(lawyer_id, firm_id) = 1", name="disclosures_subject"),
        CheckConstraint("to_on > from_on", name="disclosures_interval"),
        Index("disclosures_by_lawyer", "lawyer_id", postgresql_where=text("lawyer_id IS NOT NULL")),
        Index("disclosures_by_firm", "firm_id", postgresql_where=text("firm_id IS NOT NULL")),
        Index("disclosures_by_end", "to_on"),
    )

    disclosure_id: Mapped[UUID] = mapped_column(primary_key=True)
    lawyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    firm_id: Mapped[UUID | None] = mapped_column(ForeignKey("firms.firm_id"))
    from_on: Mapped[date]
    to_on: Mapped[date]


@dataclass(frozen=True, slots=True)
class Disclosed:
    """`changes_on` is the next day on which the number is another without anything being done."""

    number: int
    changes_on: date | None


NONE_DISCLOSED = Disclosed(0, None)


async def disclosed(
    connection: Connection, subject: Subject, ids: Collection[UUID], day: date
) -> dict[UUID, Disclosed]:
    """Subjects of whom nothing is or will be on display are left out."""
    if not ids:
        return {}
    intervals: dict[UUID, list[tuple[date, date]]] = {}
    for row in await connection.fetch(_SHOWN.format(subject), list(ids), day):
        intervals.setdefault(row["subject"], []).append((row["from_on"], row["to_on"]))
    return {subject_id: count_on(day, found) for subject_id, found in intervals.items()}


def count_on(day: date, intervals: Collection[tuple[date, date]]) -> Disclosed:
    def number(on: date) -> int:
        return sum(from_on <= on < to_on for from_on, to_on in intervals)

    now = number(day)
    later = sorted({edge for interval in intervals for edge in interval if edge > day})
    return Disclosed(now, next((edge for edge in later if number(edge) != now), None))


async def keep_disclosure(
    connection: Connection,
    disclosure_id: UUID,
    subject: Subject,
    subject_id: UUID,
    interval: tuple[date, date],
) -> None:
    await connection.execute(_KEEP.format(subject), disclosure_id, subject_id, *interval)


async def remove_disclosure(connection: Connection, disclosure_id: UUID) -> tuple[UUID | None, UUID | None] | None:
    """Lawyer or firm it was about; None where nothing was on display."""
    row = await connection.fetchrow(_REMOVE, disclosure_id)
    return None if row is None else (row["lawyer_id"], row["firm_id"])


async def forget_past_disclosures(connection: Connection, today: date) -> None:
    await connection.execute(_FORGET, today)
