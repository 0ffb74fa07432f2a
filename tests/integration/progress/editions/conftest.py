"""progress-api on a day of November 2026, three officers of the department, and facts of every kind of secrecy."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.database import Database
from fastapi import FastAPI
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer
from tests.integration.progress.editions.officers import DRAFTER, NOW, REVIEWER, SENTINEL, SIGNER
from tests.integration.progress.facts import KAIFENG, ZHENGZHOU, Facts

Call = Callable[..., Awaitable[httpx.Response]]
Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="module")
async def app(issuer: RunningIssuer, progress_dsn: str) -> AsyncIterator[FastAPI]:
    """Without timers: they would make October's forecasts beside a test's own."""
    settings = ProgressSettings(progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("progress_api.app.TASKS", ())
        app = build_app(settings, clock=lambda: NOW)
        async with app.router.lifespan_context(app):
            yield app


async def plant(connection: asyncpg.Connection) -> Facts:
    """30 lawyers in Zhengzhou and 3 in Kaifeng; of closed matters six published sanctions and three complaints; reports
    of Zhengzhou and Kaifeng, one of them of two cases.
    """
    await connection.execute(
        "TRUNCATE public.editions, public.edition_contents, public.edition_papers, public.outbox, practices, "
        "firm_periods, sanctions, complaints, recognitions, positions, parked, reported_values, "
        "public.light_overrides, public.forecasts, public.forecast_rounds CASCADE"
    )
    facts = Facts(connection)
    large, small = await facts.firm(), await facts.firm(region=KAIFENG)
    await facts.staff(large, 30)
    await facts.staff(small, 3, region=KAIFENG)
    for _ in range(6):
        await facts.sanction(due=date(2026, 3, 1), published=date(2026, 2, 1))
    accepted = datetime(2026, 3, 2, tzinfo=UTC)
    for _ in range(3):
        await facts.complaint(accepted=accepted, due=datetime(2026, 4, 1, tzinfo=UTC), closed=accepted)
    for topic, position in (("registry.events", 3), ("discipline.events", 4), ("rights.events", 5)):
        await facts.positions(topic, position)
    for indicator_id, region, amount, base in (
        ("M14-I4", ZHENGZHOU, SENTINEL, None),
        ("M18-I3", ZHENGZHOU, 40, None),
        ("M18-I3", KAIFENG, 2, None),
        ("M01-I1", ZHENGZHOU, 30, 100),
        ("M01-I1", KAIFENG, 60, 100),
    ):
        await connection.execute(
            "INSERT INTO reported_values VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)",
            uuid4(), indicator_id, region, date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 15), amount, base,
        )  # fmt: skip
    return facts


@pytest.fixture(scope="module")
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await database.connect_raw()
    yield connection
    await connection.close()


@pytest.fixture
async def facts(connection: asyncpg.Connection) -> Facts:
    return await plant(connection)


@pytest.fixture(scope="module")
async def call(app: FastAPI, issuer: RunningIssuer) -> AsyncIterator[Call]:
    """Of nobody, or of an officer; `version` becomes If-Match."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress") as client:

        async def call(
            method: str,
            path: str,
            who: dict[str, Any] | None = None,
            *,
            version: int | None = None,
            json: Any = None,
            expect: int | None = None,
            headers: dict[str, str] | None = None,
        ) -> httpx.Response:
            sent = dict(headers or {}) if who is None else issuer.headers(**who) | dict(headers or {})
            if method == "POST":
                sent["Idempotency-Key"] = str(uuid4())
            if version is not None:
                sent["If-Match"] = f'"v{version}"'
            answer = await client.request(method, path, headers=sent, json=json)
            assert expect is None or answer.status_code == expect, answer.text
            return answer

        yield call


async def drafted(call: Call, **body: Any) -> dict[str, Any]:
    answer = await call("POST", "/v1/editions", DRAFTER, json={"period": "2026-10", **body}, expect=201)
    found: dict[str, Any] = answer.json()
    return found


async def signed(call: Call, number: int = 12, **body: Any) -> dict[str, Any]:
    """Drafted, reviewed and signed under the given running number."""
    at = f"/v1/editions/{(await drafted(call, **body))['edition_id']}"
    await call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    signature = {"document_number": f"豫司文〔2026〕{number}号"}
    found: dict[str, Any] = (await call("POST", f"{at}/issue", SIGNER, version=2, json=signature, expect=200)).json()
    return found


@pytest.fixture
def draft(call: Call, facts: Facts) -> Make:
    return partial(drafted, call)


@pytest.fixture
def issued(call: Call, facts: Facts) -> Make:
    return partial(signed, call)
