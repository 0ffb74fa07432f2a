"""Open connections to receivers: kept while they are used, bounded however many receivers there are."""

import ssl
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from common.outbound import Target

MOST = 256
"""Names with a client of their own at a time, but for those in use: with each up to 16 idle connections."""
IDLE_SECONDS = 60.0
"""A client that was not used for so long is closed when the next delivery is done."""

Name = tuple[str, str, int | None]


@dataclass(slots=True)
class _Held:
    client: httpx.AsyncClient
    users: int = 0
    used_at: float = 0.0


class Connections:
    """One client per name: a connection is found again by its address, and another name's would not have been checked
    against this one's certificate."""

    def __init__(self, *, seconds: float, trust: ssl.SSLContext) -> None:
        self._seconds, self._trust = seconds, trust
        self._held: OrderedDict[Name, _Held] = OrderedDict()
        """The one used longest ago comes first."""

    def __len__(self) -> int:
        return len(self._held)

    @asynccontextmanager
    async def to(self, target: Target) -> AsyncIterator[httpx.AsyncClient]:
        name = (target.url.scheme, target.url.host, target.url.port)
        if name not in self._held:
            self._held[name] = _Held(self._made())
        held = self._held[name]
        held.users += 1
        self._held.move_to_end(name)
        try:
            yield held.client
        finally:
            held.users -= 1
            held.used_at = time.monotonic()
            await self._close_what_is_too_much()

    async def close(self) -> None:
        while self._held:
            _, held = self._held.popitem()
            await held.client.aclose()

    def _made(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._trust,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._seconds, connect=5),
            limits=httpx.Limits(max_keepalive_connections=16, keepalive_expiry=15),
        )

    async def _close_what_is_too_much(self) -> None:
        idle_before, beyond = time.monotonic() - IDLE_SECONDS, len(self._held) - MOST
        idle = [name for name, held in self._held.items() if not held.users]
        too_much = [name for n, name in enumerate(idle) if n < beyond or self._held[name].used_at < idle_before]
        # Out of the table first: nobody takes one while it is being closed.
        for held in [self._held.pop(name) for name in too_much]:
            await held.client.aclose()
