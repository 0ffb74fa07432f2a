"""Whoever was recused from a complaint or a case keeps his hands off what comes of it.

Read here and not asked of those features: a sanction is published, defended and withdrawn by others, years later.
"""

from uuid import UUID

from common.auth import Principal, forbidden
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.permissions import Action

_OF_CASE = text("SELECT unnest(recused) FROM proceedings WHERE sanction_id = :sanction_id")
_OF_COMPLAINT = text("SELECT officer FROM complaint_recusals WHERE complaint_id = :complaint_id ORDER BY officer")


async def recused_from_complaint(session: AsyncSession, complaint_id: UUID) -> tuple[str, ...]:
    return tuple(await session.scalars(_OF_COMPLAINT, {"complaint_id": complaint_id}))


async def demand_unbiased(session: AsyncSession, principal: Principal, action: Action, sanction_id: UUID) -> None:
    """Raises the 403 problem for an officer who was recused from the case that led to this sanction."""
    if principal.subject in set(await session.scalars(_OF_CASE, {"sanction_id": sanction_id})):
        raise forbidden(principal, f"{action.value}-recused")
