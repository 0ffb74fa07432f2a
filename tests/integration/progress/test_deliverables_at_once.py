"""Two officers at once: one change wins, a repeated request counts once, versions stay contiguous."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import Facts

DEPARTMENT = {"roles": ["plan-officer"], "organisation_kind": "department", "region": "410000"}
EVIDENCE = {
    "kind": "document",
    "document_number": "豫司文〔2026〕3号",
    "document_issuer": "河南省司法厅",
    "dated_on": "2026-03-02",
}


@pytest.fixture
async def clean(app: FastAPI, facts: Facts) -> AsyncIterator[Facts]:
    await facts.connection.execute("TRUNCATE public.deliverable_works CASCADE")
    yield facts
    await facts.connection.execute("TRUNCATE public.deliverable_works CASCADE")


async def test_of_two_states_on_one_version_one_is_recorded(
    client: httpx.AsyncClient, issuer: RunningIssuer, clean: Facts
) -> None:
    async def say(state: str) -> int:
        headers = issuer.headers(**DEPARTMENT) | {"Idempotency-Key": str(uuid4()), "If-Match": '"v0"'}
        body = {"state": state, "on": "2026-03-02"}
        return (await client.post("/v1/deliverables/M12-D1/states", json=body, headers=headers)).status_code

    assert sorted(await asyncio.gather(say("planned"), say("in-progress"))) == [201, 412]
    assert await clean.connection.fetchval("SELECT count(*) FROM public.deliverable_states") == 1


async def test_evidence_of_many_at_once_has_contiguous_versions_and_a_repeat_counts_once(
    client: httpx.AsyncClient, issuer: RunningIssuer, clean: Facts
) -> None:
    async def add(key: str) -> int:
        headers = issuer.headers(**DEPARTMENT) | {"Idempotency-Key": key}
        return (await client.post("/v1/deliverables/M12-D1/evidence", json=EVIDENCE, headers=headers)).status_code

    keys = [str(uuid4()) for _ in range(6)]
    assert set(await asyncio.gather(*(add(key) for key in [*keys, *keys]))) == {201}
    rows = await clean.connection.fetch("SELECT entity_version FROM public.outbox ORDER BY event_id")
    assert sorted(row["entity_version"] for row in rows) == [1, 2, 3, 4, 5, 6]
    assert await clean.connection.fetchval("SELECT version FROM public.deliverable_works") == 6


async def test_milestones_for_all_by_two_officers_never_wait_in_a_ring(
    client: httpx.AsyncClient, issuer: RunningIssuer, clean: Facts
) -> None:
    document = {"number": "豫司文〔2026〕12号", "issuer": "河南省司法厅", "dated_on": "2026-01-10"}

    async def set_for_all() -> int:
        headers = issuer.headers(**DEPARTMENT) | {"Idempotency-Key": str(uuid4())}
        body = {"title": "设立", "due_on": "2026-06-30", "document": document}
        return (await client.post("/v1/deliverables/M08-D1/milestones", json=body, headers=headers)).status_code

    assert await asyncio.gather(*(set_for_all() for _ in range(4))) == [201] * 4
    versions = await clean.connection.fetch("SELECT version FROM public.deliverable_works")
    assert [row["version"] for row in versions] == [4] * 19
