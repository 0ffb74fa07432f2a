"""What happens as time passes: warnings, overdues at their instants, escalation, pauses, lists of holidays."""

from datetime import datetime
from uuid import uuid4

import asyncpg
import pytest
from contracts.working_days import SHANGHAI

from tests.integration.rights.conftest import BODIES, REFUSAL


@pytest.fixture
def case(file, sql):
    async def case(**changes):
        answer = await file(**changes)
        assert answer.status_code == 201, answer.text
        newest = "SELECT complaint_id FROM complaints ORDER BY filed_at DESC, complaint_id LIMIT 1"
        return answer.json()["receipt"], await sql.fetchval(newest)

    return case


@pytest.fixture
def read(http, officer):
    async def read(complaint_id, **who):
        answer = await http.get(f"/v1/complaints/{complaint_id}", headers=officer(**who))
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


def of(answer, name):
    return [clock for clock in answer["deadlines"] if clock["name"] == name][-1]


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


async def test_rr25_an_overdue_is_written_at_its_instant_and_climbs_whenever_the_timer_comes(
    *, time, case, read, timers, sql, step, officer, http
):
    time.at("2026-03-02 09:00")
    _, complaint_id = await case()
    time.at("2026-03-04 23:59:59")
    assert of(await read(complaint_id), "triage")["state"] == "warned"
    time.at("2026-03-05 00:00")
    # True before any timer has come to say so.
    assert of(await read(complaint_id), "triage")["state"] == "overdue"
    time.at("2026-03-09 12:00")
    await timers()
    await timers()
    seen = await read(complaint_id)
    marks = {mark["mark"]: datetime.fromisoformat(mark["at"]) for mark in of(seen, "triage")["marks"]}
    assert marks["overdue"] == shanghai("2026-03-05 00:00")
    assert (seen["escalated"], seen["answerable_zh"], seen["status"]) == (True, "河南省律师协会", "TRIAGE")
    events = [row[0] for row in await sql.fetch("SELECT event_type FROM outbox ORDER BY id")]
    assert events.count("lawyers.rights.deadline.missed.v1") == 1
    assert events.count("lawyers.rights.complaint.escalated.v1") == 1
    # The city no longer assigns it; the organ above does, and the city officer may go on if it says so.
    assert (await step(complaint_id, "acceptance", 2)).status_code == 403
    headers = officer("association", "410000", subject="above") | {"Idempotency-Key": uuid4().hex}
    assigned = await http.post(f"/v1/complaints/{complaint_id}/assignments", json={}, headers=headers)
    assert assigned.status_code == 200, assigned.text
    accepted = await step(complaint_id, "acceptance", 2, kind="association", region="410000", subject="above")
    assert accepted.status_code == 200, accepted.text
    assert of(accepted.json(), "triage")["state"] == "met-late"
    assert of(accepted.json(), "triage")["marks"][-1]["mark"] == "met"


async def test_rr25_what_is_done_late_before_the_timer_came_is_overdue_all_the_same(*, time, case, step, sql):
    time.at("2026-03-02 09:00")
    _, complaint_id = await case()
    time.at("2026-03-06 09:00")
    accepted = await step(complaint_id, "acceptance", 1)
    marks = [mark["mark"] for mark in of(accepted.json(), "triage")["marks"]]
    assert marks == ["overdue", "met"]
    assert await sql.fetchval("SELECT count(*) FROM outbox WHERE event_type = 'lawyers.rights.deadline.missed.v1'") == 1


@pytest.mark.parametrize(
    "change", ["UPDATE clock_dates SET due_at = now()", "DELETE FROM clock_marks", "UPDATE clock_marks SET at = now()"]
)
async def test_rr25_no_due_date_and_no_overdue_is_ever_edited(*, time, case, timers, sql, change):
    time.at("2026-03-02 09:00")
    await case()
    time.at("2026-03-09 09:00")
    await timers()
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(change)


async def test_the_fast_lane_at_two_on_a_holiday(*, time, case, read, step, timers):
    time.at("2026-10-01 02:00")
    _, complaint_id = await case(right="EXPEL", respondent="COURT", hearing_in_progress=True)
    seen = await read(complaint_id)
    due = {clock["name"]: datetime.fromisoformat(clock["due_at"]) for clock in seen["deadlines"]}
    assert due["contact"] == shanghai("2026-10-01 03:00")
    assert due["call"] == shanghai("2026-10-01 04:00")
    assert due["province"] == shanghai("2026-10-01 06:00")
    assert due["national"] == shanghai("2026-10-02 02:00")
    time.at("2026-10-01 02:40")
    contacted = await step(complaint_id, "contact", 1, {"note": "已联系律师"}, take=False)
    assert of(contacted.json(), "contact")["state"] == "met"
    # The place of the incident calls; nobody has verified or accepted anything yet.
    time.at("2026-10-01 04:30")
    await timers()
    escalated = await read(complaint_id)
    assert of(escalated, "call")["state"] == "overdue"
    assert escalated["escalated"]
    version = escalated["version"]
    called = await step(complaint_id, "call", version, {"organ": "洛阳市中级人民法院"}, take=False, region="410300")
    assert called.status_code == 200, called.text
    over = await step(complaint_id, "emergency-over", version + 1, {}, take=False)
    assert {of(over.json(), name)["state"] for name in ("province", "national")} == {"lapsed"}


