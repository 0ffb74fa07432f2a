"""Who complained, about whom and what happened stays sealed; a receipt opens one case, and guesses open none."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from common.feed import sequence
from common.secrecy.receipts import Receipts
from discipline_api.app import build_app
from discipline_api.complaints import tasks
from discipline_api.settings import DisciplineSettings

from .complaints import ADDRESSEE, CONTACT, FACTS, ID_NUMBER, MINOR, NAME, THIRD, Complaints, filing
from .planted import everything_stored, markers
from .test_complaint_desks import ACKNOWLEDGED, FORWARDED, assigned, tick

ASKED, SUPPLIED, MESSAGE = "补充要求独特标记", "补充内容独特标记", "留言独特标记"
RESULT, REVIEW, ANSWER = "结果独特标记", "复核理由独特标记", "复核答复独特标记"
ORGAN, NUMBER = "某市热线独特标记", "热线工单独特777"


SECRET = {
    "addressee": ADDRESSEE, "name": NAME, "contact": CONTACT, "facts": FACTS, "ID number": ID_NUMBER, "minor": MINOR,
    "third party": THIRD, "asked": ASKED, "supplied": SUPPLIED, "message": MESSAGE, "result": RESULT, "review": REVIEW,
    "answer": ANSWER, "forwarded": FORWARDED, "sender": ORGAN, "sender's number": NUMBER,
    "acknowledged": ACKNOWLEDGED["received_by"],
}  # fmt: skip


async def test_d25_no_planted_marker_is_found_in_database_events_logs_or_urls(complaints, connection, log):
    urls: list[str] = []
    http = complaints.hands.http

    async def note(request) -> None:
        urls.append(str(request.url))

    http.event_hooks["request"].append(note)
    key = str(uuid4())
    # A careless client sends its key as the correlation id.
    careless = {"Idempotency-Key": key, "X-Correlation-Id": key}
    filed = await http.post("/v1/complaints", json=filing(), headers=careless)
    receipt = filed.json()["receipt"]
    case = str(await connection.fetchval("SELECT complaint_id FROM complaints"))
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    wrong = filing(subject={"kind": NAME, "name": ADDRESSEE}, facts=FACTS)
    assert (await http.post("/v1/complaints", json=wrong, headers=careless)).status_code == 422
    assert (await complaints.file(key=key, facts=FACTS + "其他")).status_code == 422
    await complaints.step(case, "supplement-request", {"text": ASKED})
    await complaints.send(receipt, "supplement", SUPPLIED)
    await complaints.send(receipt, "messages", MESSAGE)
    assert (await complaints.content(case)).status_code == 200
    await complaints.step(case, "forwarding", {"to": "procuratorate", "text": FORWARDED})
    await complaints.step(case, "acknowledgement", ACKNOWLEDGED | {"acknowledged_on": "2026-06-10"})
    await complaints.step(case, "result", {"outcome": "handled-elsewhere", "decided_on": "2026-06-10", "text": RESULT})
    await complaints.send(receipt, "review", REVIEW)
    await complaints.step(case, "assignment", {"officer": "reviewer"})
    await complaints.step(case, "review-answer", {"outcome": "upheld", "text": ANSWER}, subject="reviewer")
    entered = await complaints.hands.http.post(
        "/v1/complaints/entries",
        json=filing(
            source="line-12345",
            received_on="2026-06-09",
            source_received_on="2026-06-01",
            source_organ=ORGAN,
            source_number=NUMBER,
        ),
        headers=complaints.hands.officer() | {"Idempotency-Key": str(uuid4())},
    )
    assert entered.status_code == 201, entered.text
    await complaints.seen(case)
    complaints.hands.on("2026-07-20T09:00:00")
    await tick(complaints)
    await sequence(connection)
    worker = complaints.hands.worker
    feed = (await http.get("/v1/events", headers=worker)).content
    stored = await everything_stored(connection)
    logged = log.getvalue().encode()
    metrics = (await http.get("/metrics", headers=worker)).content
    assert logged
    assert b"deadline.missed" in feed
    places = {"tables": stored, "log": logged, "URLs": "\n".join(urls).encode(), "feed": feed, "metrics": metrics}
    texts = SECRET | {"key": key, "key as hex": UUID(key).hex, "receipt": receipt}
    texts |= {"another receipt": entered.json()["receipt"]}
    for what, marker in (markers(texts) | {"raw key": UUID(key).bytes}).items():
        for place, written in places.items():
            assert marker not in written, f"{what} was found in {place}"


async def test_the_search_would_find_a_marker(complaints, connection):
    """The test above can fail."""
    await complaints.filed()
    await connection.execute("UPDATE complaints SET handled_by = $1", NAME)
    assert NAME.encode() in await everything_stored(connection)


async def test_a_failing_database_tells_no_secret_to_the_log(complaints, connection, log):
    await connection.execute("ALTER TABLE sealed_texts ADD CONSTRAINT never CHECK (false) NOT VALID")
    try:
        key = str(uuid4())
        transport = complaints.hands.http._transport
        transport.raise_app_exceptions = False
        answer = await complaints.file(key=key)
    finally:
        await connection.execute("ALTER TABLE sealed_texts DROP CONSTRAINT never")
    assert answer.status_code == 500
    assert "request_failed" in log.getvalue()
    for what, marker in markers(SECRET | {"key": key}).items():
        assert marker not in log.getvalue().encode(), what
        assert marker not in answer.content, what


async def test_a_complainants_correlation_id_is_not_taken_over(complaints):
    offered = {"X-Correlation-Id": "known-to-the-portal"}
    guessed = await complaints.hands.http.post(
        "/v1/complaint-receipts/sessions", json={"receipt": "0" * 16}, headers=offered
    )
    filed = await complaints.hands.http.post(
        "/v1/complaints", json=filing(), headers=offered | {"Idempotency-Key": uuid4().hex}
    )
    for answer in (guessed, filed):
        assert answer.headers["x-correlation-id"] != "known-to-the-portal"
    officers = await complaints.hands.http.get("/v1/complaints", headers=complaints.hands.officer() | offered)
    assert officers.headers["x-correlation-id"] == "known-to-the-portal"


async def test_each_complaint_has_a_key_of_its_own(complaints, connection):
    await complaints.file()
    await complaints.file()
    assert len({row[0] for row in await connection.fetch("SELECT wrapped_key FROM sealed_keys")}) == 2
    assert len({row[0] for row in await connection.fetch("SELECT sealed FROM sealed_texts")}) == 6


async def test_names_are_compared_by_keyed_digests_only(complaints, connection):
    await complaints.file()
    await complaints.file(subject={"kind": "lawyer", "name": ADDRESSEE + "律师"})
    rows = await connection.fetch("SELECT digest, count(*) AS n FROM complaint_marks GROUP BY digest")
    assert sorted(row["n"] for row in rows) == [1, 2, 2, 2]
    assert {len(row["digest"]) for row in rows} == {32}


async def test_a_wrong_and_an_unknown_receipt_answer_alike_after_the_same_work(complaints, connection, monkeypatch):
    hashed = []
    digest = Receipts.digest

    async def counted(self, receipt, *, queue):
        hashed.append(receipt)
        return await digest(self, receipt, queue=queue)

    monkeypatch.setattr(Receipts, "digest", counted)
    receipt, _ = await complaints.filed()
    hashed.clear()
    one_off = f"{(int(receipt) + 1) % 10**16:016d}"
    answers = [await complaints.session(wrong) for wrong in (one_off, "0" * 16)]
    bodies = [{name: value for name, value in a.json().items() if name != "correlation_id"} for a in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bodies[0] == bodies[1]
    assert one_off not in answers[0].text
    assert len(hashed) == 2
    # A row is written for a wrong receipt too: it waits for the disk as a right one does, and opens nothing.
    assert await connection.fetchval("SELECT count(*) FROM receipt_sessions WHERE object_id IS NULL") == 2


@pytest.mark.parametrize("session", [None, "", "guess", "x" * 43])
async def test_without_a_session_nothing_is_shown(complaints, session):
    headers = {} if session is None else {"Receipt-Session": session}
    answer = await complaints.hands.http.get("/v1/complaint-receipts/case", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:yulu:problem:receipt-session-invalid")


async def test_a_session_ends_after_15_minutes_and_shows_no_other_complaint(complaints):
    receipt, _ = await complaints.filed()
    other, _ = await complaints.filed(hints=["poor-service"])
    session = (await complaints.session(receipt)).json()["session"]
    complaints.hands.on("2026-06-10T12:14:59")
    headers = {"Receipt-Session": session}
    assert (await complaints.hands.http.get("/v1/complaint-receipts/case", headers=headers)).status_code == 200
    complaints.hands.on("2026-06-10T12:15:00")
    assert (await complaints.hands.http.get("/v1/complaint-receipts/case", headers=headers)).status_code == 401
    assert (await complaints.follow(receipt))["organ"]["kind"] == "bureau"
    assert (await complaints.follow(other))["organ"]["kind"] == "city-association"


async def test_a_flood_of_guesses_is_throttled_before_it_is_hashed_and_keeps_nobody_from_filing(
    hands, connection, monkeypatch
):
    monkeypatch.setenv("RECEIPT_RATE_LIMIT", "3/hour")
    app = build_app(DisciplineSettings.load(), clock=lambda: hands.now)
    hands.http._transport.app = app
    hashed = []
    async with app.router.lifespan_context(app):
        digest = app.state.receipts.digest

        async def counted(receipt, *, queue):
            hashed.append(receipt)
            return await digest(receipt, queue=queue)

        monkeypatch.setattr(app.state.receipts, "digest", counted)
        complaints = Complaints(hands, connection)
        answers = [await complaints.session(f"{number:016d}") for number in range(10)]
        filed = await complaints.file()
    assert [answer.status_code for answer in answers] == [404] * 3 + [429] * 7
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert len(hashed) == 4
    assert filed.status_code == 201


async def test_when_retention_is_over_texts_keys_and_marks_go_and_the_receipt_answers_410(complaints, connection):
    receipt, case = await assigned(complaints)
    key = uuid4().hex
    assert (await complaints.file(key=key)).status_code == 201
    refusal = {"ground": "merits", "refused_on": "2026-06-10", "channel": "appeal", "reasons": "属裁判结果"}
    await complaints.step(case, "refusal", refusal)
    complaints.hands.on("2026-07-03T00:00:00")
    await tick(complaints)
    session = (await complaints.session(receipt)).json()["session"]
    complaints.hands.on("2029-07-03T23:50:00")
    assert (await complaints.follow(receipt))["kept_until"] == "2029-07-03"
    assert (await complaints.content(case)).status_code == 200
    complaints.hands.on("2029-07-04T00:00:00")
    # Reads obey before the timer comes.
    await _is_gone(complaints, receipt, case)
    await tick(complaints)
    await _is_gone(complaints, receipt, case)
    headers = {"Receipt-Session": session}
    assert (await complaints.hands.http.get("/v1/complaint-receipts/case", headers=headers)).status_code == 401
    left = await connection.fetchrow("SELECT * FROM complaints WHERE complaint_id = $1", case)
    assert left["erased_at"] == datetime.fromisoformat("2029-07-04T00:00:00+08:00")
    assert (left["assigned_to"], left["hints"]) == (None, [])
    for table, owner in (
        ("sealed_texts", "owner_id"),
        ("sealed_keys", "owner_id"),
        ("complaint_marks", "complaint_id"),
    ):
        assert await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {owner} = $1", case) == 0
    # The other one is not over, and what was erased cannot be filled again.
    assert (await complaints.file(key=key)).status_code == 201
    with pytest.raises(Exception, match="complaints only grows"):
        await connection.execute("UPDATE complaints SET hints = '{x}' WHERE complaint_id = $1", case)


async def test_marks_that_a_backup_brought_back_go_with_the_timer_and_others_stay(complaints, connection, monkeypatch):
    monkeypatch.setattr(tasks, "_BATCH", 2)
    _, case = await complaints.filed()
    _, other = await complaints.filed()
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    refusal = {"ground": "merits", "refused_on": "2026-06-10", "channel": "appeal", "reasons": "属裁判结果"}
    await complaints.step(case, "refusal", refusal)
    complaints.hands.on("2026-07-03T00:00:00")
    await tick(complaints)
    # The row as a ledger of erasures leaves it in a restored database.
    await connection.execute(
        "UPDATE complaints SET erased_at = '2029-07-04T00:00:00+08:00', assigned_to = NULL, handled_by = NULL, "
        "happened_from = NULL, happened_to = NULL, hints = '{}' WHERE complaint_id = $1",
        case,
    )
    marks = "SELECT count(*) FROM complaint_marks WHERE complaint_id = $1"
    there = await connection.fetchval(marks, case)
    assert there > 2, "more than one batch"
    await tick(complaints)
    assert await connection.fetchval(marks, case) == 0
    assert await connection.fetchval(marks, other) == there


async def _is_gone(complaints: Complaints, receipt: str, case: str) -> None:
    for answer in (await complaints.session(receipt), await complaints.seen(case), await complaints.content(case)):
        assert answer.status_code == 410, answer.text
        assert (answer.json()["gone_since"], answer.json()["rule"]) == ("2029-07-04", "complaint.retention")
