"""A sequence of events by position, and the feeds of the services as such, over their own HTTP."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import Protocol

import httpx
from common.auth import TokenSource
from common.events import EVENTS
from common.feed import FeedRecord, Heads
from common.feed_api import EventHeldBack, HttpFeed
from common.http.client import ServiceClient
from common.settings import Settings
from common.telemetry.metrics import Told, counter
from contracts.entitlements import EXCHANGE, TOPICS
from contracts.exchange_events import FEED_PREFIX

Transports = Mapping[str, httpx.AsyncBaseTransport]

held_back = counter(
    "yulu_source_held_back_total",
    "Reads that ended before an event which this process cannot tell yet: a newer one has made it.",
    ["topic"],
    told=Told.BY_FEED,
)


class Source(Protocol):
    """Raises FeedUnavailable where it cannot be read just now; EventHeldBack, which is one, where its next event has to
    be waited for.
    """

    async def heads(self) -> Heads: ...

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> Sequence[FeedRecord]:
        """In order of position, without gaps; `raw` is None of what was erased by law, and of what is `withheld`.

        wait: so many seconds an empty page may be held back until there is an event.
        """


class WholeFeed(HttpFeed):
    """A feed whose events are told to others. What would be passed over is waited for, and counted."""

    def __init__(self, topic: str, client: httpx.AsyncClient, *, prefix: str) -> None:
        super().__init__(client, prefix=prefix, knows=EVENTS)
        self._topic = topic

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> Sequence[FeedRecord]:
        try:
            return await super().read_after(position, limit, wait=wait)
        except EventHeldBack:
            held_back.labels(self._topic).inc()
            raise


async def open_feeds(
    settings: Settings,
    stack: AsyncExitStack,
    topics: Collection[str] = TOPICS,
    *,
    transports: Transports = MappingProxyType({}),
) -> Mapping[str, HttpFeed]:
    """Topic → feed, read with our worker's token, which may read all of them: rights are checked per reader here.

    transports: by service, where it is not reached over the network.
    """
    auth = TokenSource.from_settings(settings)
    feeds: dict[str, HttpFeed] = {}
    for topic in topics:
        service = topic.partition(".")[0]
        client = ServiceClient(
            service,
            base_url=settings.url_of(service),
            auth=auth,
            timeout=httpx.Timeout(30, connect=5),
            transport=transports.get(service),
        )
        prefix = FEED_PREFIX if topic == EXCHANGE else "/v1"
        feeds[topic] = WholeFeed(topic, await stack.enter_async_context(client), prefix=prefix)
    return feeds
