"""Registry, discipline and progress as they are, in this process, over databases of their own: what operators watch.

rights-api is not there, so that something does not answer.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from common.auth.principal import WORKERS
from common.database import Database
from common.events import Event
from common.feed_api import HttpFeed
from common.migrations import migrate
from common.positions import Effects, FeedUnavailable, Follower, Received
from contracts.discipline_events import Penalty, SanctionDecided
from contracts.registry_events import FirmEstablished
from discipline_api.app import build_app as build_discipline
from discipline_api.settings import DisciplineSettings
from exchange_api.app import build_app as build_exchange
from exchange_api.operations.listening import when_sources_fall_silent_alarm
from exchange_api.settings import ExchangeSettings
from fastapi import FastAPI
from progress_api.app import build_app as build_progress
from progress_api.settings import ProgressSettings
from progress_store import SCHEMA
from progress_store.projection import Projection
from registry_api.app import build_app as build_registry
from registry_api.settings import RegistrySettings
from registry_api.standing.consumers import StandingReactions
from yulu_local.engines import Postgres

from tests.conftest import RunningIssuer
from tests.faults.sources import sequence_all, write

ENTITIES = "CREATE TABLE public.entities (id text PRIMARY KEY, version bigint)"
WORKER = {"roles": sorted(WORKERS), "organisation_kind": "system", "subject": "worker"}
SERVICES = ("registry", "discipline", "rights", "progress", "exchange")


class Mended(Exception):
    """What an effect fails with until it is mended."""


class Breakable:
    """Effects as they are, but for keys that fail while the rule is wrong."""

    def __init__(self, effects: Effects) -> None:
        self._effects, self.wrong_for = effects, set[str]()
        self.handles, self.ignores = effects.handles, effects.ignores

    async def prepare(self, events: Sequence[Received]) -> Any:
        return await self._effects.prepare(events)

    async def apply(self, tx: Any, events: Sequence[Received], prepared: Any) -> None:
        if wrong := self.wrong_for & {event.envelope.subject for event in events}:
            raise Mended(min(wrong))
        await self._effects.apply(tx, events, prepared)

    def resolved(self, parked: Any, outcome: str) -> Event:
        return self._effects.resolved(parked, outcome)


class Reached(httpx.AsyncBaseTransport):
    """A service in this process; `away`: it does not answer. `frozen`: until then it says nothing at all."""

    def __init__(self, app: FastAPI | None) -> None:
        self.app, self.away = app, app is None
        self.frozen: asyncio.Event | None = None
        self.asked: list[str] = []
        """While it was frozen."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.frozen is not None:
            self.asked.append(request.url.path)
            await self.frozen.wait()
            raise httpx.ReadTimeout("no answer", request=request)
        if self.away or self.app is None:
            raise httpx.ConnectError("nobody there", request=request)
        return await httpx.ASGITransport(self.app).handle_async_request(request)


