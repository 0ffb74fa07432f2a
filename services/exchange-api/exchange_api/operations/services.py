"""The other services over HTTP: asked with our worker's token, ordered with the operator's own."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx
from common.auth import TokenSource
from common.feed import Heads
from common.feed_api import HttpFeed
from common.feed_api.watching import ActivityView, ConsumerView, RelayView, TallyView
from common.http.client import ServiceClient
from common.settings import Settings
from contracts.entitlements import EXCHANGE, TOPICS
from contracts.exchange_events import FEED_PREFIX
from pydantic import BaseModel, TypeAdapter, ValidationError

LOOK_TIMEOUT = httpx.Timeout(5, connect=2)
"""Of a look at how things stand, twice in a row at most: who looks must be told which service is frozen."""
ORDER_TIMEOUT = httpx.Timeout(10, connect=2)
"""Of what an operator does himself."""


T = TypeVar("T")


class NotAnswering(ConnectionError):
    """The service is away, or answered with an error of its own."""


class Queue(BaseModel):
    """When its worker last asked; how much waits, and since when, where that may be told."""

    asked_at: datetime | None
    pending: int = 0
    oldest_at: datetime | None = None


_tallies, _activity = TypeAdapter(list[TallyView]), TypeAdapter(ActivityView)
_relay, _consumer, _queue = TypeAdapter(RelayView), TypeAdapter(ConsumerView), TypeAdapter(Queue)


class Services:
    """One client per service. `transports`: how services are reached where not over the network."""

    def __init__(self, clients: Mapping[str, httpx.AsyncClient]) -> None:
        self._clients = clients

    @classmethod
    async def open(
        cls, settings: Settings, stack: AsyncExitStack, transports: Mapping[str, httpx.AsyncBaseTransport]
    ) -> "Services":
        auth = TokenSource.from_settings(settings)
        clients = {}
        for service in (service_of(topic) for topic in TOPICS):
            client = ServiceClient(
                service,
                base_url=settings.url_of(service),
                auth=auth,
                timeout=LOOK_TIMEOUT,
                transport=transports.get(service),
            )
            clients[service] = await stack.enter_async_context(client)
        return cls(clients)

    async def heads(self, topic: str) -> Heads:
        """Raises FeedUnavailable, which is a ConnectionError too."""
        return await HttpFeed(self._clients[service_of(topic)], prefix=_prefix(topic)).heads()

    async def behind(self, topic: str, partition: int, after_seq: int) -> list[TallyView]:
        path = f"{_prefix(topic)}/feed/behind"
        return await self._get(service_of(topic), path, _tallies, partition=partition, after_seq=after_seq)

    async def activity(self, topic: str, after: int) -> ActivityView:
        return await self._get(service_of(topic), f"{_prefix(topic)}/feed/activity", _activity, after=after)

    async def relay(self, topic: str) -> RelayView:
        return await self._get(service_of(topic), f"{_prefix(topic)}/feed/relay", _relay)

    async def consumer(self, service: str) -> ConsumerView:
        return await self._get(service, "/v1/consumer", _consumer)

    async def queue(self, service: str, path: str) -> Queue:
        return await self._get(service, path, _queue)

    async def parked(self, service: str, token: str, params: Mapping[str, Any]) -> httpx.Response:
        """As the operator may see them."""
        return await self._as_operator("GET", service, "/v1/parked", token, params=params)

    async def order(self, service: str, token: str, key: str, body: Mapping[str, Any]) -> httpx.Response:
        """A redrive; `key` makes a repetition the same order."""
        return await self._as_operator("POST", service, "/v1/parked/orders", token, json=body, key=key)

    async def ordered(self, service: str, token: str, order_id: UUID) -> httpx.Response:
        return await self._as_operator("GET", service, f"/v1/parked/orders/{order_id}", token)

    async def _as_operator(
        self,
        method: str,
        service: str,
        path: str,
        token: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": token} | ({} if key is None else {"Idempotency-Key": key})
        given = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            # auth=None: what an operator does here he does under his own rights, and stands in that service's log.
            answer = await self._clients[service].request(
                method, path, params=given, json=json, headers=headers, auth=None, timeout=ORDER_TIMEOUT
            )
        except httpx.HTTPError as error:
            raise NotAnswering(f"{service}: {type(error).__name__}") from error
        if answer.is_server_error:
            raise NotAnswering(f"{service}: {answer.status_code}")
        return answer

    async def _get(self, service: str, path: str, form: TypeAdapter[T], **params: int) -> T:
        try:
            answer = await self._clients[service].get(path, params=params)
            answer.raise_for_status()
            return form.validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            # What a service of another version says otherwise is no answer either.
            raise NotAnswering(f"{service}: {type(error).__name__}") from error


def service_of(topic: str) -> str:
    return topic.partition(".")[0]


def _prefix(topic: str) -> str:
    return FEED_PREFIX if topic == EXCHANGE else "/v1"
