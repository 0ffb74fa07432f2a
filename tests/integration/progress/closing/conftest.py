"""progress-api around the end of the plan, with a few lawyers, a report and a table on record."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import httpx
import pytest
from common.database import Database
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer
from tests.integration.progress.closing.officers import NEW_YEAR, Desk, Hands
from tests.integration.progress.facts import KAIFENG, ZHENGZHOU, Facts

WRITTEN = (
    "public.closings, public.closing_contents, public.closing_papers, public.plan_freezes, public.outbox, "
    "public.report_rounds, public.reports, public.deliverable_works, public.reading_choices, "
    "public.region_target_documents, public.light_declarations, public.light_overrides, "
    "public.statistic_tables, public.backfills, reported_values, national_figures, "
    "national_tables, practices, firm_periods, sanctions"
)


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands()


@pytest.fixture(scope="module")
async def closing_client(issuer: RunningIssuer, progress_dsn: str, hands: Hands) -> AsyncIterator[httpx.AsyncClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("progress_api.app.TASKS", ())
        settings = ProgressSettings(progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off")
        app = build_app(settings, clock=lambda: hands.now)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress") as client,
        ):
            yield client


@pytest.fixture
async def desk(
    closing_client: httpx.AsyncClient, issuer: RunningIssuer, database: Database, hands: Hands
) -> AsyncIterator[Desk]:
    connection = await database.connect_raw()
    await connection.execute(f"TRUNCATE {WRITTEN} CASCADE")
    facts = Facts(connection)
    await facts.staff(await facts.firm(), 30)
    await facts.staff(await facts.firm(region=KAIFENG), 3, region=KAIFENG)
    for _ in range(6):
        await facts.sanction(due=date(2026, 3, 1), published=date(2026, 2, 1))
    for topic, position in (("registry.events", 3), ("discipline.events", 4), ("rights.events", 5)):
        await facts.positions(topic, position)
    await connection.execute(
        "INSERT INTO reported_values VALUES ($1, 1, 'M18-I3', $2, $3, $4, $5, 40)",
        uuid4(), ZHENGZHOU, date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 15),
    )  # fmt: skip
    hands.on(NEW_YEAR)
    yield Desk(closing_client, issuer, database, connection, hands)
    await connection.close()
