"""progress-api with a clock that stands where a test sets it; its timers run when a test says so."""

from collections.abc import AsyncIterator

import httpx
import pytest
from common.database import Database
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer
from tests.integration.progress.reporting.desk import EARLY, Desk, Hands

REPORTS = (
    "report_rounds, reports, report_items, report_revisions, report_answers, report_values, report_reminders, "
    "report_scans, report_scan_waivers, backfills, backfill_conflicts, backfilled_values, plan_freezes, outbox, "
    "report_duties, reported_values, firm_periods, practices"
)
"""What these tests write."""


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands(EARLY)


@pytest.fixture(scope="module")
async def reporting_client(issuer: RunningIssuer, progress_dsn: str, hands: Hands) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(
        ProgressSettings(
            progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off", timer_seconds=3600
        ),
        clock=lambda: hands.now,
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress") as client,
    ):
        await app.state.looked.wait()
        yield client


@pytest.fixture
async def desk(
    reporting_client: httpx.AsyncClient, issuer: RunningIssuer, database: Database, hands: Hands
) -> AsyncIterator[Desk]:
    connection = await database.connect_raw()
    await connection.execute(f"TRUNCATE {REPORTS}")
    hands.now = EARLY
    yield Desk(reporting_client, issuer, database, connection, hands)
    await connection.close()
