"""Facts of a real discipline-api: learnt, withdrawn, contradicted; the public row follows the day."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from common.events import decode
from common.migrations import migrate
from common.positions import FeedUnavailable, Received
from contracts import legal_day
from discipline_api.app import build_app
from discipline_api.settings import DisciplineSettings
from registry_api.register.store_disclosures import Disclosed, disclosed
from registry_api.standing.consumers import StandingReactions
from yulu_backup import ledger
from yulu_backup.databases import Named
from yulu_backup.noting import erased_anew

from .conftest import Desk, good, problem


class Organ:
    """A bureau that decides, and the reactions that hear of it."""

    def __init__(self, desk: Desk, http: httpx.AsyncClient, connection: asyncpg.Connection, issuer) -> None:
        self.desk, self.http, self.connection, self.issuer = desk, http, connection, issuer
        worker = issuer.headers(roles=["registry-reactions"], organisation_kind="system", subject="registry-reactions")
        self.reactions = StandingReactions(
            httpx.AsyncClient(transport=http._transport, base_url="http://d", headers=worker)
        )
        self.heard = 0
        self.now = datetime(2026, 6, 10, 12, tzinfo=legal_day.SHANGHAI)

    def officer(self) -> dict[str, str]:
        rights = {"roles": ["discipline-officer"], "organisation_kind": "bureau", "organisation_id": "zz"}
        return self.issuer.headers(region="410100", subject="discipliner", **rights) | {"Idempotency-Key": str(uuid4())}

    async def suspends(self, number: str, *, from_on: str = "2026-05-06", to_on: str = "2026-08-06") -> dict:
        subject = {"kind": "lawyer", "licence_number": number, "name": "张三", "firm_name": "甲所"}
        return await self._decides(subject, "L48.1", "suspension", from_on, to_on)

    async def _decides(self, subject: dict, conduct: str, penalty: str, from_on: str, to_on: str) -> dict:
        body = {
            "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
            "document_number": f"郑司罚决字〔2026〕{uuid4().int % 10**6}号",
            "subject": subject,
            "conduct_code": conduct,
            "penalties": [{"kind": penalty, "suspension_months": 3}],
            "filed_on": "2026-02-02",
            "decided_on": "2026-04-29",
            "served_on": "2026-05-06",
            "from_on": from_on,
            "to_on": to_on,
            "reasons": "私自收费",
        }
        return good(await self.http.post("/v1/sanctions", json=body, headers=self.officer()), 201)

    async def suspends_firm(self, code: str) -> dict:
        subject = {"kind": "firm", "credit_code": code, "name": "甲所"}
        return await self._decides(subject, "F50.8", "firm-suspension", "2026-05-06", "2026-08-06")

    async def publishes(self, case: dict) -> dict:
        path, more = f"/v1/sanctions/{case['case_id']}/publication", {"If-Match": f'"v{case["version"]}"'}
        await self.assesses()
        body = {"facts": "私自收费", "checked_for_third_parties": True}
        return good(await self.http.post(path, json=body, headers=self.officer() | more))

    async def assesses(self) -> None:
        """The impact assessment without which an organ publishes nothing."""
        body = {
            "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
            "scope": ["administrative"],
            "purpose": "公示行政处罚",
            "risks": "名誉",
            "measures": "到期停止公示",
            "conclusion": "lawful-with-measures",
            "document_number": "郑司评〔2026〕1号",
            "assessed_on": "2026-01-05",
        }
        good(await self.http.post("/v1/impact-assessments", json=body, headers=self.officer()), 201)

    async def withdraws(self, case: dict) -> None:
        body = {"ground": "revoked", "document_number": "豫司复决字〔2026〕1号", "withdrawn_on": "2026-06-09"}
        path = f"/v1/sanctions/{case['case_id']}/withdrawal"
        good(await self.http.post(path, json=body, headers=self.officer() | {"If-Match": f'"v{case["version"]}"'}))

    async def repairs(self, case: dict, number: str, role: str = "lawyer") -> None:
        """Applied for by the lawyer or firm, accepted and granted by the organ, all on the day it is."""
        rights = {"roles": [role], "organisation_kind": role, "organisation_id": number, "subject": role}
        own = self.issuer.headers(region="410100", **rights) | {"Idempotency-Key": str(uuid4())}
        path, body = f"/v1/disclosures/{case['case_id']}/repairs", {"commitment_version": "2026-1"}
        repair = good(await self.http.post(path, json=body, headers=own), 201)
        duties = {"suspension_served_on": "2026-08-06"}
        for step, said in (
            ("acceptance", {"accepted": True}),
            ("decision", {"granted": True, "duties": duties, "reasons": "义务已履行"}),
        ):
            headers = self.officer() | {"If-Match": f'"v{repair["version"]}"'}
            repair = good(await self.http.post(f"/v1/repairs/{repair['repair_id']}/{step}", json=said, headers=headers))

    async def events(self) -> list[Received]:
        rows = await self.connection.fetch("SELECT bytes FROM outbox ORDER BY id")
        envelopes = [decode(row["bytes"]) for row in rows]
        return [Received("discipline.events", 0, i + 1, e, e.event()) for i, e in enumerate(envelopes)]

    async def tells(self, events: list[Received] | None = None) -> None:
        """The registry's reactions hear what is new, or exactly these."""
        if events is None:
            events = (await self.events())[self.heard :]
            self.heard += len(events)
        wanted = [r for r in events if r.envelope.type in self.reactions.handles]
        prepared = await self.reactions.prepare(wanted)
        async with self.desk.database.begin() as tx:
            await self.reactions.apply(tx, wanted, prepared)


