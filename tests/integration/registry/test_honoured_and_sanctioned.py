"""A sanction of whom the registry honours is noted once: both services real, discipline following its own feed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.database import Database
from common.events import decode
from common.migrations import migrate
from common.positions import FeedUnavailable, Follower, Received
from contracts import legal_day
from contracts.discipline_events import TOPIC
from discipline_api.app import build_app
from discipline_api.reactions import DisciplineReactions
from discipline_api.settings import DisciplineSettings

from tests.faults.sources import DatabaseFeed, sequence_all

from .conftest import Desk, good

AWARD = {"kind": "honoured-lawyer", "issuer": "河南省司法厅", "document_number": "1号", "from_on": "2024-03-01"}
NOTED = "lawyers.discipline.sanction.honour-noted.v1"


class Organ:
    """A bureau that sanctions, and the reactions that hear of it through the feed."""

    def __init__(self, desk: Desk, http: httpx.AsyncClient, database: Database, registry: httpx.AsyncClient) -> None:
        self.desk, self.http, self.database = desk, http, database
        noon = datetime(2026, 6, 10, 12, tzinfo=legal_day.SHANGHAI)
        self.reactions = DisciplineReactions(database, registry, clock=lambda: noon)
        self.follower = Follower(database, self.reactions, {TOPIC: DatabaseFeed(database)})

    def officer(self) -> dict[str, str]:
        rights = {"roles": ["discipline-officer"], "organisation_kind": "bureau", "organisation_id": "zz"}
        key = {"Idempotency-Key": str(uuid4())}
        return self.desk.issuer.headers(region="410100", subject="discipliner", **rights) | key

    async def warns(self, subject: dict[str, Any], on: str = "2026-05-06") -> dict[str, Any]:
        body = {
            "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
            "document_number": f"郑司罚决字〔2026〕{uuid4().int % 10**6}号",
            "subject": subject,
            "conduct_code": "F50.1" if subject["kind"] == "firm" else "L48.1",
            "penalties": [{"kind": "warning"}],
            "filed_on": "2026-02-02",
            "decided_on": "2026-04-29",
            "served_on": on,
            "from_on": on,
            "reasons": "私自收费",
        }
        return good(await self.http.post("/v1/sanctions", json=body, headers=self.officer()), 201)

    async def withdraws(self, case: dict[str, Any], version: int, on: str = "2026-06-09") -> None:
        body = {"ground": "revoked", "document_number": "豫司复决字〔2026〕1号", "withdrawn_on": on}
        path = f"/v1/sanctions/{case['case_id']}/withdrawal"
        headers = self.officer() | {"If-Match": f'"v{version}"'}
        good(await self.http.post(path, json=body, headers=headers))

    async def hears(self) -> None:
        await sequence_all(self.database)
        await self.follower.catch_up()
        assert await (await self.database.pool()).fetchval("SELECT count(*) FROM parked") == 0

    async def noted(self) -> list[tuple[str, int, bool, date]]:
        rows = await (await self.database.pool()).fetch(
            "SELECT bytes FROM feed WHERE event_type = $1 UNION ALL SELECT bytes FROM outbox WHERE event_type = $1",
            NOTED,
        )
        events = [decode(row["bytes"]).event() for row in rows]
        return [(str(e.case_id), e.version, e.honoured, e.counts_from) for e in events]

    async def held(self) -> dict[str, bool | None]:
        rows = await (await self.database.pool()).fetch("SELECT case_id, honour_held FROM sanctions")
        return {str(row["case_id"]): row["honour_held"] for row in rows}


def lawyer_of(lawyer: dict[str, Any], number: str | None = None) -> dict[str, Any]:
    return {
        "kind": "lawyer", "licence_number": number or lawyer["licence_number"], "name": "张三", "firm_name": "甲所",
    }  # fmt: skip


async def honoured(desk: Desk, member_id: str, **more: Any) -> None:
    good(await desk.post("/v1/recognitions", AWARD | {"member_id": member_id} | more), 201)


@pytest.fixture
async def registry(desk: Desk) -> httpx.AsyncClient:
    worker = desk.officer("system", role="discipline-reactions")
    return httpx.AsyncClient(transport=desk.http._transport, base_url="http://registry", headers=worker)


@pytest.fixture
async def organ(desk, registry, postgres, monkeypatch) -> AsyncIterator[Organ]:
    dsn = f"{postgres.url}/discipline_that_reacts"
    server = await asyncpg.connect(f"{postgres.url}/postgres")
    await server.execute("DROP DATABASE IF EXISTS discipline_that_reacts WITH (FORCE)")
    await server.close()
    await migrate(dsn, "discipline_api")
    monkeypatch.setenv("DISCIPLINE_DATABASE_URL", dsn)
    monkeypatch.setenv("TIMER_SECONDS", "3600")
    monkeypatch.setenv("DISCIPLINE_CHECK_AT", "off")
    noon = datetime(2026, 6, 10, 12, tzinfo=legal_day.SHANGHAI)
    app = build_app(DisciplineSettings.load(), clock=lambda: noon)
    database = Database(dsn, source="/discipline")
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://discipline") as http,
        app.router.lifespan_context(app),
    ):
        organ = Organ(desk, http, database, registry)
        await organ.follower.start()
        yield organ
    await database.close()


async def test_one_sanction_of_an_honoured_lawyer_counts_and_the_next_when_that_one_falls(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    await honoured(desk, lawyer["lawyer_id"])
    first = await organ.warns(lawyer_of(lawyer))
    await organ.hears()
    assert await organ.noted() == [(first["case_id"], 2, True, date(2026, 5, 6))]
    second, third = await organ.warns(lawyer_of(lawyer), "2026-05-08"), await organ.warns(lawyer_of(lawyer))
    await organ.hears()
    assert await organ.noted() == [(first["case_id"], 2, True, date(2026, 5, 6))], "one person counts once"
    assert set((await organ.held()).values()) == {True}
    assert {each["version"] for each in (second, third)} == {1}
    await organ.withdraws(first, 2)
    await organ.hears()
    # The earliest of the others, from the day on which the first one fell: until then it had counted.
    assert (await organ.noted())[1:] == [(third["case_id"], 2, True, date(2026, 6, 9))]
    await organ.withdraws(second, 1)
    await organ.withdraws(third, 2)
    await organ.hears()
    assert len(await organ.noted()) == 2
    rows = await (await organ.database.pool()).fetch("SELECT key, entity_version FROM feed ORDER BY position")
    for case, versions in ((first, [1, 2, 3]), (second, [1, 2]), (third, [1, 2, 3])):
        assert [row["entity_version"] for row in rows if row["key"] == case["case_id"]] == versions


async def test_without_an_honour_nothing_is_told_and_no_version_moves(desk: Desk, organ: Organ):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    await honoured(desk, lawyer["lawyer_id"], from_on="2026-05-07")
    case = await organ.warns(lawyer_of(lawyer))
    unknown = await organ.warns(lawyer_of(lawyer, desk.licence_number("410100")))
    await organ.hears()
    assert (await organ.noted(), await organ.held()) == ([], {case["case_id"]: False, unknown["case_id"]: False})
    await organ.withdraws(case, case["version"])  # as the officer knows it


async def test_a_lawyer_who_has_moved_is_one_person_under_both_numbers_and_a_firm_is_one_by_its_code(
    desk: Desk, organ: Organ
):
    firm, away = await desk.firm(), await desk.firm("410300")
    lawyer = await desk.lawyer(firm)
    await honoured(desk, lawyer["lawyer_id"])
    await honoured(desk, firm["firm_id"], kind="honoured-firm")
    moved = await desk.done(
        f"/v1/lawyers/{lawyer['lawyer_id']}/moves", {"effective_on": "2026-05-07", "firm_id": away["firm_id"]}
    )
    assert moved["licence_number"] != lawyer["licence_number"]
    before, after = await organ.warns(lawyer_of(lawyer)), await organ.warns(lawyer_of(moved), "2026-05-08")
    of_firm = {"kind": "firm", "credit_code": firm["credit_code"], "name": firm["name"]}
    firms = [await organ.warns(of_firm) for _ in range(2)]
    await organ.hears()
    noted = {case_id for case_id, *_ in await organ.noted()}
    assert len(noted) == 2
    assert len(noted & {before["case_id"], after["case_id"]}) == 1
    assert len(noted & {case["case_id"] for case in firms}) == 1


async def test_heard_again_and_by_two_consumers_at_once_it_is_noted_once(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    await honoured(desk, lawyer["lawyer_id"])
    for _ in range(4):
        await organ.warns(lawyer_of(lawyer))
    rows = await (await organ.database.pool()).fetch("SELECT bytes FROM outbox ORDER BY id")
    envelopes = [decode(row["bytes"]) for row in rows]
    heard = [Received(TOPIC, 0, n, envelope, envelope.event()) for n, envelope in enumerate(envelopes, start=1)]

    async def hear(events: list[Received]) -> None:
        prepared = await organ.reactions.prepare(events)
        async with organ.database.begin() as tx:
            await organ.reactions.apply(tx, events, prepared)

    await asyncio.gather(*(hear([event]) for event in heard), hear(heard[:1]))
    for _ in range(2):
        await hear(heard)
    assert len(await organ.noted()) == 1
    assert set((await organ.held()).values()) == {True}


async def test_while_the_registry_is_away_the_event_waits(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    await honoured(desk, lawyer["lawyer_id"])
    case = await organ.warns(lawyer_of(lawyer))
    await sequence_all(organ.database)
    there = organ.reactions._registry
    nobody = httpx.AsyncClient(transport=there._transport, base_url="http://registry")  # without a token: 401
    organ.reactions._registry = nobody
    event = decode(await (await organ.database.pool()).fetchval("SELECT bytes FROM feed ORDER BY position LIMIT 1"))
    with pytest.raises(FeedUnavailable, match="401"):
        await organ.reactions.prepare([Received(TOPIC, 0, 1, event, event.event())])
    assert await organ.held() == {case["case_id"]: None}
    organ.reactions._registry = there
    await organ.hears()
    assert [case_id for case_id, *_ in await organ.noted()] == [case["case_id"]]


async def test_what_is_told_and_logged_names_nobody(desk: Desk, organ: Organ, caplog):
    lawyer = await desk.lawyer(await desk.firm())
    await honoured(desk, lawyer["lawyer_id"])
    await organ.warns(lawyer_of(lawyer))
    keys = await desk.count("idempotency_keys")
    await organ.hears()
    pool = await organ.database.pool()
    stored = str(await pool.fetch("SELECT bytes FROM feed UNION ALL SELECT bytes FROM outbox"))
    for secret in (lawyer["licence_number"], "张三", lawyer["lawyer_id"]):
        assert secret not in stored
        assert secret not in caplog.text
    assert await desk.count("idempotency_keys") == keys, "a question leaves nothing behind"
