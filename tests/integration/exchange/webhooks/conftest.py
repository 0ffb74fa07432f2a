"""exchange-api with a source of events of its own, a movable clock, real receivers on this machine, a dispatcher."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import uvicorn
from common.database import Database
from common.feed import FeedRecord, Heads, heads, read_after, sequence
from contracts.exchange_events import ClientChanged
from exchange_api.app import build_app
from exchange_api.settings import ExchangeSettings
from exchange_api.webhooks.leasing import Leasing
from exchange_api.webhooks.planning import Planner
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from webhook_dispatcher.dispatching import Dispatcher
from webhook_dispatcher.sending import Sender

from tests.conftest import RunningIssuer
from tests.integration.exchange.conftest import OPERATOR, TEMPLATE, Call

WORKER = {"roles": ["webhook-dispatcher"], "organisation_kind": "system", "subject": "webhook-dispatcher"}
SOURCE = "public.events"
KEYS = tuple(UUID(int=n) for n in range(1, 6))


class Time:
    """Begins now: verifiers refuse what is older than five minutes."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(scope="module")
def time() -> Time:
    return Time()


@pytest.fixture(autouse=True)
def _from_now_on(time: Time) -> None:
    time.now = datetime.now(UTC)


class Channel:
    """A real event log, in a database of its own, given to readers under the name of a channel."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.away: type[Exception] | None = None
        self.withheld: set[int] = set()
        """Positions of what has another form today than was released."""
        self._versions: dict[UUID, int] = {}

    async def heads(self) -> Heads:
        if self.away:
            raise self.away
        return await heads(await self.database.pool())

    async def read_after(self, position: int, limit: int, **_: float) -> list[FeedRecord]:
        if self.away:
            raise self.away
        records = await read_after(await self.database.pool(), position, limit)
        return [r._replace(raw=None, withheld=True) if r.position in self.withheld else r for r in records]

    async def tell(self, *keys: UUID, region: str = "410100") -> None:
        """An event of each key, in this order."""
        async with self.database.begin() as tx:
            for key in keys:
                version = self._versions[key] = self._versions.get(key, 0) + 1
                tx.outbox.add(
                    ClientChanged(
                        version=version, region=region, client_id=key, organisation_kind="court", organ_code="x",
                        state="active",
                    )
                )  # fmt: skip
        async with (await self.database.pool()).acquire() as connection:
            await sequence(connection)

    async def erase(self, position: int) -> None:
        pool = await self.database.pool()
        await pool.execute("UPDATE feed SET bytes = NULL WHERE position = $1", position)


@pytest.fixture(scope="module")
async def channel(exchange_template: str, request: pytest.FixtureRequest) -> AsyncIterator[Channel]:
    name = f"channel_{request.module.__name__.rpartition('.')[2]}"
    server = await asyncpg.connect(f"{exchange_template}/postgres")
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    database = Database(f"{exchange_template}/{name}", source="/registry")
    yield Channel(database)
    await database.close()
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


@pytest.fixture(scope="module")
async def exchange_app(exchange_settings: dict[str, Any], channel: Channel, time: Time) -> AsyncIterator[FastAPI]:
    """Without timers and without a planner of its own."""
    settings = ExchangeSettings(
        **exchange_settings | {"webhook_allowed_networks": "127.0.0.0/8", "webhook_plan_seconds": 3600}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange_api.app.tasks_of", lambda _: ())
        app = build_app(settings, clock=lambda: time.now)
        async with app.router.lifespan_context(app):
            state = app.state
            state.sources = {SOURCE: channel}.get
            state.leasing = Leasing(state.database, state.vault, state.sources, state.deployment_id)
            yield app


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Answers = Callable[[Received], Awaitable[Response] | Response]


@dataclass
class Receiver:
    """`answer` decides about each call; by default everything is accepted."""

    url: str
    answer: Answers = lambda _: Response(status_code=204)
    received: list[Received] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        received = Received(dict(request.headers), await request.body())
        self.received.append(received)
        answer = self.answer(received)
        return answer if isinstance(answer, Response) else await answer


Listen = Callable[..., Awaitable[Receiver]]
Register = Callable[..., Awaitable[dict[str, Any]]]


@asynccontextmanager
async def serving(app: Any, port: int, **tls: str) -> AsyncIterator[str]:
    """Its address, over the network."""
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none", **tls)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
    yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture
async def listen(free_port: Callable[[], int]) -> AsyncIterator[Listen]:
    """Starts a receiver; with `ssl_certfile` and `ssl_keyfile` under https."""
    async with AsyncExitStack() as stack:

        async def start(**tls: str) -> Receiver:
            port = free_port()
            receiver = Receiver(f"{'https' if tls else 'http'}://127.0.0.1:{port}/hook")
            app = Starlette(routes=[Route("/{path:path}", receiver.take, methods=["POST", "GET"])])
            await stack.enter_async_context(serving(app, port, **tls))
            return receiver

        yield start


@pytest.fixture
async def receiver(listen: Listen) -> Receiver:
    return await listen()


class Pump:
    """Plans and dispatches until nothing is due."""

    def __init__(self, app: FastAPI, time: Time, exchange: httpx.AsyncClient, sender: Sender) -> None:
        self.planner = Planner(app.state.database, app.state.sources)
        self.dispatcher = Dispatcher(exchange, sender, parallel=64)
        self.exchange, self.sender, self._time = exchange, sender, time

    async def plan(self) -> None:
        while await self.planner.round(self._time.now):
            pass

    async def send(self) -> int:
        total = 0
        while taken := await self.dispatcher._take(64):
            total += taken
            await self.dispatcher.finish()
        return total

    async def __call__(self) -> int:
        await self.plan()
        return await self.send()


@pytest.fixture
async def pump(exchange_app: FastAPI, time: Time, issuer: RunningIssuer) -> AsyncIterator[Pump]:
    sender = Sender(exchange_app.state.outbound, seconds=5, trust=ssl.create_default_context())
    transport = httpx.ASGITransport(exchange_app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://exchange", headers=issuer.headers(**WORKER)
    ) as exchange:
        yield Pump(exchange_app, time, exchange, sender)
    await sender.close()


@dataclass(frozen=True)
class System:
    """A connected system and its token's rights."""

    client_id: str
    rights: dict[str, Any]


