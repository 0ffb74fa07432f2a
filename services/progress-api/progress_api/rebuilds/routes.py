"""`/v1/rebuilds`."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal, Principal
from common.clock import now_of
from common.http import RequestModel, Router, Transaction, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.operator_acts import Act, record
from contracts.discipline_events import SanctionDecided
from contracts.entitlements import may_read_event, may_read_feed
from contracts.registry_events import LawyerStandingRecorded
from contracts.rights_events import ComplaintFiled, ConsultationHeld, EvaluationClosed
from fastapi import status
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from progress_api.permissions import Action, demand
from progress_api.rebuilds.store import SqlRebuilds
from progress_api.rebuilds.use_cases import Rebuild, request_rebuild

router = Router(prefix="/v1", tags=["运维 Operations"])

_ROWS_OF = {
    "sanctions": SanctionDecided.event_type,
    "complaints": ComplaintFiled.event_type,
    "consultations": ConsultationHeld.event_type,
    "evaluations": EvaluationClosed.event_type,
    "standing_facts": LawyerStandingRecorded.event_type,
}
"""Tables whose rows tell what an event tells: who may not read the one does not see the other."""


class RequestRebuild(RequestModel):
    switch: bool


class DifferenceView(BaseModel):
    table: str
    key: str | None
    live: str | None
    rebuilt: str | None

    @classmethod
    def of(cls, difference: dict[str, Any], principal: Principal) -> Self:
        event_type = _ROWS_OF.get(difference["table"])
        closed = event_type is not None and not may_read_event(principal, event_type, PROVINCE)
        if difference["table"] == "positions":
            # The row tells how long the feed is.
            closed = not may_read_feed(principal, str(difference["key"]).partition("/")[0])
        if closed:
            return cls(table=difference["table"], key=None, live=None, rebuilt=None)
        return cls(**difference)


class RebuildView(BaseModel):
    rebuild_id: UUID
    requested_by: str
    requested_at: datetime
    switch: bool
    state: str
    events: int | None = Field(
        description="登记事件数（仅 registry.events） / events of registry.events only; "
        "a total would tell how long the closed feeds are"
    )
    differing_rows: int | None
    differences: list[DifferenceView]
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, rebuild: Rebuild, principal: Principal) -> Self:
        return cls(
            rebuild_id=rebuild.rebuild_id,
            requested_by=rebuild.requested_by,
            requested_at=rebuild.requested_at,
            switch=rebuild.switch,
            state=rebuild.state,
            events=rebuild.events,
            differing_rows=rebuild.differing_rows,
            differences=[DifferenceView.of(difference, principal) for difference in rebuild.differences],
            error=rebuild.error,
            started_at=rebuild.started_at,
            finished_at=rebuild.finished_at,
        )


@router.post("/rebuilds", status_code=status.HTTP_202_ACCEPTED, summary="请求重建 Request a rebuild")
async def post_rebuild(
    request: Request, body: RequestRebuild, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> RebuildView:
    demand(principal, Action.REBUILD)
    rebuild = await request_rebuild(SqlRebuilds(await tx.raw()), requested_by=principal.subject, switch=body.switch)
    act = "rebuild-and-switch" if body.switch else "rebuild"
    await record(tx, principal, Act(act, "rebuild", str(rebuild.rebuild_id)), now_of(request))
    response.headers["Location"] = f"/v1/rebuilds/{rebuild.rebuild_id}"
    return RebuildView.of(rebuild, principal)


@router.get("/rebuilds/{rebuild_id}", summary="重建的结果 Outcome of a rebuild", response_model=RebuildView)
async def get_rebuild(request: Request, rebuild_id: UUID, principal: CurrentPrincipal) -> Response:
    demand(principal, Action.REBUILD)
    rebuild = await SqlRebuilds(await request.app.state.database.pool()).get(rebuild_id)
    if rebuild is None:
        raise not_found("没有这次重建。", "There is no such rebuild.")
    body = RebuildView.of(rebuild, principal).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))
