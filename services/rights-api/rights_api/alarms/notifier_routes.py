"""The notifier's side: it is handed what is to be sent under a lease, and says what became of it."""

from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.database import Database
from common.http import Router, Transaction
from common.sightings import last_seen
from contracts.entitlements import may_watch
from fastapi import Request, Response
from pydantic import BaseModel

from rights_api.alarms.domain import LEASE
from rights_api.alarms.fields import Lease, Report
from rights_api.alarms.store import SqlDeliveries
from rights_api.alarms.use_cases import report
from rights_api.alarms.views import LeasedView, LeaseView
from rights_api.permissions import Action, has
from rights_api.refusals import NotFound

WORKER = "notifier"


class NotifierState(BaseModel):
    asked_at: datetime | None


router = Router(prefix="/v1/notifier", tags=["通知程序 For the notifier"])


@router.post(
    "/leases",
    summary="领取待发送的提醒 Take what is to be sent",
    description="无需 Idempotency-Key：丢失的回答在租期结束后再次发出。"
    " No Idempotency-Key: what a lost answer held is handed out again when its lease ends.",
)
async def post_lease(request: Request, response: Response, body: Lease, principal: CurrentPrincipal) -> LeaseView:
    """Asked for every few seconds: an empty lease leaves nothing behind, and no address is stored a second time."""
    _demand(principal)
    now = now_of(request)
    database: Database = request.app.state.database
    async with database.begin() as tx:
        leased = await SqlDeliveries(tx.session, request.app.state.vault).lease(body.limit, principal.subject, now)
        await request.app.state.sightings.note(await tx.raw(), WORKER, now)
    response.headers["Cache-Control"] = "no-store"
    return LeaseView(leased_until=now + LEASE, deliveries=[LeasedView.of(each) for each in leased])


@router.post("/deliveries/{delivery_id}/outcome", status_code=204, summary="回报发送结果 Say what became of it")
async def post_outcome(
    request: Request, delivery_id: UUID, body: Report, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    _demand(principal)
    deliveries = SqlDeliveries(tx.session, request.app.state.vault)
    delivery = await deliveries.get(delivery_id)
    if delivery is None:
        raise NotFound("没有这次发送。", "There is no such delivery.")
    await report(
        delivery,
        deliveries,
        attempt=body.attempt,
        outcome=body.outcome,
        code=body.provider_code,
        at=now_of(request),
    )
    return Response(status_code=204)


@router.get("/state", summary="通知程序最近一次领取 When the notifier last asked")
async def get_state(request: Request, principal: CurrentPrincipal) -> NotifierState:
    """Not how much waits: that would tell when something happens in the rights channel."""
    if not may_watch(principal):
        _demand(principal)
    return NotifierState(asked_at=await last_seen(await request.app.state.database.pool(), WORKER))


def _demand(principal: Principal) -> None:
    if not has(principal, Action.NOTIFY):
        raise forbidden(principal, Action.NOTIFY.value)
