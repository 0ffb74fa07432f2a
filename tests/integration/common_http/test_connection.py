"""What one connection may take: real sockets against the server as services start it."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
from common.http import connection, create_app
from common.http.server import Server, configuration
from common.settings import Settings
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response


class Trial(Settings):
    service: ClassVar[str] = "trial"
    trial_port: int = 1


async def _echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def port(free_port, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(connection, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(connection, "SILENT_SECONDS", 0.4)
    port = free_port()
    settings = Trial(trial_port=port)
    app = create_app(title="t", settings=settings)
    app.add_route("/echo", _echo, methods=["GET", "POST"])
    config = configuration(app, settings)
    server = Server(app, config)
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield port
    server.should_exit = True
    await task


async def _ends(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(120):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET /echo HTTP/1.1\r\nHost: t\r\nX: ", b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc"],
    ids=["nothing", "half a head", "half a body"],
)
async def test_whoever_falls_silent_is_given_up(port: int, begun: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    assert b"200 OK" not in await _ends(reader)
    writer.close()


@pytest.mark.parametrize(
    "begun", [b"GET /echo HTTP/1.1\r\nHost: t\r\nX: ", b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 999\r\n\r\n"]
)
async def test_a_byte_now_and_then_holds_no_place(port: int, begun: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    ended = asyncio.create_task(_ends(reader))
    for _ in range(300):
        if ended.done():
            break
        writer.write(b"a")
        await asyncio.sleep(0.1)
    assert b"200 OK" not in await ended
    writer.close()


async def test_a_head_without_end_is_refused(port: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /echo HTTP/1.1\r\nHost: t\r\n")
    told = asyncio.create_task(_ends(reader))
    for _ in range(100):
        writer.write(b"X: " + b"a" * 8_000 + b"\r\n")
        await asyncio.sleep(0)
        if told.done():
            break
    assert (await told)[:12] in (b"HTTP/1.1 431", b"")
    writer.close()


async def test_whoever_asks_and_then_rests_is_kept(port: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 70000\r\n\r\n" + bytes(70_000))
        answer = await reader.readuntil(b"70000")
        assert answer.startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.6)
    writer.close()
