"""progress-api at a time of the tests' choosing, two officers of the department, and what the projector would do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from common.database import Database
from common.events import Event, decode
from common.positions import Received
from contracts.report_events import NationalFiguresConfirmed
from contracts.working_days import SHANGHAI
from fastapi import FastAPI
from progress_api.app import build_app
from progress_api.board import Board
from progress_api.settings import ProgressSettings
from progress_store.projection import Projection

from tests.conftest import RunningIssuer
from tests.integration.progress.readers import DEPARTMENT

NOBODY = "nobody"
"""As a role: without a token."""

PROJECTED = "national_figures, national_tables"
OWN = (
    "public.statistic_figures, public.statistic_revisions, public.statistic_tables, public.outbox, "
    "public.forecasts, public.forecast_rounds, public.forecast_month_ends, public.reading_choices"
)

MOVED = """
INSERT INTO positions (topic, partition, epoch, last_seq, last_partition_hash)
VALUES ('progress.events', 0, '1.1', 1, '')
ON CONFLICT (topic, partition) DO UPDATE SET last_seq = positions.last_seq + 1
"""
"""What tells readers that rows may have changed."""


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 26, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.fixture(scope="module")
def clock_of_app() -> Clock:
    return Clock()


@pytest.fixture
def clock(clock_of_app: Clock) -> Clock:
    clock_of_app.now = Clock.now
    return clock_of_app


@pytest.fixture(scope="module")
async def app(issuer: RunningIssuer, progress_dsn: str, clock_of_app: Clock) -> AsyncIterator[FastAPI]:
    settings = ProgressSettings(
        progress_database_url=progress_dsn,
        oidc_issuer=issuer.url,
        public_rate_limit="off",
        page_lag_seconds=0,
        timer_seconds=3600,
    )
    app = build_app(settings, clock=clock_of_app)
    async with app.router.lifespan_context(app):
        # The timers read what the tests empty; from here on the tests call them.
        await app.state.looked.wait()
        yield app


Call = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def call(app: FastAPI, issuer: RunningIssuer, database: Database, clock: Clock) -> AsyncIterator[Call]:
    """call("POST", path, body, expect=201, by="officer-2", if_match=etag); a plan-officer of the department asks."""
    connection = await database.connect_raw()
    await connection.execute(f"TRUNCATE {PROJECTED}, {OWN}")
    await connection.execute(MOVED)
    await connection.close()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress") as client:

        async def call(
            method: str, path: str, body: object = None, *, expect: int = 200, by: str = "officer-1",
            role: str = "plan-officer", if_match: str | None = None, **more: Any,
        ) -> httpx.Response:  # fmt: skip
            # Facts are written in tests past the positions by which a board notices them.
            app.state.board = Board(app.state.database, recompute_seconds=60, page_lag_seconds=0, clock=clock)
            sent: dict[str, Any] = {name: more.pop(name) for name in ("files", "data") if name in more}
            headers = issuer.headers(roles=[role], subject=by, **(DEPARTMENT | more))
            headers |= {"Idempotency-Key": str(uuid4())} | ({"If-Match": if_match} if if_match else {})
            if body is not None:
                sent["json"] = body
            if role == NOBODY:
                del headers["Authorization"]
            response = await client.request(method, f"/v1{path}", headers=headers, **sent)
            assert response.status_code == expect, response.text
            return response

        yield call


@dataclass
class Told:
    """The events that this room has told, and the projector's work upon them."""

    database: Database
    applied: int = 0

    async def events(self) -> list[Event]:
        connection = await self.database.connect_raw()
        # Timers of other rooms tell events of their own.
        rows = await connection.fetch(
            "SELECT bytes FROM outbox WHERE event_type = $1 ORDER BY id", NationalFiguresConfirmed.event_type
        )
        await connection.close()
        return [decode(row["bytes"]).event() for row in rows]

    async def project(self) -> None:
        events = (await self.events())[self.applied :]
        self.applied += len(events)
        received = [SimpleNamespace(event=e, envelope=SimpleNamespace(subject=e.key())) for e in events]
        async with self.database.begin() as tx:
            await Projection().apply(tx, cast(list[Received], received), None)
            await (await tx.raw()).execute(MOVED)


@pytest.fixture
def told(database: Database) -> Told:
    return Told(database)
