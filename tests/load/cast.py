"""Those who come: each over HTTP with his own token and from an address of his own, as the limits of the system expect.

Visitors are behind many addresses, since public reads are limited per address; officers and systems come from one each.
"""

import random
from collections import Counter
from collections.abc import Collection
from contextlib import AsyncExitStack
from typing import Any, Self
from uuid import uuid4

import httpx

from tests.load.arrivals import Failed
from tests.support.system import System

ADDRESSES = 60
"""Of visitors. 6,000 public reads a minute are allowed to each, and 20 receipts."""
A_DAY = 86_400
_TIMEOUT = httpx.Timeout(60, connect=10)
_OK = (200, 201, 202, 204, 304)


class Door:
    """One who calls. `asked` counts his requests by service."""

    def __init__(self, cast: "Cast", http: httpx.AsyncClient, token: str | None) -> None:
        self._cast, self._http = cast, http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, service: str, path: str, **params: Any) -> httpx.Response:
        return await self.ask("GET", service, path, params=params)

    async def post(
        self, service: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **sent: Any
    ) -> httpx.Response:
        key = {"Idempotency-Key": self._cast.key()}
        return await self.ask("POST", service, path, json=body, headers=key | (headers or {}), **sent)

    async def ask(
        self,
        method: str,
        service: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        expected: Collection[int] = _OK,
        **sent: Any,
    ) -> httpx.Response:
        """Raises Failed, with the status and never with what the answer says of anybody."""
        self._cast.asked[service] += 1
        url = path if path.startswith("http") else self._cast.system.url(service) + path
        sent = {name: value for name, value in sent.items() if value is not None}
        try:
            answer = await self._http.request(method, url, headers=self._headers | (headers or {}), **sent)
        except httpx.TransportError as error:
            raise Failed(f"{service} {type(error).__name__}") from error
        if answer.status_code not in expected:
            raise Failed(f"{service} {answer.status_code} {_type_of(answer)}".strip())
        return answer


def _type_of(answer: httpx.Response) -> str:
    if "problem" not in answer.headers.get("content-type", ""):
        return ""
    return str(answer.json().get("type", ""))


class Cast:
    """Closed with `async with`."""

    def __init__(self, system: System, rng: random.Random) -> None:
        self.system, self.rng = system, rng
        self.asked: Counter[str] = Counter()
        """Requests sent, by service."""
        self._stack = AsyncExitStack()
        self._visitors: list[Door] = []

    @staticmethod
    def key() -> str:
        """Not of the seed: a second run over the same data would be answered what the first was."""
        return uuid4().hex

    async def __aenter__(self) -> Self:
        for number in range(ADDRESSES):
            self._visitors.append(await self.door(None, address=f"127.0.2.{number + 1}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def door(self, token: str | None, *, address: str | None = None) -> Door:
        transport = httpx.AsyncHTTPTransport(local_address=address, limits=httpx.Limits(max_connections=None))
        http = httpx.AsyncClient(transport=transport, timeout=_TIMEOUT)
        return Door(self, await self._stack.enter_async_context(http), token)

    async def officer(self, *roles: str, **rights: Any) -> Door:
        return await self.door(self.system.token(*roles, **rights, lifetime_seconds=A_DAY))

    def visitor(self) -> Door:
        return self.rng.choice(self._visitors)

    async def at_the_portal(self, username: str) -> Door:
        """A demo person, signed in through the issuer's page, as everybody is."""
        door = await self.door(None)
        begun = await door.ask("GET", "portal", "/sign-in", params={"return_to": "/"}, expected=(303,))
        chosen = await door.ask(
            "POST", "portal", begun.headers["location"], data={"username": username}, expected=(303,)
        )
        await door.ask("GET", "portal", chosen.headers["location"], expected=(303,))
        return door
