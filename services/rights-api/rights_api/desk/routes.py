"""Officers see the deadlines of the cases they may list, counted and one by one; who runs the system sees none."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.conduct import OrganKind
from fastapi import Query, Request, Response
from pydantic import AwareDatetime

from rights_api.desk.domain import Risk
from rights_api.desk.store import SqlDesk
from rights_api.desk.use_cases import count_at_risk, list_at_risk
from rights_api.desk.views import AtRiskView, DeskView, OpenView

router = Router(prefix="/v1/desk", tags=["期限预警 Deadlines at risk"])

_LIST = "desk"
_DEFAULT_HOURS = 72

Within = Annotated[int, Query(ge=1, le=24 * 92, description="未来多少小时内到期 / due within so many hours")]
Region = Annotated[str | None, Query(pattern=r"^41\d{4}$")]


@router.get("/deadlines/counts", summary="期限风险件数 Deadlines at risk by organ and region; no case")
async def get_counts(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    within_hours: Within = _DEFAULT_HOURS,
    region: Region = None,
) -> DeskView:
    now = now_of(request)
    found = await count_at_risk(SqlDesk(tx.session), principal, region, now, timedelta(hours=within_hours))
    response.headers["Cache-Control"] = "no-store"
    return DeskView(at=now, within_hours=within_hours, organs=[AtRiskView.of(risk) for risk in found])


@router.get("/deadlines", summary="期限风险清单 The deadlines at risk, those due first at the head")
async def get_deadlines(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    risk: Annotated[list[Risk], Query(max_length=len(Risk))] = [],  # noqa: B006 -- read only; none: all
    within_hours: Within = _DEFAULT_HOURS,
    region: Region = None,
    organ_kind: OrganKind | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[OpenView]:
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    found = await list_at_risk(
        SqlDesk(tx.session),
        principal,
        region=region,
        kind=organ_kind,
        risks=risk,
        now=now_of(request),
        within=timedelta(hours=within_hours),
        after=None if after is None else (after[0], after[1]),
        limit=limit + 1,
    )
    response.headers["Cache-Control"] = "no-store"
    return Page[OpenView].of(
        found,
        limit=limit,
        item=OpenView.of,
        cursor=lambda clock: encode_cursor(_LIST, clock.due_at, str(clock.clock_id)),
    )
