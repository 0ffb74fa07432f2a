"""Nobody takes all places: of each client, of all strangers together, and of the process there are only so many; a long
poll takes one like a stream, and ends with its token, its system or the process."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from common.settings import InvalidSettings
from contracts.entitlements import REGISTRY
from exchange_api.app import build_app
from exchange_api.settings import ExchangeSettings
from exchange_api.stream.places import holder_of

from tests.integration.exchange.conftest import COURT
from tests.integration.exchange.stream.conftest import CITY, DEPARTMENT
from tests.integration.exchange.stream.running import licensed, serving
from tests.integration.exchange.stream.test_edges import court, public_channel

__all__ = ["court", "public_channel"]
STREAM = {"Accept": "text/event-stream"}
SHORT = 1.2
"""Seconds until a token ends; verifiers grant 30 s more, streams do not."""


@pytest.fixture(scope="module")
def exchange_settings(exchange_settings):
    return exchange_settings | {
        "stream_listeners": 6, "stream_listeners_public": 3, "stream_listeners_per_client": 2,
        "stream_listeners_per_public_reader": 2,
    }  # fmt: skip


@pytest.fixture(autouse=True)
async def everybody_leaves(app):
    yield
    async with asyncio.timeout(120):
        while app.state.listeners._open:
            await asyncio.sleep(0.02)
    assert not app.state.listeners._held
    assert not app.state.listeners._public


@asynccontextmanager
async def asking(url, address="127.0.0.1", headers=None, **params):
    """A stream, or a page where `wait` is among the parameters, from this address; closed afterwards."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    sent = (headers or {}) | ({} if "wait" in params else STREAM)
    async with (
        httpx.AsyncClient(base_url=url, transport=transport, timeout=40) as http,
        http.stream("GET", "/v1/events", headers=sent, params={"after": "now"} | params) as answer,
    ):
        yield answer


async def refused(url, address="127.0.0.1", headers=None, **params):
    async with asking(url, address, headers, **params) as answer:
        await answer.aread()
        told = answer.json()
        assert (told["type"], answer.headers["retry-after"]) == ("urn:yulu:problem:too-many-listeners", "10")
        return answer.status_code, told["limit"], told["most"]


async def held(app, number):
    async with asyncio.timeout(120):
        while len(app.state.listeners._open) != number:
            await asyncio.sleep(0.02)


async def test_a_stranger_has_his_share_and_systems_and_officers_have_theirs(
    url, app, issuer, court, public_channel, registry
):
    del court, public_channel
    city, of_court = issuer.headers(**CITY), issuer.headers(**COURT)
    lawyer = issuer.headers(roles=["lawyer"], organisation_kind="lawyer", subject="a-lawyer")
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as polls:

        async def enter(*given):
            answer = await stack.enter_async_context(asking(url, *given))
            assert answer.status_code == 200

        async def poll():
            async with asking(url, wait=30) as answer:
                await answer.aread()
                return answer.status_code, len(answer.json()["events"])

        await enter()
        polling = polls.create_task(poll())
        await held(app, 2)
        # Of one address, stream and long poll alike; pages that are not waited for need no place.
        assert await refused(url) == (429, "address", 2)
        assert await refused(url, wait=5) == (429, "address", 2)
        async with asking(url, wait=0) as page:
            assert page.status_code == 200
        # Of strangers together; a token that opens nothing more makes no difference.
        await enter("127.0.0.2")
        assert await refused(url, "127.0.0.3") == (503, "public", 3)
        assert await refused(url, "127.0.0.3", lawyer) == (503, "public", 3)
        # The rest is theirs who read more.
        await enter("127.0.0.1", city)
        await enter("127.0.0.1", city)
        assert await refused(url, "127.0.0.4", city) == (429, "client", 2)
        await enter("127.0.0.1", of_court)
        assert await refused(url, "127.0.0.1", of_court) == (503, "all", 6)
        await registry.write(licensed())
        assert await polling == (200, 1)
        await held(app, 5)
        await enter("127.0.0.1", of_court)


def test_one_network_is_one_client_and_one_subject_too():
    def of(address):
        return holder_of(None, None, address).client

    assert of("2001:db8:1:2:aaaa::1") == of("2001:db8:1:2::ffff") != of("2001:db8:1:3::1")
    assert of("::ffff:192.0.2.1") == of("192.0.2.1") != of("192.0.2.2")


def test_some_places_are_kept_from_the_public(exchange_settings, monkeypatch):
    assert ExchangeSettings(**exchange_settings | {"stream_listeners_public": None}).public_listeners == 2
    monkeypatch.setenv("STREAM_LISTENERS", "10")
    monkeypatch.setenv("STREAM_LISTENERS_PUBLIC", "10")
    with pytest.raises(InvalidSettings, match="STREAM_LISTENERS_PUBLIC must be less"):
        ExchangeSettings.load()


async def test_a_long_poll_ends_with_its_token_and_nothing_is_missed(url, issuer, app, registry):
    async with httpx.AsyncClient(base_url=url, timeout=40) as http:

        async def page(lifetime=3600.0, **params):
            headers = issuer.headers(**(DEPARTMENT | {"lifetime_seconds": lifetime}))
            answer = await http.get("/v1/events", headers=headers, params=params)
            assert answer.status_code == 200, answer.text
            return answer.json()

        now = (await page(after="now"))["next"]
        began = time.monotonic()
        ended = await page(SHORT, after=now, wait=30)
        assert time.monotonic() - began < 25
        assert (ended["events"], ended["next"]) == ([], now)
        assert not app.state.listeners._open
        await registry.write(licensed())
        assert len((await page(after=ended["next"], wait=10))["events"]) == 1


async def test_a_long_poll_of_a_suspended_system_ends_within_seconds(get, url, court, public_channel, app):
    del url, public_channel
    polling = asyncio.create_task(get(COURT, after="now", wait=30))
    await held(app, 1)
    await court("suspended")
    async with asyncio.timeout(20):
        answer = await polling
    assert (answer.status_code, answer.json()["right"]) == (403, "exchange:active-system")


async def test_a_long_poll_ends_when_the_process_stops(exchange_settings, issuer, free_port, monkeypatch):
    monkeypatch.setattr("exchange_api.app.tasks_of", lambda _: ())
    app = build_app(ExchangeSettings(**exchange_settings))
    running = serving(app, free_port(), grace=20)
    url = await running.__aenter__()
    async with httpx.AsyncClient(base_url=url, timeout=40, headers=issuer.headers(**CITY)) as http:
        polling = asyncio.create_task(http.get("/v1/events", params={"after": "now", "wait": 30, "source": REGISTRY}))
        await held(app, 1)
        began = time.monotonic()
        await running.__aexit__(None, None, None)
        assert time.monotonic() - began < 25
        assert ((await polling).status_code, (await polling).json()["events"]) == (200, [])
