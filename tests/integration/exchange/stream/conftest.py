"""Two owners' feeds and exchange-api, each on a port of its own, for one module."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from contracts.entitlements import PROGRESS, REGISTRY
from exchange_api.app import build_app
from exchange_api.settings import ExchangeSettings
from fastapi import FastAPI
from yulu_local.engines import Postgres

from tests.conftest import RunningIssuer
from tests.faults.sources import SOURCE, Server
from tests.integration.exchange.stream.running import Owner, serving

WRITE_SECONDS = 8.0

Get = Callable[..., Awaitable[httpx.Response]]

DEPARTMENT = {"roles": ["operator", "registry-officer"], "organisation_kind": "department", "subject": "op-1"}
CITY = {
    "roles": ["registry-officer"], "organisation_kind": "bureau", "region": "410100", "subject": "city-1",
}  # fmt: skip
READER = {"roles": ["plan-reader"], "organisation_kind": "bureau", "region": "410100", "subject": "reader-1"}


@pytest.fixture(scope="session")
async def feeds(postgres: Postgres) -> Server:
    server = Server(postgres.url)
    await server.prepare()
    return server


async def _owner(feeds: Server, topic: str, free_port: Callable[[], int], issuer: RunningIssuer) -> tuple[Owner, str]:
    name = await feeds.clone(SOURCE)
    return Owner(topic, feeds.database(name).dsn, free_port(), issuer.url), name


@pytest.fixture(scope="module")
async def registry(feeds: Server, free_port: Callable[[], int], issuer: RunningIssuer) -> AsyncIterator[Owner]:
    owner, name = await _owner(feeds, REGISTRY, free_port, issuer)
    await owner.start()
    yield owner
    await owner.stop()
    await owner.close()
    await feeds.drop(name)


@pytest.fixture(scope="module")
async def progress(feeds: Server, free_port: Callable[[], int], issuer: RunningIssuer) -> AsyncIterator[Owner]:
    owner, name = await _owner(feeds, PROGRESS, free_port, issuer)
    await owner.start()
    yield owner
    await owner.stop()
    await owner.close()
    await feeds.drop(name)


@pytest.fixture(scope="module")
def port(free_port: Callable[[], int]) -> int:
    return free_port()


@pytest.fixture(scope="module")
def exchange_settings(
    issuer: RunningIssuer, exchange_dsn: str, port: int, registry: Owner, progress: Owner
) -> dict[str, Any]:
    return {
        "environment": "test",
        "exchange_database_url": exchange_dsn,
        "oidc_issuer": issuer.url,
        "client_id": "exchange-api",
        "client_secret": issuer.client_secret("exchange-api"),
        "public_rate_limit": "off",
        "registry_url": registry.url,
        "progress_url": progress.url,
        "exchange_url": f"http://127.0.0.1:{port}",
        "heartbeat_seconds": 0.3,
        "stream_write_seconds": WRITE_SECONDS,
    }


@pytest.fixture(scope="module")
async def app(exchange_settings: dict[str, Any]) -> AsyncIterator[FastAPI]:
    """On the system's own clock, without timers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange_api.app.tasks_of", lambda _: ())
        yield build_app(ExchangeSettings(**exchange_settings))


@pytest.fixture(scope="module")
async def url(app: FastAPI, port: int) -> AsyncIterator[str]:
    async with serving(app, port) as url:
        yield url


@pytest.fixture(scope="module")
async def get(url: str, issuer: RunningIssuer) -> AsyncIterator[Get]:
    """`await get(DEPARTMENT, after=…)`: a page."""
    async with httpx.AsyncClient(base_url=url, timeout=40) as http:

        async def get(who: dict[str, Any] | None = None, *, accept: str = "application/json", **params: Any) -> Any:
            headers = {"Accept": accept} | (issuer.headers(**who) if who else {})
            return await http.get("/v1/events", headers=headers, params=params)

        yield get


@pytest.fixture(scope="module")
async def clients(exchange_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(exchange_dsn)
    yield connection
    await connection.close()
