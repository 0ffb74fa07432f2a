"""Verification over HTTP: one and ten thousand, signed and not, and what a caller without rights never learns."""

import base64
import hashlib
import warnings
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from contracts.registry_events import StandingKind
from joserfc import jws
from joserfc.jwk import KeySet
from registry_api.register.standing import StandingFact
from registry_api.register.store import Register

from .conftest import Desk, good, problem

ONE, BATCH = "/v1/verifications", "/v1/verifications/batch"


def system(desk: Desk, *, kind: str = "system", role: str = "verification-client") -> dict[str, str]:
    return desk.issuer.headers(roles=[role], region="410000", organisation_kind=kind, subject="court-system")


async def verified(desk: Desk, headers: dict[str, str] | None = None, **question: Any) -> dict[str, Any]:
    answer = good(await desk.http.post(ONE, json=question, headers=headers or {}))
    assert answer.pop("meanings")
    assert answer.pop("as_of")
    return answer


async def suspended(desk: Desk, lawyer: dict, from_on: date, to_on: date, *, withdrawn: bool = False) -> None:
    async with desk.database.begin() as tx:
        register = await Register.within(tx, desk.now.date())
        before = await register.lawyer_for_update(UUID(lawyer["lawyer_id"]))
        fact = StandingFact(uuid4(), StandingKind.SUSPENSION, from_on, to_on, withdrawn=withdrawn)
        after, event = before.record(fact)
        await register.save_lawyers([(before, after)])
        tx.outbox.add(event)


