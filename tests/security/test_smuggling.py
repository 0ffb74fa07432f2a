"""A request that two servers could read differently reaches nobody: raw sockets against the server of every process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from common.http import create_app
from common.http.server import Server, configuration
from common.settings import Settings
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: t\r\n\r\n"
"""What is smuggled: behind a gateway it would be answered to whoever comes next."""
POST = b"POST /echo HTTP/1.1\r\nHost: t\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"


class Trial(Settings):
    service: ClassVar[str] = "trial"
    trial_port: int = 1


@dataclass
class Reached:
    port: int
    paths: list[str] = field(default_factory=list)
    clients: list[str | None] = field(default_factory=list)

    async def answers(self, sent: bytes) -> bytes:
        """All that comes until the server ends the connection, or a moment after what was sent was answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(120):
            try:
                return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()


@pytest.fixture
def trusted_proxies() -> str:
    return "127.0.0.1"


@pytest.fixture
async def reached(free_port, trusted_proxies: str) -> AsyncIterator[Reached]:
    found = Reached(free_port())
    settings = Trial(trial_port=found.port, trusted_proxies=trusted_proxies)
    app = create_app(title="t", settings=settings)

    async def take(request: Request) -> Response:
        found.paths.append(request.url.path)
        found.clients.append(request.client.host if request.client else None)
        return PlainTextResponse(str(len(await request.body())))

    app.add_route("/echo", take, methods=["GET", "POST"])
    app.add_route("/hidden", take, methods=["GET", "POST"])
    server = Server(app, configuration(app, settings))
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield found
    server.should_exit = True
    await task


AMBIGUOUS = {
    "both lengths": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    "both lengths, the other first": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + HIDDEN,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "a signed length": POST + b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "a length in two numbers": POST + b"Content-Length: 0, 0\r\n\r\n" + HIDDEN,
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + HIDDEN,
    "chunked is not the last": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a space before the colon": POST + b"Content-Length : %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "a folded head": POST + b"X: a\r\n Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "a bare line feed in the head": b"POST /echo HTTP/1.1\r\nHost: t\nContent-Length: %d\r\n\r\n" % len(HIDDEN)
    + HIDDEN,
    "a chunk that is no number": CHUNKED + b"\r\n0x0\r\n\r\n" + HIDDEN,
    "a chunk longer than its length": CHUNKED + b"\r\n1\r\nabc\r\n0\r\n\r\n" + HIDDEN,
    "a nought byte in the head": POST + b"X: a\x00b\r\n\r\n" + HIDDEN,
}


@pytest.mark.parametrize("sent", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_what_could_be_read_in_two_ways_ends_the_connection(reached: Reached, sent: bytes):
    answer = await reached.answers(sent)
    assert reached.paths in ([], ["/echo"]), "what follows it was taken for a request"
    assert answer.count(b"HTTP/1.1 ") <= 1


async def test_two_requests_in_a_row_are_two(reached: Reached):
    """So that the tests above would see what is smuggled."""
    answer = await reached.answers(CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n" + HIDDEN)
    assert reached.paths == ["/echo", "/hidden"]
    assert answer.count(b"200 OK") == 2


FORGED = [b"X-Forwarded-For: 203.0.113.9", b"Forwarded: for=203.0.113.9", b"X-Real-IP: 203.0.113.9"]


@pytest.mark.parametrize("head", FORGED)
@pytest.mark.parametrize("trusted_proxies", ["192.0.2.1"])
async def test_who_asks_is_told_by_the_connection_and_by_no_head_of_a_stranger(reached: Reached, head: bytes):
    """Limits are counted by address: whoever could name one would have as many as he likes."""
    await reached.answers(b"GET /echo HTTP/1.1\r\nHost: t\r\n" + head + b"\r\n\r\n")
    assert reached.clients == ["127.0.0.1"]


async def test_of_a_gateways_head_what_the_gateway_added_is_believed(reached: Reached):
    """What stands before it in the list is what a stranger sent along."""
    forwarded = b"X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n\r\n"
    await reached.answers(b"GET /echo HTTP/1.1\r\nHost: t\r\n" + forwarded)
    assert reached.clients == ["198.51.100.7"]
