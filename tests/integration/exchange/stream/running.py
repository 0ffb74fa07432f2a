"""Owners of feeds and exchange-api over them, all on real sockets and real databases, and a client of event streams."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import uvicorn
from common import feed
from common.auth import install_auth
from common.database import Database
from common.events import Event
from common.feed_api import feed_router
from common.http import create_app
from common.http.server import Server
from common.settings import Settings
from contracts import entitlements
from contracts.progress_events import RebuildFinished
from contracts.registry_events import LawyerLicensed, LawyerStandingRecorded
from fastapi import FastAPI

SMALL_BYTES = 16_384
"""Of buffers, so that slow clients are felt soon."""
PATIENCE_SECONDS = 120
"""Far more than anything takes: it only ends a test that would wait for ever."""


def licensed(region: str = "410100", *, lawyer_id: UUID | None = None, version: int = 1) -> LawyerLicensed:
    return LawyerLicensed(
        version=version, region=region, lawyer_id=lawyer_id or uuid4(), practice_id=uuid4(), category=1,
        first_licensed_on=date(2020, 1, 1), from_on=date(2020, 1, 1),
    )  # fmt: skip


def standing(region: str = "410100") -> LawyerStandingRecorded:
    return LawyerStandingRecorded(
        version=1, region=region, lawyer_id=uuid4(), fact_id=uuid4(), kind="suspension", from_on=date(2026, 1, 1),
        withdrawn=False,
    )  # fmt: skip


def rebuilt() -> RebuildFinished:
    return RebuildFinished(version=1, region="410000", rebuild_id=uuid4(), switched=True, events=1, differing_rows=0)


@asynccontextmanager
async def serving(app: FastAPI, port: int, *, grace: int = 3) -> AsyncIterator[str]:
    config = uvicorn.Config(
        app, port=port, http="httptools", log_config=None, lifespan="on", access_log=False, ws="none",
        timeout_graceful_shutdown=grace,
    )  # fmt: skip
    server = Server(app, config)
    listening = config.bind_socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BYTES)
    task = asyncio.create_task(server._serve(sockets=[listening]))
    while not server.started:
        assert not task.done(), "the server ended while starting"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


class Owner:
    """A service that owns a feed, without anything else; can be stopped and started again on its port."""

    def __init__(self, topic: str, dsn: str, port: int, issuer_url: str) -> None:
        self.topic, self.port = topic, port
        self.url = f"http://127.0.0.1:{port}"
        self.database = Database(dsn, source=f"/{topic}")
        self._issuer = issuer_url
        self._connection: asyncpg.Connection | None = None
        self._running: Any = None

    async def start(self) -> None:
        app = create_app(title=self.topic, settings=Settings(oidc_issuer=self._issuer))
        app.state.database = self.database
        install_auth(app, app.state.settings)
        app.include_router(feed_router(self.topic, entitlements))
        self._running = serving(app, self.port)
        await self._running.__aenter__()

    async def stop(self) -> None:
        await self._running.__aexit__(None, None, None)

    async def write(self, *events: Event) -> None:
        """Committed, and sequenced at once."""
        async with self.database.begin() as tx:
            tx.outbox.add_all(events)
        await self.sequence()

    async def sequence(self) -> None:
        if self._connection is None:
            self._connection = await self.database.connect_raw()
        while await feed.sequence(self._connection):
            pass

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        await self.database.close()


class Client:
    """Server-sent events as they come: `await client.event()`; `last_id` is what to resume by."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()
        self.last_id = ""
        self.beats: list[dict[str, Any]] = []

    async def next(self, seconds: float = PATIENCE_SECONDS) -> tuple[str, dict[str, Any]]:
        kind = ""
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                if line.startswith("id: "):
                    self.last_id = line[4:]
                elif line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    return kind, json.loads(line[6:])
        return "", {}  # the connection has ended

    async def event(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        while True:
            kind, data = await self.next(seconds)
            if kind == "heartbeat":
                self.beats.append(data)
                continue
            assert kind == "event", (kind, data)
            return data

    async def events(self, number: int) -> list[dict[str, Any]]:
        return [await self.event() for _ in range(number)]

    async def beat(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        while True:
            kind, data = await self.next(seconds)
            if kind == "heartbeat":
                return data

    async def end(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        while True:
            kind, data = await self.next(seconds)
            if kind == "end":
                return data
            assert kind, "the stream broke without a last event"


def _small() -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)])


@asynccontextmanager
async def listening(
    url: str, headers: dict[str, str] | None = None, *, last_id: str | None = None, small: bool = False, **params: Any
) -> AsyncIterator[Client]:
    sent = {"Accept": "text/event-stream"} | (headers or {}) | ({"Last-Event-ID": last_id} if last_id else {})
    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(30, connect=5), transport=_small() if small else None) as http,
        http.stream("GET", f"{url}/v1/events", headers=sent, params=params) as response,
    ):
        if response.status_code != 200:
            await response.aread()
            raise AssertionError(response.text)
        yield Client(response)
