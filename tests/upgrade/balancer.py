"""A TCP balancer as small as one can be: asks each instance whether it is ready, sends new connections to those."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

import httpx
from yulu_local.ports import LOOPBACK, free_port

ASK_SECONDS = 0.2
"""How often readiness is asked; what an instance drains for must be more than twice as much."""


class Balancer:
    """In front of the instances of one service. A connection stays with its instance; nothing of it is understood."""

    def __init__(self, backends: Sequence[int]) -> None:
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._backends = tuple(backends)
        self._ready: set[int] = set()
        self._turn = count()
        self._server: asyncio.Server | None = None
        self._asking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
        self._asking = asyncio.create_task(self._ask())

    async def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        if self._server is not None:
            self._server.close()

    @property
    def ready(self) -> frozenset[int]:
        return frozenset(self._ready)

    async def _ask(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while True:
                await asyncio.gather(*(self._ask_one(client, port) for port in self._backends))
                await asyncio.sleep(ASK_SECONDS)

    async def _ask_one(self, client: httpx.AsyncClient, port: int) -> None:
        try:
            ready = (await client.get(f"http://{LOOPBACK}:{port}/health/ready")).is_success
        except httpx.HTTPError:
            ready = False
        (self._ready.add if ready else self._ready.discard)(port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = next(self._turn)
        ready = sorted(self._ready)
        for port in ready[turn % len(ready) :] + ready[: turn % len(ready)] if ready else ():
            try:
                behind, ahead = await asyncio.open_connection(LOOPBACK, port)
            except OSError:
                continue
            await asyncio.gather(_copy(reader, ahead), _copy(behind, writer))
            return
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends; then the other is told."""
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()