@pytest.fixture
async def system(call: Call) -> System:
    """A court's system of its own for each test."""
    subject = f"court-{uuid4().hex[:8]}"
    body = {
        "subject": subject, "name": "省高院系统", "organisation_kind": "court", "organ_code": subject,
        "region": "410000", "reason": "数据共享协议",
    }  # fmt: skip
    answer = await call("POST", "/clients", OPERATOR, json=body)
    assert answer.status_code == 201, answer.text
    rights = {
        "roles": ["stream-client"], "organisation_kind": "court", "organisation_id": subject, "subject": subject,
    }  # fmt: skip
    return System(answer.json()["client_id"], rights)


@pytest.fixture
async def hook(call: Call, system: System, receiver: Receiver) -> AsyncIterator[Register]:
    """Registers the system's endpoint; what was registered is removed after the test."""
    made: list[str] = []

    async def register(**changes: Any) -> dict[str, Any]:
        answer = await call("POST", "/webhooks", system.rights, json={"url": receiver.url} | changes)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["webhook_id"])
        return answer.json()

    yield register
    for webhook_id in made:
        await call("DELETE", f"/webhooks/{webhook_id}", OPERATOR, headers={"If-Match": "*"})


@pytest.fixture
async def log(call: Call) -> Callable[[str], Awaitable[list[dict[str, Any]]]]:
    """The deliveries of an endpoint, the oldest first."""

    async def read(webhook_id: str) -> list[dict[str, Any]]:
        answer = await call("GET", f"/webhooks/{webhook_id}/deliveries", OPERATOR, params={"limit": 200})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"][::-1]

    return read
