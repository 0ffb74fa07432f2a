"""Event streams: live, resumed, filtered, with heartbeats, and ended when the right to them ends."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from exchange_api.sources.cursor import decode

from tests.integration.exchange.stream.conftest import CITY, DEPARTMENT, READER
from tests.integration.exchange.stream.running import licensed, listening, rebuilt, standing


def places(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["source"], event["position"]) for event in events]


@pytest.fixture(scope="module", autouse=True)
async def written(registry, progress):
    await registry.write(*(licensed("410100") for _ in range(3)))
    await progress.write(rebuilt())


async def test_from_the_first_event_then_what_comes(url, issuer, registry, progress):
    async with listening(url, issuer.headers(**DEPARTMENT)) as client:
        assert client.response.headers["content-type"].startswith("text/event-stream")
        assert sorted(places(await client.events(4))) == [
            ("progress.events", 1), ("registry.events", 1), ("registry.events", 2), ("registry.events", 3),
        ]  # fmt: skip
        await registry.write(licensed(), licensed("410200"))
        assert places(await client.events(2)) == [("registry.events", 4), ("registry.events", 5)]
        await progress.write(rebuilt())
        assert places([await client.event()]) == [("progress.events", 2)]
        resume = client.last_id
        await registry.write(licensed())
    async with listening(url, issuer.headers(**DEPARTMENT), last_id=resume) as client:
        assert places([await client.event()]) == [("registry.events", 6)]


async def test_now_and_filters(url, issuer, registry, progress):
    headers = issuer.headers(**DEPARTMENT)
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(listening(url, headers, after="now"))
        of_city = await stack.enter_async_context(listening(url, headers, after="now", region="410200"))
        of_one = await stack.enter_async_context(listening(url, headers, after="now", source="progress.events"))
        reader = await stack.enter_async_context(listening(url, issuer.headers(**READER), after="now"))
        for client in (plain, of_city, of_one, reader):
            await client.beat()
        first, second = licensed("410100"), licensed("410200")
        await registry.write(first, standing("410100"), second)
        await progress.write(rebuilt())
        assert [event["event"]["subject"] for event in await of_city.events(1)] == [second.key()]
        assert {event["source"] for event in await of_one.events(1)} == {"progress.events"}
        assert [event["event"]["subject"] for event in await reader.events(1)] == [first.key()]
        assert len(await plain.events(4)) == 4


async def test_heartbeats_tell_the_heads_of_what_this_reader_may_read(url, issuer, registry, app):
    async with listening(url, issuer.headers(**CITY), after="now") as client:
        first = await client.beat()
        assert set(first["sources"]) == {"registry.events"}
        began = datetime.now(UTC)
        await registry.write(licensed("410200"))  # not his to see, but the head of a feed that he may verify
        while (beat := await client.beat())["sources"] == first["sources"] or (
            beat["sources"]["registry.events"]["position"] == first["sources"]["registry.events"]["position"]
        ):
            pass
        head = await (await registry.database.pool()).fetchrow("SELECT position, hash FROM feed_head")
        told = beat["sources"]["registry.events"]
        assert (told["position"], told["hash"], told["reachable"]) == (head["position"], head["hash"].hex(), True)
        assert 0 <= told["newest_age_seconds"] < 60
        assert abs((datetime.fromisoformat(beat["time"]) - began).total_seconds()) < 60
        assert decode(client.last_id, app.state.deployment_id).positions == {"registry.events": head["position"]}


async def test_an_expired_token_ends_the_stream_with_a_last_event(url, issuer):
    token = issuer.headers(**CITY, lifetime_seconds=-25)  # 30 s of leeway are granted as everywhere
    async with listening(url, token, after="now") as client:
        told = await client.end()
        assert told["reason"] == "token-expired"
        assert told["zh"].endswith("。")
        assert await client.next() == ("", {})


async def test_without_a_token_there_is_nothing_but_what_is_public(url):
    async with (
        httpx.AsyncClient() as http,
        http.stream("GET", f"{url}/v1/events", headers={"Accept": "text/event-stream"}) as answer,
    ):
        lines = answer.aiter_lines()
        while not (line := await anext(lines)).startswith("data: "):
            pass
    assert set(orjson.loads(line.removeprefix("data: "))["sources"]) == {"public.events"}


async def test_a_feed_that_could_not_be_read_comes_in_when_it_can(url, issuer, registry, progress):
    async with listening(url, issuer.headers(**DEPARTMENT), after="now") as before:
        await before.beat()
        await progress.stop()
        try:
            await registry.write(licensed())
            assert places([await before.event()])[0][0] == "registry.events"
            async with asyncio.timeout(120):
                while (await before.beat())["sources"]["progress.events"]["reachable"]:
                    pass
        finally:
            await progress.start()
        await progress.write(rebuilt())
        assert places([await before.event()])[0][0] == "progress.events"


async def test_listeners_who_see_the_same_share_a_group(url, issuer, app, registry):
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                listening(url, issuer.headers(**(CITY | {"subject": f"c{n}"})), after="now")
            )
            for n in range(5)
        ]
        async with asyncio.timeout(120):
            while not (groups := [g for g in app.state.hub._groups.values() if len(g.members) == 5]):
                await asyncio.sleep(0.02)
        assert len(groups) == 1
        await registry.write(licensed("410100"))
        assert len({str(await client.event()) for client in clients}) == 1
    async with asyncio.timeout(120):
        while app.state.hub._groups:
            await asyncio.sleep(0.02)
    assert not app.state.listeners._open
