"""`/v1/file-subscriptions`, `/v1/file-deliveries`: a system orders, counts and answers; operators see who differs."""

from datetime import date
from typing import Any
from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Request, Response, status
from pydantic import BaseModel

from exchange_api.clients.domain import Client
from exchange_api.clients.store import of_subject
from exchange_api.deliveries.domain import State
from exchange_api.deliveries.fields import Acknowledge, Subscribe
from exchange_api.deliveries.store import SqlDeliveries, SqlSubscriptions, one, page, subscription_page
from exchange_api.deliveries.use_cases import acknowledge, end, subscribe
from exchange_api.deliveries.views import DeliveryLine, DeliveryView, SubscriptionView
from exchange_api.organs import connected
from exchange_api.permissions import Action, allowed, demand

router = Router(prefix="/v1", tags=["文件交换 Files given to systems"])
_SUBSCRIPTIONS, _DELIVERIES = "file-subscriptions", "file-deliveries"


async def _own(connection: Any, principal: Principal) -> Client:
    """Raises the 403 problem where the caller is not connected, or suspended."""
    demand(principal, Action.RECEIVE)
    return connected(principal, await of_subject(connection, principal.subject))


async def _reach(connection: Any, principal: Principal) -> UUID | None:
    """Whose deliveries the caller sees: its own, or everybody's (None)."""
    return None if allowed(principal, Action.READ_CLIENTS) else (await _own(connection, principal)).client_id


def _answer(request: Request, view: BaseModel) -> Response:
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.post("/file-subscriptions", status_code=status.HTTP_201_CREATED, summary="订阅全量文件 Subscribe to files")
async def post_subscription(
    request: Request, response: Response, body: Subscribe, principal: CurrentPrincipal, tx: Transaction
) -> SubscriptionView:
    raw = await tx.raw()
    client = await _own(raw, principal)
    made = await subscribe(SqlSubscriptions(raw), client.client_id, body.resource, body.cadence, now_of(request))
    response.headers["ETag"] = etag_of_version(made.version)
    return SubscriptionView.of(made)


@router.get(
    "/file-subscriptions", summary="文件订阅，系统仅见自身 Subscriptions; a system sees its own",
    response_model=Page[SubscriptionView],
)  # fmt: skip
async def get_subscriptions(
    request: Request, principal: CurrentPrincipal, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    pool = await request.app.state.database.pool()
    after = decode_cursor(cursor, _SUBSCRIPTIONS, UUID)
    found = await subscription_page(
        pool, client_id=await _reach(pool, principal), after=None if after is None else after[0], limit=limit + 1
    )
    shown = Page[SubscriptionView].of(
        found,
        limit=limit,
        item=SubscriptionView.of,
        cursor=lambda each: encode_cursor(_SUBSCRIPTIONS, str(each.subscription_id)),
    )
    return _answer(request, shown)


@router.post("/file-subscriptions/{subscription_id}/end", summary="终止订阅 End a subscription")
async def post_end(
    *,
    request: Request,
    response: Response,
    subscription_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> SubscriptionView:
    raw = await tx.raw()
    subscriptions, client = SqlSubscriptions(raw), await _own(raw, principal)
    before = await subscriptions.lock(subscription_id)
    if before.client_id != client.client_id:
        raise forbidden(principal, "exchange:end-subscription")
    require_match(if_match, etag_of_version(before.version))
    after = await end(subscriptions, before, now_of(request))
    response.headers["ETag"] = etag_of_version(after.version)
    return SubscriptionView.of(after)


@router.get(
    "/file-deliveries", summary="文件交付与对账，最近的在前 Deliveries, the newest ahead",
    response_model=Page[DeliveryLine],
)  # fmt: skip
async def get_deliveries(
    request: Request,
    principal: CurrentPrincipal,
    state: State | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """With state=different: open differences."""
    pool = await request.app.state.database.pool()
    found = await page(
        pool,
        client_id=await _reach(pool, principal),
        state=state,
        after=decode_cursor(cursor, _DELIVERIES, date, UUID),
        limit=limit + 1,
    )
    shown = Page[DeliveryLine].of(
        found,
        limit=limit,
        item=DeliveryLine.of,
        cursor=lambda each: encode_cursor(_DELIVERIES, each.period, str(each.delivery_id)),
    )
    return _answer(request, shown)


@router.get(
    "/file-deliveries/{delivery_id}", summary="一次交付：清单、两方行数与差异 One delivery", response_model=DeliveryView
)
async def get_delivery(request: Request, delivery_id: UUID, principal: CurrentPrincipal) -> Response:
    pool = await request.app.state.database.pool()
    own = await _reach(pool, principal)
    delivery = await one(pool, delivery_id)
    if own not in (None, delivery.client_id):
        raise forbidden(principal, Action.READ_CLIENTS.value)
    body = DeliveryView.of(delivery).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_version(delivery.version))


@router.post(
    "/file-deliveries/{delivery_id}/acknowledgement",
    summary="对账回执 Answer with one's own counts",
    description="每次交付只回执一次；有差异的，由后一版对平。"
    "Each delivery is answered once; a difference stays open until a later delivery is reconciled.",
)
async def post_acknowledgement(
    *,
    request: Request,
    response: Response,
    delivery_id: UUID,
    body: Acknowledge,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> DeliveryView:
    raw = await tx.raw()
    deliveries, client = SqlDeliveries(raw), await _own(raw, principal)
    before = await deliveries.lock(delivery_id)
    if before.client_id != client.client_id:
        raise forbidden(principal, "exchange:acknowledge-delivery")
    require_match(if_match, etag_of_version(before.version))
    after = await acknowledge(deliveries, before, body.counts(), now_of(request))
    response.headers["ETag"] = etag_of_version(after.version)
    return DeliveryView.of(after)
