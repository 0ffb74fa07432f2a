"""A database per module, cloned from a migrated template, and exchange-api over it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.database import Database
from common.migrations import migrate
from exchange_api.app import build_app
from exchange_api.settings import ExchangeSettings
from fastapi import FastAPI
from yulu_local.engines import Postgres

from tests.conftest import RunningIssuer

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TEMPLATE = "exchange_template"
Call = Callable[..., Awaitable[httpx.Response]]

OPERATOR = {"roles": ["operator"], "organisation_kind": "department", "subject": "op-1"}
AUDITOR = {"roles": ["auditor"], "organisation_kind": "department", "subject": "auditor-1"}
COURT = {
    "roles": ["stream-client"], "organisation_kind": "court", "organisation_id": "hn-gy", "subject": "court-system",
}  # fmt: skip
PROCURATORATE = {
    "roles": ["stream-client"], "organisation_kind": "procuratorate", "organisation_id": "hn-jcy", "subject": "jcy-sys",
}  # fmt: skip


@pytest.fixture(scope="session")
async def exchange_template(postgres: Postgres) -> str:
    await migrate(f"{postgres.url}/{TEMPLATE}", "exchange_api")
    return postgres.url


@pytest.fixture(scope="module")
async def exchange_dsn(exchange_template: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    name = f"exchange_{request.module.__name__.rpartition('.')[2]}"
    server = await asyncpg.connect(f"{exchange_template}/postgres")
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    yield f"{exchange_template}/{name}"
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


@pytest.fixture(scope="module")
def exchange_settings(issuer: RunningIssuer, exchange_dsn: str) -> dict[str, Any]:
    """What `ExchangeSettings` is made of; a module may override it."""
    return {
        "environment": "test",
        "exchange_database_url": exchange_dsn,
        "oidc_issuer": issuer.url,
        "client_id": "exchange-api",
        "client_secret": issuer.client_secret("exchange-api"),
        "public_rate_limit": "off",
    }


@pytest.fixture(scope="module")
async def exchange_app(exchange_settings: dict[str, Any]) -> AsyncIterator[FastAPI]:
    """Without timers; tests of what they do run them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange_api.app.tasks_of", lambda _: ())
        app = build_app(ExchangeSettings(**exchange_settings), clock=lambda: NOW)
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture(scope="module")
async def exchange_database(exchange_dsn: str) -> AsyncIterator[Database]:
    database = Database(exchange_dsn, source="/exchange")
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def call(exchange_app: FastAPI, issuer: RunningIssuer) -> AsyncIterator[Call]:
    """`await call("POST", "/clients", OPERATOR, json=…)`; who=None is the public."""
    transport = httpx.ASGITransport(exchange_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:

        async def call(method: str, path: str, who: dict[str, Any] | None = None, **sent: Any) -> httpx.Response:
            headers = dict(sent.pop("headers", {}))
            if who is not None:
                headers |= issuer.headers(**who)
            if method == "POST":
                headers.setdefault("Idempotency-Key", str(uuid4()))
            return await client.request(method, f"/v1{path}", headers=headers, **sent)

        yield call
