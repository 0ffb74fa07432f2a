"""The dispatcher's side: it is handed what is to be sent under a lease, and says what became of it."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of
from common.http import RequestModel, Router
from common.sightings import last_seen
from contracts.entitlements import may_watch
from contracts.webhooks import webhook_rules
from fastapi import Request, Response
from pydantic import BaseModel, Field

from exchange_api.clients.store import one as client_of
from exchange_api.permissions import Action, demand
from exchange_api.webhooks.domain import Outcome
from exchange_api.webhooks.leasing import Leased
from exchange_api.webhooks.store import SqlWebhooks
from exchange_api.webhooks.store_deliveries import SqlDeliveries, overall, still_due
from exchange_api.webhooks.use_cases import Report

router = Router(prefix="/v1/dispatcher", tags=["推送程序 For the dispatcher"])
WORKER = "webhook-dispatcher"
_MOST = 200


class LeasedView(BaseModel):
    delivery_id: UUID
    attempt: int
    url: str
    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, leased: Leased) -> Self:
        return cls.model_validate(leased, from_attributes=True)


class LeaseView(BaseModel):
    """`seconds`: a delivery that was not sent by then is somebody else's."""

    seconds: int
    deliveries: list[LeasedView]


class OutcomeReport(RequestModel):
    delivery_id: UUID
    attempt: int = Field(ge=1)
    delivered: bool
    reason: str = Field(pattern=r"^[a-z-]{1,40}$")
    status_class: int | None = Field(default=None, ge=1, le=5)
    retry_after_seconds: int | None = Field(default=None, ge=0)
    duration_ms: int = Field(ge=0)


class Outcomes(RequestModel):
    outcomes: list[OutcomeReport] = Field(min_length=1, max_length=_MOST)


class Lease(RequestModel):
    """`outcomes` are taken first: what they free may be handed out at once."""

    limit: int = Field(ge=1, le=_MOST)
    outcomes: list[OutcomeReport] = Field(default=[], max_length=_MOST)


class LeasedAttempt(RequestModel):
    delivery_id: UUID
    attempt: int = Field(ge=1)


class Confirm(RequestModel):
    deliveries: list[LeasedAttempt] = Field(min_length=1, max_length=_MOST)


class ConfirmedView(BaseModel):
    """What is not among them must not be sent, and needs no report: it waits until it may."""

    due: list[UUID]


class CountedView(BaseModel):
    """Those that had been reported before are not counted again."""

    counted: int


class OverallView(BaseModel):
    """`asked_at`: when the dispatcher last asked for something to send."""

    asked_at: datetime | None
    pending: int
    oldest_at: datetime | None
    circuits_open: int


@router.post(
    "/leases",
    summary="领取待推送的事件 Take what is to be sent",
    description="无需 Idempotency-Key：丢失的回答在租期结束后再次发出。"
    " No Idempotency-Key: what a lost answer held is handed out again when its lease ends.",
)
async def post_lease(request: Request, response: Response, body: Lease, principal: CurrentPrincipal) -> LeaseView:
    demand(principal, Action.DELIVER)
    now = now_of(request)
    await _take(request, body.outcomes, principal)
    leased = await request.app.state.leasing.lease(body.limit, now)
    await request.app.state.sightings.note(await request.app.state.database.pool(), WORKER, now)
    response.headers["Cache-Control"] = "no-store"
    return LeaseView(seconds=webhook_rules().lease, deliveries=[LeasedView.of(each) for each in leased])


@router.post(
    "/confirmations",
    summary="发出前再次核对 Whether they may still go out, asked right before they are sent",
    description="租用之后系统被暂停、地址被停用或租期已过的，不得发出。无需 Idempotency-Key：什么也不改变。"
    " Not if the system was suspended or the endpoint disabled since the lease, or that is over. Changes nothing.",
)
async def post_confirmation(request: Request, body: Confirm, principal: CurrentPrincipal) -> ConfirmedView:
    demand(principal, Action.DELIVER)
    leased = {each.delivery_id: each.attempt for each in body.deliveries}
    due = await still_due(await request.app.state.database.pool(), leased, now_of(request))
    return ConfirmedView(due=sorted(due))


@router.post(
    "/outcomes",
    summary="回报推送结果 Say what became of them",
    description="无需 Idempotency-Key：每次推送的结果只记一次。"
    " No Idempotency-Key: each attempt's outcome counts once.",
)
async def post_outcomes(request: Request, body: Outcomes, principal: CurrentPrincipal) -> CountedView:
    demand(principal, Action.DELIVER)
    return CountedView(counted=await _take(request, body.outcomes, principal))


async def _take(request: Request, reported: Sequence[OutcomeReport], principal: Principal) -> int:
    """How many of them counted."""
    if not reported:
        return 0
    outcomes = [Outcome(**outcome.model_dump()) for outcome in reported]
    async with request.app.state.database.begin() as tx:
        connection = await tx.raw()

        async def region(client_id: UUID) -> str:
            return (await client_of(connection, client_id)).region

        counted = await Report(
            SqlWebhooks(connection, request.app.state.vault), SqlDeliveries(connection), tx.outbox,
            rules=webhook_rules(), random=random.random,
        ).take(outcomes, at=now_of(request), by=principal.subject, regions=region)  # fmt: skip
    return len(counted)


@router.get("/state", summary="推送总体情况 How it stands over all endpoints")
async def get_state(request: Request, principal: CurrentPrincipal) -> OverallView:
    """For metrics: no endpoint and no client is told of."""
    if not may_watch(principal):
        demand(principal, Action.DELIVER)
    pool = await request.app.state.database.pool()
    pending, oldest_at, circuits_open = await overall(pool, webhook_rules())
    return OverallView(
        asked_at=await last_seen(pool, WORKER), pending=pending, oldest_at=oldest_at, circuits_open=circuits_open
    )
