"""The demo's national tables are those that were published: entered once, none of them recalled or made up."""

import httpx
from fastapi import FastAPI
from yulu.client import Service
from yulu.demo.plan_published import enter_published_tables

from tests.conftest import RunningIssuer
from tests.integration.progress.national_tables.conftest import Call, Told
from tests.integration.progress.readers import DEPARTMENT


async def test_the_demo_enters_published_tables_once(
    app: FastAPI, issuer: RunningIssuer, call: Call, told: Told
) -> None:
    def service(subject: str, http: httpx.AsyncClient) -> Service:
        http.headers.update(issuer.headers(roles=["plan-officer"], subject=subject, **DEPARTMENT))
        return Service("progress", http)

    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://progress") as one,
        httpx.AsyncClient(transport=transport, base_url="http://progress") as two,
    ):
        first, second = service("demo-officer", one), service("demo-second-officer", two)
        assert await enter_published_tables(first, second) == 6
        assert await enter_published_tables(first, second) == 0
    tables = (await call("GET", "/statistics", role="plan-reader")).json()["items"]
    assert {(table["year"], table["convention"]["code"]) for table in tables} == {
        (2020, "all-kinds"), (2021, "all-kinds"), (2022, "all-kinds"),
        (2022, "without-military"), (2023, "without-military"), (2024, "without-military"),
    }  # fmt: skip
    await told.project()
    # The last of the eight that the ministry named at the end of 2022.
    assert (await call("GET", "/indicators/H2")).json()["value"] == 8
    [rank] = [table["rank"] for table in tables if (table["year"], table["ranks"]) == (2022, True)]
    assert (rank["best"], rank["worst"]) == (1, 8)
