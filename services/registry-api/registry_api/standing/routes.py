"""Conflicts that an officer must look at."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import RequestModel, Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts import legal_day
from contracts.registry_events import ConflictOutcome
from fastapi import Query
from pydantic import BaseModel, Field

from registry_api.permissions import Action, demand
from registry_api.register.fields import RegionCode
from registry_api.register.scope import visible_region
from registry_api.standing.store import SqlStandings
from registry_api.standing.use_cases import close_conflict

router = Router(prefix="/v1", tags=["执业状态 Standing"])


class ConflictView(BaseModel):
    conflict_id: UUID
    fact_id: UUID
    ground: str
    region: str
    opened_at: datetime
    outcome: ConflictOutcome | None
    reason: str | None
    closed_at: datetime | None


class CloseConflict(RequestModel):
    outcome: ConflictOutcome
    reason: str = Field(min_length=1, max_length=500)


@router.get("/standing-conflicts", summary="与处罚事实不符之处 Contradictions between discipline and the register")
async def get_conflicts(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: RegionCode | None = None,
    closed: Annotated[bool, Query(description="已办结的 / those that have been closed.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ConflictView]:
    region = visible_region(principal, Action.READ_CONFLICTS, region)
    after = decode_cursor(cursor, "standing-conflicts", UUID)
    rows = await SqlStandings(tx).conflicts(
        region=region, closed=closed, limit=limit + 1, after=None if after is None else after[0]
    )
    return Page[ConflictView].of(
        rows,
        limit=limit,
        item=lambda row: ConflictView.model_validate(row, from_attributes=True),
        cursor=lambda row: encode_cursor("standing-conflicts", str(row.conflict_id)),
    )


@router.post("/standing-conflicts/{conflict_id}/close", summary="办结矛盾 Close a contradiction that was looked at")
async def post_close(
    conflict_id: UUID, body: CloseConflict, principal: CurrentPrincipal, tx: Transaction
) -> ConflictView:
    conflict = await SqlStandings(tx).conflict_for_update(conflict_id)
    demand(principal, Action.CLOSE_CONFLICTS, conflict.region)
    close_conflict(tx.outbox, conflict, body.outcome, reason=body.reason, by=principal.subject, at=legal_day.instant())
    await tx.session.flush()
    await tx.session.refresh(conflict)
    return ConflictView.model_validate(conflict, from_attributes=True)