async def test_one_lawyer_without_an_account(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    number = lawyer["licence_number"]
    match = {"answer": "match", "status": "practising", "number_is_former": False}
    assert await verified(desk, licence_number=number, name="张三") == match
    assert await verified(desk, licence_number=f" {number} ", name="张 三", firm_name=firm["name"]) == match
    assert await verified(desk, licence_number=number, name="张三", credit_code=firm["credit_code"]) == match
    assert await verified(desk, licence_number=number, name="李四", reference="a/1") == {
        "answer": "mismatch",
        "reference": "a/1",
    }
    assert await verified(desk, licence_number="14101201210999999", name="张三") == {"answer": "not_found"}
    answer = await desk.http.post(ONE, json={"licence_number": number, "name": "张三"})
    assert answer.headers["cache-control"] == "no-store"
    wrong = await desk.http.post(ONE, json={"licence_number": "1410120121099999", "name": "张三"})
    problem(wrong, 422, "licence-number-length", "licence_number")
    problem(await desk.http.post(ONE, content=b"{"), 400, "malformed-json", "body")
    problem(await desk.http.post(ONE, content=b"[" * 100_000), 400, "malformed-json", "body")


async def test_a_number_of_another_city_still_verifies_after_a_move(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm("410100"))
    away = await desk.firm("410300")
    async with desk.database.begin() as tx:
        register = await Register.within(tx, desk.now.date())
        before = await register.lawyer_for_update(UUID(lawyer["lawyer_id"]))
        place = type(before.practice.place)("410300", UUID(away["firm_id"]))
        after, event = before.move(place, on=date(2026, 6, 1), today=desk.now.date())
        await register.save_lawyers([(before, after)])
        tx.outbox.add(event)
    old, new = lawyer["licence_number"], after.licence_number
    assert old != new
    told = [await verified(desk, licence_number=number, name="张三", firm_name=away["name"]) for number in (old, new)]
    assert [(each["answer"], each["number_is_former"]) for each in told] == [("match", True), ("match", False)]
    earlier = await verified(desk, licence_number=new, name="张三", firm_name=away["name"], as_of="2026-05-31")
    assert earlier == {"answer": "mismatch"}
    assert "number_is_former" not in await verified(desk, licence_number=old, name="李四")


async def test_a_suspension_is_told_today_and_never_of_another_day(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    await suspended(desk, lawyer, date(2026, 6, 1), date(2026, 7, 1))
    asked = {"licence_number": lawyer["licence_number"], "name": "张三"}
    assert (await verified(desk, **asked))["status"] == "suspended"
    assert (await verified(desk, **asked, as_of="2026-06-05"))["status"] == "licensed"
    assert (await verified(desk, **asked, as_of="2012-02-29"))["status"] == "not_licensed"
    bureau, other = desk.officer("bureau", "410100"), desk.officer("bureau", "410300")
    assert (await verified(desk, bureau, **asked, as_of="2026-06-05"))["status"] == "suspended"
    for stranger in (other, system(desk), desk.officer("association", "410000")):
        assert (await verified(desk, stranger, **asked, as_of="2026-06-05"))["status"] == "licensed"
    desk.on("2026-07-01T00:00:00")
    assert (await verified(desk, **asked))["status"] == "practising"
    assert (await verified(desk, **asked, as_of="2026-06-10"))["status"] == "licensed"


async def test_closed_categories_answer_alike_for_somebody_and_nobody(desk: Desk):
    lawyer = await desk.lawyer()
    number = lawyer["licence_number"]
    nobody = number[:-1] + str((int(number[-1]) + 1) % 10)
    for headers in (None, system(desk), desk.officer("bureau", "410300")):
        answers = [await verified(desk, headers, licence_number=each, name="张三") for each in (number, nobody)]
        assert answers == [{"answer": "not_public_category"}] * 2
    bureau = desk.officer("bureau", "410100")
    assert (await verified(desk, bureau, licence_number=number, name="张三"))["answer"] == "match"
    assert (await verified(desk, bureau, licence_number=nobody, name="张三"))["answer"] == "not_found"


async def test_an_old_number_on_file_is_resolved(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    old = "160199911234"
    assert await verified(desk, licence_number=old, name="张三") == {"answer": "old_number_not_on_file"}
    await desk.connection.execute("INSERT INTO licence_numbers VALUES ($1, $2)", old, UUID(lawyer["lawyer_id"]))
    told = await verified(desk, licence_number=old, name="张三")
    assert (told["answer"], told["number_is_former"]) == ("match", True)


async def test_a_person_recorded_twice_is_licensed_on_the_days_of_both_records(desk: Desk):
    firm = await desk.firm()
    first = await desk.lawyer(firm)
    second = await desk.lawyer(
        firm, licence_number=desk.licence_number("410100", year=2015), first_licensed_on="2015-03-01"
    )
    merger = {"absorbed_lawyer_id": first["lawyer_id"], "kept_lawyer_id": second["lawyer_id"]}
    await desk.done("/v1/person-mergers", merger | {"effective_on": "2026-06-01", "reason": "重复登记"})
    for number, is_former in ((first["licence_number"], True), (second["licence_number"], False)):
        for day, status in (("2012-02-29", "not_licensed"), ("2013-01-01", "licensed"), ("2016-01-01", "licensed")):
            told = await verified(desk, licence_number=number, name="张三", credit_code=firm["credit_code"], as_of=day)
            expected = {"answer": "match", "status": status, "number_is_former": is_former}
            assert told == (expected if status == "licensed" else {"answer": "mismatch"}), (number, day)


async def test_a_batch_answers_in_order_and_a_fault_spoils_no_other(desk: Desk, caplog):
    lawyer = await desk.lawyer(await desk.firm())
    items = [
        {"licence_number": lawyer["licence_number"], "name": "张三", "reference": "r0"},
        {"licence_number": "1410", "name": "张三", "reference": "r1"},
        {"licence_number": "11101201210000001", "name": "王五"},
        {"licence_number": lawyer["licence_number"], "name": "张三", "as_of": "2030-01-01"},
        {"licence_number": "14199201210000001", "name": "王五"},
        {"licence_number": lawyer["licence_number"], "name": "欧阳娜娜", "extra": 1},
    ]
    answer = good(await desk.http.post(BATCH, json={"items": items}, headers=system(desk)))
    results = answer["results"]
    assert [each.get("answer") for each in results] == ["match", None, "outside_this_register", None, None, None]
    problems = {place: each["problem"] for place, each in enumerate(results) if "problem" in each}
    assert {place: (each["type"].split(":")[-1], each["field"]) for place, each in problems.items()} == {
        1: ("licence-number-length", "items.1.licence_number"),
        3: ("as-of-out-of-range", "items.3.as_of"),
        4: ("licence-number-city", "items.4.licence_number"),
        5: ("validation-failed", "items.5.extra"),
    }
    assert [each.get("reference") for each in results[:2]] == ["r0", "r1"]
    assert set(answer["meanings"]) == {"match", "practising", "outside_this_register"}
    assert "全国律师诚信信息公示平台" in answer["meanings"]["outside_this_register"]["zh"]
    assert "position" not in answer
    assert not any(name in caplog.text for name in ("张三", "王五", "欧阳娜娜", lawyer["licence_number"]))


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        ("verification-client", "system", 200),
        ("verification-client", "court", 200),
        ("registry-officer", "bureau", 200),
        ("verification-client", "public", 403),
        ("registry-officer", "association", 403),
        ("plan-reader", "department", 403),
    ],
)
async def test_who_may_ask_in_bulk(desk: Desk, role: str, kind: str, status: int):
    body = {"items": [{"licence_number": "14101201210999999", "name": "张三"}]}
    headers = desk.issuer.headers(roles=[role], region="410100", organisation_kind=kind, subject="s")
    assert (await desk.http.post(BATCH, json=body, headers=headers)).status_code == status


async def test_a_batch_is_capped_and_needs_a_token(desk: Desk):
    item = {"licence_number": "14101201210999999", "name": "张三"}
    problem(await desk.http.post(BATCH, json={"items": [item]}), 401, "unauthenticated")
    over = await desk.http.post(BATCH, json={"items": [item] * 10_001}, headers=system(desk))
    assert "10000" in problem(over, 422, "batch-too-large", "items")["detail"]
    full = good(await desk.http.post(BATCH, json={"items": [item] * 10_000}, headers=system(desk)))
    assert [each["answer"] for each in full["results"]] == ["not_found"] * 10_000
    twice = b'{"items": [{"name": "a", "name": "b", "licence_number": "1"}]}'
    problem(await desk.http.post(BATCH, content=twice, headers=system(desk)), 400, "duplicate-key", "body")


async def opened(desk: Desk, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jose"
    keys = KeySet.import_key_set(good(await desk.http.get("/.well-known/jwks.json")))
    with warnings.catch_warnings():  # the old name of the algorithm
        warnings.simplefilter("ignore")
        payload = orjson.loads(jws.deserialize_compact(answer.text, keys, algorithms=["EdDSA"]).payload)
    header = orjson.loads(base64.urlsafe_b64decode(answer.text.split(".")[0] + "=="))
    assert header["typ"] == "verification+jws"
    return payload


async def test_a_signed_answer_binds_the_question_without_repeating_it(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    asked = orjson.dumps({"licence_number": lawyer["licence_number"], "name": "张三"})
    for ways in ({"params": {"signed": "true"}}, {"headers": {"Accept": "application/jose"}}):
        payload = await opened(desk, await desk.http.post(ONE, content=asked, **ways))
        assert payload["question_digest"] == {
            "sm3": hashlib.new("sm3", asked).hexdigest(),
            "sha-256": hashlib.sha256(asked).hexdigest(),
        }
        assert payload["iat"] == int(desk.now.timestamp())
        assert payload["answer"]["answer"] == "match"
        assert payload["answer"]["as_of"] == "2026-06-10"
        assert payload["valid_until"] == "2026-06-10T16:00:00+00:00"
        assert "不是证明" in payload["kind_zh"]
        assert "position" not in payload
        assert "张三" not in orjson.dumps(payload).decode()
    batch = await desk.http.post(
        BATCH, json={"items": [orjson.loads(asked)]}, params={"signed": "true"}, headers=system(desk)
    )
    assert (await opened(desk, batch))["answer"]["results"][0]["answer"] == "match"


async def test_a_reader_of_the_feed_is_told_its_position(desk: Desk):
    reader = desk.officer("department")
    answer = await desk.http.post(
        ONE, json={"licence_number": "14101201210999999", "name": "张三"}, params={"signed": "true"}, headers=reader
    )
    assert (await opened(desk, answer))["position"] >= 0
