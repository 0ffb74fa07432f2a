"""Entering, correcting, confirming and withdrawing a table; what is confirmed and of T2's convention is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.database import Tx
from contracts.regions import PROVINCE
from contracts.report_events import NationalFigure, NationalFiguresConfirmed
from contracts.statistics import Convention

from progress_api.refusals import Refused
from progress_api.statistics.domain import (
    Content,
    Doubt,
    Entry,
    Figure,
    Table,
    Withdrawal,
    check,
    confirm,
    correct,
    doubts,
    withdraw,
)


@dataclass(frozen=True, slots=True)
class Published:
    """A confirmed table as it counts."""

    table_id: UUID
    year: int
    convention: Convention
    content: Content


class Tables(Protocol):
    async def get(self, table_id: UUID, *, lock: bool = False) -> Table: ...

    async def content(self, table_id: UUID, revision: int) -> tuple[Content, Entry]: ...

    async def add(self, table: Table) -> None: ...

    async def save(self, table: Table) -> None: ...

    async def add_revision(self, table: Table, content: Content, entry: Entry) -> None: ...

    async def confirmed(self, table: Table, *, by: str, at: datetime) -> None: ...

    async def published(self, on: date) -> Sequence[Published]: ...


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law."""

    by: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Seen:
    """A table with one of its versions and what there is to look at twice in it."""

    table: Table
    revision: int
    content: Content
    entry: Entry
    doubts: Sequence[Doubt]


async def enter(
    tables: Tables, year: int, convention: Convention, content: Content, *, act: Act, places: Sequence[str] = ()
) -> Table:
    """places: where each figure's province stands in what was sent."""
    check(year, content, today=act.today, places=places)
    table = Table(uuid4(), year, convention, version=1, events=0, revision=1)
    await tables.add(table)
    await tables.add_revision(table, content, Entry(act.by, act.at))
    return table


async def correct_table(tables: Tables, before: Table, content: Content, act: Act, places: Sequence[str] = ()) -> Table:
    check(before.year, content, today=act.today, places=places)
    stored, _ = await tables.content(before.table_id, before.revision)
    # A row moved is no change.
    if stored == replace(content, figures=tuple(sorted(content.figures, key=lambda figure: figure.province))):
        raise Refused("nothing-changed", "内容没有变化", "nothing has changed", conflict=True)
    after = correct(before)
    await tables.add_revision(after, content, Entry(act.by, act.at))
    await tables.save(after)
    return after


async def confirm_table(tables: Tables, tx: Tx, before: Table, act: Act, *, accepted: bool) -> Table:
    seen = await see(tables, before, before.revision, today=act.today)
    after = confirm(before, seen.entry, seen.doubts, by=act.by, accepted=accepted)
    await tables.confirmed(after, by=act.by, at=act.at)
    await tables.save(after)
    if after.events > before.events:
        tx.outbox.add(_told(after, seen.content, seen.content.figures))
    return after


async def withdraw_table(tables: Tables, tx: Tx, before: Table, reason: str, act: Act) -> Table:
    after = withdraw(before, Withdrawal(act.by, act.at, reason))
    await tables.save(after)
    if after.events > before.events:
        content, _ = await tables.content(before.table_id, before.confirmed or before.revision)
        tx.outbox.add(_told(after, content, ()))
    return after


async def see(tables: Tables, table: Table, revision: int, *, today: date) -> Seen:
    return await see_beside(tables, await tables.published(today), table, revision)


async def see_beside(tables: Tables, published: Sequence[Published], table: Table, revision: int) -> Seen:
    """published: all that count on the day."""
    content, entry = await tables.content(table.table_id, revision)
    others = [other for other in published if other.convention is table.convention and other.table_id != table.table_id]
    by_year: dict[int, dict[str, Figure]] = {}
    for other in others:  # in the order of publication: the later one counts
        by_year.setdefault(other.year, {}).update({figure.province: figure for figure in other.content.figures})
    found = doubts(table, content, by_year, same_year=any(other.year == table.year for other in others))
    return Seen(table, revision, content, entry, found)


def _told(table: Table, content: Content, figures: Sequence[Figure]) -> NationalFiguresConfirmed:
    return NationalFiguresConfirmed(
        version=table.events,
        region=PROVINCE,
        table_id=table.table_id,
        year=table.year,
        published_on=content.published_on,
        figures=tuple(
            NationalFigure(province=figure.province, lawyers=figure.lawyers, bound=figure.bound.value)
            for figure in figures
        ),
    )
