"""rights.retention: from the day after its term a case is told to nobody, and its keys, contents and files go."""

from uuid import uuid4

import asyncpg
import orjson
import pytest
from rights_api.cases.terms import RETENTION
from rights_api.retention import tasks
from yulu_backup.ledger import Erasure, replay

from tests.integration.rights.conftest import FACTS, NAME, REFUSAL
from tests.integration.rights.meetings.conftest import refusal

FILED, ENDED = "2026-03-02 10:00", "2026-03-10 16:00"
LAST, AFTER = "2029-03-10 23:59", "2029-03-11 00:00"
WORDS = "请尽快安排会见独特标记"


@pytest.fixture
async def keys(keys_dsn):
    connection = await asyncpg.connect(keys_dsn)
    yield connection
    await connection.close()


@pytest.fixture
def ended(http, file, sql, time, own):
    """Receipt and id of a case with a message, withdrawn on the tenth."""

    known = set()

    async def ended(**changes):
        time.at(FILED)
        filed = await file(**changes)
        assert filed.status_code == 201, filed.text
        receipt = filed.json()["receipt"]
        [case] = {row[0] for row in await sql.fetch("SELECT complaint_id FROM complaints")} - known
        known.add(case)
        written = await own(receipt, "messages", {"text": WORDS})
        assert written.status_code == 201, written.text
        time.at(ENDED)
        assert (await own(receipt, "withdrawal")).status_code == 200
        return receipt, case

    return ended


async def of_complainant(http, receipt):
    opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
    headers = {"Receipt-Session": opened.json()["session"]}
    paths = ("", "/messages", "/attachments", "/consents")
    return [await http.get(f"/v1/receipts/case{path}", headers=headers) for path in paths]


async def of_officer(http, officer, case):
    purpose = {"Access-Purpose": "handling"}
    paths = (("", {}), ("", purpose), ("/steps", {}), ("/messages", {}), ("/messages", purpose), ("/attachments", {}),
             ("/consents", {}), ("/linkage-tasks", {}))  # fmt: skip
    return [await http.get(f"/v1/complaints/{case}{path}", headers=officer() | more) for path, more in paths]


def assert_over(answers):
    for answer in answers:
        assert answer.status_code == 410, (str(answer.request.url), answer.text)
        told = answer.json()
        assert (told["type"], told["gone_since"], told["rule"]) == (
            "urn:yulu:problem:record-term-over", "2029-03-11", RETENTION
        )  # fmt: skip
        assert answer.headers["cache-control"] == "no-store"
        assert FACTS not in answer.text
        assert NAME not in answer.text


async def test_from_the_day_after_the_term_a_case_is_told_to_nobody_whether_or_not_the_timer_came(
    *, http, officer, ended, time, timers, sql
):
    receipt, case = await ended()
    time.at(LAST)
    await timers()
    assert await sql.fetchval("SELECT erased_at FROM complaints") is None
    assert {answer.status_code for answer in await of_complainant(http, receipt)} == {200}
    assert (await of_officer(http, officer, case))[0].status_code == 200
    listed = await http.get("/v1/complaints", headers=officer())
    assert [item["complaint_id"] for item in listed.json()["items"]] == [str(case)]
    time.at(AFTER)
    for _ in range(2):
        assert_over(await of_complainant(http, receipt))
        assert_over(await of_officer(http, officer, case))
        assert (await http.get("/v1/complaints", headers=officer())).json()["items"] == []
        elsewhere = await http.get(f"/v1/complaints/{case}", headers=officer(region="410200"))
        assert elsewhere.status_code == 403, "whoever may not see it is not told when it ended"
        await timers()
    assert await sql.fetchval("SELECT erased_at FROM complaints") is not None


