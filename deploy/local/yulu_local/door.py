"""One TCP address that stays while what stands behind it is switched: as a virtual address or HAProxy does."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from yulu_local.ports import LOOPBACK

_SECONDS = 10.0
_CHUNK = 65_536


class Door:
    """Forwards from a port of its own to `target`, in a thread of its own: callers may block, or have a loop running.

    `silence` is a partition: connections stay, nothing passes, nobody is told. `switch` ends what was connected.
    """

    def __init__(self, target: int, *, host: str = LOOPBACK, port: int = 0) -> None:
        """host, port: where it stands; without a port at any free one, known once it is started."""
        self._target = target
        self._host = host
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)
        self._servers: list[asyncio.Server] = []
        self.port = port

    def start(self) -> None:
        self._thread.start()
        self._run(self._listen())

    def stop(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    def switch(self, target: int, *, sever: bool = True) -> None:
        """To another port; whoever was connected must connect anew, or without `sever` stays where he is."""
        self._target = target
        if sever:
            self.sever()

    def sever(self) -> None:
        self._run(self._sever())

    def silence(self) -> None:
        self._run(self._set(passing=False))

    def heal(self) -> None:
        self._run(self._set(passing=True))

    def _run(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(_SECONDS)

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._serve, self._host, self.port)
        self._servers.append(server)
        self.port = server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        await self._sever()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _sever(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _set(self, *, passing: bool) -> None:
        if passing:
            self._open.set()
        else:
            self._open.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        both = {writer}
        try:
            await self._open.wait()
            there, to = await asyncio.open_connection(LOOPBACK, self._target)
            both.add(to)
            self._writers.add(to)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_on(reader, to))
                group.create_task(self._pass_on(there, writer))
        except* (OSError, _Ended):
            pass
        finally:
            self._writers -= both
            for end in both:
                end.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._open.wait()
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            await writer.drain()
        raise _Ended


class _Ended(Exception):
    """One side has closed."""
