"""The inbox: doubts, judgments and decisions, from a connected system to the organ that answers within a term."""

import hmac
from datetime import UTC, datetime, timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from exchange_api.inbox.store import close_unanswered_items, erase_old_items, note_overdue_items

from tests.integration.exchange.conftest import AUDITOR, COURT, NOW, OPERATOR, PROCURATORATE
from tests.integration.exchange.test_clients import COURT_SYSTEM
from tests.support.idempotency import plain_digest

REQUEST = {
    "resource": "lawyer-register", "region": "410100", "record": "14101201010765432", "field": "name",
    "held": "张山", "expected": "张三", "reason": "判决书所载姓名不同",
    "sender_number": "豫高法函2026-1",
}  # fmt: skip
BUREAU = {"roles": ["registry-officer"], "organisation_kind": "bureau", "region": "410100", "subject": "zz-1"}
LUOYANG = BUREAU | {"region": "410300", "subject": "ly-1"}
DEPARTMENT = {"roles": ["registry-officer"], "organisation_kind": "department", "subject": "hn-1"}
DISCIPLINE = BUREAU | {"roles": ["discipline-officer"], "subject": "zz-2"}
ANSWER = {"outcome": "corrected", "answer": "已按身份信息更正"}


@pytest.fixture(scope="module", autouse=True)
async def connected(call):
    for system in (COURT_SYSTEM, COURT_SYSTEM | {"subject": "jcy-sys", "organ_code": "hn-jcy",
                                                 "organisation_kind": "procuratorate"}):  # fmt: skip
        assert (await call("POST", "/clients", OPERATOR, json=system)).status_code == 201


async def requested(call, **changes):
    body = REQUEST | {"sender_number": str(uuid4())} | changes
    answer = await call("POST", "/corrections", COURT, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_request_is_answered_by_the_organ_of_the_record_and_the_asker_reads_it(call):
    made = await requested(call)
    line = made["line"]
    # 24 November 2026, a Tuesday: ten working days.
    assert (line["due_on"], line["state"], line["risk"]) == ("2026-12-08", "received", "running")
    assert made["deadline"]["verified"] is False
    assert "尚未核对原文" in made["deadline"]["zh"]
    path = f"/inbox/{line['item_id']}"
    for who in (BUREAU, DEPARTMENT, COURT):
        assert (await call("GET", path, who)).json()["content"]["expected"] == "张三"
    for who in (LUOYANG, DISCIPLINE, AUDITOR, PROCURATORATE, OPERATOR):
        assert (await call("GET", path, who)).status_code == 403, who
    for who in (LUOYANG, DISCIPLINE, COURT, OPERATOR):
        refused = await call("POST", f"{path}/answer", who, json=ANSWER, headers={"If-Match": '"v1"'})
        assert refused.status_code == 403, who
    assert (await call("POST", f"{path}/answer", BUREAU, json=ANSWER)).status_code == 428
    done = await call("POST", f"{path}/answer", BUREAU, json=ANSWER, headers={"If-Match": '"v1"'})
    assert (done.status_code, done.json()["line"]["risk"]) == (200, "met"), done.text
    assert (await call("GET", path, COURT)).json()["answer"] == "已按身份信息更正"
    again = await call("POST", f"{path}/answer", BUREAU, json=ANSWER, headers={"If-Match": '"v2"'})
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "item-closed")


async def test_what_is_kept_of_a_request_confirms_no_guess_of_what_was_sent(call, exchange_database):
    body, key = REQUEST | {"sender_number": str(uuid4())}, {"Idempotency-Key": str(uuid4())}
    first = await call("POST", "/corrections", COURT, json=body, headers=key)
    again = await call("POST", "/corrections", COURT, json=body, headers=key)
    assert (first.status_code, again.content, again.headers["idempotency-replayed"]) == (201, first.content, "true")
    other = await call("POST", "/corrections", COURT, json=body | {"held": "张三"}, headers=key)
    assert (other.status_code, other.json()["type"].rpartition(":")[2]) == (422, "idempotency-key-reused")
    hashed = hmac.digest(b"", key["Idempotency-Key"].encode(), "sha256")
    pool = await exchange_database.pool()
    kept = await pool.fetchval("SELECT request_hash FROM idempotency_keys WHERE key_hash = $1", hashed)
    assert kept is not None
    assert kept != plain_digest(first.request.content)