async def test_keys_and_what_was_sealed_to_the_office_go_and_what_is_left_names_nobody(
    *, ended, time, timers, sql, keys, app, http, officer
):
    _, case = await ended()
    other = (await ended(registration_region="410200"))[1]
    await timers()
    # The database of keys is not emptied between tests.
    there = "SELECT complaint_id FROM content_keys WHERE complaint_id = ANY($1) ORDER BY complaint_id"
    assert [row[0] for row in await keys.fetch(there, [case, other])] == sorted([case, other])
    kept = await sql.fetchrow("SELECT wrapped_key, facts_sealed FROM complaints WHERE complaint_id = $1", case)
    await sql.execute("UPDATE complaints SET changed_at = changed_at + interval '1 day' WHERE complaint_id = $1", other)
    counts = {"from": "2026-03-01", "to": "2026-03-31", "by": ["city", "status"]}
    province = officer("association", "410000")
    before = await http.get("/v1/statistics", params=counts, headers=province)
    assert before.status_code == 200, before.text
    time.at(AFTER)
    await timers()
    assert [row[0] for row in await keys.fetch(there, [case, other])] == [other]
    row = await sql.fetchrow("SELECT * FROM complaints WHERE complaint_id = $1", case)
    assert (row["wrapped_key"], row["identity_sealed"], row["facts_sealed"]) == (b"", b"", b"")
    assert (row["kind"], row["status"], row["owner_region"]) == ("COMPLAINT", "CLOSED", "410100")
    stays = await sql.fetchrow("SELECT wrapped_key, erased_at FROM complaints WHERE complaint_id = $1", other)
    assert stays["wrapped_key"] != b""
    assert stays["erased_at"] is None
    # Its texts stand in tables that only grow; the key that opened them is in no row any more.
    places = " UNION ALL ".join(
        f"SELECT to_jsonb(t)::text FROM {table[0]} t"
        for table in await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    )
    stored = "\n".join(row[0] for row in await sql.fetch(places))
    assert bytes(kept["wrapped_key"]).hex() not in stored
    assert bytes(kept["facts_sealed"]).hex() not in stored
    assert (await http.get("/v1/statistics", params=counts, headers=province)).json() == before.json()
    noted = await sql.fetch("SELECT key, remains FROM erasures WHERE relation = 'complaints'")
    assert len(noted) == 1
    assert str(case) in noted[0]["key"]
    assert "erased_at" not in noted[0]["remains"]
    assert await keys.fetchval("SELECT count(*) FROM erasures WHERE key->>'complaint_id' = $1", str(case)) == 1


async def test_what_is_still_open_is_never_over(file, time, timers, sql):
    time.at(FILED)
    await file()
    time.at("2032-03-11 00:00")
    await timers()
    assert await sql.fetchval("SELECT count(*) FROM complaints WHERE erased_at IS NULL") == 1


async def test_a_clue_that_nobody_answers_is_kept_from_its_filing(file, time, timers, sql):
    time.at(FILED)
    assert (await file(identity_mode="anonymous_clue", complainant=None)).status_code == 201
    time.at("2029-03-02 23:59")
    await timers()
    assert await sql.fetchval("SELECT erased_at FROM complaints") is None
    time.at("2029-03-03 00:00")
    await timers()
    row = await sql.fetchrow("SELECT erased_at IS NOT NULL, identity_sealed, facts_sealed FROM complaints")
    assert tuple(row) == (True, None, b"")


async def test_more_than_a_batch_goes_in_one_round_and_what_others_hold_in_the_next(
    *, ended, time, timers, sql, dsn, monkeypatch
):
    monkeypatch.setattr(tasks, "_BATCH", 2)
    cases = [(await ended())[1] for _ in range(5)]
    time.at(AFTER)
    holder = await asyncpg.connect(dsn)
    async with holder.transaction():
        await holder.execute("SELECT FROM complaints WHERE complaint_id = $1 FOR UPDATE", cases[0])
        await timers()
        left = await sql.fetch("SELECT complaint_id FROM complaints WHERE erased_at IS NULL")
        assert [row[0] for row in left] == cases[:1]
    await holder.close()
    await timers()
    assert await sql.fetchval("SELECT count(*) FROM complaints WHERE erased_at IS NULL") == 0


async def test_a_key_that_is_gone_already_and_a_backup_that_the_ledger_emptied_are_finished(
    *, ended, time, timers, sql, keys
):
    _, killed = await ended()
    _, restored = await ended()
    await timers()
    sealed = "SELECT wrapped_key, identity_sealed, facts_sealed FROM complaints WHERE complaint_id = $1"
    before = await sql.fetchrow(sealed, restored)
    await keys.execute("DELETE FROM content_keys WHERE complaint_id = ANY($1)", [killed, restored])
    time.at(AFTER)
    await timers()
    assert await sql.fetchval("SELECT count(*) FROM complaints WHERE erased_at IS NULL") == 0
    assert tuple(await sql.fetchrow(sealed, killed)) == (b"", b"", b"")
    # A backup from before brings it back; the ledger knows what was noted here.
    noted = await sql.fetchrow("SELECT * FROM erasures WHERE key->>'complaint_id' = $1", str(restored))
    back = "UPDATE complaints SET wrapped_key = $2, identity_sealed = $3, facts_sealed = $4, erased_at = NULL"
    await sql.execute(f"{back} WHERE complaint_id = $1", restored, *before)
    entry = Erasure(
        seq=1,
        database="rights",
        relation=noted["relation"],
        key=orjson.loads(noted["key"]),
        remains=orjson.loads(noted["remains"]),
        at=noted["at"],
    )
    assert await replay(sql, [entry]) == 1
    assert tuple(await sql.fetchrow(sealed, restored)) == (b"", b"", b"")
    assert await sql.fetchval("SELECT erased_at FROM complaints WHERE complaint_id = $1", restored) is None
    await timers()
    assert await sql.fetchval("SELECT count(*) FROM complaints WHERE erased_at IS NULL") == 0


