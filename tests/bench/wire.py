"""Counts what PostgreSQL answers: statements completed, and the round trips in which they came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import make_url
from yulu_local.ports import LOOPBACK

_COMPLETE = frozenset(b"Cs")  # CommandComplete; PortalSuspended where only the first row was asked for
_READY_FOR_QUERY = ord("Z")
_NO_TLS = b"N"


@dataclass
class Wire:
    """All connections that were made through `url`."""

    url: str
    statements: int = 0
    round_trips: int = 0

    def reset(self) -> None:
        self.statements = self.round_trips = 0


@asynccontextmanager
async def counting(dsn: str) -> AsyncIterator[Wire]:
    """A proxy before a database; its `url` takes the place of `dsn`."""
    target = make_url(dsn)
    assert target.port is not None
    host, port = target.host or LOOPBACK, target.port
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        from_server, to_server = await asyncio.open_connection(host, port)
        forward = asyncio.create_task(_forward(reader, to_server))
        try:
            await _answer(from_server, writer, wire)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # one of the two has hung up
        finally:
            forward.cancel()
            for one in (writer, to_server):
                one.close()
            tasks.discard(task)

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    local = target.set(host=LOOPBACK, port=server.sockets[0].getsockname()[1])
    wire = Wire(local.render_as_string(hide_password=False))
    try:
        yield wire
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: Wire) -> None:
    first = await reader.readexactly(1)
    if first == _NO_TLS:  # the answer to the question for TLS is one byte without a length
        writer.write(first)
        first = await reader.readexactly(1)
    while True:
        length = await reader.readexactly(4)
        body = await reader.readexactly(int.from_bytes(length, "big") - 4)
        wire.statements += first[0] in _COMPLETE
        wire.round_trips += first[0] == _READY_FOR_QUERY
        writer.write(first + length + body)
        first = await reader.readexactly(1)
