"""Officers and complaints: whose they are, what each may see, what may follow what."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest
from common.feed import sequence
from common.outbox import Outbox
from common.timers import run_once
from contracts.discipline_events import ProceedingDecided, ProceedingFiled
from discipline_api.app import TASKS

from .complaints import CONTACT, FACTS, NAME

FORWARDED = "当事人反映律师私自收费一事"
ACKNOWLEDGED = {"acknowledged_on": "2026-06-11", "number": "洛司收〔2026〕3号", "received_by": "收发室王某"}


async def assigned(complaints, **changes) -> tuple[str, str]:
    receipt, case = await complaints.filed(**changes)
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    return receipt, case


async def tick(complaints) -> None:
    state = complaints.hands.http._transport.app.state
    await run_once(state.database, complaints.hands.now, TASKS)


async def test_content_is_opened_by_its_own_officer_with_a_purpose_and_audited(complaints, connection):
    _, case = await assigned(complaints)
    opened = await complaints.content(case)
    assert opened.status_code == 200, opened.text
    assert opened.headers["cache-control"] == "no-store"
    assert opened.json()["identity"] == {"name": NAME, "contact": CONTACT}
    assert opened.json()["texts"][0]["text"] == FACTS
    without = await complaints.hands.http.get(f"/v1/complaints/{case}/content", headers=complaints.hands.officer())
    assert (without.status_code, without.json()["field"]) == (422, "Access-Purpose")
    other = await complaints.content(case, subject="colleague")
    assert other.status_code == 403
    looks = await connection.fetch("SELECT actor, reason, outcome FROM audit_log WHERE action LIKE 'complaints:open%'")
    assert [tuple(look) for look in looks] == [("officer-of-zz", "handling", "done")]
    refused = await connection.fetch("SELECT actor, object_id FROM audit_log WHERE outcome = 'refused'")
    assert [(row["actor"], row["object_id"]) for row in refused] == [("colleague", case)]


async def test_the_others_of_the_organ_see_metadata_only(complaints):
    _, case = await assigned(complaints)
    seen = await complaints.seen(case, subject="colleague")
    assert seen.status_code == 200
    assert (seen.json()["mine"], seen.json()["assigned_to"]) == (False, "officer-of-zz")
    for secret in (NAME, CONTACT, FACTS):
        assert secret not in seen.text


@pytest.mark.parametrize(
    "who",
    [
        {"region": "410300", "code": "ly"},
        {"kind": "county-bureau", "region": "410102"},
        {"kind": "city-association"},
        {"kind": "association", "region": "410000"},
        {"kind": "bureau", "roles": ["rights-officer"]},
        {"kind": "department", "region": "410000"},
    ],
)
async def test_nobody_else_assigns_opens_or_decides(complaints, who):
    _, case = await assigned(complaints)
    same_name = {"subject": "officer-of-zz"} | who
    assert (await complaints.content(case, **same_name)).status_code == 403
    for step, body in (("assignment", {"officer": "me"}), ("acceptance", None), ("recusals", _recusal("x"))):
        assert (await complaints.try_step(case, step, body, **same_name)).status_code == 403
    # The department supervises bureaus: metadata, no more.
    wanted = 200 if who.get("kind") == "department" else 403
    assert (await complaints.seen(case, **same_name)).status_code == wanted


def _recusal(officer: str) -> dict[str, str]:
    return {"officer": officer, "ground": "interest"}


async def test_a_recused_officer_can_neither_open_nor_act_nor_be_assigned(complaints):
    _, case = await assigned(complaints)
    recused = await complaints.step(case, "recusals", _recusal("officer-of-zz"))
    assert recused["status"] == "RECEIVED"
    assert (await complaints.content(case)).status_code == 403
    assert (await complaints.try_step(case, "acceptance")).status_code == 403
    assert (await complaints.try_step(case, "assignment", {"officer": "officer-of-zz"})).status_code == 403
    again = await complaints.try_step(case, "assignment", {"officer": "officer-of-zz"}, subject="colleague")
    assert (again.status_code, again.json()["field"]) == (409, "officer")
    assert (await complaints.seen(case)).status_code == 403
    listed = await complaints.hands.http.get("/v1/complaints", headers=complaints.hands.officer())
    assert listed.json()["items"] == []
    await complaints.step(case, "assignment", {"officer": "colleague"}, subject="colleague")
    assert (await complaints.content(case, subject="colleague")).status_code == 200


async def test_a_stale_version_is_refused_and_of_two_at_once_one_wins(complaints):
    _, case = await assigned(complaints)
    stale = await complaints.try_step(case, "acceptance", version=1)
    assert stale.status_code == 412
    missing = await complaints.hands.post(f"/v1/complaints/{case}/acceptance", None)
    assert missing.status_code == 428
    answers = await asyncio.gather(
        complaints.try_step(case, "acceptance", version=2),
        complaints.try_step(case, "supplement-request", {"text": "请补充"}, version=2),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_a_repeated_key_has_one_effect(complaints, connection):
    _, case = await assigned(complaints)
    key = str(uuid4())
    first = await complaints.try_step(case, "acceptance", version=2, key=key)
    again = await complaints.try_step(case, "acceptance", version=2, key=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert await connection.fetchval("SELECT count(*) FROM complaint_steps WHERE step = 'accepted'") == 1


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("supplement", {"text": "没有要求过"}),
        ("proceeding", {"proceeding_id": str(uuid4())}),
        ("result", {"outcome": "unproven", "decided_on": "2026-06-10", "text": "未受理"}),
        ("review-answer", {"outcome": "upheld", "text": "没有申请过"}),
        ("closure", None),
        ("acknowledgement", ACKNOWLEDGED | {"acknowledged_on": "2026-06-10"}),
        ("return", {"reason": "没有转送过"}),
    ],
)
async def test_no_step_is_taken_from_a_state_it_does_not_follow(complaints, step, body):
    _, case = await assigned(complaints)
    answer = await complaints.try_step(case, step, body)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yulu:problem:illegal-transition")


async def test_more_is_asked_for_once_and_its_lack_counts_only_when_time_is_over(complaints):
    receipt, case = await assigned(complaints)
    refusal = {
        "ground": "not-supplemented",
        "refused_on": "2026-06-10",
        "channel": "hotline-12348",
        "reasons": "未补充",
    }
    await complaints.step(case, "supplement-request", {"text": "请补充"})
    running = [c for c in (await complaints.seen(case)).json()["deadlines"] if c["state"] == "running"]
    # Never without a deadline: it runs from the end of the time for supplying more.
    assert [(clock["name"], clock["explained"]["start"]) for clock in running] == [("acceptance", "2026-07-02")]
    early = await complaints.try_step(case, "refusal", refusal)
    assert (early.status_code, early.json()["field"]) == (409, "ground")
    assert (await complaints.send(receipt, "supplement", "补充内容", if_match='"v1"')).status_code == 412
    await complaints.send(receipt, "supplement", "补充内容")
    second = await complaints.try_step(case, "supplement-request", {"text": "再补充"})
    assert second.json()["type"] == "urn:yulu:problem:supplement-asked-before"
    _, other = await assigned(complaints)
    await complaints.step(other, "supplement-request", {"text": "请补充"})
    complaints.hands.on("2026-07-03T00:00:00")
    assert (await complaints.step(other, "refusal", refusal | {"refused_on": "2026-07-03"}))["status"] == "REFUSED"


async def test_possible_duplicates_are_shown_and_joined_by_decision_only(complaints):
    first, main = await assigned(complaints)
    again, copy = await assigned(complaints, facts="同一件事再说一遍")
    _, other_period = await complaints.filed(
        complainant={"name": "别人", "contact": "x@example.cn"}, happened_from="2020-01-01", happened_to="2020-02-01"
    )
    stranger, by_another = await assigned(complaints, complainant={"name": "别人", "contact": "别处"})
    _, elsewhere = await complaints.filed(subject={"kind": "lawyer", "name": "另一个律师"})
    alike = {d["complaint_id"]: d for d in (await complaints.seen(main)).json()["possible_duplicates"]}
    assert alike.keys() == {copy, by_another}
    assert other_period not in alike
    assert elsewhere not in alike
    assert (alike[copy]["same_complainant"], alike[by_another]["same_complainant"]) == (True, False)
    assert (await complaints.seen(copy)).json()["status"] == "RECEIVED"
    reasons = {"into": main, "reason": "同一律师同一时间的同一收费"}
    await complaints.step(copy, "joining", reasons)
    await complaints.step(by_another, "joining", reasons)
    in_itself = await complaints.try_step(main, "joining", {"into": main, "reason": "自身"})
    assert in_itself.json()["field"] == "into"
    chain = await complaints.try_step(main, "joining", {"into": elsewhere, "reason": "链"})
    assert chain.json()["type"] == "urn:yulu:problem:has-joined"
    # The receipts go on working, each showing where the one complaint stands.
    await complaints.step(main, "acceptance")
    for receipt in (first, again, stranger):
        assert (await complaints.follow(receipt))["status"] == "ACCEPTED"
    assert (await complaints.content(copy)).status_code == 200
    result = {"outcome": "unproven", "decided_on": "2026-06-10", "text": f"答复{NAME}：证据不足"}
    missing = await complaints.try_step(main, "result", result)
    assert (missing.status_code, missing.json()["field"]) == (422, "text_for_joined")
    await complaints.step(main, "result", result | {"text_for_joined": "经查证据不足"})
    seen = await complaints.follow(stranger)
    assert [text["text"] for text in seen["conversation"]] == ["经查证据不足"]
    assert [step["step"] for step in seen["steps"]] == ["filed", "joined", "accepted", "result-told"]
    assert NAME not in str(seen)
    complaints.hands.on("2026-07-10T00:00:01")
    await tick(complaints)
    for receipt in (first, again, stranger):
        assert (await complaints.follow(receipt))["status"] == "CLOSED"


async def test_forwarded_inside_without_consent_the_receiver_reads_the_sanitised_text_only(complaints):
    receipt, case = await assigned(complaints)
    forwarding = {"to": "bureau", "region": "410300", "text": FORWARDED}
    await complaints.step(case, "forwarding", forwarding)
    there = {"region": "410300", "code": "ly"}
    listed = await complaints.hands.http.get("/v1/complaints", headers=complaints.hands.officer(**there))
    assert [item["complaint_id"] for item in listed.json()["items"]] == [case]
    (clock,) = [c for c in (await complaints.seen(case)).json()["deadlines"] if c["state"] == "running"]
    assert clock["name"] == "forward-acknowledgement"
    complaints.hands.on("2026-06-12T10:00:00")
    by_sender = await complaints.try_step(case, "acknowledgement", ACKNOWLEDGED)
    assert by_sender.status_code == 403
    taken = await complaints.step(case, "acknowledgement", ACKNOWLEDGED, **there)
    assert (taken["status"], taken["organ"]["name_zh"]) == ("RECEIVED", "洛阳市司法局")
    await complaints.step(case, "assignment", {"officer": "officer-of-ly"}, **there)
    opened = (await complaints.content(case, **there)).json()
    assert opened["withheld"] is True
    assert (opened["identity"], opened["source"]) == (None, None)
    assert opened["texts"][0]["text"] == FORWARDED
    assert NAME not in str(opened)
    assert FACTS not in str(opened)
    # The first organ has no further part in it, and the original day of receipt stays.
    assert (await complaints.content(case)).status_code == 403
    seen = await complaints.follow(receipt)
    assert (seen["received_on"], seen["organ"]["region"]) == ("2026-06-10", "410300")
    running = [clock for clock in seen["deadlines"] if clock["state"] == "running"]
    assert [(clock["name"], clock["explained"]["start"]) for clock in running] == [("acceptance", "2026-06-11")]
    await complaints.send(receipt, "messages", "请尽快办理")
    assert "请尽快办理" in str((await complaints.content(case, **there)).json())


async def test_with_consent_the_receiver_reads_all(complaints):
    _, case = await assigned(complaints, consent_to_share=True)
    await complaints.step(case, "forwarding", {"to": "city-association", "region": "410100", "text": FORWARDED})
    there = {"kind": "city-association", "code": "zzla"}
    await complaints.step(case, "acknowledgement", ACKNOWLEDGED | {"acknowledged_on": "2026-06-10"}, **there)
    await complaints.step(case, "assignment", {"officer": "officer-of-zzla"}, **there)
    opened = (await complaints.content(case, **there)).json()
    assert opened["identity"]["name"] == NAME


async def test_a_receiver_may_send_it_back(complaints):
    _, case = await assigned(complaints)
    await complaints.step(case, "forwarding", {"to": "department", "text": FORWARDED})
    there = {"kind": "department", "region": "410000", "code": "hn"}
    back = await complaints.step(case, "return", {"reason": "由市局办理"}, **there)
    assert (back["status"], back["organ"]["kind"]) == ("RECEIVED", "bureau")
    running = [c for c in (await complaints.seen(case)).json()["deadlines"] if c["state"] == "running"]
    assert [clock["name"] for clock in running] == ["acceptance"]


async def test_forwarded_outside_it_is_watched_until_acknowledged_then_told_or_closed(complaints):
    receipt, case = await assigned(complaints)
    region = await complaints.try_step(case, "forwarding", {"to": "court", "region": "410300", "text": FORWARDED})
    assert region.json()["field"] == "region"
    await complaints.step(case, "forwarding", {"to": "procuratorate", "text": FORWARDED})
    early = await complaints.try_step(case, "closure")
    assert early.json()["type"] == "urn:yulu:problem:not-acknowledged"
    complaints.hands.on("2026-06-12T10:00:00")
    await complaints.step(case, "acknowledgement", ACKNOWLEDGED)
    again = await complaints.try_step(case, "acknowledgement", ACKNOWLEDGED)
    assert again.json()["type"] == "urn:yulu:problem:acknowledged-before"
    wrong = await complaints.try_step(
        case, "result", {"outcome": "unproven", "decided_on": "2026-06-12", "text": "由检察院处理"}
    )
    assert wrong.json()["field"] == "outcome"
    told = {"outcome": "handled-elsewhere", "decided_on": "2026-06-12", "text": "已由检察院处理"}
    await complaints.step(case, "result", told)
    assert (await complaints.follow(receipt))["outcome"] == "handled-elsewhere"


async def test_a_linked_case_tells_its_dates_and_starts_the_time_for_feedback(complaints, connection):
    receipt, case = await assigned(complaints)
    await complaints.step(case, "acceptance")
    proceeding = uuid4()
    await complaints.step(case, "proceeding", {"proceeding_id": str(proceeding)})
    events = Outbox("/discipline")
    common = {"proceeding_id": proceeding, "region": "410100"}
    events.add(
        ProceedingFiled(
            version=1,
            kind="administrative",
            organ_kind="bureau",
            subject_kind="lawyer",
            filed_on=date(2026, 6, 15),
            due_on=date(2026, 9, 13),
            **common,
        )
    )
    events.add(ProceedingDecided(version=2, decided_on=date(2026, 7, 1), outcome="penalty", **common))
    await events.write(connection)
    await sequence(connection)
    complaints.hands.on("2026-07-02T09:00:00")
    await tick(complaints)
    await tick(complaints)
    seen = await complaints.follow(receipt)
    assert [(step["step"], step["on"]) for step in seen["steps"]][-2:] == [
        ("proceeding-filed", "2026-06-15"),
        ("proceeding-decided", "2026-07-01"),
    ]
    (feedback,) = [clock for clock in seen["deadlines"] if clock["name"] == "feedback"]
    assert (feedback["state"], feedback["due_on"]) == ("running", "2026-07-10")
    assert "penalty" not in str(seen)
    result = {"outcome": "sanctioned", "decided_on": "2026-07-01", "text": "已作出处罚"}
    unserved = await complaints.try_step(case, "result", result)
    assert (unserved.status_code, unserved.json()["field"]) == (422, "served_on")
    other_day = await complaints.try_step(case, "result", result | {"decided_on": "2026-06-30"})
    assert other_day.json()["field"] == "decided_on"
    await complaints.step(case, "result", result | {"served_on": "2026-07-02"})
    assert (await complaints.follow(receipt))["status"] == "RESULT_TOLD"


async def test_late_feedback_is_overdue_at_its_legal_instant_and_told(complaints, connection):
    _, case = await assigned(complaints)
    complaints.hands.on("2026-06-26T00:00:00")
    await tick(complaints)
    clock = (await complaints.seen(case)).json()["deadlines"][0]
    assert (clock["state"], clock["overdue_at"]) == ("overdue", "2026-06-25T16:00:00+00:00")
    missed = await connection.fetchrow("SELECT event_type, bytes FROM outbox")
    assert missed["event_type"] == "lawyers.discipline.deadline.missed.v1"
    assert case.encode() not in missed["bytes"]


async def test_a_review_is_answered_by_another_officer_and_asked_for_once(complaints):
    receipt, case = await assigned(complaints)
    refusal = {"ground": "merits", "refused_on": "2026-06-10", "channel": "appeal", "reasons": "属裁判结果"}
    await complaints.step(case, "refusal", refusal)
    await complaints.send(receipt, "review", "并非裁判结果")
    same = await complaints.try_step(case, "assignment", {"officer": "officer-of-zz"})
    assert (same.status_code, same.json()["field"]) == (409, "officer")
    await complaints.step(case, "assignment", {"officer": "reviewer"})
    assert (await complaints.content(case)).status_code == 403
    overturned = {"outcome": "overturned", "text": "应当受理"}
    answer = await complaints.step(case, "review-answer", overturned, subject="reviewer")
    assert answer["status"] == "ACCEPTED"
    told = {"outcome": "no-penalty", "decided_on": "2026-06-10", "text": "轻微"}
    await complaints.step(case, "result", told, subject="reviewer")
    second = await complaints.send(receipt, "review", "再次申请")
    assert second.json()["type"] == "urn:yulu:problem:reviewed-before"
    assert (await complaints.step(case, "closure", subject="reviewer"))["status"] == "CLOSED"


async def test_what_was_told_closes_by_itself_with_or_without_the_timer(complaints):
    receipt, case = await assigned(complaints)
    refusal = {"ground": "merits", "refused_on": "2026-06-10", "channel": "appeal", "reasons": "属裁判结果"}
    await complaints.step(case, "refusal", refusal)
    assert (await complaints.follow(receipt))["yours"][0]["due_on"] == "2026-07-02"
    early = await complaints.try_step(case, "closure")
    assert early.json()["type"] == "urn:yulu:problem:review-still-open"
    complaints.hands.on("2026-07-02T23:59:59")
    assert (await complaints.follow(receipt))["status"] == "REFUSED"
    complaints.hands.on("2026-07-03T00:00:00")
    before = await complaints.follow(receipt)
    assert (before["status"], before["kept_until"]) == ("CLOSED", "2029-07-03")
    late = await complaints.send(receipt, "review", "过期申请")
    assert late.json()["type"] == "urn:yulu:problem:illegal-transition"
    complaints.hands.on("2026-07-20T00:00:00")
    await tick(complaints)
    after = await complaints.follow(receipt)
    assert {**after, "changed_at": 0, "steps": 0} == {**before, "changed_at": 0, "steps": 0}
    assert after["steps"][-1] == {"step": "closed", "zh": "办结", "en": "closed", "on": "2026-07-03"}


async def test_an_accepted_complaint_becomes_a_case_or_an_answer_in_time(complaints):
    _, case = await assigned(complaints)
    await complaints.step(case, "acceptance")
    running = [c for c in (await complaints.seen(case)).json()["deadlines"] if c["state"] == "running"]
    assert [(clock["name"], clock["due_on"]) for clock in running] == [("handling", "2026-07-23")]
    complaints.hands.on("2026-07-24T00:00:00")
    await complaints.step(case, "proceeding", {"proceeding_id": str(uuid4())})
    states = {c["name"]: c["state"] for c in (await complaints.seen(case)).json()["deadlines"]}
    assert states == {"acceptance": "met", "handling": "met-late"}
    again = await complaints.try_step(case, "proceeding", {"proceeding_id": str(uuid4())})
    assert again.json()["type"] == "urn:yulu:problem:proceeding-linked"