async def test_a_watch_that_became_no_case_goes_too_and_one_that_did_with_its_case(
    *, http, time, timers, sql, officer, own
):
    async def record():
        answer = await http.post("/v1/refused-meetings", json=refusal(), headers={"Idempotency-Key": uuid4().hex})
        assert answer.status_code == 201, answer.text
        return answer.json()["receipt"]

    time.at("2026-02-13 16:35")
    receipt = await record()
    opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
    headers = {"Receipt-Session": opened.json()["session"]}
    withdrawn = await http.post("/v1/receipts/meeting/withdrawal", headers=headers | {"Idempotency-Key": uuid4().hex})
    assert withdrawn.status_code == 200, withdrawn.text
    meeting = await sql.fetchval("SELECT meeting_id FROM refused_meetings")
    violated = await record()
    time.at("2026-02-16 10:00")
    await timers()
    assert (await own(violated, "withdrawal")).status_code == 200
    time.at("2029-02-14 00:00")
    for _ in range(2):
        told = await http.get("/v1/receipts/meeting", headers=headers)
        assert (told.status_code, told.json()["gone_since"]) == (410, "2029-02-14")
        told = await http.get(f"/v1/meeting-watches/{meeting}", headers=officer())
        assert told.status_code == 410, told.text
        await timers()
    erased = await sql.fetch("SELECT meeting_id FROM refused_meetings WHERE erased_at IS NOT NULL")
    assert [row[0] for row in erased] == [meeting]
    time.at("2029-02-17 00:00")
    await timers()
    became = await sql.fetchval("SELECT meeting_id FROM refused_meetings WHERE status = 'VIOLATED'")
    opened = await http.post("/v1/receipts/sessions", json={"receipt": violated})
    session = {"Receipt-Session": opened.json()["session"]}
    for told in (
        await http.get("/v1/receipts/meeting", headers=session),
        await http.get(f"/v1/meeting-watches/{became}", headers=officer()),
    ):
        assert (told.status_code, told.json()["gone_since"]) == (410, "2029-02-17")
    left = "SELECT count(*) FROM {} WHERE wrapped_key <> '' OR facts_sealed <> '' OR identity_sealed <> ''"
    assert await sql.fetchval(left.format("refused_meetings")) == 0
    assert await sql.fetchval(left.format("complaints")) == 0


async def test_a_case_with_texts_of_the_office_is_told_to_be_over_after_its_keys_are_gone_too(
    *, http, file, sql, time, timers, step, own
):
    time.at(FILED)
    key, session = uuid4().hex, {}
    receipt = (await file(key=key)).json()["receipt"]
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    time.at(ENDED)
    assert (await step(case, "refusal", 1, REFUSAL)).status_code == 200
    time.at(AFTER)
    for _ in range(2):
        opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
        session["Receipt-Session"] = opened.json()["session"]
        assert_over([await http.get("/v1/receipts/case", headers=session), await file(key=key)])
        await timers()
    assert await sql.fetchval("SELECT erased_at IS NOT NULL FROM complaints")


async def test_what_is_erased_stays_over_whatever_the_rule_says_since(*, http, officer, ended, time, sql):
    receipt, case = await ended()
    await sql.execute("UPDATE complaints SET erased_at = '2026-09-01T00:00:00+08:00', wrapped_key = ''")
    time.at("2026-10-01 09:00")
    for answer in (*await of_complainant(http, receipt), *await of_officer(http, officer, case)):
        assert (answer.status_code, answer.json()["gone_since"]) == (410, "2026-09-01"), str(answer.request.url)
    assert (await http.get("/v1/complaints", headers=officer())).json()["items"] == []


async def test_an_ended_case_is_kept_from_when_it_was_last_heard_of(*, ended, time, timers, sql, own, http, officer):
    receipt, case = await ended()
    time.at("2028-05-05 12:00")
    assert (await own(receipt, "messages", {"text": WORDS})).status_code == 201
    time.at(AFTER)
    await timers()
    assert {answer.status_code for answer in await of_complainant(http, receipt)} == {200}
    listed = await http.get("/v1/complaints", headers=officer())
    assert [item["complaint_id"] for item in listed.json()["items"]] == [str(case)]
    time.at("2031-05-06 00:00")
    assert {answer.status_code for answer in await of_complainant(http, receipt)} == {410}
    await timers()
    assert await sql.fetchval("SELECT erased_at IS NOT NULL FROM complaints")
