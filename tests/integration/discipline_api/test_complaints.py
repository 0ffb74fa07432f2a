"""Complaints about lawyers and firms: filed without an account, followed by receipt, handled step by step."""

import asyncio
from uuid import UUID, uuid4

import pytest
from common.outbox import Outbox

from .complaints import ADDRESSEE, FACTS, Complaints, filing

REFUSAL = {
    "ground": "no-misconduct",
    "refused_on": "2026-06-10",
    "channel": "court-civil",
    "reasons": "所述情况属于委托合同履行争议",
}


async def test_filing_needs_no_account_and_shows_the_receipt(complaints: Complaints, connection):
    answer = await complaints.file()
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert len(body["receipt"]) == 16
    assert body["receipt"].isdigit()
    assert answer.headers["cache-control"] == "no-store"
    assert body["organ"] == {"kind": "bureau", "region": "410100", "name_zh": "郑州市司法局"}
    (acceptance,) = body["deadlines"]
    assert (acceptance["name"], acceptance["due_on"]) == ("acceptance", "2026-06-25")
    assert acceptance["explained"]["verified"] is False
    assert "端午" in acceptance["explained"]["zh"]
    assert await complaints.count() == 1
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def test_filing_tells_nothing_of_other_cases(complaints):
    answer = await complaints.file()
    assert "commit-lsn" not in answer.headers
    assert "event-ids" not in answer.headers
    assert "complaint_id" not in answer.text


async def test_a_repetition_gives_the_same_receipt_and_no_second_complaint(complaints):
    key = str(uuid4())
    first, again = await complaints.file(key=key), await complaints.file(key=key)
    as_hex = await complaints.file(key=UUID(key).hex.upper())
    assert first.status_code == again.status_code == as_hex.status_code == 201
    assert first.json() == again.json() == as_hex.json()
    assert await complaints.count() == 1


async def test_many_at_once_with_one_key_make_one_complaint(complaints):
    key = uuid4().hex
    answers = await asyncio.gather(*(complaints.file(key=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert await complaints.count() == 1


async def test_another_content_under_the_same_key_is_refused(complaints):
    key = uuid4().hex
    await complaints.file(key=key)
    answer = await complaints.file(key=key, facts=FACTS + "。")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:yulu:problem:idempotency-key-reused")
    assert await complaints.count() == 1


async def test_a_crash_between_commit_and_answer_is_repaired_by_repeating(complaints):
    key = uuid4().hex
    assert (await complaints.file_and_lose_the_answer(key)).status_code == 500
    assert await complaints.count() == 1  # it was committed
    again = await complaints.file(key=key)
    assert again.status_code == 201
    assert len(again.json()["receipt"]) == 16
    assert await complaints.count() == 1


async def test_a_crash_before_commit_leaves_nothing_and_can_be_repeated(complaints, connection, monkeypatch):
    key = uuid4().hex
    with monkeypatch.context() as patch:

        async def dies(_self, _connection):
            raise ConnectionResetError

        patch.setattr(Outbox, "write", dies)
        assert (await complaints.file(key=key)).status_code == 503
    assert await complaints.count() == 0
    for table in ("receipts", "sealed_texts", "deadlines"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert (await complaints.file(key=key)).status_code == 201
    assert await complaints.count() == 1


@pytest.mark.parametrize("key", ["", "short", "0" * 31, "not-a-uuid-but-long-enough-for-anything"])
async def test_a_key_of_less_than_128_bits_is_refused(complaints, key):
    answer = await complaints.hands.http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")
    assert await complaints.count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"region": "410000"}, "region"),
        ({"hints": ["murder"]}, "hints.0"),
        ({"facts": " "}, "facts"),
        ({"happened_from": "2026-06-11"}, "happened_from"),
        ({"happened_from": "2026-06-02", "happened_to": "2026-06-01"}, "happened_to"),
        ({"subject": {"kind": "judge", "name": "某某"}}, "subject.kind"),
        ({"complainant": None}, "body"),
        ({"identity_mode": "anonymous"}, "body"),
        ({"identity_mode": "anonymous", "complainant": None, "consent_to_share": True}, "body"),
    ],
)
async def test_bad_input_names_its_field_in_both_languages_and_writes_nothing(complaints, changes, field):
    answer = await complaints.file(**changes)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field
    assert answer.json()["errors"][0]["zh"]
    assert answer.json()["errors"][0]["en"]
    assert await complaints.count() == 0


async def test_nobody_is_refused_for_whom_he_names_or_how(complaints):
    subject = {"kind": "firm", "name": "不知道全名的所", "credit_code": "记不清", "licence_number": "1"}
    assert (await complaints.file(subject=subject)).status_code == 201


async def test_it_can_be_addressed_to_the_association_where_either_may_act(complaints):
    body = (await complaints.file(addressee="association")).json()
    assert body["organ"]["name_zh"] == "郑州市律师协会"
    only_bureau = (await complaints.file(addressee="association", hints=["bribery"])).json()
    assert only_bureau["organ"]["kind"] == "bureau"
    only_association = (await complaints.file(hints=["poor-service"])).json()
    assert only_association["organ"]["kind"] == "city-association"


