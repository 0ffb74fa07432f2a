"""The demo's notices and inspections are entered once, and stand in different states."""

import asyncpg
import httpx
from yulu.client import Service
from yulu.demo.plan_supervision import supervise

from tests.conftest import RunningIssuer
from tests.integration.progress.notices.conftest import DEPARTMENT, Caller, Watch


async def test_the_demo_supervises_once(
    client: httpx.AsyncClient, issuer: RunningIssuer, connection: asyncpg.Connection, officer: Caller, watch: Watch
) -> None:
    def service(subject: str, http: httpx.AsyncClient) -> Service:
        http.headers.update(issuer.headers(roles=["plan-officer"], subject=subject, **DEPARTMENT))
        return Service("progress", http)

    transport, today = client._transport, watch.now.date()
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://progress") as one,
        httpx.AsyncClient(transport=transport, base_url="http://progress") as two,
    ):
        first, second = service("demo-officer", one), service("demo-second-officer", two)
        assert await supervise(first, second, today) == 5
        assert await supervise(first, second, today) == 0
    notices = (await officer.get("/notices"))["items"]
    assert sorted((each["colour"], each["state"]) for each in notices) == [
        ("blue", "issued"), ("blue", "withdrawn"), ("red", "issued"),
    ]  # fmt: skip
    inspections = (await officer.get("/inspections"))["items"]
    assert {each["state"] for each in inspections} == {"completed", "rectifying"}
