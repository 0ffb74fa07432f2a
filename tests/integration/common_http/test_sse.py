"""Event streams over a real connection: heartbeats, resumption, and an end when the client or the process goes."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator

import httpx
import pytest
import uvicorn
from common.http import create_app
from common.http.server import Server
from common.http.sse import EventStream, ServerEvent, last_event_id
from common.settings import Settings
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

PATIENCE_SECONDS = 60
"""Far more than anything takes: it only ends a test that would wait for ever."""


class Running:
    def __init__(self, url: str, server: Server, task: "asyncio.Task[None]") -> None:
        self.url, self.server, self.task = url, server, task
        self.closed = asyncio.Event()


@pytest.fixture
async def running(free_port) -> AsyncIterator[Running]:
    app = create_app(title="t", settings=Settings())
    port = free_port()
    server = Server(app, uvicorn.Config(app, port=port, log_config=None, lifespan="on", timeout_graceful_shutdown=5))
    task = asyncio.create_task(server._serve())
    running = Running(f"http://127.0.0.1:{port}", server, task)
    _add_route(app, running)
    while not server.started:
        await asyncio.sleep(0.01)
    yield running
    server.should_exit = True
    await task


def _add_route(app: FastAPI, running: Running) -> None:
    async def numbers(after: int, until: int) -> AsyncGenerator[ServerEvent]:
        try:
            for number in range(after + 1, until + 1):
                yield ServerEvent(data=f'{{"n":{number}}}', id=str(number), event="number")
            await asyncio.sleep(3600)
        finally:
            running.closed.set()

    async def head() -> ServerEvent:
        return ServerEvent(data=b'{"position":3}', event="heartbeat")

    @app.get("/stream")
    async def stream(request: Request) -> Response:
        after = int(last_event_id(request) or 0)
        return EventStream(request, numbers(after, 3), expires_at=None, heartbeat=head, heartbeat_seconds=0.1)

    async def flood() -> AsyncGenerator[ServerEvent]:
        try:
            while True:
                yield ServerEvent(data="x" * 100_000)
        finally:
            running.closed.set()

    @app.get("/flood")
    async def flooding(request: Request) -> Response:
        return EventStream(request, flood(), expires_at=time.time() + 0.5)


async def _read(lines: AsyncIterator[str], count: int) -> list[str]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [line async for _, line in _numbered(lines, count)]


async def _numbered(lines: AsyncIterator[str], count: int) -> AsyncIterator[tuple[int, str]]:
    for number in range(count):
        yield number, await anext(lines)


async def test_events_then_heartbeats_and_the_client_may_leave(running: Running) -> None:
    async with httpx.AsyncClient() as client, client.stream("GET", f"{running.url}/stream") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        assert "content-length" not in response.headers
        lines = response.aiter_lines()
        read = await _read(lines, 15)
        assert [line for line in read if line.startswith("id:")] == ["id: 1", "id: 2", "id: 3"]
        assert "event: heartbeat" in read
        assert not running.closed.is_set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running.closed.wait()


@pytest.mark.parametrize("how", ["header", "parameter"])
async def test_a_reader_resumes_after_what_it_has(running: Running, how: str) -> None:
    headers, query = ({"Last-Event-ID": "2"}, "") if how == "header" else ({}, "?last_event_id=2")
    async with (
        httpx.AsyncClient() as client,
        client.stream("GET", f"{running.url}/stream{query}", headers=headers) as response,
    ):
        read = await _read(response.aiter_lines(), 8)
    assert [line for line in read if line.startswith("id:")] == ["id: 3"]


async def test_a_client_that_takes_nothing_does_not_outlive_its_token(running: Running) -> None:
    host, _, port = running.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as silent:
        silent.sendall(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running.closed.wait()


async def test_a_stopping_process_ends_its_streams_cleanly(running: Running) -> None:
    async with httpx.AsyncClient() as client, client.stream("GET", f"{running.url}/stream") as response:
        lines = response.aiter_lines()
        await _read(lines, 4)
        running.server.should_exit = True
        async with asyncio.timeout(PATIENCE_SECONDS):
            rest = [line async for line in lines]
            await running.task
    assert '"reason":"stopping"' in rest[-2]
    assert running.closed.is_set()