async def test_lists_are_each_ones_own_and_those_due_first_lead(call):
    mine = (await call("GET", "/inbox?limit=1", COURT)).json()
    assert len(mine["items"]) == 1
    assert (await call("GET", "/inbox", PROCURATORATE)).json()["items"] == []
    await requested(call, region="410300")
    seen = {item["region"] for item in (await call("GET", "/inbox", LUOYANG)).json()["items"]}
    assert seen == {"410300"}
    everything = (await call("GET", "/inbox", DEPARTMENT)).json()["items"]
    assert {item["region"] for item in everything} == {"410100", "410300"}
    assert everything == sorted(everything, key=lambda item: (item["due_on"], item["item_id"]))
    assert "张三" not in str(everything)
    assert (await call("GET", "/inbox")).status_code == 401
    assert (await call("GET", "/inbox", AUDITOR)).status_code == 403


async def test_the_asker_withdraws_and_a_suspended_system_asks_nothing(call):
    made = await requested(call)
    path = f"/inbox/{made['line']['item_id']}/withdrawal"
    assert (await call("POST", path, PROCURATORATE, headers={"If-Match": '"v1"'})).status_code == 403
    assert (await call("POST", path, COURT, headers={"If-Match": '"v1"'})).json()["line"]["state"] == "withdrawn"
    stranger = COURT | {"subject": "not-connected"}
    assert (await call("POST", "/corrections", stranger, json=REQUEST)).status_code == 403


async def test_overdue_is_recorded_at_its_legal_instant_once_and_told_without_words(call, exchange_database):
    made = await requested(call)
    item_id = made["line"]["item_id"]
    legal = datetime(2026, 12, 8, 16, 0, tzinfo=UTC)  # the midnight that ends the day in China
    assert await note_overdue_items(exchange_database, legal - timedelta(seconds=1)) == 0
    assert await note_overdue_items(exchange_database, legal + timedelta(days=3)) >= 1
    assert await note_overdue_items(exchange_database, legal + timedelta(days=4)) == 0
    shown = (await call("GET", f"/inbox/{item_id}", COURT)).json()["line"]
    assert datetime.fromisoformat(shown["overdue_at"]) == legal
    pool = await exchange_database.pool()
    told = [bytes(row["bytes"]).decode() for row in
            await pool.fetch("SELECT bytes FROM outbox WHERE key = $1 ORDER BY id", item_id)]  # fmt: skip
    assert ["overdue" in event for event in told] == [False, True]
    assert not any(word in event for event in told for word in ("张", "14101201010765432", "判决"))


async def test_what_nobody_answers_is_closed_as_unanswered_and_its_content_goes_at_its_term(call, exchange_database):
    made = await requested(call)
    item_id = made["line"]["item_id"]
    path = f"/inbox/{item_id}"
    legal = datetime(2027, 3, 8, 16, 0, tzinfo=UTC)  # ninety days after 8 December
    await close_unanswered_items(exchange_database, legal + timedelta(days=1))  # first it is noted as overdue
    await note_overdue_items(exchange_database, legal - timedelta(seconds=1))
    await close_unanswered_items(exchange_database, legal - timedelta(seconds=1))
    assert (await call("GET", path, COURT)).json()["line"]["state"] == "received"
    assert await close_unanswered_items(exchange_database, legal + timedelta(days=2)) >= 1
    assert await close_unanswered_items(exchange_database, legal + timedelta(days=3)) == 0
    for who in (COURT, BUREAU):
        told = (await call("GET", path, who)).json()
        line = told["line"]
        assert (line["state"], line["risk"], line["answered_at"]) == ("unanswered", "overdue", None)
        assert line["state_zh"] == "逾期未答复，已按未答复办结"
        assert (datetime.fromisoformat(line["lapsed_at"]), told["kept_until"]) == (legal, "2029-03-09")
        listed = (await call("GET", "/inbox?state=unanswered", who)).json()["items"]
        assert item_id in {each["item_id"] for each in listed}
    late = await call("POST", f"{path}/answer", BUREAU, json=ANSWER, headers={"If-Match": '"v3"'})
    assert (late.status_code, late.json()["type"].rpartition(":")[2]) == (409, "item-closed")
    pool = await exchange_database.pool()
    events = await pool.fetch("SELECT event_type FROM outbox WHERE key = $1 ORDER BY id", item_id)
    assert [event[0].split(".")[3] for event in events] == ["received", "overdue", "lapsed"]
    await erase_old_items(exchange_database, datetime(2029, 3, 9, 12, 0, tzinfo=UTC))
    assert (await call("GET", path, COURT)).json()["content"] is not None
    await erase_old_items(exchange_database, datetime(2029, 3, 10, 12, 0, tzinfo=UTC))
    gone = (await call("GET", path, COURT)).json()
    assert (gone["content"], gone["line"]["state"]) == (None, "unanswered")


