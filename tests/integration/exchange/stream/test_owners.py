"""The owners' own `/v1/events`: long polling, one look for all who wait, heartbeats with the head, ends with tokens."""

import asyncio
import time

import httpx
import orjson
import pytest
from common.feed_api import arrivals
from common.http import sse

from tests.integration.exchange.stream.conftest import READER
from tests.integration.exchange.stream.running import Client, licensed

WAITERS = 30


@pytest.fixture
async def http(registry, issuer):
    async with httpx.AsyncClient(base_url=registry.url, headers=issuer.headers(**READER), timeout=40) as http:
        yield http


async def _head(http):
    return (await http.get("/v1/feed/heads")).json()["position"]


async def test_an_empty_page_is_held_back_until_the_event_is_there(http, registry):
    head = await _head(http)
    began = time.monotonic()
    empty = (await http.get("/v1/events", params={"after": head, "wait": 0.3})).json()
    assert (empty["events"], empty["next_after"]) == ([], head)
    assert 0.25 < time.monotonic() - began < 15
    delays = []
    for _ in range(10):
        head = await _head(http)
        waiting = asyncio.create_task(http.get("/v1/events", params={"after": head, "wait": 20}))
        await asyncio.sleep(0.1)
        await registry.write(licensed())
        began = time.monotonic()
        assert [event["position"] for event in (await waiting).json()["events"]] == [head + 1]
        delays.append(time.monotonic() - began)
    assert sorted(delays)[2] < 0.1  # the look itself is every 15 ms; the rest is the machine's, and not always there
    assert (await http.get("/v1/events", params={"after": head, "wait": 31})).json()["field"] == "wait"


async def test_all_who_wait_share_one_look(http, registry, monkeypatch):
    looks = 0
    fetchval = type(await registry.database.pool()).fetchval

    async def counted(pool, query, *arguments, **more):
        nonlocal looks
        looks += "feed_head" in query
        return await fetchval(pool, query, *arguments, **more)

    monkeypatch.setattr(type(await registry.database.pool()), "fetchval", counted)
    head = await _head(http)
    waiting = [asyncio.create_task(http.get("/v1/events", params={"after": head, "wait": 1})) for _ in range(WAITERS)]
    await asyncio.gather(*waiting)
    assert 1 < looks < 1.6 / arrivals.LOOK_SECONDS


async def test_heartbeats_tell_the_head_to_readers_of_the_feed(http, registry, monkeypatch):
    init = sse.EventStream.__init__
    monkeypatch.setattr(init, "__kwdefaults__", init.__kwdefaults__ | {"heartbeat_seconds": 0.2})
    async with http.stream("GET", "/v1/events", headers={"Accept": "text/event-stream"}) as response:
        beat = await Client(response).beat()
    head = await (await registry.database.pool()).fetchrow("SELECT position, hash FROM feed_head")
    assert (beat["position"], beat["hash"]) == (head["position"], head["hash"].hex())
    assert beat["newest_age_seconds"] >= 0


def _short(issuer):
    """Of a token that ends in a moment, though verifiers grant 30 s more."""
    return issuer.headers(**(READER | {"lifetime_seconds": 5}))


async def _until_its_end(http, headers, **params) -> list[dict[str, str]]:
    """Every event of the stream with its fields, until the server ends it."""
    async with asyncio.timeout(120):
        answer = await http.get("/v1/events", headers={"Accept": "text/event-stream"} | headers, params=params)
    assert answer.status_code == 200, answer.text
    blocks = [block for block in answer.text.split("\n\n") if block]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


async def test_a_stream_ends_with_its_token_and_says_where_to_go_on(http, registry, issuer):
    head = await _head(http)
    await registry.write(licensed("410100"), licensed("410200"))
    # The second has a region: also of what was passed over nothing is searched twice, and nothing is missed.
    (*events, end), [passed_over] = await asyncio.gather(
        _until_its_end(http, _short(issuer), after=head),
        _until_its_end(http, _short(issuer), after=head + 1, region="410100"),
    )
    assert [event["id"] for event in events if event["event"] == "event"] == [str(head + 1), str(head + 2)]
    assert (end["event"], orjson.loads(end["data"])["reason"], end["id"]) == ("end", "token-expired", str(head + 2))
    assert (passed_over["event"], passed_over["id"]) == ("end", str(head + 2))
    await registry.write(licensed("410100"))
    resumed = {"Last-Event-ID": passed_over["id"]}
    event, end = await _until_its_end(http, _short(issuer) | resumed, region="410100")
    assert (event["id"], end["id"]) == (str(head + 3), str(head + 3))


async def test_a_long_poll_ends_with_its_token(http, issuer):
    head, began = await _head(http), time.monotonic()
    params = {"after": head, "wait": 30}
    empty = (await http.get("/v1/events", headers=_short(issuer), params=params)).json()
    assert (empty["events"], empty["next_after"]) == ([], head)
    assert time.monotonic() - began < 25
