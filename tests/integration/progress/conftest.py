"""A database per module, cloned from a migrated template, and progress-api over it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.database import Database
from common.migrations import migrate
from fastapi import FastAPI
from progress_api.app import build_app
from progress_api.board import Board
from progress_api.settings import ProgressSettings
from progress_store import SCHEMA
from yulu_local.engines import Postgres

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import TABLES, Facts, clock
from tests.integration.progress.readers import DEPARTMENT, Get, Post

TEMPLATE = "progress_template"


@pytest.fixture(scope="session")
async def template(postgres: Postgres) -> str:
    dsn = f"{postgres.url}/{TEMPLATE}"
    await migrate(dsn, "progress_store", schema=SCHEMA)
    await migrate(dsn, "progress_api")
    return postgres.url


@pytest.fixture(scope="module")
async def progress_dsn(template: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    name = f"progress_{request.module.__name__.rpartition('.')[2]}"
    server = await asyncpg.connect(f"{template}/postgres")
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    yield f"{template}/{name}"
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


@pytest.fixture(scope="module")
async def database(progress_dsn: str) -> AsyncIterator[Database]:
    database = Database(progress_dsn, source="/progress", search_path=f"{SCHEMA},public")
    yield database
    await database.close()


@pytest.fixture
async def facts(database: Database) -> AsyncIterator[Facts]:
    connection = await database.connect_raw()
    await connection.execute(f"TRUNCATE {TABLES}")
    yield Facts(connection)
    await connection.close()


@pytest.fixture(scope="module")
async def app(issuer: RunningIssuer, progress_dsn: str) -> AsyncIterator[FastAPI]:
    """Without timers: they would tell of what is due on the day of the test. Tests of what they do run them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("progress_api.app.TASKS", ())
        app = build_app(
            ProgressSettings(progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off"),
            clock=clock,
        )
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture(scope="module")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress") as client:
        yield client


@pytest.fixture
def get(app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts) -> Get:
    async def get(path: str, role: str | None = "plan-reader", *, expect: int = 200, **who: Any) -> Any:
        # Facts are written here past the positions by which a board notices them.
        app.state.board = Board(app.state.database, recompute_seconds=60, page_lag_seconds=0, clock=app.state.clock)
        headers = {} if role is None else issuer.headers(roles=[role], **({**DEPARTMENT, **who}))
        response = await client.get(f"/v1{path}", headers=headers)
        assert response.status_code == expect, response.text
        return response.json()

    return get


@pytest.fixture
def post(client: httpx.AsyncClient, issuer: RunningIssuer) -> Post:
    async def post(path: str, body: object, role: str = "operator", *, expect: int) -> Any:
        headers = issuer.headers(roles=[role], subject="op-1", **DEPARTMENT) | {"Idempotency-Key": str(uuid4())}
        response = await client.post(f"/v1{path}", json=body, headers=headers)
        assert response.status_code == expect, response.text
        return response.json()

    return post