async def test_contents_go_with_their_key_when_their_term_is_over(call, exchange_database):
    made = await requested(call)
    path = f"/inbox/{made['line']['item_id']}"
    await call("POST", f"{path}/answer", BUREAU, json=ANSWER, headers={"If-Match": '"v1"'})
    kept = datetime(2028, 11, 24, 12, 0, tzinfo=UTC)
    await erase_old_items(exchange_database, kept)
    assert (await call("GET", path, COURT)).json()["content"]["record"] == REQUEST["record"]
    assert await erase_old_items(exchange_database, kept + timedelta(days=1)) >= 1
    gone = (await call("GET", path, COURT)).json()
    assert (gone["content"], gone["answer"], gone["line"]["state"]) == (None, None, "corrected")
    pool = await exchange_database.pool()
    row = await pool.fetchrow("SELECT * FROM inbox WHERE item_id = $1", made["line"]["item_id"])
    assert (row["wrapped_key"], row["sealed_content"], row["sealed_answer"]) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resource", "nothing"),
        ("resource", "rights-files"),
        ("region", "130100"),
        ("record", ""),
        ("reason", "x" * 2001),
    ],
)
async def test_bad_input_names_its_field(call, field, value):
    answer = await call("POST", "/corrections", COURT, json=REQUEST | {"sender_number": str(uuid4()), field: value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


CONVICTION = {
    "kind": "conviction", "region": "410100", "document_number": "（2026）豫01刑初1号", "issued_on": "2026-10-08",
    "effective_on": "2026-10-20", "subject_name": "张某甲", "subject_number": "14101201010765432",
    "summary": "犯某罪，判处有期徒刑一年",
}  # fmt: skip
RECONSIDERED = CONVICTION | {
    "kind": "reconsideration", "effective_on": None, "about": "郑司罚决字〔2026〕1号", "outcome": "revoked",
}  # fmt: skip


@pytest.mark.parametrize("document", [CONVICTION, RECONSIDERED], ids=["conviction", "reconsideration"])
async def test_a_judgment_waits_for_an_officer_of_discipline_and_is_recorded_in_his_name(call, document):
    body = document | {"sender_number": str(uuid4())}
    sent = await call("POST", "/inbound/documents", COURT, json=body)
    assert sent.status_code == 201, sent.text
    line = sent.json()["line"]
    assert (line["kind"], line["due_on"]) == (document["kind"], "2026-12-08")
    path = f"/inbox/{line['item_id']}"
    seen = (await call("GET", path, DISCIPLINE)).json()
    assert seen["content"]["document_number"] == document["document_number"]
    assert seen["next"].startswith("discipline-api POST")
    for who in (BUREAU, LUOYANG, OPERATOR, PROCURATORATE):
        assert (await call("GET", path, who)).status_code == 403, who
    assert line["item_id"] not in (await call("GET", "/inbox", BUREAU)).text
    without = {"outcome": "recorded", "answer": "已登记"}
    refused = await call("POST", f"{path}/answer", DISCIPLINE, json=without, headers={"If-Match": '"v1"'})
    assert (refused.status_code, refused.json()["field"]) == (422, "reference")
    wrong = without | {"outcome": "corrected"}
    refused = await call("POST", f"{path}/answer", DISCIPLINE, json=wrong, headers={"If-Match": '"v1"'})
    assert (refused.status_code, refused.json()["field"]) == (422, "outcome")
    record = str(uuid4())
    done = await call(
        "POST", f"{path}/answer", DISCIPLINE, json=without | {"reference": record}, headers={"If-Match": '"v1"'}
    )
    assert (done.status_code, done.json()["next"]) == (200, None), done.text
    assert (await call("GET", path, COURT)).json()["line"]["reference"] == record


@pytest.mark.parametrize(
    "changes",
    [{"about": "郑司罚决字〔2026〕1号"}, {"outcome": "revoked"}, {"effective_on": None}, {"effective_on": "2026-10-01"},
     {"kind": "gossip"}, {"summary": ""}],
)  # fmt: skip
async def test_a_document_that_is_not_whole_is_refused(call, changes):
    body = CONVICTION | {"sender_number": str(uuid4())} | changes
    answer = await call("POST", "/inbound/documents", COURT, json=body)
    assert answer.status_code == 422, answer.text
    assert "张某甲" not in answer.text


KEPT = "SELECT convert_from(body, 'UTF8') FROM idempotency_keys WHERE body IS NOT NULL"


async def test_nothing_is_in_clear_in_the_database(call, exchange_database):
    path = f"/inbox/{(await requested(call))['line']['item_id']}/answer"
    assert (await call("POST", path, BUREAU, json=ANSWER, headers={"If-Match": '"v1"'})).status_code == 200
    pool = await exchange_database.pool()
    rows = "\n".join(row[0] for row in await pool.fetch(f"SELECT c::text FROM inbox c UNION ALL {KEPT}"))
    assert '"corrected"' in rows  # the answer to the POST was kept
    for word in (REQUEST["record"], REQUEST["reason"], REQUEST["expected"], ANSWER["answer"]):
        assert word not in rows
        assert word.encode().hex() not in rows


async def test_a_request_repeated_with_its_key_is_answered_again_without_content(call):
    """Who repeats it may have lost his right meanwhile."""
    item = f"/inbox/{(await requested(call))['line']['item_id']}"
    withdrawn = f"/inbox/{(await requested(call))['line']['item_id']}/withdrawal"
    for path, who, body in (
        ("/corrections", COURT, REQUEST | {"sender_number": str(uuid4())}),
        ("/inbound/documents", COURT, CONVICTION | {"sender_number": str(uuid4())}),
        (f"{item}/answer", BUREAU, ANSWER),
        (withdrawn, COURT, None),
    ):
        headers = {"Idempotency-Key": str(uuid4()), "If-Match": '"v1"'}
        first = await call("POST", path, who, json=body, headers=headers)
        again = await call("POST", path, who, json=body, headers=headers)
        assert first.is_success, first.text
        assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
        assert again.json() == first.json()
        assert not {"content", "answer"} & again.json().keys(), path


async def test_answers_kept_before_lose_their_content_and_stay_answers(call, exchange_database):
    key, body = str(uuid4()), REQUEST | {"sender_number": str(uuid4())}
    first = await call("POST", "/corrections", COURT, json=body, headers={"Idempotency-Key": key})
    pool = await exchange_database.pool()
    await pool.execute(
        """UPDATE idempotency_keys SET body = convert_to((convert_from(body, 'UTF8')::jsonb
        || '{"content": {"expected": "王五"}, "answer": "王五"}')::text, 'UTF8')
        WHERE convert_from(body, 'UTF8') ~ $1""",
        first.json()["line"]["item_id"],
    )
    assert "王五" in str(await pool.fetch(KEPT))
    await pool.execute(import_module("exchange_api.migrations.0015_kept_answers").BLANK)
    assert "王五" not in str(await pool.fetch(KEPT))
    again = await call("POST", "/corrections", COURT, json=body, headers={"Idempotency-Key": key})
    assert (again.status_code, again.json()) == (201, first.json())


async def test_the_same_thing_sent_again_is_the_same_and_a_number_is_used_once(call):
    number = str(uuid4())
    first = await requested(call, sender_number=number)
    again = await requested(call, sender_number=number)
    assert again["line"]["item_id"] == first["line"]["item_id"]
    other = await call("POST", "/corrections", COURT, json=REQUEST | {"sender_number": number, "expected": "李四"})
    assert (other.status_code, other.json()["field"]) == (409, "sender_number")
    # Another system's numbers are its own.
    theirs = await call("POST", "/corrections", PROCURATORATE, json=REQUEST | {"sender_number": number})
    assert theirs.json()["line"]["item_id"] != first["line"]["item_id"]


async def test_a_missing_one_is_404(call):
    assert (await call("GET", f"/inbox/{uuid4()}", BUREAU)).status_code == 404
    assert NOW.tzinfo is UTC


async def test_a_token_of_another_organ_than_the_one_connected_is_not_let_in(call):
    moved = COURT | {"organisation_id": "hn-zy"}
    assert (await call("POST", "/corrections", moved, json=REQUEST)).status_code == 403
    assert (await call("GET", "/inbox", moved)).status_code == 403
