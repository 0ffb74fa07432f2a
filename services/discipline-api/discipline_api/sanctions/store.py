"""Lists of sanctions for desks, and what becomes of their credit with time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.database import Database
from contracts.conduct import OrganKind
from contracts.working_days import local_date
from sqlalchemy import ColumnElement, and_, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.display.sanctions import SanctionDisplay
from discipline_api.permissions import Visible
from discipline_api.record.domain import Sanction
from discipline_api.record.store import SqlSanctions, sanction_of
from discipline_api.record.store_publicity import current_choices
from discipline_api.record.tables import SanctionRow

_BATCH = 200
_TO_SETTLE = text("""
SELECT case_id FROM sanctions WHERE credit_from <= :today AND published_on IS NOT NULL AND NOT credit_shown
    AND erased_at IS NULL
ORDER BY credit_from, case_id LIMIT :limit FOR UPDATE SKIP LOCKED""")


class SanctionLists:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def search(
        self,
        visible: Sequence[Visible],
        *,
        limit: int,
        after: tuple[Any, ...] | None,
        region: str | None,
        organ_kind: OrganKind | None,
        state: str | None,
        publication_overdue_on: date | None,
    ) -> list[Sanction]:
        """Newest decisions first; erased ones are no longer listed."""
        conditions: list[ColumnElement[bool]] = [SanctionRow.erased_at.is_(None), or_(*map(_within, visible))]
        if after is not None:
            conditions.append(tuple_(SanctionRow.decided_on, SanctionRow.case_id) < after)
        if region is not None:
            conditions.append(SanctionRow.organ_region == region)
        if organ_kind is not None:
            conditions.append(SanctionRow.organ_kind == organ_kind.value)
        if state is not None:
            conditions.append(_in_state(state))
        if publication_overdue_on is not None:
            conditions += [_in_state("decided"), SanctionRow.publish_due_on < publication_overdue_on]
        rows = await self._session.scalars(
            select(SanctionRow)
            .where(*conditions)
            .order_by(SanctionRow.decided_on.desc(), SanctionRow.case_id.desc())
            .limit(limit)
        )
        choices = await current_choices(self._session)
        return [sanction_of(row, choices) for row in rows]


def _within(visible: Visible) -> ColumnElement[bool]:
    organs = SanctionRow.organ_kind.in_([kind.value for kind in visible.organs])
    return organs if visible.region is None else and_(organs, SanctionRow.organ_region == visible.region)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "withdrawn":
        return SanctionRow.withdrawn_on.is_not(None)
    if state == "published":
        return and_(SanctionRow.withdrawn_on.is_(None), SanctionRow.published_on.is_not(None))
    withheld = SanctionRow.withheld_on.is_not(None) if state == "withheld" else SanctionRow.withheld_on.is_(None)
    return and_(SanctionRow.withdrawn_on.is_(None), SanctionRow.published_on.is_(None), withheld)


async def settle_credit(database: Database, now: datetime) -> int:
    """A timer's task: where remedies have lapsed, the public record says that it is 失信信息 now, and since when."""
    total = 0
    while True:
        async with database.begin() as tx:
            parameters = {"today": local_date(now), "limit": _BATCH}
            due = list(await tx.session.scalars(_TO_SETTLE, parameters))
            sanctions, display = SqlSanctions(tx.session), SanctionDisplay(tx)
            for case_id in due:
                sanction = replace(await sanctions.get_for_update(UUID(int=case_id.int)), credit_shown=True)
                await sanctions.save(sanction)
                await display.say_again(sanction, now)
        total += len(due)
        if not due:
            return total
