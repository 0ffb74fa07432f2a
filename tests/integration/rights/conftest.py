"""The rights service over HTTP, on a real, migrated database that each test finds empty, at a time the test may set."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.migrations import migrate
from common.telemetry import configure_logging
from common.timers import run_once
from contracts.working_days import SHANGHAI, local_date
from fastapi import FastAPI
from rights_api.app import build_app, tasks_of
from rights_api.public_app import build_public_app
from rights_api.public_settings import PublicSettings
from rights_api.settings import RightsSettings
from starlette.routing import Match

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


@dataclass
class Time:
    """What the app is told; the machine's own time until a test sets another."""

    now: datetime | None = None

    def __call__(self) -> datetime:
        return datetime.now(UTC) if self.now is None else self.now.astimezone(UTC)

    def at(self, text: str) -> datetime:
        """In China."""
        self.now = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
        return self.now


@pytest.fixture(scope="session")
async def dsn(postgres) -> str:
    dsn = f"{postgres.url}/rights_api"
    await migrate(dsn, "rights_api")
    return dsn


@pytest.fixture(scope="session")
async def keys_dsn(postgres) -> str:
    dsn = f"{postgres.url}/rights_keys"
    await migrate(dsn, "rights_api.keys")
    return dsn


@pytest.fixture(scope="session")
def time_of_app() -> Time:
    return Time()


@pytest.fixture
def time(time_of_app: Time) -> Iterator[Time]:
    yield time_of_app
    time_of_app.now = None


_KEPT = (
    "alembic_version", "exchange_log_clients", "exchange_log_head", "feed_head", "feed_partition_heads",
    "operator_acts_head", "publication",
)  # fmt: skip
_ZERO = "decode(repeat('00', 32), 'hex')"
HEADS = (
    f"UPDATE feed_head SET position = 0, hash = {_ZERO}, recorded_at = '-infinity';"
    f"UPDATE feed_partition_heads SET seq = 0, hash = {_ZERO}; UPDATE publication SET position = 0"
)


async def empty(connection: asyncpg.Connection) -> None:
    """Every table but those of one row, which go back to where the migration left them."""
    tables = [
        row[0]
        for row in await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename !~ '^(exchange_log|operator_acts)'"  # chains that go on from test to test
        )
        if row[0] not in _KEPT
    ]
    written = await connection.fetch(
        " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
    )
    if not written:
        return
    # Tables that only grow refuse to be emptied, save by whoever may switch their triggers off.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(f"TRUNCATE {', '.join(row[0] for row in written)} RESTART IDENTITY CASCADE")
    await connection.execute("SET session_replication_role = origin")
    await connection.execute(HEADS)


@pytest.fixture
async def sql(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    await empty(connection)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory) -> str:
    """Of both processes: their development keys are there."""
    return str(tmp_path_factory.mktemp("rights"))


@pytest.fixture(scope="session")
def build(*, dsn: str, keys_dsn: str, issuer, data_dir: str, time_of_app: Time) -> Callable[..., FastAPI]:
    """The office's process."""

    def make(**changes: Any) -> FastAPI:
        settings = RightsSettings(
            environment="test",
            rights_database_url=dsn,
            rights_keys_database_url=keys_dsn,
            oidc_issuer=issuer.url,
            data_dir=data_dir,
            **({"timer_seconds": 3600, "rights_attachment_seconds": 3600} | changes),
        )
        settings.publish_office_key()
        return build_app(settings, clock=time_of_app)

    return make


@pytest.fixture(scope="session")
def build_public(dsn: str, issuer, data_dir: str, time_of_app: Time, build) -> Callable[..., FastAPI]:
    """The complainants' process."""

    def make(**changes: Any) -> FastAPI:
        limits = {"receipt_rate_limit": "off", "filing_rate_limit": "off", "evaluation_rate_limit": "off"}
        given = {"environment": "test", "oidc_issuer": issuer.url, "data_dir": data_dir} | limits | changes
        settings = PublicSettings(rights_database_url=dsn, **given)
        return build_public_app(settings, clock=time_of_app)

    return make


@pytest.fixture
def make_app(build_public, sql) -> Callable[..., FastAPI]:
    """Another process for complainants on the same, emptied database."""
    return build_public


@pytest.fixture(scope="session")
async def running(build) -> AsyncIterator[FastAPI]:
    app = build()
    async with app.router.lifespan_context(app):
        await app.state.looked.wait()
        yield app


