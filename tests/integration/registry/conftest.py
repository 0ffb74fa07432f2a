"""registry-api on a real, migrated database, over HTTP, at a time the test sets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.database import Database
from common.migrations import migrate
from contracts import legal_day
from fastapi import FastAPI
from registry_api.app import build_app
from registry_api.files.runner import FileRunner
from registry_api.imports.runner import ImportRunner
from registry_api.settings import SOURCE, RegistrySettings
from stdnum.cn import uscc

TABLES = (
    "search_keys", "search_entries", "firms", "firm_periods", "lawyers", "practices", "licence_numbers",
    "public_lawyers", "standing_facts", "standing_withdrawals", "standing_conflicts", "disclosures", "mergers",
    "recognitions", "recognition_lists", "assessment_campaigns", "assessments", "assessment_corrections", "interns",
    "supervisors", "imports", "import_lines", "import_findings", "import_changes", "import_seen", "reconciliations",
    "reconciliation_lines", "editions", "edition_manifests", "edition_files", "edition_chunks", "outbox",
    "idempotency_keys", "versions", "proposals", "person_mergers", "id_number_views",
)  # fmt: skip

FOUNDERS = [f"1110120001000000{n}" for n in (1, 2, 3)]
"""Of another province: on record there."""


def credit_code(number: int) -> str:
    body = f"31410000MD{number:07d}"
    return body + str(uscc.calc_check_digit(body))


@dataclass
class Desk:
    """An officer's desk: one request at a time, on the day it is told."""

    http: httpx.AsyncClient
    issuer: Any
    database: Database
    connection: asyncpg.Connection
    now: datetime = datetime(2026, 6, 10, 12, tzinfo=legal_day.SHANGHAI)
    numbers: Any = field(default_factory=lambda: iter(range(1, 100_000)))

    def on(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=legal_day.SHANGHAI)

    def officer(
        self, kind: str = "department", region: str = "410000", role: str = "registry-officer", desk: str = ""
    ) -> dict[str, str]:
        """`desk` names another officer of the same organ."""
        subject = f"{role}-{region}{desk}"
        return self.issuer.headers(roles=[role], region=region, organisation_kind=kind, subject=subject)

    def licensing_system(self) -> dict[str, str]:
        """Its daily export needs no approval: it was given there."""
        return self.officer("system", "410000", "licensing-system")

    async def post(self, path: str, body: Any, *, headers: dict[str, str] | None = None, **more: str) -> httpx.Response:
        sent = (headers or self.officer()) | {"Idempotency-Key": str(uuid4())} | more
        return await self.http.post(path, json=body, headers=sent)

    async def patch(self, path: str, body: Any, etag: str | None = None) -> httpx.Response:
        return await self.http.patch(path, json=body, headers=self.officer() | ({"If-Match": etag} if etag else {}))

    async def approve(self, proposed: httpx.Response, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """What `post` or `patch` has proposed, decided by another officer of the department."""
        path = good(proposed, 202) and proposed.headers["location"]
        return await self.post(f"{path}/approve", None, headers=headers or self.officer(desk="-second"))

    async def done(self, path: str, body: Any, *, headers: dict[str, str] | None = None, **more: str) -> dict[str, Any]:
        """Proposed and approved: what the change has made."""
        return good(await self.approve(await self.post(path, body, headers=headers, **more)))["result"]

    async def changed(self, path: str, body: Any, etag: str | None = None) -> dict[str, Any]:
        return good(await self.approve(await self.patch(path, body, etag)))["result"]

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params, headers=headers or self.officer())

    async def firm(self, region: str = "410100", **more: Any) -> dict[str, Any]:
        number = next(self.numbers)
        body = {
            "credit_code": credit_code(number),
            "name": f"河南第{number}律师事务所",
            "kind": "general-partnership",
            "region": region,
            "established_on": "2010-05-01",
            "founders": FOUNDERS,
            "capital_yuan": 300_000,
        }
        return await self.done("/v1/firms", body | more)

    def licence_number(self, region: str, *, category: int = 1, year: int = 2012) -> str:
        return f"1{region[:4]}{year}{category}0{next(self.numbers):06d}"

    async def lawyer(self, firm: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        place = {"firm_id": firm["firm_id"]} if firm else {"institution": "郑州市司法局", "region": "410100"}
        number = self.licence_number(firm["region"] if firm else "410100", category=1 if firm else 6)
        body = {"name": "张三", "licence_number": number, "first_licensed_on": "2012-03-01"}
        return await self.done("/v1/lawyers", body | place | more)

    async def look_up(self, number: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/v1/public/lawyers/{number}", headers=headers)

    async def upload(
        self,
        content: bytes,
        kind: str,
        *,
        headers: dict[str, str] | None = None,
        path: str = "/v1/imports",
        **more: str,
    ) -> httpx.Response:
        return await self.http.post(
            path,
            files={"file": ("file.csv", content)},
            data={"kind": kind} | more,
            headers=(headers or self.officer()) | {"Idempotency-Key": str(uuid4())},
        )

    async def imported(
        self, content: bytes, kind: str, *, headers: dict[str, str] | None = None, **more: str
    ) -> dict[str, Any]:
        """Uploaded, checked, approved by another officer of the department where that is needed, applied."""
        accepted = good(await self.upload(content, kind, headers=headers, **more), 202)
        state = await self.import_stepped(accepted["import_id"])
        if state["state"] == "checked":
            path = f"/v1/imports/{accepted['import_id']}/approve"
            good(await self.post(path, None, headers=self.officer(desk="-second")))
            state = await self.import_stepped(accepted["import_id"])
        return state

    async def import_stepped(self, import_id: str) -> dict[str, Any]:
        """Chunk after chunk, until there is nothing to do but to decide."""
        async with asyncio.timeout(120):
            runner = ImportRunner(self.database)
            while True:
                await runner.step()
                state = good(await self.get(f"/v1/imports/{import_id}"))
                if state["state"] not in {"queued", "running"}:
                    return state

    async def events(self) -> list[tuple[str, int]]:
        """Short type and version, in the order in which they were written."""
        rows = await self.connection.fetch("SELECT event_type, entity_version FROM outbox ORDER BY id")
        return [(row["event_type"].removeprefix("lawyers.registry."), row["entity_version"]) for row in rows]

    async def count(self, table: str) -> int:
        return await self.connection.fetchval(f"SELECT count(*) FROM {table}")


def good(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def problem(answer: httpx.Response, status: int, kind: str, field_name: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:yulu:problem:{kind}", body
    assert body["title"]
    assert body["title_en"]
    if field_name is not None:
        assert body["field"] == field_name
    return body


@pytest.fixture(scope="session")
async def registry_dsn(postgres) -> str:
    dsn = f"{postgres.url}/registry_api"
    await asyncio.gather(*(migrate(dsn, "registry_api") for _ in range(3)))  # as three processes starting at once
    return dsn


@pytest.fixture(scope="session")
def environment(issuer, registry_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        "REGISTRY_DATABASE_URL": registry_dsn,
        "OIDC_ISSUER": issuer.url,
        "PUBLIC_RATE_LIMIT": "off",
        # What another process has just committed may be missing in a cache for 100 ms.
        "PUBLIC_CACHE_ENTRIES": "0",
        "DATA_DIR": str(tmp_path_factory.mktemp("registry")),
    }


@asynccontextmanager
async def started(
    environment: dict[str, str], *, imports: Callable[[ImportRunner], Awaitable[None]] | None = None
) -> AsyncIterator[FastAPI]:
    """Without runners: tests take each step themselves."""
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(FileRunner, "run", _never)
            patch.setattr(ImportRunner, "run", imports or _never)
            app = build_app(RegistrySettings.load())
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield app


@pytest.fixture(scope="session")
async def first(environment: dict[str, str]) -> AsyncIterator[tuple[FastAPI, dict[str, Any]]]:
    """Built and started once, because routes and connections take half a second; and its state at that time."""
    async with started(environment) as app:
        yield app, dict(app.state._state)


@pytest.fixture
def app(first: tuple[FastAPI, dict[str, Any]]) -> FastAPI:
    """As it was when it had started."""
    app, state = first
    app.state._state.clear()
    app.state._state.update(state, stopping=asyncio.Event(), checks=dict(state["checks"]))
    return app


async def empty(connection: asyncpg.Connection) -> None:
    """A truncated table is a new file, or several; a test writes to few."""
    written = await connection.fetch(
        " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in TABLES)
    )
    if written:
        await connection.execute(f"TRUNCATE {', '.join(row[0] for row in written)} CASCADE")


@pytest.fixture
async def desk(issuer, registry_dsn: str, environment, app: FastAPI, monkeypatch) -> AsyncIterator[Desk]:
    connection = await asyncpg.connect(registry_dsn)
    await empty(connection)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)  # for whoever builds another service beside it
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry", timeout=60) as http:
        desk = Desk(http, issuer, Database(registry_dsn, source=SOURCE), connection)
        monkeypatch.setattr(legal_day, "instant", lambda: desk.now)
        yield desk
        await desk.database.close()
    await connection.close()


async def _never(_runner: object) -> None:
    await asyncio.Event().wait()
