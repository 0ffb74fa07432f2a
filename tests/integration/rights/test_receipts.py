"""Following a case by its receipt."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from common.secrecy.receipts import Receipts

from tests.integration.rights.conftest import EVIDENCE, REFUSAL, client_of, filing


@pytest.fixture
async def filed(file, sql):
    receipt = (await file()).json()["receipt"]
    return receipt, await sql.fetchval("SELECT complaint_id FROM complaints")


async def test_the_receipt_follows_the_case_to_its_end(*, filed, follow, step, walk, own):
    receipt, complaint_id = filed
    assert (await follow(receipt))["status"] == "TRIAGE"
    await walk(complaint_id, "acceptance")
    seen = await follow(receipt)
    assert seen["status"] == "ACCEPTED"
    assert [clock["name"] for clock in seen["deadlines"]] == ["triage", "letter", "handling"]
    assert [clock["state"] for clock in seen["deadlines"]] == ["met", "running", "running"]
    await walk(complaint_id, "letter", "decision", version=2)
    replied = await step(complaint_id, "reply", 4, {"text": "经核实，已安排会见。"})
    assert replied.status_code == 200, replied.text
    seen = await follow(receipt)
    assert seen["reply"] == "经核实，已安排会见。"
    assert [clock["name"] for clock in seen["deadlines"]][-2:] == ["reply", "objection"]
    assert set(seen["may"]) == {"accept-reply", "object", "withdraw", "report-retaliation"}
    early = await step(complaint_id, "closure", 5, {"outcome": "unfounded"})
    assert (early.status_code, early.json()["guard"]) == (409, "objection-over")
    key = uuid4().hex
    for _ in range(2):
        assert (await own(receipt, "reply-accepted", {"satisfied": True}, key=key)).json()["version"] == 6
    assert set((await follow(receipt))["may"]) == {"withdraw", "report-retaliation"}
    closed = await step(complaint_id, "closure", 6, {"outcome": "corrected", "evidence": EVIDENCE})
    assert closed.status_code == 200, closed.text
    seen = await follow(receipt)
    assert seen["outcome_zh"] == "已纠正"
    assert seen["deadlines"][-1]["name"] == "retaliation-watch"


async def test_rr12_a_refusal_reaches_the_complainant_with_ground_text_and_channel(filed, follow, step):
    receipt, complaint_id = filed
    assert (await step(complaint_id, "refusal", 1, REFUSAL)).status_code == 200
    seen = await follow(receipt)
    assert seen["status"] == "REFUSED"
    assert seen["refusal"] == REFUSAL | {"ground_zh": "不属于本渠道（须告知正确渠道）"}


@pytest.mark.parametrize("written", ["{}", "{0} {1} {2} {3}", "{0}-{1}-{2}-{3}"])
async def test_a_receipt_may_be_written_in_groups(filed, follow, written):
    receipt = filed[0]
    groups = [receipt[at : at + 4] for at in range(0, 16, 4)]
    text = receipt if written == "{}" else written.format(*groups)
    assert (await follow(text))["status"] == "TRIAGE"


async def test_a_wrong_receipt_gets_the_same_answer_and_the_same_work(http, filed, sql, monkeypatch):
    hashed = []
    digest = Receipts.digest

    async def counted(self, receipt, *, queue):
        hashed.append(receipt)
        return await digest(self, receipt, queue=queue)

    monkeypatch.setattr(Receipts, "digest", counted)
    right = filed[0]
    one_off = f"{(int(right) + 1) % 10**16:016d}"
    answers = [await http.post("/v1/receipts/sessions", json={"receipt": wrong}) for wrong in (one_off, "0" * 16)]
    bodies = [{name: value for name, value in a.json().items() if name != "correlation_id"} for a in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bodies[0] == bodies[1]
    assert one_off not in answers[0].text
    assert len(hashed) == 2
    # A row is written for a wrong receipt too: it waits for the disk as a right one does, and opens nothing.
    assert await sql.fetchval("SELECT count(*) FROM receipt_sessions WHERE complaint_id IS NULL") == 2


@pytest.mark.parametrize("receipt", ["", "123", "1" * 15, "1" * 17, "１" * 16, "abcdabcdabcdabcd", 1234567890123456])
async def test_what_is_no_receipt_at_all_is_refused_before_any_hash(http, public, monkeypatch, receipt):
    async def never(_receipt, *, queue):
        raise AssertionError(queue)

    monkeypatch.setattr(public.state.receipts, "digest", never)
    answer = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
    assert (answer.status_code, answer.json()["field"]) == (422, "receipt")


async def test_guesses_are_limited_before_they_are_hashed(make_app, monkeypatch):
    app = make_app(receipt_rate_limit="3/minute")
    async with app.router.lifespan_context(app), client_of(app) as http:
        hashed = []
        digest = app.state.receipts.digest

        async def counted(receipt, *, queue):
            hashed.append(receipt)
            return await digest(receipt, queue=queue)

        monkeypatch.setattr(app.state.receipts, "digest", counted)
        answers = [await http.post("/v1/receipts/sessions", json={"receipt": f"{number:016d}"}) for number in range(10)]
        # Guessing does not keep anybody from filing.
        filed = await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": uuid4().hex})
    assert [answer.status_code for answer in answers] == [404] * 3 + [429] * 7
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert hashed[:-1] == [f"{number:016d}" for number in range(3)]
    assert filed.status_code == 201


@pytest.mark.parametrize("session", [None, "", "guess", "x" * 43])
async def test_without_a_session_nothing_is_shown(http, session):
    headers = {} if session is None else {"Receipt-Session": session}
    answer = await http.get("/v1/receipts/case", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:yulu:problem:receipt-session-invalid")


async def test_a_session_ends_after_15_minutes(http, filed, sql):
    opened = (await http.post("/v1/receipts/sessions", json={"receipt": filed[0]})).json()
    lasts = await sql.fetchval("SELECT extract(epoch FROM expires_at - now()) FROM receipt_sessions")
    assert 890 < lasts <= 900
    await sql.execute("UPDATE receipt_sessions SET expires_at = now()")
    answer = await http.get("/v1/receipts/case", headers={"Receipt-Session": opened["session"]})
    assert answer.status_code == 401
    # The next session sweeps it away.
    await http.post("/v1/receipts/sessions", json={"receipt": filed[0]})
    assert await sql.fetchval("SELECT count(*) FROM receipt_sessions") == 1


async def test_a_session_of_one_case_shows_no_other(file, follow):
    mine, other = (await file()).json()["receipt"], (await file(right="FILE")).json()["receipt"]
    assert (await follow(mine))["right"] == "MEET"
    assert (await follow(other))["right"] == "FILE"


async def test_the_one_statement_tells_what_the_case_itself_tells(*, filed, follow, step, walk, own, time):
    """Looking at a case and acting in it are read in two ways; both show the same."""
    receipt, complaint_id = filed
    await walk(complaint_id, "info-request")
    supplied = await own(receipt, "supplement", {"text": "补充如下"})
    assert supplied.status_code == 200, supplied.text
    seen = await follow(receipt)
    assert seen == supplied.json()
    assert seen["info_request"] == "请补充会见手续"
    assert [mark["mark"] for mark in seen["deadlines"][0]["marks"]] == ["paused", "resumed"]
    await walk(complaint_id, "acceptance", "letter", "decision", "reply", version=3)
    objected = await own(receipt, "objection", {"text": "未改正"})
    assert objected.status_code == 200, objected.text
    assert await follow(receipt) == objected.json()
    time.now = datetime.now(UTC) + timedelta(days=60)  # beyond every term, whenever this runs
    assert {clock["state"] for clock in (await follow(receipt))["deadlines"]} >= {"met", "overdue"}