@pytest.fixture(scope="session")
async def running_public(build_public, running: FastAPI) -> AsyncIterator[FastAPI]:
    app = build_public()
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def public(running_public: FastAPI, sql: asyncpg.Connection, time: Time) -> FastAPI:
    """The complainants' side, where `app` is the office's."""
    return running_public


@pytest.fixture
def app(running: FastAPI, sql: asyncpg.Connection, time: Time) -> FastAPI:
    return running


@pytest.fixture
def timers(app: FastAPI) -> Callable[[], Awaitable[int]]:
    """One round of what the app does as time passes, at the time it is told."""

    async def timers() -> int:
        return await run_once(app.state.database, app.state.clock(), tasks_of(app.state.settings, app.state.vault))

    return timers


def client_of(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://rights")


class BothSides(httpx.AsyncBaseTransport):
    """What complainants ask goes to their process, everything else to the office's."""

    def __init__(self, office: FastAPI, public: FastAPI) -> None:
        self._office = httpx.ASGITransport(app=office, raise_app_exceptions=False)
        self._public = httpx.ASGITransport(app=public, raise_app_exceptions=False)
        own = {"/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"}
        self._routes = [route for route in public.routes if getattr(route, "path", None) not in own]
        self._is_theirs = cache(self._matches)  # all their routes are looked at for each path of the office

    def _matches(self, method: str, path: str) -> bool:
        scope = {"type": "http", "method": method, "path": path, "root_path": ""}
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        theirs = self._is_theirs(request.method, request.url.path)
        return await (self._public if theirs else self._office).handle_async_request(request)


@pytest.fixture
async def http(app, public) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=BothSides(app, public), base_url="http://rights") as client:
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
    """Takes a step of a case as an officer, at the version given, each time with a fresh key; takes the case first."""

    async def step(
        complaint_id: Any, name: str, version: int, body: dict[str, Any] | None = None, *, take: bool = True, **who: Any
    ) -> httpx.Response:
        if take:
            await http.post(
                f"/v1/complaints/{complaint_id}/assignments",
                json={},
                headers=officer(**who) | {"Idempotency-Key": uuid4().hex},
            )
        headers = officer(**who) | {"If-Match": f'"v{version}"', "Idempotency-Key": uuid4().hex}
        return await http.post(f"/v1/complaints/{complaint_id}/{name}", json=body, headers=headers)

    return step


@pytest.fixture
def walk(step, app):
    """Takes the steps named in turn, with a body that will do for each; gives the last answer."""

    async def walk(complaint_id: Any, *names: str, version: int = 1, **who: Any) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for number, name in enumerate(names, version):
            on = local_date(app.state.clock()).isoformat()
            body = BODIES.get(name)
            if body is not None:
                body = {key: on if value == "today" else value for key, value in body.items()}
            answer = await step(complaint_id, name, number, body, **who)
            assert answer.status_code == 200, f"{name}: {answer.text}"
            told = answer.json()
        return told

    return walk


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
def own(http):
    """Takes a step of the complainant himself."""

    async def own(receipt: str, name: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
        headers = {"Receipt-Session": opened.json()["session"], "Idempotency-Key": key or uuid4().hex}
        return await http.post(f"/v1/receipts/case/{name}", json=body or {}, headers=headers)

    return own


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


BODIES: dict[str, dict[str, Any]] = {
    "info-request": {"text": "请补充会见手续"},
    "letter": {"document_number": "郑律函〔2026〕1号", "document_date": "today", "organ": "郑州市第一看守所"},
    "decision": {"decided_on": "today", "received_on": "today", "organ": "郑州市人民检察院", "summary": "已纠正"},
    "reply": {"text": "已责成改正"},
    "objection-upheld": {"text": "重新办理"},
    "objection-rejected": {"text": "原答复适当"},
    "inspection-report": {"organ": "郑州市公安局纪检组", "document_number": "1号", "document_date": "today"},
    "termination": {"reason": "无法继续"},
    "contact": {},
    "call": {},
    "monitoring": {},
}
"""`today` stands for the day of law."""

EVIDENCE = {"document_number": "郑看〔2026〕2号", "document_date": "2026-03-02", "organ": "郑州市第一看守所"}

REFUSAL = {
    "ground": "not_our_channel",
    "text": "所述事项不属于维权范围",
    "other_channel": {"organ": "郑州市中级人民法院", "how": "向立案庭递交书面材料"},
}
