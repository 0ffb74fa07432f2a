"""`/v1/webhooks`: where events are pushed to, and what became of them."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of
from common.database import Tx
from common.events import EVENTS
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.idempotency import secret
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.operator_acts import Act, record
from common.outbound import AddressRefused, Outbound
from common.telemetry import get_logger
from contracts.webhooks import webhook_rules
from fastapi import Query, Request, Response, status

from exchange_api.clients.access import own_client
from exchange_api.clients.domain import Client
from exchange_api.permissions import Action, allowed, demand
from exchange_api.refusals import NotFound, Refused
from exchange_api.sources.cursor import Cursor as Place
from exchange_api.webhooks.access import client_for, demand_of, positions_after
from exchange_api.webhooks.domain import DeliveryState, Webhook, check_filters, moved, state_of
from exchange_api.webhooks.fields import (
    AddWebhook,
    ChangeWebhook,
    DeliveryView,
    GiveUp,
    Resend,
    ResentView,
    Resume,
    StatusView,
    TestView,
    WebhookView,
    WithSecret,
)
from exchange_api.webhooks.signatures import new_key, shown
from exchange_api.webhooks.store import SqlWebhooks, circuit_of, one, page
from exchange_api.webhooks.store_deliveries import SqlDeliveries, done_up_to, log_page, status_of
from exchange_api.webhooks.use_cases import keep, register, remove, resume, rotate, with_filters

router = Router(prefix="/v1", tags=["推送 Webhooks"])
_log = get_logger(__name__)


async def _check(request: Request, url: str, client: Client, principal: Principal) -> None:
    """Raises Refused: nothing is registered that could not be called.

    What a system tried is in the exchange log, with its status; what an operator tried is an act of his.
    """
    outbound: Outbound = request.app.state.outbound
    try:
        await outbound.check(url)
    except AddressRefused as error:
        _log.warning("webhook_address_refused", code=error.code, client_id=str(client.client_id))
        if allowed(principal, Action.MANAGE_CLIENTS):
            # In a transaction of its own: that of the request is rolled back.
            async with request.app.state.database.begin() as tx:
                act = Act("webhook-address-refused", "client", str(client.client_id), error.code)
                await record(tx, principal, act, now_of(request))
        raise Refused(error.code, error.zh, error.en, field="url") from error


async def _note(tx: Tx, request: Request, principal: Principal, act: str, webhook_id: UUID) -> None:
    """Of operators; a system's own calls are in the exchange log."""
    if allowed(principal, Action.MANAGE_CLIENTS):
        await record(tx, principal, Act(act, "webhook", str(webhook_id)), now_of(request))


class _Opened:
    """An endpoint under lock, for a change that its caller may make."""

    def __init__(self, webhooks: SqlWebhooks, deliveries: SqlDeliveries, webhook: Webhook, client: Client) -> None:
        self.webhooks, self.deliveries, self.webhook, self.client = webhooks, deliveries, webhook, client

    @classmethod
    async def of(cls, tx: Tx, request: Request, principal: Principal, webhook_id: UUID) -> "_Opened":
        connection = await tx.raw()
        webhooks = SqlWebhooks(connection, request.app.state.vault)
        webhook = await webhooks.lock(webhook_id)
        client = await demand_of(connection, principal, webhook, change=True)
        return cls(webhooks, SqlDeliveries(connection), webhook, client)


def _answer(response: Response, webhook: Webhook) -> WebhookView:
    response.headers["ETag"] = etag_of_version(webhook.version)
    return WebhookView.of(webhook)


@router.post(
    "/webhooks",
    status_code=status.HTTP_201_CREATED,
    summary="登记推送地址 Register an address",
    description="密钥只在此时显示一次。 The secret is shown this once.",
)
@secret()
async def post_webhook(
    request: Request, response: Response, body: AddWebhook, principal: CurrentPrincipal, tx: Transaction
) -> WithSecret:
    connection = await tx.raw()
    client = await client_for(connection, principal, body.client_id)
    check_filters(body.types, frozenset(EVENTS))
    await _check(request, body.url, client, principal)
    state = request.app.state
    positions = await positions_after(body.after, client, state.sources, state.deployment_id)
    now, key = now_of(request), new_key()
    webhook = Webhook(
        webhook_id=uuid4(), version=1, client_id=client.client_id, url=body.url, signature=body.signature,
        types=body.types, regions=body.regions, keys=body.keys, state="active", cause=None,
        registered_by=principal.subject, registered_at=now, changed_by=principal.subject, changed_at=now,
    )  # fmt: skip
    await register(
        SqlWebhooks(connection, state.vault), tx.outbox, webhook, key=key, positions=positions, region=client.region,
        rules=webhook_rules(),
    )  # fmt: skip
    await _note(tx, request, principal, "webhook-register", webhook.webhook_id)
    view = _answer(response, webhook)
    return WithSecret(**view.model_dump(), secret=shown(webhook.signature, key))


