"""A PostgreSQL proxy that dies at a chosen message: between any two statements, or during COMMIT."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import make_url
from yulu_local.ports import LOOPBACK

# Messages upon which the server acts: Query, Sync, Flush, CopyDone.
_COUNTED = frozenset(b"QSHc")
_STARTUP = 196608


class _Answer:
    """Of the server to the message at which the line is cut."""

    def __init__(self) -> None:
        self.swallowed = False
        self.seen = asyncio.Event()


class Proxy:
    """All connections of one actor. Once cut, it refuses everything until healed: a dead process has no connections."""

    def __init__(self, server_url: str) -> None:
        url = make_url(server_url)
        assert url.port is not None
        self._target = (url.host or LOOPBACK, url.port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._left: int | None = None
        self._executes = False
        self.cut = asyncio.Event()
        self._server_url = url
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = self._server_url.set(host=LOOPBACK, port=port).render_as_string(hide_password=False)
        try:
            yield self
        finally:
            self._server.close()
            self._abort()
            await self._server.wait_closed()

    def arm(self, after: int, *, executes: bool) -> None:
        """Cut at the n-th message from now; `executes`: the server still acts upon it, only the answer is lost."""
        self._left, self._executes = after, executes
        self.cut.clear()

    def disarm(self) -> None:
        self._left = None

    def sever(self) -> None:
        """Now."""
        self._left = None
        self.cut.set()
        self._abort()

    def heal(self) -> None:
        self._left = None
        self.cut.clear()

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut.is_set():
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, server_writer}
        self._writers |= both
        answered = _Answer()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forward(reader, server_writer, answered))
                group.create_task(self._backward(server_reader, writer, answered))
        except* (_Ended, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers -= both
            for end in both:
                end.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, answered: _Answer) -> None:
        started = False
        while True:
            # Before the session starts messages have no type byte.
            kind = await reader.readexactly(1) if started else b""
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length, "big") - 4)
            if not started:
                started = int.from_bytes(body[:4], "big") == _STARTUP
            elif kind[0] in _COUNTED and self._left is not None:
                self._left -= 1
                if self._left == 0:
                    self._left = None
                    if self._executes:
                        answered.swallowed = True
                        server.write(kind + length + body)
                        await _within(2, answered.seen.wait())
                    self.sever()
                    raise _Ended
            server.write(kind + length + body)
            await server.drain()

    async def _backward(self, server: asyncio.StreamReader, client: asyncio.StreamWriter, answered: _Answer) -> None:
        while data := await server.read(65_536):
            if answered.swallowed:
                answered.seen.set()
                continue
            client.write(data)
            await client.drain()
        raise _Ended


class _Ended(Exception):
    """One side has closed."""


async def _within(seconds: float, coroutine: object) -> None:
    try:
        async with asyncio.timeout(seconds):
            await coroutine
    except TimeoutError:
        return
