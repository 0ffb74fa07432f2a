"""A service may close a kept connection just when we use it: a read is asked anew, a write is told as undecided."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from common.http.client import ServiceClient
from portal.apis import Apis, Unreachable
from portal.visitors import PUBLIC


class Closing:
    """Answers one request of each connection, and closes it when the next one has come."""

    def __init__(self) -> None:
        self.asked = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answered in range(2):
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            self.asked += 1
            if answered == 0:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        writer.close()


@pytest.fixture
async def service() -> AsyncIterator[tuple[Apis, Closing]]:
    closing = Closing()
    server = await asyncio.start_server(closing.serve, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with ServiceClient("registry", base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield Apis({"registry": client}, PUBLIC), closing
    server.close()
    await server.wait_closed()


async def test_a_read_is_asked_again_on_another_connection(service: tuple[Apis, Closing]) -> None:
    apis, closing = service
    assert [await apis.read("registry", "/x") for _ in range(2)] == [{}, {}]
    assert closing.asked == 3


async def test_a_write_is_not(service: tuple[Apis, Closing]) -> None:
    apis, closing = service
    await apis.read("registry", "/x")
    with pytest.raises(Unreachable):
        await apis.send("registry", "POST", "/x", {})
    assert closing.asked == 2
