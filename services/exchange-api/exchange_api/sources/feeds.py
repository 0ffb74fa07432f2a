"""A sequence of events by position, and the feeds of the services as such, over their own HTTP."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import Protocol

import httpx
from common.auth import TokenSource
from common.feed import FeedRecord, Heads
from common.feed_api import HttpFeed
from common.http.client import ServiceClient
from common.settings import Settings
from contracts.entitlements import EXCHANGE, TOPICS
from contracts.exchange_events import FEED_PREFIX

Transports = Mapping[str, httpx.AsyncBaseTransport]


class Source(Protocol):
    """Raises FeedUnavailable where it cannot be read just now."""

    async def heads(self) -> Heads: ...

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> Sequence[FeedRecord]:
        """In order of position, without gaps; `raw` is None of what was erased by law.

        wait: so many seconds an empty page may be held back until there is an event.
        """


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
    feeds = {}
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
        feeds[topic] = HttpFeed(await stack.enter_async_context(client), prefix=prefix, reads_all=True)
    return feeds
