"""Whose endpoints a caller may see and change: a system its own, operators all, auditors see all."""

from collections.abc import Mapping
from uuid import UUID

import asyncpg
from common.auth import Principal, forbidden

from exchange_api.clients.access import own_client
from exchange_api.clients.domain import Client
from exchange_api.clients.store import one
from exchange_api.permissions import Action, allowed
from exchange_api.refusals import Refused
from exchange_api.sources.cursor import decode
from exchange_api.sources.readable import readable_sources
from exchange_api.webhooks.domain import Webhook
from exchange_api.webhooks.fields import FIRST, NOW
from exchange_api.webhooks.planning import Sources


async def client_for(
    connection: asyncpg.Connection | asyncpg.Pool, principal: Principal, client_id: UUID | None
) -> Client:
    """Whose endpoint is to be registered."""
    if allowed(principal, Action.MANAGE_CLIENTS):
        if client_id is None:
            raise Refused(
                "client-missing", "请指明为哪个接入系统登记", "Say which connected system it is for", field="client_id"
            )
        return await one(connection, client_id)
    client = await own_client(connection, principal)
    if client_id not in (None, client.client_id):
        raise forbidden(principal, Action.MANAGE_CLIENTS.value)
    return client


async def demand_of(
    connection: asyncpg.Connection | asyncpg.Pool, principal: Principal, webhook: Webhook, *, change: bool
) -> Client:
    """Raises the 403 problem where it is not the caller's. Its client."""
    if allowed(principal, Action.MANAGE_CLIENTS if change else Action.READ_CLIENTS):
        return await one(connection, webhook.client_id)
    client = await own_client(connection, principal)
    if webhook.client_id != client.client_id:
        raise forbidden(principal, Action.MANAGE_CLIENTS.value)
    return client


async def positions_after(
    text: str, client: Client, sources: Sources, deployment_id: UUID, *, field: str = "after"
) -> Mapping[str, int]:
    """Where an endpoint begins. Raises Refused of a cursor that is not, or not yet, a place in what its client reads,
    and FeedUnavailable."""
    heads: dict[str, int] = {}
    for name in readable_sources(client.principal()):
        if (source := sources(name)) is not None:
            heads[name] = (await source.heads()).position
    if text == NOW:
        return heads
    if text == FIRST:
        return dict.fromkeys(heads, 0)
    cursor = decode(text, deployment_id, field_name=field)
    for name, position in cursor.positions.items():
        if position > heads.get(name, -1):
            raise Refused(
                "cursor-not-reached", "该游标指向尚未到达或无权读取的位置",
                "The cursor names a place that was not reached, or that this system may not read", field=field,
            )  # fmt: skip
    return {name: cursor.after(name) for name in heads}
