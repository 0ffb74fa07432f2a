"""Filing: without an account, once per key, whatever breaks in between."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest
from common.outbox import Outbox
from common.secrecy.receipts import FILING_QUEUE

from tests.integration.rights.conftest import FACTS, client_of, filing


async def cases(sql):
    return await sql.fetchval("SELECT count(*) FROM complaints")


async def test_filing_needs_no_account_and_shows_the_receipt(file, sql):
    answer = await file()
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert len(body["receipt"]) == 16
    assert body["receipt"].isdigit()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == "/v1/receipts/case"
    (triage,) = body["deadlines"]
    assert triage["name"] == "triage"
    assert triage["verified"] is False
    assert "尚未核对" in triage["explanation_zh"]
    assert len(triage["counted"]) == 2
    assert await cases(sql) == 1
    assert await sql.fetchval("SELECT event_type FROM outbox") == "lawyers.rights.complaint.filed.v1"


async def test_filing_tells_nothing_of_other_cases(file):
    answer = await file()
    assert "commit-lsn" not in answer.headers
    assert "event-ids" not in answer.headers
    assert "complaint_id" not in answer.json()


async def test_whoever_filed_may_go_on_at_once(http, file, sql):
    answer = await file()
    session = answer.headers["receipt-session"]
    seen = await http.get("/v1/receipts/case", headers={"Receipt-Session": session})
    assert (seen.status_code, seen.json()["status"]) == (200, "TRIAGE")
    assert session not in answer.text
    stored = await sql.fetch("SELECT token_digest FROM receipt_sessions")
    assert session.encode() not in {row[0] for row in stored}


async def test_a_repetition_gives_the_same_receipt_and_no_second_case(file, sql):
    key = str(uuid4())
    first, again = await file(key=key), await file(key=key)
    as_hex = await file(key=UUID(key).hex.upper())
    assert first.status_code == again.status_code == as_hex.status_code == 201
    assert first.json() == again.json() == as_hex.json()
    assert await cases(sql) == 1
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1


async def test_many_at_once_with_one_key_make_one_case(file, sql):
    key = uuid4().hex
    answers = await asyncio.gather(*(file(key=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert await cases(sql) == 1
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1


async def test_another_body_under_the_same_key_is_refused(file, sql):
    key = uuid4().hex
    await file(key=key)
    answer = await file(key=key, facts=FACTS + "。")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:yulu:problem:idempotency-key-reused")
    assert answer.json()["field"] == "Idempotency-Key"
    assert "receipt" not in answer.text.replace("receipt-taken", "")
    assert await cases(sql) == 1


async def test_two_keys_make_two_cases(file, sql):
    first, second = await file(), await file()
    assert first.json()["receipt"] != second.json()["receipt"]
    assert await cases(sql) == 2


class Breaks:
    """The process dies after the commit, as the answer leaves it."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, _send):
        async def broken(_message):
            raise ConnectionResetError

        await self._app(scope, receive, broken)


async def test_a_crash_between_commit_and_answer_is_repaired_by_repeating(public, file, sql):
    key = uuid4().hex
    async with client_of(Breaks(public)) as http:
        lost = await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})
    assert lost.status_code == 500
    assert await cases(sql) == 1  # it was committed
    again = await file(key=key)
    assert again.status_code == 201
    assert len(again.json()["receipt"]) == 16
    assert await cases(sql) == 1
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_crash_before_commit_leaves_nothing_and_can_be_repeated(file, sql, monkeypatch):
    key = uuid4().hex
    with monkeypatch.context() as patch:

        async def dies(_self, _connection):
            raise ConnectionResetError

        patch.setattr(Outbox, "write", dies)
        assert (await file(key=key)).status_code == 503
    assert await cases(sql) == 0
    assert await sql.fetchval("SELECT count(*) FROM clocks") == 0
    assert (await file(key=key)).status_code == 201
    assert await cases(sql) == 1


async def test_another_process_gives_the_same_receipt(make_app, file):
    key = uuid4().hex
    first = await file(key=key)
    other = make_app()
    async with other.router.lifespan_context(other), client_of(other) as http:
        again = await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})
    assert again.json() == first.json()


async def test_a_receipt_that_is_taken_asks_for_another_key(public, file, sql, monkeypatch):
    await file()
    taken = await sql.fetchval("SELECT receipt_digest FROM complaints")

    async def collides(_receipt, *, queue):
        assert queue == FILING_QUEUE
        return taken

    monkeypatch.setattr(public.state.receipts, "digest", collides)
    answer = await file()
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yulu:problem:receipt-taken")
    assert await cases(sql) == 1


