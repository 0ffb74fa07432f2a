"""While an event is waited for: its source is away without a break, and the log dates nothing of closed feeds."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import structlog
from common.cancellation import end
from common.feed import FeedRecord, Heads
from common.feed_api import HttpFeed
from common.telemetry import disturbance
from contracts import entitlements
from contracts.entitlements import REGISTRY, RIGHTS
from contracts.registry_events import LawyerStandingRecorded
from exchange_api.stream import tails
from exchange_api.stream.hub import Hub
from exchange_api.stream.tails import Tail
from structlog.testing import capture_logs

from tests.integration.exchange.stream.running import licensed, standing

RETRIES = 4


@pytest.fixture(autouse=True)
def _log_of_now(monkeypatch):
    """One that was used before goes on as logging was set then, and nothing of it is captured."""
    monkeypatch.setattr(tails, "_log", structlog.get_logger())


class Watched:
    """The registry's feed, and at each question whether its tail called it reachable."""

    def __init__(self, feed: HttpFeed, name: str) -> None:
        self.feed, self.said = feed, list[bool]()
        self.tail = Tail(name, self, deliver=self._deliver)

    async def heads(self) -> Heads:
        return await self.feed.heads()

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> Sequence[FeedRecord]:
        self.said.append(self.tail.reachable)
        return await self.feed.read_after(position, limit, wait=wait)

    async def _deliver(self, tail: Tail, items: list[Any]) -> None:
        tail.take(items)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Tail]:
        async def nothing(_: Tail) -> None: ...

        task = asyncio.create_task(self.tail.run(nothing, nothing))
        try:
            async with asyncio.timeout(60):
                await self.tail.became_ready.wait()
            yield self.tail
        finally:
            await end([task])


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
def older(monkeypatch):
    """The owner does not know of standing, as it was before."""
    real = entitlements.may_read_event

    @asynccontextmanager
    async def older():
        with monkeypatch.context() as patch:
            patch.setattr(
                entitlements, "may_read_event",
                lambda who, kind, region: kind != LawyerStandingRecorded.event_type and real(who, kind, region),
            )  # fmt: skip
            yield

    return older


@pytest.fixture
def feed(app, url) -> HttpFeed:
    return app.state.feeds[REGISTRY]


@pytest.mark.parametrize("name", [REGISTRY, RIGHTS])
async def test_it_is_away_without_a_break_and_what_is_logged_dates_nothing_of_a_closed_feed(
    name, registry, feed, older
):
    watched = Watched(feed, name)
    with capture_logs() as logs:
        async with watched.running() as tail:
            async with older():
                await registry.write(licensed(), standing())
                await until(lambda: not tail.reachable)
                watched.said.clear()
                await until(lambda: len(watched.said) >= RETRIES)
                assert not any(watched.said)
                later = Watched(feed, name)
                async with later.running():
                    await until(lambda: len(later.said) >= RETRIES)
                    assert not any(later.said), "who comes meanwhile is not told otherwise"
            await until(lambda: tail.reachable)
    told = [entry for entry in logs if entry["event"] == "source-unavailable"]
    assert [entry["source"] for entry in told] == ([name] * 2 if name == REGISTRY else []), "each of them once"
    for entry in told:
        assert "EventHeldBack" in entry["error"]
        assert not any(letter.isdigit() for letter in entry["error"])


async def test_a_source_that_is_back_and_silent_is_reachable_at_once(registry, feed, older):
    watched = Watched(feed, REGISTRY)
    async with watched.running() as tail:
        await registry.stop()
        await until(lambda: not tail.reachable)
        await registry.start()
        async with asyncio.timeout(10):
            await until(lambda: tail.reachable)


async def test_that_a_closed_feed_is_away_is_logged_without_its_places(feed):
    async with feed_away(feed, RIGHTS) as logs:
        (entry,) = logs
        assert (entry["source"], entry["error"]) == (RIGHTS, "FeedUnavailable")
    async with feed_away(feed, REGISTRY) as logs:
        (entry,) = logs
        assert "404" in entry["error"]


@asynccontextmanager
async def feed_away(feed: HttpFeed, name: str) -> AsyncIterator[list[Any]]:
    tail = Watched(HttpFeed(feed._client, prefix="/nowhere"), name).tail
    with capture_logs() as logs:

        async def nothing(_: Tail) -> None: ...

        task = asyncio.create_task(tail.run(nothing, nothing))
        await asyncio.sleep(1)
        await end([task])
    yield [entry for entry in logs if entry["event"] == "source-unavailable"]


async def test_that_a_closed_feed_is_held_back_is_told_by_the_hour(registry, feed, older):
    def told() -> bool | None:
        return disturbance._parts.get("streams")

    hub = Hub(lambda _: feed, uuid4(), lambda: datetime.now(UTC), heartbeat_seconds=0.05)
    async with hub.running(), hub.following([RIGHTS, REGISTRY]):
        await until(lambda: told() is False)
        async with older():
            await registry.write(standing())
            await until(told)
        await until(lambda: told() is False)
