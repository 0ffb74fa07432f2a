"""HTTP in and out for disciplinary supervisors."""

from datetime import date
from typing import Self
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import RequestModel, Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.legal_day import legal_today
from fastapi import Response, status
from pydantic import BaseModel, Field
from starlette.requests import Request

from registry_api.permissions import Action, demand
from registry_api.register.conditional import entity_response, require_version
from registry_api.register.fields import RegionCode
from registry_api.register.scope import visible_region
from registry_api.register.store import Register
from registry_api.register.supervision import Supervision, SupervisionEndGround
from registry_api.register.times import AsOf
from registry_api.supervisors.store import Found, Supervisions
from registry_api.supervisors.use_cases import appoint_supervisor, end_supervision, firm_for_update

router = Router(prefix="/v1", tags=["纪律监督员 Disciplinary supervisors"])


class AppointSupervisor(RequestModel):
    firm_id: UUID
    lawyer_id: UUID = Field(description="须为该所执业律师 / a lawyer who practises there.")
    from_on: date


class EndSupervision(RequestModel):
    ground: SupervisionEndGround
    ended_on: date = Field(description="当日起不再担任 / the first day on which he is not.")


class SupervisionView(BaseModel):
    appointment_id: UUID
    firm_id: UUID
    lawyer_id: UUID
    region: str = Field(description="律所现在所在地区 / where the firm is now.")
    from_on: date
    ended_on: date | None
    end_ground: SupervisionEndGround | None
    end_ground_zh: str | None
    version: int

    @classmethod
    def of(cls, supervision: Supervision, region: str) -> Self:
        return cls(
            appointment_id=supervision.appointment_id,
            firm_id=supervision.firm_id,
            lawyer_id=supervision.lawyer_id,
            region=region,
            from_on=supervision.from_on,
            ended_on=supervision.ended_on,
            end_ground=supervision.end_ground,
            end_ground_zh=None if supervision.end_ground is None else supervision.end_ground.zh,
            version=supervision.version,
        )


@router.post("/supervisors", status_code=status.HTTP_201_CREATED, summary="任命纪律监督员 Appoint a supervisor")
async def post_supervisor(
    body: AppointSupervisor, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> SupervisionView:
    today = legal_today()
    register = await Register.within(tx, today)
    firm = await firm_for_update(register, body.firm_id)
    demand(principal, Action.WRITE_SUPERVISORS, firm.region)
    new = await appoint_supervisor(
        register, tx.outbox, firm, lawyer_id=body.lawyer_id, from_on=body.from_on, today=today
    )
    response.headers["Location"] = f"/v1/supervisors/{new.appointment_id}"
    response.headers["ETag"] = etag_of_version(new.version)
    return SupervisionView.of(new, firm.region)


@router.post("/supervisors/{appointment_id}/end", summary="结束任职 End an appointment")
async def post_end(
    *,
    appointment_id: UUID,
    body: EndSupervision,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> SupervisionView:
    found = await Supervisions(tx.session).get(appointment_id)
    demand(principal, Action.WRITE_SUPERVISORS, found.region)
    today = legal_today()
    register = await Register.within(tx, today)
    before = await register.supervision_for_update(appointment_id)
    require_version(if_match, before.version)
    ended = await end_supervision(
        register, tx.outbox, before, body.ground, on=body.ended_on, today=today, region=found.region
    )
    response.headers["ETag"] = etag_of_version(ended.version)
    return SupervisionView.of(ended, found.region)


@router.get("/supervisors", summary="查询纪律监督员 Search supervisors")
async def get_supervisors(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: RegionCode | None = None,
    firm_id: UUID | None = None,
    lawyer_id: UUID | None = None,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SupervisionView]:
    """Without `as_of` all appointments there ever were; with it those in place on that day."""
    region = visible_region(principal, Action.READ, region)
    after = decode_cursor(cursor, "supervisors", UUID)
    found = await Supervisions(tx.session).search(
        region=region,
        firm_id=firm_id,
        lawyer_id=lawyer_id,
        in_place_on=as_of,
        limit=limit + 1,
        after=None if after is None else after[0],
    )
    return Page[SupervisionView].of(
        found,
        limit=limit,
        item=_view,
        cursor=lambda item: encode_cursor("supervisors", str(item.supervision.appointment_id)),
    )


@router.get("/supervisors/{appointment_id}", summary="任职详情 One appointment", response_model=SupervisionView)
async def get_supervisor(
    request: Request, appointment_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    found = await Supervisions(tx.session).get(appointment_id)
    demand(principal, Action.READ, found.region)
    return entity_response(request, _view(found), found.supervision.version)


def _view(found: Found) -> SupervisionView:
    return SupervisionView.of(found.supervision, found.region)