async def test_the_receipt_follows_the_complaint_to_its_end(complaints):
    receipt, case = await complaints.filed()
    seen = await complaints.follow(receipt)
    assert (seen["status"], seen["may"]) == ("RECEIVED", ["message"])
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    await complaints.step(case, "supplement-request", {"text": "请提供委托合同和付款凭证"})
    seen = await complaints.follow(receipt)
    assert seen["status"] == "SUPPLEMENT_ASKED"
    assert seen["may"] == ["message", "supplement"]
    assert seen["yours"][0]["due_on"] == "2026-07-02"
    assert seen["conversation"][0]["text"] == "请提供委托合同和付款凭证"
    sent = await complaints.send(receipt, "supplement", "合同照片说明")
    assert sent.json()["status"] == "RECEIVED"
    complaints.hands.on("2026-06-12T09:00:00")
    await complaints.step(case, "acceptance")
    proceeding = str(uuid4())
    await complaints.step(case, "proceeding", {"proceeding_id": proceeding})
    complaints.hands.on("2026-08-03T09:00:00")
    result = {"outcome": "not-established", "decided_on": "2026-07-30", "text": "经查未发现违规"}
    await complaints.step(case, "result", result)
    seen = await complaints.follow(receipt)
    assert (seen["status"], seen["outcome_zh"]) == ("RESULT_TOLD", "未发现违规")
    assert "review" in seen["may"]
    clocks = {clock["name"]: clock["state"] for clock in seen["deadlines"] if clock["state"] != "lapsed"}
    assert clocks == {"acceptance": "met", "handling": "met", "feedback": "met"}
    assert (await complaints.send(receipt, "review", "不服：未调取银行流水")).json()["status"] == "REVIEW_ASKED"
    await complaints.step(case, "assignment", {"officer": "reviewer"})
    answer = {"outcome": "upheld", "text": "复核维持"}
    closed = await complaints.step(case, "review-answer", answer, subject="reviewer")
    assert closed["status"] == "CLOSED"
    seen = await complaints.follow(receipt)
    assert [step["step"] for step in seen["steps"]] == [
        "filed", "supplement-asked", "supplemented", "accepted", "result-told", "review-asked", "upheld", "closed",
    ]  # fmt: skip
    assert seen["may"] == []
    assert [text["place"] for text in seen["conversation"]] == [
        "supplement-request", "supplement", "result", "review-request", "review-answer",
    ]  # fmt: skip
    assert seen["kept_until"] == "2029-08-03"
    assert ADDRESSEE not in str(seen)


async def test_messages_go_both_ways_and_once_per_key(complaints):
    receipt, case = await complaints.filed()
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    key = str(uuid4())
    for _ in range(2):
        sent = await complaints.send(receipt, "messages", "什么时候有结果？", key=key)
        assert sent.status_code == 200, sent.text
    other = await complaints.send(receipt, "messages", "另一句", key=key)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")
    await complaints.hands.post(f"/v1/complaints/{case}/messages", {"text": "六月下旬前答复"})
    texts = [(t["place"], t["text"]) for t in (await complaints.follow(receipt))["conversation"]]
    assert texts == [("from-complainant", "什么时候有结果？"), ("from-officer", "六月下旬前答复")]
    opened = await complaints.content(case)
    assert [t["place"] for t in opened.json()["texts"]] == ["facts", "from-complainant", "from-officer"]


async def test_a_refusal_reaches_the_complainant_with_ground_reasons_and_channel(complaints):
    receipt, case = await complaints.filed()
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    await complaints.step(case, "refusal", REFUSAL)
    seen = await complaints.follow(receipt)
    assert (seen["status"], seen["refusal_ground"]) == ("REFUSED", "no-misconduct")
    assert seen["conversation"] == [
        {"place": "refusal", "at": seen["conversation"][0]["at"], "text": REFUSAL["reasons"]}
    ]
    assert seen["right_channel"]["name_zh"] == "人民法院民事诉讼"


async def test_an_anonymous_complainant_gets_ground_and_channel_but_no_letter(complaints, connection):
    receipt, case = await complaints.filed(identity_mode="anonymous", complainant=None, hints=["poor-service"])
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"}, kind="city-association")
    answer = await complaints.try_step(case, "refusal", REFUSAL, kind="city-association")
    assert (answer.status_code, answer.json()["field"]) == (422, "reasons")
    without = {name: value for name, value in REFUSAL.items() if name != "reasons"}
    await complaints.step(case, "refusal", without, kind="city-association")
    seen = await complaints.follow(receipt)
    assert (seen["refusal_ground"], seen["conversation"]) == ("no-misconduct", [])
    assert [clock["name"] for clock in seen["deadlines"]] == ["acceptance"]
    named, case = await complaints.filed(hints=["poor-service"])
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"}, kind="city-association")
    late = REFUSAL | {"refused_on": "2026-06-10"}
    complaints.hands.on("2026-06-30T09:00:00")
    await complaints.step(case, "refusal", late, kind="city-association")
    clocks = {c["name"]: c["state"] for c in (await complaints.follow(named))["deadlines"]}
    assert clocks == {"acceptance": "met-late", "refusal-reasons": "met-late"}


async def test_an_anonymous_complaint_holds_no_identity(complaints):
    _, case = await complaints.filed(identity_mode="anonymous", complainant=None)
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    assert (await complaints.content(case)).json()["identity"] is None
