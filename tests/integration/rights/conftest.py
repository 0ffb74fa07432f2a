"""The rights service over HTTP, on a database of its own per test, cloned from a migrated template."""

import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.migrations import migrate
from common.telemetry import configure_logging
from contracts.working_days import SHANGHAI
from fastapi import FastAPI
from rights_api.app import build_app
from rights_api.settings import RightsSettings

TEMPLATE = "rights_template"

NAME = "张三丰测试"
LICENCE_NUMBER = "14101201010765432"
CONTACT = "13900008888"
FACTS = "看守所民警拒绝安排会见独特标记"


def filing(**changes: Any) -> dict[str, Any]:
    """A complete body; a change to None leaves the field out."""
    body = {
        "kind": "COMPLAINT",
        "identity_mode": "named",
        "right": "MEET",
        "respondent": "DETENTION",
        "respondent_level": "city",
        "registration_region": "410100",
        "incident_region": "410300",
        "incident_at": "2026-03-02T09:00:00+08:00",
        "facts": FACTS,
        "complainant": {"name": NAME, "licence_number": LICENCE_NUMBER, "contact": CONTACT},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


@pytest.fixture(scope="session")
async def template(postgres) -> str:
    await migrate(f"{postgres.url}/{TEMPLATE}", "rights_api")
    return postgres.url


@pytest.fixture
async def dsn(template: str) -> AsyncIterator[str]:
    name = f"rights_{uuid4().hex}"
    server = await asyncpg.connect(f"{template}/postgres")
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    yield f"{template}/{name}"
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


@pytest.fixture
async def sql(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


@pytest.fixture
def make_app(dsn: str, issuer, tmp_path) -> Callable[..., FastAPI]:
    def make(**changes: Any) -> FastAPI:
        limits = {"receipt_rate_limit": "off", "filing_rate_limit": "off"}
        return build_app(
            RightsSettings(
                environment="test",
                rights_database_url=dsn,
                oidc_issuer=issuer.url,
                data_dir=str(tmp_path),
                **(limits | changes),
            )
        )

    return make


@pytest.fixture
async def app(make_app) -> AsyncIterator[FastAPI]:
    app = make_app()
    async with app.router.lifespan_context(app):
        yield app


def client_of(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://rights")


@pytest.fixture
async def http(app) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
def file(http):
    async def file(*, key: str | None = None, **changes: Any) -> httpx.Response:
        return await http.post(
            "/v1/complaints", json=filing(**changes), headers={"Idempotency-Key": key or uuid4().hex}
        )

    return file


@pytest.fixture
def officer(issuer) -> Callable[..., dict[str, str]]:
    def headers(kind: str = "city-association", region: str = "410100", **rights: Any) -> dict[str, str]:
        return issuer.headers(**({"roles": ["rights-officer"], "organisation_kind": kind, "region": region} | rights))

    return headers


@pytest.fixture
def step(http, officer):
    """Takes a step of a case as an officer, at the version given, each time with a fresh key."""

    async def step(
        complaint_id: Any, name: str, version: int, body: dict[str, Any] | None = None, **who: Any
    ) -> httpx.Response:
        headers = officer(**who) | {"If-Match": f'"v{version}"', "Idempotency-Key": uuid4().hex}
        return await http.post(f"/v1/complaints/{complaint_id}/{name}", json=body, headers=headers)

    return step


@pytest.fixture
def follow(http):
    """The case as its complainant sees it."""

    async def follow(receipt: str) -> dict[str, Any]:
        opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
        assert opened.status_code == 201, opened.text
        seen = await http.get("/v1/receipts/case", headers={"Receipt-Session": opened.json()["session"]})
        assert seen.status_code == 200, seen.text
        assert seen.headers["cache-control"] == "no-store"
        return seen.json()

    return follow


@pytest.fixture
def log() -> Any:
    """Everything that any logger writes, at its most talkative."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = StringIO()
    configure_logging("rights-api", "DEBUG", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)


@pytest.fixture
def today() -> Callable[[], str]:
    """The day of law; the machine's own may be another."""
    return lambda: datetime.now(SHANGHAI).date().isoformat()


REFUSAL = {
    "ground": "not_our_channel",
    "text": "所述事项不属于维权范围",
    "other_channel": {"organ": "郑州市中级人民法院", "how": "向立案庭递交书面材料"},
}