@pytest.fixture
async def organ(desk, issuer, postgres, monkeypatch) -> AsyncIterator[Organ]:
    dsn = f"{postgres.url}/discipline_for_registry"
    await migrate(dsn, "discipline_api")
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "TRUNCATE sanctions, public_disclosures, remarked_records, objections, repairs, statements, deadlines,"
        " idempotency_keys, outbox CASCADE"
    )
    monkeypatch.setenv("DISCIPLINE_DATABASE_URL", dsn)
    monkeypatch.setenv("TIMER_SECONDS", "3600")
    monkeypatch.setattr("discipline_api.app.TASKS", ())  # nothing but what the tests do
    organ: Organ
    app = build_app(DisciplineSettings.load(), clock=lambda: organ.now)
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://discipline") as http,
        app.router.lifespan_context(app),
    ):
        organ = Organ(desk, http, connection, issuer)
        yield organ
    await connection.close()


async def status(desk: Desk, number: str) -> str:
    return good(await desk.look_up(number))["status"]["code"]


async def test_a_suspension_shows_until_beijing_midnight_and_says_no_cause(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    number = lawyer["licence_number"]
    case = await organ.suspends(number)
    await organ.tells()
    answer = await desk.look_up(number)
    assert answer.json()["status"] == {"code": "suspended", "zh": "停止执业", "en": "suspended"}
    assert case["case_id"] not in answer.text
    assert "expires" not in answer.headers
    assert (await desk.events())[-1] == ("lawyer.standing-recorded.v1", 1)
    assert [line["lawyer_id"] for line in good(await desk.get("/v1/lawyers", status="suspended"))["items"]] == [
        lawyer["lawyer_id"]
    ]
    desk.on("2026-08-05T23:59:59")
    assert await status(desk, number) == "suspended"
    desk.on("2026-08-06T00:00:00")
    over = await desk.look_up(number)
    assert over.json()["status"]["code"] == "practising"
    assert over.headers["etag"] != answer.headers["etag"]
    assert good(await desk.get("/v1/lawyers", status="suspended"))["items"] == []
    assert await desk.count("outbox") == 3  # nothing was restored by command


async def test_overlapping_suspensions_withdrawn_in_either_order(desk: Desk, organ: Organ):
    firm = await desk.firm()
    for first_withdrawn in (0, 1):
        number = (await desk.lawyer(firm))["licence_number"]
        cases = [await organ.suspends(number), await organ.suspends(number, from_on="2026-06-01", to_on="2026-09-01")]
        await organ.tells()
        assert await status(desk, number) == "suspended"
        await organ.withdraws(cases[first_withdrawn])
        await organ.tells()
        assert await status(desk, number) == "suspended"
        await organ.withdraws(cases[1 - first_withdrawn])
        await organ.tells()
        assert await status(desk, number) == "practising"
    told = await desk.connection.fetch("SELECT key, entity_version FROM outbox WHERE event_type LIKE '%standing-rec%'")
    assert Counter(row["entity_version"] for row in told) == {1: 4, 2: 4}
    assert len({row["key"] for row in told}) == 4
    assert await desk.connection.fetch("SELECT FROM lawyers WHERE version <> 1") == []


async def test_a_start_dated_back_before_a_move_counts_on_the_new_number_too(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    away = await desk.firm("410300")
    move = {"firm_id": away["firm_id"], "effective_on": "2026-06-01"}
    moved = await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", move)
    await organ.suspends(lawyer["licence_number"])
    await organ.tells()
    assert await status(desk, moved["licence_number"]) == "suspended"
    back = {"firm_id": (await desk.firm())["firm_id"], "effective_on": "2026-06-05"}
    problem(await desk.post(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", back), 409, "lawyer-suspended", "effective_on")


async def test_a_withdrawal_heard_before_its_decision_is_not_lost(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    case = await organ.suspends(lawyer["licence_number"])
    decided = await organ.events()
    await organ.reactions.prepare(decided)
    withdrawn_alone = [r for r in decided if r.envelope.type.endswith("withdrawn.v1")]
    assert withdrawn_alone == []
    answers = await organ.reactions.prepare(decided)  # asked while it still held
    await organ.withdraws(case)
    await organ.tells([r for r in await organ.events() if "withdrawn" in r.envelope.type])
    assert await desk.count("standing_facts") == 0
    async with desk.database.begin() as tx:
        await organ.reactions.apply(tx, decided, answers)
    assert await status(desk, lawyer["licence_number"]) == "practising"
    assert await desk.connection.fetchval("SELECT withdrawn FROM standing_facts") is True
    for _ in range(2):  # the whole feed once more: nothing is new
        async with desk.database.begin() as tx:
            await organ.reactions.apply(tx, await organ.events(), answers)
    assert [version for kind, version in await desk.events() if kind == "lawyer.standing-recorded.v1"] == [1]


async def test_a_fact_learnt_twice_is_recorded_once(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    await organ.suspends(lawyer["licence_number"])
    for _ in range(2):
        await organ.tells(await organ.events())
    assert [kind for kind, _ in await desk.events()].count("lawyer.standing-recorded.v1") == 1


async def test_a_contradiction_opens_one_conflict_and_is_never_refused(desk: Desk, organ: Organ):
    await organ.suspends("14101201210999999")
    for _ in range(2):
        await organ.tells(await organ.events())
    ended = await desk.lawyer(await desk.firm())
    end = {"ground": "own-request", "ended_on": "2026-01-01"}
    await desk.done(f"/v1/lawyers/{ended['lawyer_id']}/licence-end", end)
    await organ.suspends(ended["licence_number"])
    await organ.tells((await organ.events())[1:])
    conflicts = good(await desk.get("/v1/standing-conflicts"))["items"]
    assert sorted(conflict["ground"] for conflict in conflicts) == ["not-licensed-on-that-day", "unknown-lawyer"]
    assert [kind for kind, _ in await desk.events()].count("standing-conflict.opened.v1") == 2
    assert await desk.count("standing_facts") == 1
    assert await status(desk, ended["licence_number"]) == "ended"
    problem(await desk.get("/v1/standing-conflicts", desk.officer("association", "410000")), 403, "forbidden")
    path = f"/v1/standing-conflicts/{conflicts[0]['conflict_id']}/close"
    looked_at = {"outcome": "of-another-register", "reason": "外省律师"}
    closed = good(await desk.post(path, looked_at))
    assert (closed["outcome"], closed["reason"]) == ("of-another-register", "外省律师")
    assert (await desk.events())[-1] == ("standing-conflict.closed.v1", 2)
    problem(await desk.post(path, looked_at), 409, "conflict-closed")
    assert good(await desk.get("/v1/standing-conflicts"))["items"] == conflicts[1:]
    assert good(await desk.get("/v1/standing-conflicts", closed="true"))["items"] == [closed]


async def test_discipline_without_an_answer_is_asked_again_later(desk: Desk, organ: Organ, free_port):
    lawyer = await desk.lawyer(await desk.firm())
    await organ.suspends(lawyer["licence_number"])
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port()}") as nobody:
        with pytest.raises(FeedUnavailable):
            await StandingReactions(nobody).prepare(await organ.events())
    rightless = httpx.AsyncClient(transport=organ.http._transport, base_url="http://d", headers=desk.officer())
    with pytest.raises(FeedUnavailable):
        await StandingReactions(rightless).prepare(await organ.events())


async def test_a_case_unknown_to_discipline_is_a_conflict(desk: Desk, organ: Organ):
    await organ.suspends("14101201210999999")
    events = await organ.events()
    await organ.connection.execute("TRUNCATE sanctions, public_disclosures CASCADE")
    await organ.tells(events)
    conflict = good(await desk.get("/v1/standing-conflicts"))["items"][0]
    assert (conflict["ground"], UUID(conflict["fact_id"])) == ("unknown-sanction", events[0].event.case_id)


async def test_records_on_display_are_counted_until_their_last_day_and_not_when_withdrawn(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    lawyer_id = UUID(lawyer["lawyer_id"])

    async def counted(day: date) -> Disclosed | None:
        return (await disclosed(desk.connection, "lawyer_id", [lawyer_id], day)).get(lawyer_id)

    async def shown() -> int:
        return good(await desk.look_up(lawyer["licence_number"]))["disclosures"]

    first = await organ.suspends(lawyer["licence_number"])
    second = await organ.suspends(lawyer["licence_number"], from_on="2026-06-01", to_on="2026-09-01")
    await organ.tells()
    assert await counted(date(2026, 6, 10)) is None  # decided, not published
    first = await organ.publishes(first)
    await organ.publishes(second)
    await organ.tells()
    gone_on = date(2027, 4, 30)
    assert await counted(date(2026, 6, 10)) == Disclosed(2, gone_on)
    assert await shown() == 2
    assert await counted(date(2026, 6, 9)) == Disclosed(0, date(2026, 6, 10))
    assert await counted(gone_on) is None
    await organ.withdraws(first)
    await organ.tells()
    assert await counted(date(2026, 6, 10)) == Disclosed(1, gone_on)
    await organ.tells(await organ.events())  # all of it once more
    assert await counted(date(2026, 6, 10)) == Disclosed(1, gone_on)
    assert await shown() == 1
    desk.on("2027-04-29T23:59:59")
    assert await shown() == 1
    desk.on("2027-04-30T00:00:00")
    assert await shown() == 0
    await organ.tells([])
    assert await desk.count("disclosures") == 0  # what is over is not remembered


async def test_after_a_recovery_the_public_is_told_a_count_without_what_was_withdrawn_since(
    desk: Desk, organ: Organ, registry_dsn, tmp_path
):
    """What is rendered is derived from what is erased anew; restored with it, it would stay until the old term."""
    firm, backed_up = await desk.firm(), ("disclosures", "public_lawyers")
    lawyer, other = await desk.lawyer(firm), await desk.lawyer(firm)

    async def shown(who: dict = lawyer) -> int:
        return good(await desk.look_up(who["licence_number"]))["disclosures"]

    case = await organ.publishes(await organ.suspends(lawyer["licence_number"]))
    await organ.publishes(await organ.suspends(other["licence_number"]))
    await organ.tells()
    await desk.connection.execute("".join(f"CREATE TEMP TABLE old_{t} AS TABLE {t};" for t in backed_up))
    await desk.connection.execute("TRUNCATE erasures")
    await organ.withdraws(case)
    await organ.tells()
    kept = ledger.Ledger(tmp_path)
    assert await ledger.drain(Named({"registry": registry_dsn}), kept) == 1
    await desk.connection.execute("".join(f"TRUNCATE {t}; INSERT INTO {t} TABLE old_{t};" for t in backed_up))
    assert await shown() == 1, "it is back"
    async with desk.connection.transaction():
        assert await erased_anew(desk.connection, "registry", kept.read()) == (1, 0)
    assert (await shown(), await shown(other)) == (0, 1)


async def test_a_publication_about_nobody_of_the_register_is_a_conflict(desk: Desk, organ: Organ):
    await organ.publishes(await organ.suspends("14101201210999999"))
    await organ.tells([received for received in await organ.events() if "published" in received.envelope.type])
    assert [line["ground"] for line in good(await desk.get("/v1/standing-conflicts"))["items"]] == ["unknown-lawyer"]
    assert await desk.count("disclosures") == 0


async def test_d21_a_repaired_record_is_counted_no_longer_than_it_is_on_display(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    number, lawyer_id = lawyer["licence_number"], UUID(lawyer["lawyer_id"])

    async def counted() -> Disclosed | None:
        return (await disclosed(desk.connection, "lawyer_id", [lawyer_id], date(2026, 8, 12))).get(lawyer_id)

    async def shown() -> int:
        return good(await desk.look_up(number))["disclosures"]

    case = await organ.publishes(await organ.suspends(number))
    await organ.tells()
    assert await counted() == Disclosed(1, date(2027, 4, 30))
    organ.now = datetime(2026, 8, 12, 12, tzinfo=legal_day.SHANGHAI)
    desk.on("2026-08-12T12:00:00")
    await organ.repairs(case, number)
    assert await shown() == 1
    for _ in range(2):  # delivered twice
        await organ.tells([r for r in await organ.events() if "shortened" in r.envelope.type])
        assert await counted() == Disclosed(1, date(2026, 8, 13))
    await organ.tells(await organ.events())  # the whole feed once more: the publication does not bring the term back
    assert await counted() == Disclosed(1, date(2026, 8, 13))
    desk.on("2026-08-12T23:59:59")
    assert await shown() == 1
    desk.on("2026-08-13T00:00:00")
    assert await shown() == 0
    assert await status(desk, number) == "practising"


async def test_d21_what_is_off_display_when_the_registry_hears_of_it_is_counted_no_more(desk: Desk, organ: Organ):
    lawyer = await desk.lawyer(await desk.firm())
    case = await organ.publishes(await organ.suspends(lawyer["licence_number"]))
    await organ.tells()
    organ.now = datetime(2026, 8, 12, 12, tzinfo=legal_day.SHANGHAI)
    await organ.repairs(case, lawyer["licence_number"])
    organ.now = datetime(2026, 8, 13, 0, tzinfo=legal_day.SHANGHAI)  # discipline answers 410 from here on
    desk.on("2026-08-12T23:59:59")  # the registry's own clock is a second behind
    assert good(await desk.look_up(lawyer["licence_number"]))["disclosures"] == 1
    for _ in range(2):
        await organ.tells(await organ.events())
        assert good(await desk.look_up(lawyer["licence_number"]))["disclosures"] == 0
        assert await desk.count("disclosures") == 0


async def test_d21_a_firms_record_is_counted_no_longer_either(desk: Desk, organ: Organ):
    firm = await desk.firm()
    case = await organ.publishes(await organ.suspends_firm(firm["credit_code"]))
    await organ.tells()
    organ.now = datetime(2026, 8, 12, 12, tzinfo=legal_day.SHANGHAI)
    desk.on("2026-08-12T12:00:00")
    await organ.repairs(case, firm["credit_code"], role="firm")
    await organ.tells()
    firm_id = UUID(firm["firm_id"])
    counted = await disclosed(desk.connection, "firm_id", [firm_id], date(2026, 8, 12))
    assert counted == {firm_id: Disclosed(1, date(2026, 8, 13))}
