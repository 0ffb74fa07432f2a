"""The demo's made-up work on deliverables and targets of regions, through the API: twice is as once."""

from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from contracts.plan import plan
from contracts.regions import REGIONS
from fastapi import FastAPI
from yulu.client import Service
from yulu.demo.plan_works import Hands, issue_region_targets

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import TODAY, Facts
from tests.integration.progress.plan_officers import DEPARTMENT, SECOND, Officer


@pytest.fixture
async def service(app: FastAPI, issuer: RunningIssuer, facts: Facts) -> AsyncIterator[Callable[[Officer], Service]]:
    clients: list[httpx.AsyncClient] = []

    def service(who: Officer) -> Service:
        headers = issuer.headers(
            roles=[who.role], subject=who.subject, organisation_kind=who.organisation_kind, region=who.region
        )
        transport = httpx.ASGITransport(app)
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://progress", headers=headers))
        return Service("progress", clients[-1])

    yield service
    for client in clients:
        await client.aclose()


async def test_every_deliverable_has_a_state_or_says_why_not(service: Callable[[Officer], Service]) -> None:
    officer, second = service(DEPARTMENT), service(SECOND)
    regions = {code: service(Officer(f"r-{code}", "plan-reporter", "bureau", code)) for code in REGIONS}
    assert await issue_region_targets(officer, second)
    assert not await issue_region_targets(officer, second)
    targets = await officer.get("/v1/region-targets")
    assert {item["indicator_id"] for item in targets["indicators"]} == {"H1", "M05-I1", "M10-I1", "W1-I1"}
    # Enough of them to see every case; the demo itself works on all.
    some = tuple(
        item
        for item in plan().deliverables()
        if item.id.startswith(("M10-", "M12-", "M18-")) or item.id in {"M08-D1", "M11-D1", "W1-D2", "W1-D3"}
    )
    hands = Hands(officer, second, lambda code: regions[code], TODAY, some)
    assert await hands.set_milestones() > len(some)
    assert await hands.work() > len(some)
    listed = (await officer.get("/v1/deliverables"))["items"]
    assert len(listed) == 327
    states = Counter(item["state"]["state"] if item["state"] else item["state_reason"]["code"] for item in listed)
    assert states.keys() >= {
        "in-progress", "delivered", "verified", "state-not-recorded", "state-is-the-targets",
    }  # fmt: skip
    worked = [item for item in listed if item["id"] in {deliverable.id for deliverable in some}]
    assert all(item["milestones"] for item in worked)
    assert any(item["milestones_overdue"] for item in worked)
    # Once is enough.
    assert (await hands.set_milestones(), await hands.work()) == (0, 0)
