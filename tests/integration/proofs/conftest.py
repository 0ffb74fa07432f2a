"""The trial service on a database of its own, and who calls it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest
from common.database import event_log_ddl, idempotency_ddl, proof_ddl
from common.feed import sequence
from common.http.idempotency import idempotency_table
from fastapi import FastAPI
from sqlalchemy import MetaData, create_mock_engine
from yulu.client import Service
from yulu.exchange_log import check

from tests.conftest import RunningIssuer
from tests.integration.proofs.trial import ThingKept, TrialSettings, build

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
TEMPLATE = "proofs_template"
SYSTEM = {"roles": ["stream-client"], "organisation_kind": "court", "organisation_id": "hn-gy", "subject": "court-sys"}
OTHER = {"roles": ["stream-client"], "organisation_kind": "system", "organisation_id": "bank", "subject": "bank-sys"}
OFFICER = {"roles": ["registry-officer"], "subject": "officer-1"}
WORKER = {"roles": ["feed-verifier"], "organisation_kind": "system", "subject": "relay"}
AUDITOR = {"roles": ["auditor"], "subject": "auditor-1"}


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(scope="session")
async def proofs_template(postgres: Any) -> str:
    server = await asyncpg.connect(f"{postgres.url}/postgres")
    await server.execute(f"CREATE DATABASE {TEMPLATE}")
    await server.close()
    connection = await asyncpg.connect(f"{postgres.url}/{TEMPLATE}")
    for script in (event_log_ddl(), proof_ddl()):
        for statement in script.split("\n\n"):
            await connection.execute(statement)
    statements: list[str] = []
    engine = create_mock_engine("postgresql://", lambda sql, *_, **__: statements.append(str(sql.compile(engine))))
    metadata = MetaData()
    idempotency_table(metadata)
    metadata.create_all(engine, checkfirst=False)
    for statement in (*statements, *idempotency_ddl().split("\n\n"), "CREATE TABLE things (name text UNIQUE NOT NULL)"):
        await connection.execute(statement)
    await connection.close()
    return postgres.url


@asynccontextmanager
async def _database(server_url: str) -> AsyncIterator[str]:
    name = f"proofs_{uuid4().hex}"
    server = await asyncpg.connect(f"{server_url}/postgres")
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    yield f"{server_url}/{name}"
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


@pytest.fixture
async def dsn(proofs_template: str) -> AsyncIterator[str]:
    async with _database(proofs_template) as dsn:
        yield dsn


@pytest.fixture
async def silent_dsn(proofs_template: str) -> AsyncIterator[str]:
    """Of a second service, in which nothing happens."""
    async with _database(proofs_template) as dsn:
        yield dsn


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def settings(issuer: RunningIssuer, dsn: str) -> TrialSettings:
    return TrialSettings(registry_database_url=dsn, oidc_issuer=issuer.url, public_rate_limit="off")


@pytest.fixture
async def app(settings: TrialSettings, time: Time) -> AsyncIterator[FastAPI]:
    app = build(settings, clock=time)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://trial") as client:
        yield client


class Log:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def entries(self) -> list[dict[str, Any]]:
        rows = await self._connection.fetch("SELECT entry FROM exchange_log ORDER BY seq")
        return [orjson.loads(row["entry"]) for row in rows]


@pytest.fixture
def log(connection: asyncpg.Connection) -> Log:
    return Log(connection)


@pytest.fixture
def service(http: httpx.AsyncClient, issuer: RunningIssuer) -> Callable[..., Service]:
    """The trial service as the command line sees it, under somebody's token."""

    def service(who: dict[str, Any]) -> Service:
        client = httpx.AsyncClient(transport=http._transport, base_url="http://trial", headers=issuer.headers(**who))
        return Service("trial", client)

    return service


@pytest.fixture
def verified(service: Callable[..., Service]) -> Callable[..., Awaitable[tuple[int, list[str]]]]:
    """How many entries there are and what is wrong with them."""

    async def verified(who: dict[str, Any] = AUDITOR, kept: str | None = None) -> tuple[int, list[str]]:
        found = await check(service(who), kept)
        return found.entries, found.faults

    return verified


@pytest.fixture
def happen(app: FastAPI, connection: asyncpg.Connection) -> Callable[..., Any]:
    """So many events, in the feed."""

    async def happen(events: int) -> None:
        async with app.state.database.begin() as tx:
            tx.outbox.add_all(ThingKept(thing_id=uuid4().hex, version=1, region="410000") for _ in range(events))
        await sequence(connection)

    return happen
