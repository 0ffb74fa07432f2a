"""Listeners join, leave, stall and come back while events rain: nobody misses one, nobody gets one twice."""

import asyncio
import random
import socket
import time
from contextlib import suppress

import httpx
import pytest
from exchange_api.stream import listeners, tails
from exchange_api.stream.hub import Hub

from tests.integration.exchange.stream.conftest import DEPARTMENT, WRITE_SECONDS
from tests.integration.exchange.stream.running import licensed, listening, rebuilt

EVENTS = 1_200
LISTENERS = 12
PATIENCE_SECONDS = 400
"""It only ends a test that would wait for ever."""


@pytest.fixture(scope="module", autouse=True)
def small_ring():
    """So that listeners fall behind it often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tails, "RING", 50)
        patch.setattr(tails, "PAGE", 20)
        yield


async def _rain(owner, make, number):
    for sent in range(0, number, 30):
        await owner.write(*(make() for _ in range(30)))
        if not sent % 300:
            await asyncio.sleep(0.05)


async def _collect(url, headers, until, seen, rng):
    """Reads, stalls, breaks off without warning and resumes by the last id, until everything has come."""
    last_id = None
    while len(seen) < until:
        with suppress(httpx.RemoteProtocolError):  # cut for being slow, when it could not be told so
            async with listening(url, headers, last_id=last_id, small=True) as client:
                patience = rng.choice([1, 7, 90, 400, 2_000])
                while patience and len(seen) < until:
                    kind, event = await client.next(PATIENCE_SECONDS)
                    if kind in {"end", ""}:
                        break
                    last_id = client.last_id
                    if kind == "event":
                        seen.append((event["source"], event["position"]))
                        patience -= 1
                    if rng.random() < 0.005:
                        await asyncio.sleep(rng.random() * 0.3)


async def test_nobody_misses_an_event_and_nobody_gets_one_twice(url, issuer, registry, progress, monkeypatch):
    ways = {"slow": 0, "older": 0, "joined": 0}

    def counting(owner, name, way):
        before = getattr(owner, name)

        def counted(*given):
            ways[way] += 1
            return before(*given)

        monkeypatch.setattr(owner, name, counted)

    counting(listeners._Begun, "__init__", "slow")
    counting(listeners.Listener, "_older", "older")
    counting(Hub, "join", "joined")
    headers = issuer.headers(**DEPARTMENT)
    seen = [[] for _ in range(LISTENERS)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(
            _rain(registry, licensed, EVENTS),
            _rain(progress, rebuilt, EVENTS // 10),
            *(
                _collect(url, headers, EVENTS + EVENTS // 10, mine, random.Random(number))
                for number, mine in enumerate(seen)
            ),
        )
    assert ways["slow"] > 2, "listeners were too quick: what is to be shown was not tried"
    assert ways["older"] > 2
    assert ways["joined"] > LISTENERS
    for mine in seen:
        for source, number in (("registry.events", EVENTS), ("progress.events", EVENTS // 10)):
            # In order, without gap, without double.
            assert [position for name, position in mine if name == source] == list(range(1, number + 1))


def _silent(url, headers):
    """A client that asks and then reads nothing."""
    _, _, address = url.rpartition("/")
    host, _, port = address.partition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect((host, int(port)))
    client.sendall(
        f"GET /v1/events?after=now HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n"
        f"Authorization: {headers['Authorization']}\r\n\r\n".encode()
    )
    return client


async def test_a_client_that_reads_nothing_is_cut_and_nobody_waits_for_it(url, issuer, registry, app):
    headers = issuer.headers(**DEPARTMENT)
    silent = _silent(url, headers)
    try:
        async with listening(url, headers, after="now") as client:
            await client.beat()
            assert len(app.state.listeners._open) == 2
            slowest, written = 0.0, 0
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(app.state.listeners._open) == 2:
                    began = time.monotonic()
                    await registry.write(*(licensed() for _ in range(100)))
                    written += len(await client.events(100))
                    slowest = max(slowest, time.monotonic() - began)
            assert slowest < WRITE_SECONDS * 0.9
            assert written > 100, "events came while the other took none"
            await client.beat()
    finally:
        silent.close()
