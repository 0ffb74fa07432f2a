"""Lists of proposals."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.cases.store import ProposalRow


class ProposalList:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def search(
        self,
        *,
        limit: int,
        after: int | None = None,
        state: str | None = None,
        region: str | None = None,
        kind: str | None = None,
        subject_id: UUID | None = None,
    ) -> Sequence[ProposalRow]:
        """In the order in which they were proposed."""
        query = select(ProposalRow).order_by(ProposalRow.ordinal).limit(limit)
        if after is not None:
            query = query.where(ProposalRow.ordinal > after)
        if state is not None:
            query = query.where(ProposalRow.state == state)
        if region is not None:
            query = query.where(ProposalRow.region == region)
        if kind is not None:
            query = query.where(ProposalRow.kind == kind)
        if subject_id is not None:
            query = query.where(ProposalRow.subject_id == subject_id)
        return (await self._session.scalars(query)).all()