async def test_asking_for_more_is_the_only_pause_and_its_days_do_not_count(*, time, case, step, own, read, timers):
    time.at("2026-03-02 09:00")
    receipt, complaint_id = await case()
    time.at("2026-03-03 10:00")
    asked = await step(complaint_id, "info-request", 1, BODIES["info-request"])
    assert asked.status_code == 200, asked.text
    assert of(asked.json(), "triage")["state"] == "paused"
    assert of(asked.json(), "needs-info")["due_on"] == "2026-03-10"
    time.at("2026-03-09 10:00")
    await timers()
    supplied = await own(receipt, "supplement", {"text": "补充会见手续"})
    assert supplied.status_code == 200, supplied.text
    told = of(supplied.json(), "triage")
    assert (told["state"], told["due_on"], [d["why"] for d in told["datings"]]) == (
        "running",
        "2026-03-10",
        ["began", "resumed"],
    )
    again = await step(complaint_id, "info-request", 3, BODIES["info-request"])
    assert (again.status_code, again.json()["guard"]) == (409, "info-asked-once")


async def test_what_is_not_supplied_in_time_lets_triage_go_on_at_its_instant(*, time, case, step, read, timers):
    time.at("2026-03-02 09:00")
    _, complaint_id = await case()
    await step(complaint_id, "info-request", 1, BODIES["info-request"])
    time.at("2026-03-20 10:00")
    await timers()
    seen = await read(complaint_id)
    resumed = [mark["at"] for mark in of(seen, "triage")["marks"] if mark["mark"] == "resumed"]
    assert datetime.fromisoformat(resumed[0]) == shanghai("2026-03-10 00:00")
    # Two working days from then on have passed as well.
    assert of(seen, "triage")["state"] == "overdue"
    refused = REFUSAL | {"ground": "no_facts_after_request"}
    answer = await step(
        complaint_id, "refusal", seen["version"], refused, kind="association", region="410000", subject="above"
    )
    assert answer.status_code == 200, answer.text


async def test_an_objection_has_a_clock_of_its_own_and_goes_to_the_next_higher(*, time, case, walk, step, own, read):
    time.at("2026-03-02 09:00")
    receipt, complaint_id = await case()
    await walk(complaint_id, "acceptance", "letter", "decision", "reply")
    time.at("2026-03-10 09:00")
    objected = await own(receipt, "objection", {"text": "未答复要点"})
    assert (objected.json()["status"], of(objected.json(), "review")["due_on"]) == ("REVIEW", "2026-03-20")
    city = await step(complaint_id, "objection-upheld", 6, BODIES["objection-upheld"])
    assert city.status_code == 403
    above = {"kind": "association", "region": "410000", "subject": "above", "take": False}
    upheld = await step(complaint_id, "objection-upheld", 6, BODIES["objection-upheld"], **above)
    assert (upheld.status_code, upheld.json()["status"]) == (200, "WITH_ORGAN")
    assert of(upheld.json(), "handling")["due_on"] == "2026-03-20"
    await walk(complaint_id, "decision", "reply", version=7)
    again = await own(receipt, "objection", {"text": "仍不服"})
    assert (again.status_code, again.json()["guard"]) == (409, "objection-in-time")
    assert len([clock for clock in (await read(complaint_id))["deadlines"] if clock["name"] == "handling"]) == 2


async def test_too_late_an_objection_is_refused(*, time, case, walk, own):
    time.at("2026-03-02 09:00")
    receipt, complaint_id = await case()
    await walk(complaint_id, "acceptance", "letter", "decision", "reply")
    time.at("2026-03-13 00:00")
    answer = await own(receipt, "objection", {"text": "迟了"})
    assert (answer.status_code, answer.json()["guard"]) == (409, "objection-in-time")


async def test_rr16_a_recused_officer_neither_sees_nor_moves_the_case(*, case, step, http, officer):
    _, complaint_id = await case()
    await step(complaint_id, "standing", 1, {"verified": True, "source": "外省律师协会"}, subject="li")
    headers = officer(subject="li") | {"Idempotency-Key": uuid4().hex}
    body = {"subject": "li", "ground": "relative"}
    recused = await http.post(f"/v1/complaints/{complaint_id}/recusals", json=body, headers=headers)
    assert recused.status_code == 200, recused.text
    opening = officer(subject="li") | {"Access-Purpose": "triage"}
    answers = [
        await http.get(f"/v1/complaints/{complaint_id}", headers=opening),
        await step(complaint_id, "acceptance", 2, subject="li"),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(403, "urn:yulu:problem:recused")}
    assert (await step(complaint_id, "acceptance", 2, subject="wang")).status_code == 200


