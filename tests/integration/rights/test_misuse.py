"""Rights used for what they are not there for, by officers, organs and repetitions."""

from uuid import uuid4

import pytest

from tests.integration.rights.conferring import Meetings
from tests.integration.rights.conftest import BODIES, REFUSAL
from tests.integration.rights.linkage.conftest import CASE, COURT, LETTER, ONLINE, Linkage

ABOVE = {"kind": "association", "region": "410000"}


@pytest.fixture
def case(file, sql, time):
    async def case(**changes):
        if time.now is None:
            time.at("2026-03-02 10:00")
        answer = await file(**changes)
        assert answer.status_code == 201, answer.text
        return answer.json()["receipt"], await sql.fetchval(
            "SELECT complaint_id FROM complaints ORDER BY filed_at DESC LIMIT 1"
        )

    return case


@pytest.mark.parametrize("step_", ["monitoring", "termination"])
async def test_no_step_of_an_officer_takes_the_objection_away(*, case, walk, step, own, time, step_):
    receipt, complaint_id = await case()
    await walk(complaint_id, "acceptance", "letter", "decision", "reply")
    taken = await step(complaint_id, step_, 5, BODIES[step_])
    assert (taken.status_code, taken.json().get("guard")) == (409, "objection-over")
    objected = await own(receipt, "objection", {"text": "答复未回应会见"})
    assert (objected.status_code, objected.json()["status"]) == (200, "REVIEW")


async def test_a_handler_does_not_end_the_review_of_his_own_reply(*, case, walk, step, own):
    receipt, complaint_id = await case()
    await walk(complaint_id, "acceptance", "letter", "decision", "reply")
    assert (await own(receipt, "objection", {"text": "答复未回应会见"})).status_code == 200
    taken = await step(complaint_id, "termination", 6, BODIES["termination"])
    assert taken.status_code == 409


async def test_whoever_replied_does_not_review_his_reply_from_above(*, case, walk, step, own, time, timers):
    receipt, complaint_id = await case()
    time.at("2026-03-10 10:00")
    await timers()
    steps = ("acceptance", "letter", "decision", "reply")
    await walk(complaint_id, *steps, version=2, subject="wang", **ABOVE)
    assert (await own(receipt, "objection", {"text": "答复未回应会见"})).status_code == 200
    body = BODIES["objection-rejected"]
    mine = await step(complaint_id, "objection-rejected", 7, body, take=False, subject="wang", **ABOVE)
    assert (mine.status_code, mine.json().get("guard")) == (409, "by-next-higher")
    other = await step(complaint_id, "objection-rejected", 7, body, take=False, subject="zhao", **ABOVE)
    assert other.status_code == 200, other.text


async def test_rr16_a_recused_officer_finds_the_case_in_no_list(*, case, http, officer):
    _, complaint_id = await case()
    headers = officer(subject="li")
    recused = await http.post(
        f"/v1/complaints/{complaint_id}/recusals",
        json={"subject": "li", "ground": "relative"},
        headers=headers | {"Idempotency-Key": uuid4().hex},
    )
    assert recused.status_code == 200, recused.text
    assert (await http.get("/v1/complaints", headers=headers)).json()["items"] == []
    assert len((await http.get("/v1/complaints", headers=officer(subject="wu"))).json()["items"]) == 1


async def test_the_place_of_the_incident_recuses_none_of_the_owners_officers(*, case, http, officer):
    _, complaint_id = await case(right="PERSON")
    taken = f"/v1/complaints/{complaint_id}/"
    owner, there = officer(subject="li"), officer(region="410300", subject="ma")
    key = {"Idempotency-Key": uuid4().hex}
    assert (await http.post(taken + "assignments", json={}, headers=owner | key)).status_code == 200
    body = {"subject": "li", "ground": "other"}
    refused = await http.post(taken + "recusals", json=body, headers=there | {"Idempotency-Key": uuid4().hex})
    assert refused.status_code == 403
    own = await http.post(
        taken + "recusals", json=body | {"subject": "ma"}, headers=there | {"Idempotency-Key": uuid4().hex}
    )
    assert own.status_code == 200


async def test_a_second_text_under_the_same_key_is_refused_not_swallowed(*, case, own, sql):
    receipt, _ = await case()
    key = uuid4().hex
    first = await own(receipt, "retaliation", {"text": "被停止代理"}, key=key)
    assert first.status_code == 200
    again = await own(receipt, "retaliation", {"text": "被停止代理"}, key=key)
    assert (again.status_code, again.json()["version"]) == (200, first.json()["version"])
    other = await own(receipt, "retaliation", {"text": "又被威胁人身安全"}, key=key)
    assert (other.status_code, other.json()["type"]) == (422, "urn:yulu:problem:idempotency-key-reused")
    assert await sql.fetchval("SELECT count(*) FROM case_texts WHERE place = 'retaliation'") == 1


@pytest.mark.parametrize("filler", ["\u3164", "\uffa0", "\u115f", "\u1160", "\u200b", "\u2800", "\ufe0f", "\u034f"])
async def test_rr18_no_invisible_character_carries_a_name_through(*, case, walk, http, officer, filler):
    linkage = Linkage(http, officer)
    _, complaint_id = await case(**CASE)
    await walk(complaint_id, "acceptance")
    unit = await linkage.unit()
    named = await linkage.send(complaint_id, unit, text=LETTER + filler.join("张三丰测试"))
    assert (named.status_code, named.json()["part"]) == (422, "name")