@router.get("/webhooks", summary="推送地址 Webhooks; a system sees its own", response_model=Page[WebhookView])
async def get_webhooks(
    request: Request, principal: CurrentPrincipal, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    pool = await request.app.state.database.pool()
    client = None if allowed(principal, Action.READ_CLIENTS) else await own_client(pool, principal)
    after = decode_cursor(cursor, "webhooks", UUID)
    found = await page(
        pool, None if after is None else after[0], limit + 1, client_id=None if client is None else client.client_id
    )
    return _page(
        request,
        Page[WebhookView].of(
            found, limit=limit, item=WebhookView.of, cursor=lambda each: encode_cursor("webhooks", str(each.webhook_id))
        ),
    )


@router.get("/webhooks/{webhook_id}", summary="一个推送地址 One webhook", response_model=WebhookView)
async def get_webhook(request: Request, webhook_id: UUID, principal: CurrentPrincipal) -> Response:
    webhook, _ = await _seen(request, principal, webhook_id)
    body = WebhookView.of(webhook).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_version(webhook.version))


@router.get("/webhooks/{webhook_id}/status", summary="推送进度 How far it has come", response_model=StatusView)
async def get_status(request: Request, webhook_id: UUID, principal: CurrentPrincipal) -> Response:
    await _seen(request, principal, webhook_id)
    pool = await request.app.state.database.pool()
    pending, oldest_at = await status_of(pool, webhook_id)
    circuit = await circuit_of(pool, webhook_id)
    view = StatusView(
        pending=pending,
        oldest_at=oldest_at,
        circuit=state_of(circuit, webhook_rules(), now_of(request)),
        failures=circuit.failures,
        after=Place(request.app.state.deployment_id, await done_up_to(pool, webhook_id)).encode(),
    )
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.patch("/webhooks/{webhook_id}", summary="变更或停用 Change or stop it")
async def patch_webhook(
    *,
    request: Request,
    response: Response,
    webhook_id: UUID,
    body: ChangeWebhook,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> WebhookView:
    opened = await _Opened.of(tx, request, principal, webhook_id)
    require_match(if_match, etag_of_version(opened.webhook.version))
    check_filters(body.types or (), frozenset(EVENTS))
    if body.url is not None:
        await _check(request, body.url, opened.client, principal)
    changed = with_filters(opened.webhook, url=body.url, types=body.types, regions=body.regions, keys=body.keys)
    after = moved(
        changed,
        by=principal.subject,
        at=now_of(request),
        state=body.state,
        cause=None if body.state is None else "owner",
    )
    await keep(opened.webhooks, tx.outbox, after, region=opened.client.region)
    await _note(tx, request, principal, "webhook-change", webhook_id)
    return _answer(response, after)


@router.delete("/webhooks/{webhook_id}", status_code=204, summary="删除 Remove it, its secrets and its log")
async def delete_webhook(
    *,
    request: Request,
    webhook_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> Response:
    opened = await _Opened.of(tx, request, principal, webhook_id)
    require_match(if_match, etag_of_version(opened.webhook.version))
    await remove(
        opened.webhooks, tx.outbox, opened.webhook, by=principal.subject, at=now_of(request),
        region=opened.client.region,
    )  # fmt: skip
    await _note(tx, request, principal, "webhook-remove", webhook_id)
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/rotate", summary="更新密钥 Give it another secret")
@secret()
async def post_rotation(
    request: Request, response: Response, webhook_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> WithSecret:
    opened = await _Opened.of(tx, request, principal, webhook_id)
    key = new_key()
    webhook, until = await rotate(
        opened.webhooks, tx.outbox, opened.webhook, key=key, by=principal.subject, at=now_of(request),
        region=opened.client.region,
    )  # fmt: skip
    await _note(tx, request, principal, "webhook-rotate", webhook_id)
    view = _answer(response, webhook)
    return WithSecret(**view.model_dump(), secret=shown(webhook.signature, key), former_until=until)


@router.post("/webhooks/{webhook_id}/test", status_code=202, summary="测试推送 Send a test")
async def post_test(request: Request, webhook_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> TestView:
    """One attempt, also to a disabled address; its outcome is in the log."""
    opened = await _Opened.of(tx, request, principal, webhook_id)
    delivery_id = uuid4()
    await opened.deliveries.plan_test(webhook_id, delivery_id, now_of(request))
    await _note(tx, request, principal, "webhook-test", webhook_id)
    return TestView(delivery_id=delivery_id)


@router.post("/webhooks/{webhook_id}/resume", summary="恢复推送 Go on, or begin anew from a cursor")
async def post_resumption(
    *,
    request: Request,
    response: Response,
    webhook_id: UUID,
    body: Resume,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> WebhookView:
    opened = await _Opened.of(tx, request, principal, webhook_id)
    state = request.app.state
    positions = None
    if body.after is not None:
        positions = await positions_after(body.after, opened.client, state.sources, state.deployment_id)
    await _check(request, opened.webhook.url, opened.client, principal)
    webhook = await resume(
        opened.webhooks, opened.deliveries, tx.outbox, opened.webhook, positions=positions, by=principal.subject,
        at=now_of(request), region=opened.client.region,
    )  # fmt: skip
    await _note(tx, request, principal, "webhook-resume", webhook_id)
    return _answer(response, webhook)


@router.post("/webhooks/{webhook_id}/resend", summary="重新推送 Send one or a range again, under the same ids")
async def post_resend(
    request: Request, webhook_id: UUID, body: Resend, principal: CurrentPrincipal, tx: Transaction
) -> ResentView:
    opened = await _Opened.of(tx, request, principal, webhook_id)
    count = await opened.deliveries.send_again(
        webhook_id, now_of(request), only=body.delivery_id, start=body.start, end=body.end
    )
    if body.delivery_id is not None and count == 0:
        raise NotFound("没有这次已结束的推送。", "There is no such delivery that has ended.")
    await _note(tx, request, principal, "webhook-resend", webhook_id)
    return ResentView(deliveries=count)


@router.get("/webhooks/{webhook_id}/deliveries", summary="推送记录 Log", response_model=Page[DeliveryView])
async def get_deliveries(
    *,
    request: Request,
    webhook_id: UUID,
    principal: CurrentPrincipal,
    state: Annotated[DeliveryState | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The newest first."""
    await _seen(request, principal, webhook_id)
    before = decode_cursor(cursor, "webhook-deliveries", int)
    pool = await request.app.state.database.pool()
    found = await log_page(pool, webhook_id, None if before is None else before[0], limit + 1, state=state)
    return _page(
        request,
        Page[DeliveryView].of(
            found, limit=limit, item=DeliveryView.of, cursor=lambda each: encode_cursor("webhook-deliveries", each.seq)
        ),
    )


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/give-up", summary="放弃一次推送 Let one go")
async def post_giving_up(
    *, request: Request, webhook_id: UUID, delivery_id: UUID, body: GiveUp, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    """By operators alone: the receiver will not hear of this event, and what follows it goes on."""
    demand(principal, Action.MANAGE_CLIENTS)
    deliveries = SqlDeliveries(await tx.raw())
    delivery = (await deliveries.lock([delivery_id])).get(delivery_id)
    if delivery is None or delivery.webhook_id != webhook_id:
        raise NotFound("没有这次推送。", "There is no such delivery.")
    if delivery.state != "waiting":
        raise Refused("delivery-ended", "该次推送已结束", "The delivery has ended", conflict=True)
    now = now_of(request)
    await deliveries.end({delivery_id: "given-up"}, now)
    await record(tx, principal, Act("webhook-give-up", "webhook-delivery", str(delivery_id), body.reason), now)
    return Response(status_code=204)


async def _seen(request: Request, principal: Principal, webhook_id: UUID) -> tuple[Webhook, Client]:
    pool = await request.app.state.database.pool()
    webhook = await one(pool, webhook_id)
    return webhook, await demand_of(pool, principal, webhook, change=False)


def _page(request: Request, shown_page: Page[Any]) -> Response:
    body = shown_page.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))
