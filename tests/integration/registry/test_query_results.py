"""A query result names whom the number belongs to today, asked of the real registry and kept nowhere."""

from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.migrations import migrate
from discipline_api.app import build_app
from discipline_api.settings import DisciplineSettings


@pytest.fixture
async def discipline(desk, postgres, monkeypatch):
    dsn = f"{postgres.url}/discipline_for_results"
    await migrate(dsn, "discipline_api")
    monkeypatch.setenv("DISCIPLINE_DATABASE_URL", dsn)
    app = build_app(
        DisciplineSettings.load(), clock=lambda: desk.now, registry=httpx.ASGITransport(desk.http._transport.app)
    )
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://discipline") as http,
        app.router.lifespan_context(app),
    ):
        yield http
    connection = await asyncpg.connect(dsn)
    kept = await connection.fetch("SELECT q::text AS line FROM query_results q")
    assert all("张三" not in row["line"] for row in kept)
    await connection.close()


async def test_the_name_is_todays_and_a_firms_too_and_an_unknown_number_is_said_to_be_unknown(desk, discipline):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)

    async def asked(**question):
        answer = await discipline.post(
            "/v1/public/query-results", json=question, headers={"Idempotency-Key": uuid4().hex}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    assert (await asked(licence_number=lawyer["licence_number"]))["registered_name"] == "张三"
    assert (await asked(credit_code=firm["credit_code"]))["registered_name"] == firm["name"]
    unknown = await asked(licence_number=desk.licence_number("410100"))
    assert unknown["registered_name"] is None
    assert unknown["registered_remark_zh"] == "本省公开登记中没有该号码"