async def test_a_void_letter_is_opened_by_no_organ(*, case, walk, http, officer):
    linkage = Linkage(http, officer)
    _, complaint_id = await case(**CASE)
    await walk(complaint_id, "acceptance")
    task = await linkage.sent(complaint_id, await linkage.unit(**ONLINE))
    address = f"linkage-tasks/{task['task_id']}"
    assert (await linkage.get(f"{address}/letter", **COURT)).status_code == 200
    void = await linkage.post(
        f"complaints/{complaint_id}/{address}/cancellation", {"reason": "wrong-unit"}, at=task["version"]
    )
    assert void.status_code == 200, void.text
    assert (await linkage.get(address, **COURT)).json()["state"] == "cancelled"
    assert (await linkage.get(f"{address}/letter", **COURT)).status_code == 409


async def test_rr17_a_preview_of_holidays_counts_no_case_against_justice_organs(*, case, http, officer, time):
    time.at("2027-03-01 10:00")
    body = {"year": 2027, "document": "测试", "holidays": {"2027-10-01": "国庆节"}, "make_up": []}

    async def confirmed(kind):
        headers = officer(kind, "410000") | {"Idempotency-Key": uuid4().hex}
        answer = await http.post("/v1/calendars/previews", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["confirmed"]

    before = await confirmed("department")
    await case(respondent="JUSTICE", right="INFORM")
    assert await confirmed("association") > before
    assert await confirmed("department") == before


async def test_a_decision_from_before_the_objection_does_not_end_the_second_round(*, case, walk, step, own, time):
    receipt, complaint_id = await case()
    await walk(complaint_id, "acceptance", "letter", "decision", "reply")
    time.at("2026-03-09 10:00")
    assert (await own(receipt, "objection", {"text": "答复未回应会见"})).status_code == 200
    upheld = await step(complaint_id, "objection-upheld", 6, BODIES["objection-upheld"], subject="zhao", **ABOVE)
    assert upheld.status_code == 200, upheld.text
    old = BODIES["decision"] | {"decided_on": "2026-03-02", "received_on": "2026-03-09"}
    answer = await step(complaint_id, "decision", 7, old, subject="li2")
    assert (answer.status_code, answer.json().get("field")) == (422, "decided_on")


@pytest.mark.parametrize(
    ("name", "body"), [("refusal", REFUSAL), ("hand-over", {"to_region": "410300", "reason": "事发地办理"})]
)
async def test_rr14_the_place_of_the_incident_opens_a_case_and_turns_none_away(*, case, step, name, body):
    _, complaint_id = await case(right="PERSON")
    there = {"region": "410300", "subject": "ma"}
    assert (await step(complaint_id, name, 1, body, **there)).status_code == 403
    assert (await step(complaint_id, "contact", 1, {}, **there)).status_code == 200
    assert (await step(complaint_id, "acceptance", 2, **there)).status_code == 200


async def test_rr16_a_recused_officer_finds_no_alarm_of_the_case(*, case, http, officer):
    _, complaint_id = await case(right="PERSON")
    headers = officer(subject="li")
    recusal = {"subject": "li", "ground": "relative"}
    key = {"Idempotency-Key": uuid4().hex}
    await http.post(f"/v1/complaints/{complaint_id}/recusals", json=recusal, headers=headers | key)
    assert (await http.get("/v1/alarms?state=all", headers=headers)).json()["items"] == []
    (alarm,) = (await http.get("/v1/alarms?state=all", headers=officer(subject="wu"))).json()["items"]
    address = f"/v1/alarms/{alarm['alarm_id']}"
    assert (await http.get(address, headers=officer(subject="wu"))).status_code == 200
    assert (await http.get(address, headers=headers)).status_code == 404
    acknowledged = await http.post(
        f"{address}/acknowledgement", json={}, headers=headers | {"Idempotency-Key": uuid4().hex}
    )
    assert acknowledged.status_code == 404, "unanswered by him it climbs"


async def test_rr16_the_statistics_of_a_recused_officer_leave_the_case_out(*, case, http, officer):
    _, complaint_id = await case()
    headers = officer(subject="li")
    path = "/v1/statistics?from=2020-01-01&to=2030-01-01&by=right"
    before = (await http.get(path, headers=headers)).json()
    recusal = {"subject": "li", "ground": "relative"}
    key = {"Idempotency-Key": uuid4().hex}
    await http.post(f"/v1/complaints/{complaint_id}/recusals", json=recusal, headers=headers | key)
    assert before["total"] == (await http.get(path, headers=officer(subject="wu"))).json()["total"] == 1
    assert (await http.get(path, headers=headers)).json()["total"] == 0


async def test_rr24_two_counts_on_agendas_leave_no_single_case_between_them(*, case, http, officer, time):
    time.at("2026-03-12T10:00")
    for right in ("FILE", "FILE", "FILE", "FILE", "FILE", "MEET"):
        await case(respondent="JUSTICE", right=right)
    meeting = await Meetings(http, officer).plan()
    asked = {"kind": "statistics", "from_on": "2026-01-01", "to_on": "2026-03-12", "respondent": "JUSTICE"}
    assert (await meeting.item(**asked)).status_code == 201
    narrower = await meeting.item(**asked, right="FILE")
    assert (narrower.status_code, narrower.json()["type"]) == (422, "urn:yulu:problem:cell-gives-others-away")
    # Nor at another meeting, nor in the province's sum, nor with a day less.
    other = await Meetings(http, officer).plan(region="410000", kind="association")
    assert (await other.item(**asked, right="FILE")).status_code == 422
    assert (await other.item(**asked)).status_code == 201, "the same cases once more tell nothing new"