@pytest.mark.parametrize("key", ["", "short", "0" * 31, "not-a-uuid-but-long-enough-for-anything", "密" * 16])
async def test_a_key_of_less_than_128_bits_is_refused(http, sql, key):
    headers = [(b"Idempotency-Key", key.encode())]
    answer = await http.post("/v1/complaints", json=filing(), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["field"] == "Idempotency-Key"
    assert await cases(sql) == 0


async def test_a_missing_key_is_refused(http):
    answer = await http.post("/v1/complaints", json=filing())
    assert answer.json()["type"] == "urn:yulu:problem:idempotency-key-missing"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"kind": "ACCUSE"}, "kind"),
        ({"right": "SLEEP"}, "right"),
        ({"registration_region": "410000"}, "registration_region"),
        ({"incident_region": "419000"}, "incident_region"),
        ({"incident_at": "2026-03-02T09:00:00"}, "incident_at"),
        ({"incident_at": "2126-03-02T09:00:00Z"}, "incident_at"),
        ({"facts": " "}, "facts"),
        ({"complainant": {"name": "甲", "licence_number": "1", "contact": "c"}}, "complainant.licence_number"),
        ({"kind": "PETITION"}, "criminal"),
        ({"kind": "DISCIPLINE"}, "kind"),
        ({"kind": "RIGHTS_APP", "identity_mode": "anonymous_clue", "complainant": None}, "identity_mode"),
    ],
)
async def test_bad_input_names_its_field_in_both_languages_and_writes_nothing(file, sql, changes, field):
    answer = await file(**changes)
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert body["field"] == field
    assert body["errors"][0]["zh"]
    assert body["errors"][0]["en"]
    assert await cases(sql) == 0


@pytest.mark.parametrize(
    "changes",
    [{"complainant": None}, {"identity_mode": "anonymous_clue"}, {"identity_mode": "sealed", "complainant": None}],
)
async def test_the_identity_must_fit_its_mode(file, changes):
    answer = await file(**changes)
    assert answer.status_code == 422
    assert "complainant" in answer.json()["detail"]


async def test_a_clue_is_kept_gets_a_receipt_and_is_announced_to_nobody(file, sql, follow):
    answer = await file(identity_mode="anonymous_clue", complainant=None)
    assert answer.status_code == 201
    assert answer.json()["deadlines"] == []
    assert (await follow(answer.json()["receipt"]))["status"] == "CLUE"
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 0


@pytest.mark.parametrize("changes", [{"right": "PERSON"}, {"right": "EXPEL"}, {"hearing_in_progress": True}])
async def test_urgent_matters_take_the_fast_lane(file, sql, changes):
    body = (await file(**changes)).json()
    assert body["fast_lane"] is True
    assert [clock["name"] for clock in body["deadlines"]] == ["contact", "call", "province", "national", "triage"]
    assert b'"fast_lane":true' in await sql.fetchval("SELECT bytes FROM outbox")


async def test_a_petition_against_a_detention_centre_is_told_where_it_goes(file):
    body = (await file(kind="PETITION", criminal=True, target_level="province")).json()
    assert "省级人民检察院刑事执行检察部门" in body["route_zh"]


async def test_a_lawyer_licensed_elsewhere_may_file(file, sql):
    complainant = {"name": "外省律师", "licence_number": "11101200810123456", "contact": "c"}
    assert (await file(registration_region=None, complainant=complainant)).status_code == 201
    assert await sql.fetchval("SELECT owner_region FROM complaints") == "410300"


async def test_a_full_queue_answers_503_and_the_key_stays_usable(file, sql):
    keys = [uuid4().hex for _ in range(FILING_QUEUE + 10)]
    answers = await asyncio.gather(*(file(key=key) for key in keys))
    busy = [(key, answer) for key, answer in zip(keys, answers, strict=True) if answer.status_code == 503]
    assert busy
    assert all(int(answer.headers["retry-after"]) >= 1 for _, answer in busy)
    assert {answer.status_code for answer in answers} == {201, 503}
    assert (await file(key=busy[0][0])).status_code == 201
    assert await cases(sql) == len(keys) - len(busy) + 1


async def test_filings_are_limited_per_address(make_app):
    app = make_app(filing_rate_limit="2/hour")
    async with app.router.lifespan_context(app), client_of(app) as http:
        statuses = [
            (await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": uuid4().hex})).status_code
            for _ in range(3)
        ]
    assert statuses == [201, 201, 429]


async def test_a_token_is_not_needed_and_not_looked_at(http):
    headers = {"Idempotency-Key": uuid4().hex, "Authorization": "Bearer of.bad.tidings"}
    answer: httpx.Response = await http.post("/v1/complaints", json=filing(), headers=headers)
    assert answer.status_code == 201


async def test_an_incident_before_there_was_a_profession_is_a_slip(file, sql):
    answer = await file(incident_at="0001-01-01T00:00:00+14:00")
    assert (answer.status_code, answer.json()["field"]) == (422, "incident_at")
    assert await sql.fetchval("SELECT count(*) FROM complaints") == 0
