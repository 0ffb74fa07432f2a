"""Lists of sanctions for desks, and their way onto display."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from common.database import Tx
from contracts.conduct import OrganKind
from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.display.rendering import shown, withdrawal_of
from discipline_api.display.store import SqlDisplay
from discipline_api.permissions import Visible
from discipline_api.record.domain import Sanction
from discipline_api.record.store import sanction_of
from discipline_api.record.tables import SanctionRow


class SanctionDisplay:
    """Fulfils `Display`."""

    def __init__(self, tx: Tx) -> None:
        self._display = SqlDisplay(tx)

    async def show(self, sanction: Sanction, at: datetime) -> None:
        await self._display.show(shown(sanction), at)

    async def take_down(self, sanction: Sanction, at: datetime) -> None:
        await self._display.withdraw(sanction.case_id, withdrawal_of(sanction), at)


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
        return [sanction_of(row) for row in rows]


def _within(visible: Visible) -> ColumnElement[bool]:
    organs = SanctionRow.organ_kind.in_([kind.value for kind in visible.organs])
    return organs if visible.region is None else and_(organs, SanctionRow.organ_region == visible.region)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "withdrawn":
        return SanctionRow.withdrawn_on.is_not(None)
    published = SanctionRow.published_on.is_not(None) if state == "published" else SanctionRow.published_on.is_(None)
    return and_(SanctionRow.withdrawn_on.is_(None), published)
