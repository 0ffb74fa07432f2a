"""What goes wrong around a stream: feeds set back, places not here yet, too many listeners, a process that stops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import httpx
import pytest
from common.events import EVENTS
from common.feed_api import HttpFeed
from common.http.rate_limit import RateLimit
from contracts import entitlements
from contracts.entitlements import PUBLIC_CHANNEL, REGISTRY
from contracts.registry_events import LawyerLicensed, LawyerStandingRecorded
from exchange_api.app import build_app
from exchange_api.channels.store import open_channel
from exchange_api.settings import ExchangeSettings
from exchange_api.sources.cursor import Cursor, decode
from exchange_api.stream import domain, listeners, tails
from fastapi import FastAPI

from tests.conftest import RunningIssuer
from tests.faults.sources import SOURCE, Server
from tests.integration.exchange.conftest import COURT
from tests.integration.exchange.stream.conftest import CITY, Get
from tests.integration.exchange.stream.running import Owner, licensed, listening, serving, standing


@pytest.fixture
def public_channel(app: FastAPI, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The registry's feed, as if all of it had been released to everybody."""
    feeds = app.state.feeds
    monkeypatch.setattr(app.state.hub, "_sources", lambda name: feeds.get(REGISTRY if name == PUBLIC_CHANNEL else name))
    return PUBLIC_CHANNEL


@pytest.fixture
async def court(clients: asyncpg.Connection) -> AsyncIterator[Callable[[str], Any]]:
    """The court's system is connected; `await court("suspended")` moves it."""
    await open_channel(clients, "hn-gy", "court", "410000")
    await clients.execute(
        "INSERT INTO clients VALUES (gen_random_uuid(), 1, 'court-system', '省高院', 'court', 'hn-gy', '410000', "
        "'active', '协议', 'op-1', now(), 'op-1', now())"
    )

    async def move(state: str) -> None:
        await clients.execute("UPDATE clients SET state = $1 WHERE subject = 'court-system'", state)

    yield move
    await clients.execute("DELETE FROM clients")


