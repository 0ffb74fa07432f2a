"""The demo's three years, through the API and the projector: everything has a value or says why not, to everybody."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from common.auth import ROLES
from common.database import Database
from common.events import decode
from common.positions import Received
from contracts.legal_day import midnight
from contracts.plan import plan
from contracts.regions import REGIONS
from fastapi import FastAPI
from progress_api.board import Board
from progress_api.history.store_telling import when_a_day_has_ended_tell_its_values
from progress_api.reporting.timers import open_reports
from progress_store.projection import Projection
from progress_store.queries import COMPUTATIONS
from yulu.client import Service, Yulu
from yulu.demo import plan as demo
from yulu.demo.plan_works import Hands

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import KAIFENG, TABLES, TODAY, ZHENGZHOU, Facts

DAYS = (TODAY, TODAY.replace(day=1), date(2024, 6, 30), date(2024, 1, 1))
LONG = frozenset({"/v1/stream"})
"""Streams: they end with their listener."""

WORKED_ON = tuple(item for item in plan().deliverables() if item.id[:3] in {"M01", "M12", "W2-"})
"""Work on the other deliverables is of the same kinds, and takes its time."""


async def register(facts: Facts) -> None:
    """A small province as the other feeds would tell it."""
    firm = await facts.firm(from_on=date(2020, 1, 1))
    branch = await facts.firm(kind="branch", parent=firm, region=KAIFENG)
    await facts.staff(firm, 101)
    await facts.staff(branch, 12, region=KAIFENG)
    await facts.recognise(firm, "comprehensive-firm")
    await facts.sanction(due=date(2026, 1, 20), published=date(2026, 1, 12))
    at = datetime(2026, 3, 2, tzinfo=UTC)
    await facts.complaint(accepted=at, due=at, closed=at)


async def projected(database: Database) -> None:
    """The whole feed, as the projector applies it."""
    pool = await database.pool()
    envelopes = [decode(bytes(row["bytes"])) for row in await pool.fetch("SELECT bytes FROM public.outbox ORDER BY id")]
    received = [Received("progress.events", 0, n, each, each.event()) for n, each in enumerate(envelopes)]
    assert {each.envelope.type for each in received} <= Projection.handles | Projection.ignores
    async with database.begin() as tx:
        await Projection().apply(tx, [each for each in received if each.envelope.type in Projection.handles], None)


@pytest.fixture(scope="module")
async def told(app: FastAPI, issuer: RunningIssuer, database: Database) -> AsyncIterator[list[str]]:
    """What each step of the demo said."""
    connection = await database.connect_raw()
    await connection.execute(f"TRUNCATE {TABLES}")
    async with AsyncExitStack() as stack:

        async def caller(role: str, subject: str, kind: str = "department", region: str = "410000") -> Yulu:
            headers = issuer.headers(roles=[role], subject=subject, organisation_kind=kind, region=region)
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress", headers=headers)
            return cast(Yulu, SimpleNamespace(progress=Service("progress", await stack.enter_async_context(client))))

        officers = demo.Officers(
            await caller("plan-officer", "demo-officer"),
            await caller("plan-officer", "demo-second-officer"),
            await caller("plan-signer", "demo-reviewer"),
            await caller("plan-signer", "demo-signer"),
            {code: await caller("plan-reporter", f"demo-{code}", "bureau", code) for code in REGIONS},
            TODAY,
        )
        await register(Facts(connection))
        await open_reports(database, midnight(TODAY))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(demo, "Hands", partial(Hands, deliverables=WORKED_ON))
            said = [await step.run(officers) for step in demo.STEPS]
            await when_a_day_has_ended_tell_its_values(database, midnight(TODAY))
            await projected(database)
            yield said
    await connection.close()


def headers_of(issuer: RunningIssuer, role: str, kind: str = "department", region: str = "410000") -> dict[str, str]:
    return issuer.headers(roles=[role], organisation_kind=kind, region=region, organisation_id=f"{kind}-{region}")


async def test_every_number_target_and_deliverable_has_a_value_or_says_why_not(
    app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, told: list[str]
) -> None:
    assert len(told) == len(demo.STEPS)
    app.state.board = Board(app.state.database, recompute_seconds=60, page_lag_seconds=0, clock=app.state.clock)

    # Matters of discipline and of rights are for their officers from day to day.
    roles = ["plan-officer", "discipline-officer", "rights-officer", "registry-officer"]
    everything = issuer.headers(roles=roles, organisation_kind="department", region="410000")

    async def get(path: str) -> Any:
        answer = await client.get(f"/v1{path}", headers=everything)
        assert answer.status_code == 200, answer.text
        return answer.json()

    valued = set()
    for indicator in plan().indicators():
        for day in DAYS:
            found = await get(f"/indicators/{indicator.id}?as_of={day}")
            assert (found["value"] is None) == (found["reason"] is not None), found
            assert found["value"] is not None or (found["reason"]["zh"] and found["reason"]["en"])
        valued.add(indicator.id) if (await get(f"/indicators/{indicator.id}"))["value"] is not None else None
    assert len(COMPUTATIONS) == 86
    assert {"H1", "H2", "M01-I1", "M05-I1", "M12-I1", "M18-I3", "W2-I2"} <= valued
    assert "W2-I1" not in valued, "nobody is late before he was asked"
    assert len(valued) > 60
    targets = (await get("/targets"))["targets"]
    assert len(targets) == 11
    for target in targets:
        computed = target["computed"]
        assert (computed["value"] is None) == (computed["reason"] is not None), target
    for day in DAYS:
        deliverables = (await get(f"/deliverables?as_of={day}"))["items"]
        assert len({item["id"] for item in deliverables}) == 120
        assert all((item["state"] is None) == (item["state_reason"] is not None) for item in deliverables)
        lights = (await get(f"/lights?as_of={day}"))["lights"]
        assert all(light["reason"]["zh"] and light["reason"]["en"] for light in lights)
        assert {light["id"] for light in lights if light["of"] == "deliverable"} == {d["id"] for d in deliverables}
    assert {item["state"]["state"] for item in deliverables if item["state"]} == set(), "nothing before the plan"


async def ids(app: FastAPI) -> dict[str, list[str]]:
    """What a path may ask for: things that are there, and one of each kind that is not."""
    pool = await app.state.database.pool()

    async def some(query: str) -> list[str]:
        return [str(row[0]) for row in await pool.fetch(query)] + [str(UUID(int=1, version=4))]

    return {
        "indicator_id": ["H1", "H2", "M12-I3", "M18-I2", "W2-I2", "nothing"],
        "measure_id": ["M12", "W2", "nothing"],
        "deliverable_id": ["M12-D1", "M01-D1", "nothing"],
        "item_id": ["T1", "M12", "G1", "M12-D1", "H1", "nothing"],
        "of": ["target", "measure", "group", "deliverable", "indicator", "plan"],
        "kind": ["bulletin", "circular", "nothing"],
        "form": ["xlsx", "docx"],
        "target_id": ["T1", "T2", "T6", "nothing"],
        "plan_id": [plan().meta.id, "nothing"],
        "number": ["1"],
        "report_id": await some("SELECT report_id FROM reports ORDER BY due_on DESC LIMIT 1"),
        "notice_id": await some("SELECT notice_id FROM notices LIMIT 1"),
        "inspection_id": await some("SELECT inspection_id FROM region_inspections LIMIT 1"),
        "table_id": await some("SELECT table_id FROM statistic_tables LIMIT 1"),
        "edition_id": await some("SELECT edition_id FROM editions LIMIT 1"),
        "backfill_id": await some("SELECT backfill_id FROM backfills LIMIT 1"),
        "value_id": await some("SELECT value_id FROM reported_values LIMIT 1"),
        "document_id": await some("SELECT document_id FROM region_target_documents LIMIT 1"),
    }


async def test_no_reader_and_no_day_brings_an_answer_down(
    app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, told: list[str]
) -> None:
    """Every GET route, under every role: an answer or a problem that says why not, never a fault of ours."""
    assert told
    app.state.board = Board(app.state.database, recompute_seconds=60, page_lag_seconds=0, clock=app.state.clock)
    known, rng = await ids(app), random.Random(7)
    readers = [
        {},
        *(headers_of(issuer, role) for role in sorted(ROLES)),
        headers_of(issuer, "plan-reporter", "bureau", ZHENGZHOU),
        headers_of(issuer, "plan-reader", "city-association", KAIFENG),
    ]
    asked, refused = 0, []
    for path, operations in app.openapi()["paths"].items():
        if "get" not in operations or path in LONG:
            continue
        parameters = operations["get"].get("parameters", [])
        for reader in readers:
            within = {
                one["name"]: rng.choice(known.get(one["name"], [str(UUID(int=1, version=4))]))
                for one in parameters
                if one["in"] == "path"
            }
            query = {
                one["name"]: rng.choice(values)
                for one in parameters
                if one["in"] == "query"
                and (values := QUERIES.get(one["name"]))
                and (one["required"] or rng.random() < 0.5)
            }
            answer = await client.get(path.format(**within), params=query, headers=reader)
            asked += 1
            if answer.status_code >= 500 or (answer.is_error and "type" not in answer.json()):
                refused.append((answer.status_code, str(answer.url), answer.text[:300]))
    assert refused == []
    assert asked > 50 * len(readers)


QUERIES: dict[str, tuple[str, ...]] = {
    "as_of": tuple(map(str, DAYS)),
    "known_on": (str(TODAY),),
    "from_on": (str(TODAY.replace(day=1)), "2024-01-01"),
    "until_on": (str(TODAY),),
    "step": ("month", "day"),
    "region": (ZHENGZHOU, KAIFENG, "410000", "999999"),
    "indicators": ("H1", "M18-I2"),
    "measure": ("M12", "nothing"),
    "target": ("T1", "T3", "T5"),
    "limit": ("1", "200"),
    "cursor": ("nothing",),
    "count_suspended": ("licence-held", "not-suspended"),
    "of": ("target", "deliverable"),
    "period": ("2026Q3", "2025H2"),
    "year": ("2025",),
    "revision": ("1", "9"),
}
