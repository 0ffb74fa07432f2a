"""What a consumer may not read, it must not take for applied: the feed says which events are erased, no more."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from common.auth import Principal
from common.feed import FeedRecord
from common.feed_api import EventHeldBack, HttpFeed, frames
from common.feed_api.routes import NDJSON, _View
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


@pytest.fixture(params=["frames", "a server of the version before"])
def feed_of(request: pytest.FixtureRequest) -> Callable[..., HttpFeed]:
    """A feed of these events."""

    def of(*several: FeedRecord, knows: Container[str] | None = None) -> HttpFeed:
        principal = Principal(subject="worker", region="410000")
        view = _View(Rights(), principal, frozenset(), None, None, raw=True, event=False)

        def answer(asked: httpx.Request) -> httpx.Response:
            accept = asked.headers["accept"] if request.param == "frames" else NDJSON
            page = view.page(several, accept, 0)
            return httpx.Response(200, content=page.body, headers={"content-type": page.headers["content-type"]})

        client = httpx.AsyncClient(base_url="http://feed", transport=httpx.MockTransport(answer))
        return HttpFeed(client, knows=knows)

    return of


async def test_an_event_that_the_server_withholds_is_waited_for_and_never_skipped(feed_of):
    feed = feed_of(record(NEWER, b"{}"))
    with pytest.raises(FeedUnavailable, match="withheld"):
        await feed.read(0, 0, 10)
    assert [r.raw for r in await feed.read_after(0, 10)] == [None]  # a chain can be verified without reading


async def test_by_position_it_is_waited_for_by_whoever_tells_others(feed_of):
    knows = {KNOWN}
    with pytest.raises(EventHeldBack, match="withheld"):
        await feed_of(record(NEWER, b"{}"), knows=knows).read_after(0, 10)
    assert [r.raw for r in await feed_of(record(KNOWN, None), knows=knows).read_after(0, 10)] == [None]
    assert [r.raw for r in await feed_of(record(KNOWN, b"{}"), knows=knows).read_after(0, 10)] == [b"{}"]


async def test_who_is_older_than_an_events_type_tells_what_is_before_it_and_waits(feed_of):
    before, newer, erased = record(KNOWN, b"{}"), record(KNOWN, b"{}"), record(KNOWN, None)
    with pytest.raises(EventHeldBack):
        await feed_of(newer, before, knows=()).read_after(0, 10)
    assert [r.raw for r in await feed_of(erased, knows=()).read_after(0, 10)] == [None], "nobody is told of it anyway"
    page = await feed_of(before, record(NEWER, b"{}"), before, knows={KNOWN}).read_after(0, 10)
    assert [r.event_type for r in page] == [KNOWN]


async def test_of_single_events_what_is_withheld_is_told_from_what_was_erased(feed_of):
    found = await feed_of(record(KNOWN, b"{}"), record(NEWER, b"{}"), record(KNOWN, None)).read_places([(0, 1)])
    assert [(r.raw, r.withheld) for r in found] == [(b"{}", False), (None, True), (None, False)]


async def test_that_an_event_is_held_back_says_neither_where_nor_how_many_there_are(feed_of):
    feed = feed_of(record(NEWER, b"{}"), knows=())
    for ask in (lambda: feed.read(0, 0, 10), lambda: feed.read_after(0, 10)):
        with pytest.raises(EventHeldBack) as raised:
            await ask()
        assert not any(letter.isdigit() for letter in str(raised.value))


async def test_an_erased_event_is_passed_over(feed_of):
    assert [(r.raw, r.digest) for r in await feed_of(record(KNOWN, None)).read(0, 0, 10)] == [(None, b"\1" * 32)]


async def test_an_event_that_may_be_read_is_read(feed_of):
    (told,) = await feed_of(record(KNOWN, b'{"id":"1"}')).read(0, 0, 10)
    assert (told.partition, told.seq, told.key, told.partition_hash, told.raw) == (0, 1, "k", b"\3" * 32, b'{"id":"1"}')


@pytest.mark.parametrize("kept", [1, frames._HEAD.size, -1])
async def test_a_page_that_ends_within_an_event_is_asked_for_again(kept):
    page = frames.pack(record(KNOWN, b'{"id":"1"}'), may_read=True)[:kept]
    answer = httpx.Response(200, content=page, headers={"content-type": frames.MEDIA_TYPE})
    client = httpx.AsyncClient(base_url="http://feed", transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(FeedUnavailable, match="ends within"):
        await HttpFeed(client).read(0, 0, 10)