async def test_the_public_reads_its_channel_and_is_limited(get: Get, url, registry, app, public_channel, monkeypatch):
    await registry.write(licensed("410200"))
    page = (await get()).json()
    assert {event["source"] for event in page["events"]} == {public_channel}
    assert set(decode(page["next"], app.state.deployment_id).positions) == {public_channel}
    async with listening(url, after="now") as client:
        assert set((await client.beat())["sources"]) == {public_channel}
        await registry.write(licensed())
        assert (await client.event())["source"] == public_channel
    monkeypatch.setattr(app.state, "rate_limit", RateLimit("2/hour"))
    answers = [(await get()).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


async def test_a_suspended_system_is_cut_within_seconds_and_not_let_in_again(
    get, url, issuer, registry, court, public_channel
):
    async with listening(url, issuer.headers(**COURT), after="now") as client:
        await registry.write(licensed())
        assert (await client.event())["source"] == public_channel
        await court("suspended")
        assert (await client.end())["reason"] == "system-suspended"
    for accept in ("text/event-stream", "application/json"):
        assert (await get(COURT, accept=accept)).status_code == 403
    await court("active")
    assert (await get(COURT)).status_code == 200


async def test_a_system_that_is_not_connected_is_not_let_in(get, public_channel):
    assert (await get(COURT)).status_code == 403
    assert public_channel


async def test_another_process_may_have_shown_more_than_our_tail_has_seen(url, issuer, registry, app):
    headers = issuer.headers(**CITY)
    async with listening(url, headers, after="now", source=REGISTRY) as first:
        await first.beat()
        tail = app.state.hub._tails[REGISTRY]
        frozen, release = tail._deliver, asyncio.Event()

        async def late(*given: Any) -> None:
            await release.wait()
            await frozen(*given)

        tail._deliver = late
        try:
            await registry.write(licensed(), licensed())
            ahead = Cursor(app.state.deployment_id, {REGISTRY: tail.position + 1}).encode()
            async with listening(url, headers, last_id=ahead, source=REGISTRY) as second:
                await second.beat()
                await asyncio.sleep(0.3)
                release.set()
                assert (await second.event())["position"] == tail.position
                assert [event["position"] for event in await first.events(2)] == [tail.position - 1, tail.position]
                await registry.write(licensed())
                assert (await second.event())["position"] == (await first.event())["position"] == tail.position
        finally:
            tail._deliver = frozen


async def test_a_place_ahead_of_a_source_that_is_away_is_not_taken_for_a_set_back(
    url, issuer, registry, app, monkeypatch
):
    """Another process may have shown it before the source went: only the source can say that it never was."""
    monkeypatch.setattr(listeners, "_DOUBTFUL_AFTER", 1)
    headers = issuer.headers(**CITY)
    async with listening(url, headers, after="now", source=REGISTRY) as first:
        await first.beat()
        tail = app.state.hub._tails[REGISTRY]
        ahead = Cursor(app.state.deployment_id, {REGISTRY: tail.position + 1}).encode()
        await registry.stop()
        started = False
        try:
            async with listening(url, headers, last_id=ahead, source=REGISTRY) as second:
                for _ in range(4):  # heartbeats: many looks at the tail
                    await second.beat()
                await registry.start()
                started = True
                await registry.write(licensed(), licensed())
                assert (await second.event())["position"] == tail.position
                assert len(await first.events(2)) == 2
        finally:
            if not started:
                await registry.start()


async def test_an_event_that_an_older_process_of_its_owner_does_not_know_is_waited_for(
    url, issuer, registry, app, monkeypatch
):
    headers = issuer.headers(**CITY)
    real = entitlements.may_read_event
    async with listening(url, headers, after="now", source=REGISTRY) as client:
        await client.beat()
        tail = app.state.hub._tails[REGISTRY]
        before = tail.position
        with monkeypatch.context() as older:  # the owner's own look at the table; ours is imported by name
            older.setattr(
                entitlements, "may_read_event",
                lambda who, kind, region: kind != LawyerLicensed.event_type and real(who, kind, region),
            )  # fmt: skip
            await registry.write(licensed())
            async with asyncio.timeout(120):
                while (await client.beat())["sources"][REGISTRY]["reachable"]:
                    pass
            assert tail.position == before
        assert (await client.event())["position"] == before + 1
        await registry.write(licensed())
        assert (await client.event())["position"] == before + 2


async def test_an_event_of_a_type_that_our_process_does_not_know_is_waited_for(url, issuer, registry, app, monkeypatch):
    """Of a newer owner. Whoever comes meanwhile is told what stands before it."""
    headers, feed, real = issuer.headers(**CITY), app.state.feeds[REGISTRY], entitlements.may_read_event
    async with listening(url, headers, after="now", source=REGISTRY) as client:
        await client.beat()
        tail = app.state.hub._tails[REGISTRY]
        before = tail.position
        with monkeypatch.context() as older:
            older.setattr(feed, "_knows", EVENTS.keys() - {LawyerStandingRecorded.event_type}, raising=False)
            older.setattr(
                domain, "may_read_event", lambda who, kind, region: kind in feed._knows and real(who, kind, region)
            )
            await registry.write(licensed(), standing())
            assert (await client.event())["position"] == before + 1
            async with asyncio.timeout(120):
                while (await client.beat())["sources"][REGISTRY]["reachable"]:
                    pass
            assert tail.position == before + 1
            await feed_from_nothing(feed, before + 1)
        assert (await client.event())["position"] == before + 2


async def feed_from_nothing(feed: HttpFeed, until: int) -> None:
    """What a tail that begins now has: all that stands before."""

    async def nobody(*_: Any) -> None:
        raise AssertionError

    tail = tails.Tail(REGISTRY, feed, deliver=nobody)
    await tail._begin()
    assert tail.position == until
    assert tail.head is not None


async def test_what_was_erased_meanwhile_is_not_kept_for_ever(url, issuer, registry, app, monkeypatch):
    headers = issuer.headers(**CITY)
    async with listening(url, headers, after="now", source=REGISTRY) as client:
        await client.beat()
        await registry.write(licensed())
        shown = await client.event()
        monkeypatch.setattr(tails, "RING_SECONDS", 0.2)
        async with asyncio.timeout(120):
            while app.state.hub._tails[REGISTRY]._ring:
                await asyncio.sleep(0.05)
        await (await registry.database.pool()).execute(
            "UPDATE feed SET bytes = NULL WHERE position = $1", shown["position"]
        )
        await registry.write(licensed())
        assert (await client.event())["position"] == shown["position"] + 1
    before = Cursor(app.state.deployment_id, {REGISTRY: shown["position"] - 1}).encode()
    async with listening(url, headers, last_id=before, source=REGISTRY) as client:
        assert (await client.event())["position"] == shown["position"] + 1


async def test_head_is_answered_at_once(url, issuer):
    async with httpx.AsyncClient() as http:
        headers = issuer.headers(**CITY) | {"Accept": "text/event-stream"}
        assert (await http.head(f"{url}/v1/events", headers=headers, timeout=30)).status_code == 200


async def test_a_feed_that_was_set_back_ends_its_streams_and_refuses_its_cursors(
    feeds: Server, issuer: RunningIssuer, get: Get, url: str, registry: Owner
) -> None:
    name = await feeds.clone(SOURCE)
    restored = Owner(REGISTRY, feeds.database(name).dsn, registry.port, issuer.url)
    await registry.write(*(licensed() for _ in range(5)))
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(listening(url, issuer.headers(**CITY), after="now"))
        await client.beat()
        await registry.stop()
        await restored.write(licensed())
        await restored.start()
        try:
            assert (await client.end())["reason"] == "source-set-back"
            answer = await get(CITY, after=client.last_id)
            assert (answer.status_code, answer.json()["type"]) == (422, "urn:yulu:problem:cursor-ahead")
            assert len((await get(CITY)).json()["events"]) == 1
        finally:
            await restored.stop()
            await restored.close()
            await registry.start()
            await feeds.drop(name)


async def test_a_process_that_stops_says_so(exchange_settings: dict[str, Any], issuer, free_port, monkeypatch):
    monkeypatch.setattr("exchange_api.app.tasks_of", lambda _: ())
    app = build_app(ExchangeSettings(**exchange_settings))
    running = serving(app, free_port(), grace=40)
    url = await running.__aenter__()
    async with listening(url, issuer.headers(**CITY), after="now") as client:
        await client.beat()
        stopping = asyncio.create_task(running.__aexit__(None, None, None))
        assert (await client.end())["reason"] == "stopping"
        async with asyncio.timeout(30):
            await stopping
