"""What a consumer may not read, it must not take for applied: the feed says which events are erased, no more."""

from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import orjson
import pytest
from common.auth import Principal
from common.feed import FeedRecord
from common.feed_api import HttpFeed
from common.feed_api.routes import _View
from common.positions import FeedUnavailable

KNOWN, NEWER = "lawyers.test.thing.done.v1", "lawyers.test.thing.done.v2"


@dataclass
class Rights:
    """A server knows only its own release's types: it may tell nobody about those of the next."""

    def may_read_feed(self, _principal: Principal | None, _topic: str) -> bool:
        return True

    def may_read_event(self, _principal: Principal | None, event_type: str, _region: str) -> bool:
        return event_type == KNOWN


def record(event_type: str, raw: bytes | None) -> FeedRecord:
    return FeedRecord(
        1, 0, 1, event_type, "k", "410100", 1, datetime.now(UTC), b"\1" * 32, b"\2" * 32, b"\3" * 32, raw
    )  # fmt: skip


def feed_of(one: FeedRecord) -> HttpFeed:
    view = _View(Rights(), Principal(subject="worker", region="410000"), frozenset(), None, None, raw=True)
    line = orjson.dumps(view.render(one))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=line))
    return HttpFeed(httpx.AsyncClient(base_url="http://feed", transport=transport))


async def test_an_event_that_the_server_withholds_is_waited_for_and_never_skipped():
    feed = feed_of(record(NEWER, b"{}"))
    with pytest.raises(FeedUnavailable, match="withheld"):
        await feed.read(0, 0, 10)
    assert [r.raw for r in await feed.read_after(0, 10)] == [None]  # a chain can be verified without reading


async def test_an_erased_event_is_passed_over():
    assert [r.raw for r in await feed_of(record(KNOWN, None)).read(0, 0, 10)] == [None]


async def test_an_event_that_may_be_read_is_read():
    assert [r.raw for r in await feed_of(record(KNOWN, b'{"id":"1"}')).read(0, 0, 10)] == [b'{"id":"1"}']