@dataclass
class Ahead:
    """exchange-api's clock."""

    by: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class World:
    exchange: FastAPI
    issuer: RunningIssuer
    reached: Mapping[str, Reached]
    databases: Mapping[str, Database]
    reactions: Breakable
    projection: Breakable
    sources: Mapping[str, HttpFeed]
    clock: Ahead
    followers: dict[str, Follower] = field(default_factory=dict)

    @contextmanager
    def later(self, **by: float) -> Iterator[None]:
        """So much later, as exchange-api sees it."""
        self.clock.by = timedelta(**by)
        try:
            yield
        finally:
            self.clock.by = timedelta()

    async def tell(self, service: str, *events: Event) -> None:
        await write(self.databases[service], *events)
        await sequence_all(self.databases[service])

    async def follow(self, consumer: str) -> None:
        """A round of the consumer. rights-api cannot be asked: what else there is has been done all the same."""
        try:
            await self.followers[consumer].catch_up()
        except FeedUnavailable:
            assert consumer == "progress-projector"

    async def alive(self) -> None:
        """The consumers tell that they are there and have applied everything, without looking."""
        for service in ("registry", "progress", "discipline"):
            pool = await self.databases["store" if service == "progress" else service].pool()
            await pool.execute(
                "INSERT INTO followings SELECT DISTINCT topic, $1::timestamptz, $1 FROM positions "
                "ON CONFLICT (topic) DO UPDATE SET looked_at = $1",
                self.clock.now(),
            )

    async def listen(self) -> int:
        """A round of exchange-api's timer."""
        observer, services = self.exchange.state.observer, self.exchange.state.services
        observer._last = None
        return await when_sources_fall_silent_alarm(observer, services)(self.exchange.state.database, self.clock.now())

    async def ask(self, path: str, who: Mapping[str, Any], **params: Any) -> Any:
        """What is seen now: nothing that was observed before."""
        answer = await self.request("GET", path, who, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def request(self, method: str, path: str, who: Mapping[str, Any] | None, **sent: Any) -> httpx.Response:
        self.exchange.state.observer._last = None
        headers = {} if who is None else self.issuer.headers(**who)
        if method == "POST":
            headers["Idempotency-Key"] = uuid4().hex
        headers |= sent.pop("headers", {})
        transport = httpx.ASGITransport(self.exchange)
        async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
            return await client.request(method, f"/v1/operations{path}", headers=headers, **sent)


def sanction(case_id: UUID | None = None, *, version: int = 1, region: str = "410100") -> SanctionDecided:
    return SanctionDecided(
        version=version, region=region, case_id=case_id or uuid4(), organ_kind="bureau", subject_kind="lawyer",
        penalties=[Penalty.SUSPENSION], filed_on=date(2026, 2, 2), decision_due_on=date(2026, 5, 3),
        decided_on=date(2026, 4, 29), served_on=date(2026, 5, 6), from_on=date(2026, 5, 6), to_on=date(2026, 8, 6),
        publish_due_on=date(2026, 5, 12),
    )  # fmt: skip


def firm(region: str = "410100", firm_id: UUID | None = None) -> FirmEstablished:
    return FirmEstablished(
        version=1, region=region, firm_id=firm_id or uuid4(), period_id=uuid4(), kind="general-partnership",
        from_on=date(2010, 5, 1),
    )  # fmt: skip


@asynccontextmanager
async def world(postgres: Postgres, issuer: RunningIssuer, name: str, data_dir: Path) -> AsyncIterator[World]:
    """Databases of this name."""
    urls = {service: f"{postgres.url}/{name}_{service}" for service in SERVICES}
    await migrate(urls["registry"], "registry_api")
    await migrate(urls["discipline"], "discipline_api")
    await migrate(urls["progress"], "progress_api")
    await migrate(urls["progress"], "progress_store", schema=SCHEMA)
    await migrate(urls["exchange"], "exchange_api")
    common: dict[str, Any] = {
        "environment": "test", "oidc_issuer": issuer.url, "public_rate_limit": "off", "data_dir": str(data_dir),
        "client_id": "exchange-api", "client_secret": issuer.client_secret("exchange-api"),
    } | {f"{service}_database_url": url for service, url in urls.items()}  # fmt: skip
    clock = Ahead()
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for module in ("progress_api", "discipline_api"):
                patch.setattr(f"{module}.app.TASKS", ())
            patch.setattr("exchange_api.app.tasks_of", lambda _: ())
            apps = {
                "registry": build_registry(RegistrySettings(**common)),
                "discipline": build_discipline(DisciplineSettings(**common, discipline_check_at="off")),
                "progress": build_progress(ProgressSettings(**common)),
            }
            reached = {service: Reached(apps.get(service)) for service in SERVICES}
            exchange = build_exchange(ExchangeSettings(**common), clock=clock.now, transports=reached)
            reached["exchange"].app, reached["exchange"].away = exchange, False
            for app in (*apps.values(), exchange):
                await stack.enter_async_context(app.router.lifespan_context(app))
            databases = {s: Database(urls[s], source=f"/{s}") for s in ("registry", "discipline", "progress")}
            databases["store"] = Database(urls["progress"], source="/progress", search_path=f"{SCHEMA},public")
            clients = {
                service: await stack.enter_async_context(
                    httpx.AsyncClient(
                        transport=reached[service], base_url=f"http://{service}", headers=issuer.headers(**WORKER)
                    )
                )
                for service in SERVICES
            }
            for database in databases.values():
                stack.push_async_callback(database.close)
            for database in (databases["registry"], databases["discipline"], databases["progress"]):
                await (await database.pool()).execute(
                    "CREATE TABLE public.entities (id text PRIMARY KEY, version bigint)"
                )
            sources = {f"{service}.events": HttpFeed(clients[service]) for service in SERVICES[:4]}
            reactions = Breakable(StandingReactions(clients["discipline"]))
            projection = Breakable(Projection())
            world = World(exchange, issuer, reached, databases, reactions, projection, sources, clock)
            told = {topic: source for topic, source in sources.items() if topic != "rights.events"}
            world.followers = {
                "registry-reactions": Follower(
                    databases["registry"], reactions, {"discipline.events": sources["discipline.events"]}
                ),
                "progress-projector": Follower(databases["store"], projection, told),
            }
            for follower in world.followers.values():
                await follower.start()
            yield world
