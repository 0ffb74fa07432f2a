"""Conflicts that an officer must look at."""

from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from pydantic import BaseModel

from registry_api.permissions import Action
from registry_api.register.fields import RegionCode
from registry_api.register.scope import visible_region
from registry_api.standing.store import SqlStandings

router = Router(prefix="/v1", tags=["执业状态 Standing"])


class ConflictView(BaseModel):
    conflict_id: UUID
    fact_id: UUID
    ground: str
    region: str
    opened_at: datetime


@router.get("/standing-conflicts", summary="与处罚事实不符之处 Contradictions between discipline and the register")
async def get_conflicts(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: RegionCode | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ConflictView]:
    region = visible_region(principal, Action.READ_CONFLICTS, region)
    after = decode_cursor(cursor, "standing-conflicts", UUID)
    rows = await SqlStandings(tx).conflicts(region=region, limit=limit + 1, after=None if after is None else after[0])
    return Page[ConflictView].of(
        rows,
        limit=limit,
        item=lambda row: ConflictView.model_validate(row, from_attributes=True),
        cursor=lambda row: encode_cursor("standing-conflicts", str(row.conflict_id)),
    )
