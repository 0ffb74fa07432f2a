"""The portal in this process, beside a running system: what a page asks of the services is kept with the page."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from portal.apis.apis import SERVICES
from portal.app import build_app

from tests.journeys.pages.desks import COOKIE, TokenFinder, settings_of
from tests.journeys.pages.matrix.row import Asked, Row
from tests.support.system import System

_SECONDS = 60
_AT_ONCE = 4
_ORIGIN = "http://portal"


@dataclass(frozen=True)
class Call:
    """What a page has asked of a service, and how it was answered."""

    service: str
    method: str
    path: str
    bearer: str | None
    status: int
    told: str
    """The answer, of a write or a refusal."""

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def refused(self) -> bool:
        return self.status >= httpx.codes.BAD_REQUEST


_calls: ContextVar[list[Call]] = ContextVar("calls")
"""Of the page that is being made; gathered tasks of its request share the list."""


class _Kept(httpx.AsyncHTTPTransport):
    def __init__(self, service: str) -> None:
        super().__init__(limits=httpx.Limits(keepalive_expiry=2))
        self._service = service

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        bearer = request.headers.get("authorization", "").partition(" ")[2] or None
        told = (await answer.aread()).decode() if answer.is_error or request.method != "GET" else ""
        path = request.url.raw_path.decode().partition("?")[0]
        _calls.get().append(Call(self._service, request.method, path, bearer, answer.status_code, told))
        return answer


@dataclass(frozen=True)
class Seen:
    """A page as its visitor gets it."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    calls: Sequence[Call]

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.writes]


class Portal:
    """Asked from tests, which are no coroutines; it runs in a thread of its own."""

    def __init__(
        self, thread: BlockingPortal, http: httpx.AsyncClient, services: Mapping[str, httpx.AsyncClient]
    ) -> None:
        self._thread, self._http, self._services = thread, http, services

    def sees(self, rows: Sequence[Row], token: str | None, *, site: str = "same-origin") -> list[Seen]:
        """Each row, by who holds the token: a few at a time. site: whose page leads there."""
        found: list[Seen] = self._thread.call(self._all, rows, token, site)
        return found

    async def _all(self, rows: Sequence[Row], token: str | None, site: str) -> list[Seen]:
        free = asyncio.Semaphore(_AT_ONCE)

        async def one(row: Row) -> Seen:
            async with free:
                return await self._ask(row, token, site)

        return await asyncio.gather(*(one(row) for row in rows))

    def answers(self, asks: Sequence[Asked], token: str) -> Mapping[Asked, int]:
        """What the services themselves answer to who holds the token."""
        found: Mapping[Asked, int] = self._thread.call(self._asked, asks, token)
        return found

    async def _asked(self, asks: Sequence[Asked], token: str) -> Mapping[Asked, int]:
        free = asyncio.Semaphore(_AT_ONCE)
        headers = {"Authorization": f"Bearer {token}"}

        async def one(each: Asked) -> int:
            async with free:
                answer = await self._services[each.service].get(each.path, params=each.params, headers=headers)
                return answer.status_code

        return dict(zip(asks, await asyncio.gather(*(one(each) for each in asks)), strict=True))

    async def _ask(self, row: Row, token: str | None, site: str) -> Seen:
        calls: list[Call] = []
        _calls.set(calls)
        sent = {"data": row.typed, "files": row.files} if row.method == "POST" else {}
        headers = {"Sec-Fetch-Site": site, "Accept": "text/html"}
        headers |= {} if token is None else {"Cookie": f"{COOKIE}={token}"}
        answer = await self._http.request(row.method, row.address, headers=headers, **sent)
        return Seen(answer.status_code, answer.headers, answer.content, calls)


@asynccontextmanager
async def _opened(system: System) -> AsyncIterator[tuple[httpx.AsyncClient, Mapping[str, httpx.AsyncClient]]]:
    app = build_app(settings_of(system, _ORIGIN), transports={service: _Kept(service) for service in SERVICES})
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        app.state.visitors = TokenFinder()

        async def client(origin: str, way: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
            made = httpx.AsyncClient(base_url=origin, transport=way, timeout=_SECONDS, trust_env=False)
            return await stack.enter_async_context(made)

        pages = await client(_ORIGIN, httpx.ASGITransport(app))
        yield pages, {service: await client(system.url(service)) for service in SERVICES}


@contextmanager
def portal_beside(system: System) -> Iterator[Portal]:
    with start_blocking_portal() as thread, thread.wrap_async_context_manager(_opened(system)) as (pages, services):
        yield Portal(thread, pages, services)