async def test_rr15_a_hand_over_keeps_the_time_of_filing_and_its_deadline(*, time, case, step, read, sql):
    time.at("2026-03-02 09:00")
    _, complaint_id = await case()
    before = await read(complaint_id)
    time.at("2026-03-03 09:00")
    body = {"to_region": "410200", "reason": "申请人已转所"}
    assert (await step(complaint_id, "hand-over", 1, body)).status_code == 200
    after = await read(complaint_id, region="410200")
    assert after["filed_at"] == before["filed_at"]
    assert of(after, "triage")["due_at"] == of(before, "triage")["due_at"]
    assert (after["owner_region"], after["answerable_zh"]) == ("410200", "开封市律师协会")
    assert [mark["mark"] for mark in of(after, "triage")["marks"]] == ["handed-over"]
    assert (await step(complaint_id, "acceptance", 2)).status_code == 403
    assert (await step(complaint_id, "acceptance", 2, region="410200")).status_code == 200
    regions = [row[0] for row in await sql.fetch("SELECT region FROM outbox ORDER BY id")]
    assert regions == ["410100", "410200", "410200"]


async def test_rr01_nothing_is_shared_with_discipline(sql):
    tables = {row[0] for row in await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert "complaints" in tables
    assert not {table for table in tables if "sanction" in table or "discipline" in table or "proceeding" in table}


LIST = {
    "year": 2027,
    "document": "放假安排（试验）",
    "holidays": {"2027-01-01": "元旦"} | {f"2027-02-{day:02}": "春节" for day in range(5, 13)},
    "make_up": ["2027-01-31", "2027-02-20"],
}


@pytest.fixture
def post(http, officer):
    async def post(path, body, kind="department", region="410000"):
        headers = officer(kind, region) | {"Idempotency-Key": uuid4().hex}
        return await http.post(path, json=body, headers=headers)

    return post


async def test_a_list_shows_what_moves_asks_and_rectifies_an_overdue_that_was_none(
    *, time, case, timers, post, read, sql, http
):
    time.at("2027-02-04 10:00")
    _, complaint_id = await case()
    assert of(await read(complaint_id), "triage")["provisional"]
    time.at("2027-02-09 10:00")
    await timers()
    assert of(await read(complaint_id), "triage")["state"] == "overdue"
    shown = await post("/v1/calendars/previews", LIST)
    assert shown.status_code == 200, shown.text
    (move,) = [each for each in shown.json()["moves"] if each["name"] == "triage"]
    assert (move["from_on"], move["to_on"], move["was_overdue"]) == ("2027-02-08", "2027-02-16", True)
    unseen = await post("/v1/calendars", LIST | {"digest": "0" * 64})
    assert (unseen.status_code, unseen.json()["field"]) == (409, "digest")
    assert (await http.get("/v1/calendars")).json() == []
    loaded = await post("/v1/calendars", LIST | {"digest": shown.json()["digest"]})
    assert loaded.status_code == 201, loaded.text
    told = of(await read(complaint_id), "triage")
    assert (told["state"], told["due_on"], told["provisional"]) == ("running", "2027-02-16", False)
    assert [mark["mark"] for mark in told["marks"]] == ["warned", "overdue", "handed-over", "overdue-rectified"]
    assert [dating["due_on"] for dating in told["datings"]] == ["2027-02-08", "2027-02-16"]
    events = [row[0].split(".")[2:4] for row in await sql.fetch("SELECT event_type FROM outbox ORDER BY id")]
    assert events[-1] == ["deadline", "rectified"]
    time.at("2027-02-17 00:00")
    await timers()
    assert [mark["mark"] for mark in of(await read(complaint_id), "triage")["marks"]].count("overdue") == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"holidays": {}}, "holidays"),
        ({"holidays": {"2026-05-01": "劳动节"}}, None),
        ({"make_up": ["2027-02-19"]}, None),
        ({"document": ""}, "document"),
        ({"year": 1999}, "year"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(post, change, field):
    answer = await post("/v1/calendars/previews", LIST | change)
    assert answer.status_code == 422
    assert field is None or answer.json()["field"] == field


@pytest.mark.parametrize(
    ("kind", "region"), [("city-association", "410100"), ("bureau", "410100"), ("court", "410000")]
)
async def test_lists_are_loaded_by_the_province_only(post, kind, region):
    assert (await post("/v1/calendars/previews", LIST, kind, region)).status_code == 403
