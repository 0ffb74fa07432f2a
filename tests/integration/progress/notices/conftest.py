"""progress-api over a database of its own, whose clock the test moves, and officers who write to it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from common.database import Database
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer

DEPARTMENT = {"region": "410000", "organisation_kind": "department"}
BUREAU = {"region": "410100", "organisation_kind": "bureau"}


@dataclass
class Watch:
    """The time as the app is told it."""

    now: datetime = datetime(2026, 2, 6, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> datetime:
        """In China's time."""
        self.now = datetime.fromisoformat(f"{text}+08:00")
        return self.now


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
async def client(issuer: RunningIssuer, progress_dsn: str, watch: Watch) -> AsyncIterator[httpx.AsyncClient]:
    settings = ProgressSettings(
        progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off", timer_seconds=3600
    )
    app = build_app(settings, clock=watch)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress") as client,
    ):
        await app.state.looked.wait()
        yield client


@pytest.fixture
async def connection(database: Database, client: httpx.AsyncClient, watch: Watch) -> AsyncIterator[asyncpg.Connection]:
    """Empty tables, and a morning in February 2026."""
    watch.set("2026-02-06T09:00")
    connection = await database.connect_raw()
    await connection.execute(
        "TRUNCATE notices, notice_steps, notice_numbers, notice_looks, notice_reds, reports, deliverable_works, "
        "inspections, inspection_programmes, region_inspections, inspection_findings, finding_steps, "
        "reported_values, practices, firm_periods, public.outbox, public.idempotency_keys CASCADE"
    )
    yield connection
    await connection.close()


class Caller:
    """Calls in the name of one officer; `etag`: of the answer before."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def get(self, path: str, *, expect: int = 200) -> Any:
        answer = await self._client.get(f"/v1{path}", headers=self._headers)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def post(
        self, path: str, body: object, *, expect: int = 200, version: int | None = None, key: str | None = None
    ) -> Any:
        headers = self._headers | {"Idempotency-Key": key or str(uuid4())}
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        answer = await self._client.post(f"/v1{path}", json=body, headers=headers)
        assert answer.status_code == expect, answer.text
        return answer.json()


@pytest.fixture
def caller(client: httpx.AsyncClient, issuer: RunningIssuer, connection: asyncpg.Connection) -> Callable[..., Caller]:
    def caller(role: str = "plan-officer", subject: str = "officer-1", **who: Any) -> Caller:
        return Caller(client, issuer.headers(roles=[role], subject=subject, **(DEPARTMENT | who)))

    return caller


@pytest.fixture
def officer(caller: Callable[..., Caller]) -> Caller:
    return caller()


@pytest.fixture
def second(caller: Callable[..., Caller]) -> Caller:
    return caller("plan-signer", "officer-2")


@pytest.fixture
def bureau(caller: Callable[..., Caller]) -> Caller:
    return caller("plan-reporter", "zhengzhou-1", **BUREAU)


async def owe_report(
    connection: asyncpg.Connection, due: date, *, region: str = "410100", reporter: str = "city-bureau"
) -> UUID:
    """Of the last quarter of 2025."""
    report_id = uuid4()
    await connection.execute(
        "INSERT INTO reports (report_id, plan_id, reporter, region, period, from_on, until_on, due_on) "
        "VALUES ($1, $2, $3, $4, '2025Q4', '2025-10-01', '2025-12-31', $5)",
        report_id, uuid4().hex, reporter, region, due,
    )  # fmt: skip
    return report_id


async def told(connection: asyncpg.Connection) -> list[tuple[str, int]]:
    """Types and versions of the events so far."""
    rows = await connection.fetch("SELECT event_type, entity_version FROM public.outbox ORDER BY id")
    return [
        (row["event_type"].removeprefix("lawyers.progress.").removesuffix(".v1"), row["entity_version"]) for row in rows
    ]


NOTICE = {
    "colour": "blue",
    "addressee": "city-bureau",
    "region": "410100",
    "subject_kind": "measure",
    "subject": "M05",
    "text": "请于期限内报送规模所培育方案。",
}
ANSWER = {"text": "方案已印发。", "evidence": [{"kind": "document", "reference": "郑司〔2026〕8号"}]}
