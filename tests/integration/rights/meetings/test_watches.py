"""A refused meeting from the request to the reply."""

import asyncio
from uuid import uuid4

import asyncpg
import orjson
import pytest
from common.feed import sequence
from common.timers import run_once
from rights_api.app import tasks_of
from rights_api.meetings.tables import Base

from tests.integration.rights.meetings.conftest import ASKED, CENTRE, DUE, is_at


async def count(sql, table):
    return await sql.fetchval(f"SELECT count(*) FROM {table}")


async def test_refused_on_a_friday_before_the_festival_it_goes_to_the_procuratorate_at_hour_48(
    record, watched, follow, post, http, officer, walk, step, timers, time, sql
):
    listed = (await post("/v1/detention-centres", CENTRE, region="410300")).json()
    recorded = (await record(centre_id=listed["centre_id"], centre_name=None, level=None)).json()
    receipt, watch = recorded["receipt"], recorded["watch"]
    assert (watch["status"], watch["hours_left"], watch["case_opened"]) == ("RUNNING", 48.4, False)
    assert watch["ground"]["told_zh"].startswith("四十八小时连续计算")
    assert is_at(watch["deadline"]["due_at"], DUE)
    assert [(n["who_zh"], n["telephone"]) for n in watch["numbers"]] == [
        ("洛阳市第一看守所", "0379-60000001"),
        ("洛阳市人民检察院驻所检察室", "0379-60000002"),
        ("洛阳市律师协会值班", None),
        ("郑州市律师协会值班", None),
    ]
    assert "刑事执行检察" in watch["route_zh"]

    time.at("2026-02-15 16:59")
    await timers()
    assert (await watched(receipt))["status"] == "RUNNING"
    time.at("2026-02-15 17:00")
    before = await watched(receipt)
    assert (before["status"], before["case_opened"], before["hours_left"]) == ("VIOLATED", False, None)
    time.at("2026-02-15 21:30")
    await timers()
    assert (await watched(receipt))["case_opened"] is True
    case = await follow(receipt)
    assert (case["status"], case["kind"], case["respondent"]) == ("TRIAGE", "PETITION", "DETENTION")
    assert is_at(case["filed_at"], "2026-02-13T16:35:00+08:00"), "RR15: the time of recording stays"
    deadlines = {clock["name"]: clock for clock in case["deadlines"]}
    assert set(deadlines) == {"meeting", "triage"}
    assert (deadlines["meeting"]["state"], deadlines["meeting"]["bearer"]) == ("overdue", "respondent")
    assert deadlines["triage"]["due_on"] == "2026-02-25", "two working days from hour 48, the festival left out"

    case_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    time.at("2026-02-24 09:00")
    accepted = await walk(case_id, "acceptance", "letter", version=3)  # after the two of the watch
    assert accepted["status"] == "WITH_PROC"
    assert {c["name"]: c["due_on"] for c in accepted["deadlines"]}["handling"] == "2026-03-06"
    time.at("2026-03-05 10:00")
    decided = await walk(case_id, "decision", version=5)
    assert {c["name"]: c["due_on"] for c in decided["deadlines"]}["reply"] == "2026-03-06", "RR06: within the ten days"
    time.at("2026-03-06 15:00")
    await walk(case_id, "reply", version=6)
    told = await follow(receipt)
    assert (told["status"], told["reply"]) == ("REPLIED", "已责成改正")
    states = {clock["name"]: clock["state"] for clock in told["deadlines"]}
    assert (states.pop("meeting"), states.pop("objection")) == ("overdue", "running")
    assert set(states) == {"triage", "letter", "handling", "reply"}
    assert set(states.values()) == {"met"}
    await timers()
    assert (await follow(receipt))["steps"][0]["step"] == "accept", "the centre's lateness is not the association's"
    await sequence(sql)
    events = [orjson.loads(row["bytes"]) for row in await sql.fetch("SELECT bytes FROM feed ORDER BY position")]
    types = [event["type"] for event in events]
    assert [t.removeprefix("lawyers.rights.") for t in types][:3] == [
        "meeting-watch.opened.v1", "meeting-watch.ended.v1", "complaint.filed.v1",
    ]  # fmt: skip
    assert "lawyers.rights.deadline.missed.v1" not in types, "the centre is no organ of ours"
    versions = [event["entityversion"] for event in events if event["subject"] == case_id]
    assert versions == list(range(1, len(versions) + 1)), "the case goes on where the watch of its id has ended"


@pytest.mark.parametrize("ground", ["no-booking", "extra-papers", "consent-required", "bribery"])
async def test_an_unlawful_ground_is_a_case_at_once_under_the_same_receipt(record, follow, watched, ground, time):
    recorded = (await record(ground=ground)).json()
    assert recorded["watch"]["status"] == "VIOLATED"
    assert (recorded["watch"]["ground"]["lawful"], recorded["watch"]["case_opened"]) == ("no", True)
    assert recorded["watch"]["hours_left"] == 48.4, "the meeting is due all the same"
    case = await follow(recorded["receipt"])
    assert (case["status"], case["fast_lane"]) == ("TRIAGE", False)
    assert case["filed_at"] == case["changed_at"]
    time.at("2026-02-16 10:00")
    assert (await watched(recorded["receipt"]))["deadline"]["state"] == "overdue"


async def test_a_time_that_has_run_out_before_it_is_recorded_is_a_case_at_once(record, follow, time):
    time.at("2026-02-20 10:00")
    recorded = (await record()).json()
    assert recorded["watch"]["status"] == "VIOLATED"
    case = await follow(recorded["receipt"])
    assert is_at(case["changed_at"], "2026-02-20T10:00:00+08:00")


async def test_a_lawful_ground_waits_for_the_answer(record, watched, timers, time):
    receipt = (await record(ground="security-permission-required")).json()["receipt"]
    time.at("2026-02-20 10:00")
    await timers()
    seen = await watched(receipt)
    assert (seen["status"], seen["deadline"]["rule_id"]) == ("RUNNING", "rights.security-meeting-permission")
    assert seen["deadline"]["verified"] is False


async def test_what_would_be_lost_wakes_those_on_duty_and_makes_it_urgent(record, follow, timers, time, http, officer):
    receipt = (await record(at_stake="hearing")).json()["receipt"]
    calm = (await record()).json()["receipt"]
    alarms = (await http.get("/v1/alarms", headers=officer())).json()["items"]
    assert [(a["kind"], a["owner_kind"]) for a in alarms] == [("fast-lane", "meeting")]
    there = (await http.get("/v1/alarms", headers=officer(region="410300"))).json()["items"]
    assert len(there) == 1
    time.at("2026-02-15 17:00")
    await timers()
    case = await follow(receipt)
    assert case["fast_lane"] is True
    contact = next(clock for clock in case["deadlines"] if clock["name"] == "contact")
    assert is_at(contact["due_at"], "2026-02-15T18:00:00+08:00")
    assert (await follow(calm))["fast_lane"] is False


async def test_a_meeting_in_time_ends_the_watch_and_nothing_is_filed(record, says, watched, timers, time, sql):
    receipt = (await record()).json()["receipt"]
    time.at("2026-02-14 11:00")
    key = uuid4().hex
    met = await says(receipt, "arrangement", {"arranged_at": "2026-02-14T10:00:00+08:00"}, key=key)
    assert (met.json()["status"], met.json()["hours_left"], met.json()["may"]) == ("MET", None, [])
    assert (
        await says(receipt, "arrangement", {"arranged_at": "2026-02-14T10:00:00+08:00"}, key=key)
    ).status_code == 200
    again = await says(receipt, "arrangement", {"arranged_at": "2026-02-14T10:30:00+08:00"})
    assert (again.status_code, again.json()["type"].rsplit(":", 1)[-1]) == (409, "reported-already")
    time.at("2026-02-20 11:00")
    await timers()
    assert ((await watched(receipt))["status"], await count(sql, "complaints")) == ("MET", 0)
    assert (await watched(receipt))["deadline"]["state"] == "met"


async def test_a_meeting_too_late_leaves_the_violation(record, says, watched, follow, time, sql):
    """Reported before any timer has come."""
    receipt = (await record()).json()["receipt"]
    time.at("2026-02-15 19:00")
    late = await says(receipt, "arrangement", {"arranged_at": "2026-02-15T18:00:00+08:00"})
    assert (late.json()["status"], late.json()["deadline"]["state"]) == ("VIOLATED", "met-late")
    assert (await follow(receipt))["status"] == "TRIAGE"
    assert [s["step"] for s in late.json()["steps"]] == ["recorded", "violated", "arranged"]
    assert is_at(late.json()["steps"][1]["at"], DUE)


async def test_words_added_go_into_the_case_and_a_withdrawal_ends_it(
    record, says, http, officer, timers, time, sql, post
):
    receipt = (await record()).json()["receipt"]
    assert (await says(receipt, "words", {"text": "工号041024"})).json()["status"] == "RUNNING"
    other = (await record()).json()["receipt"]
    gone = await says(other, "withdrawal")
    assert (gone.json()["status"], gone.json()["deadline"]["state"]) == ("WITHDRAWN", "lapsed")
    assert (await says(other, "words", {"text": "再说"})).status_code == 409
    time.at("2026-02-15 18:00")
    await timers()
    (case,) = [row["complaint_id"] for row in await sql.fetch("SELECT complaint_id FROM complaints")]
    for what in ("words", "withdrawal"):
        refused = await says(receipt, what, {"text": "再说"} if what == "words" else {})
        assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[-1]) == (409, "is-a-case"), refused.text
    await post(f"/v1/complaints/{case}/assignments", {})
    opened = await http.get(f"/v1/complaints/{case}", headers=officer() | {"Access-Purpose": "triage"})
    assert opened.json()["texts"]["refused-meeting"] == ["工号041024"]
    assert opened.json()["facts"].startswith("会见被拒：洛阳市秘密标记看守所。2026-02-13 16:20提出会见")
    assert opened.json()["identity"]["name"] == "张三丰测试"


async def test_two_timers_and_a_reporting_lawyer_make_one_case(record, app, says, time, sql):
    for _ in range(6):
        await record()
    receipt = (await record()).json()["receipt"]
    time.at("2026-02-15 18:00")
    tasks = tasks_of(app.state.settings, app.state.vault)
    await asyncio.gather(
        *(run_once(app.state.database, time(), tasks) for _ in range(4)),
        says(receipt, "arrangement", {"arranged_at": "2026-02-15T17:30:00+08:00"}),
    )
    await run_once(app.state.database, time(), tasks)
    assert await count(sql, "complaints") == 7
    assert await sql.fetchval("SELECT count(*) FROM refused_meeting_steps WHERE step = 'violated'") == 7
    assert await sql.fetchval("SELECT count(*) FROM clocks WHERE name = 'triage'") == 7
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 7 * 3


async def test_one_key_gives_one_watch_whoever_asks_at_once(record, file, sql):
    key = uuid4().hex
    answers = await asyncio.gather(*(record(key=key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert len({answer.json()["proof"]["signature"] for answer in answers}) == 1
    assert (await count(sql, "refused_meetings"), await count(sql, "outbox")) == (1, 1)
    assert (await record(key=key, ground="other")).status_code == 422
    assert (await file(key=key)).status_code == 409, "one receipt never opens two things"
    assert await count(sql, "complaints") == 0
    filed = uuid4().hex
    await file(key=filed)
    assert (await record(key=filed)).status_code == 409


async def test_the_receipt_alone_reopens_it_and_says_where_it_stands(record, http, session, time):
    receipt = (await record()).json()["receipt"]
    opened = await session(receipt)
    no_case = await http.get("/v1/receipts/case", headers=opened)
    assert (no_case.status_code, no_case.json()["type"].rsplit(":", 1)[-1]) == (409, "no-case-yet")
    for path in ("meeting", "case"):
        wrong = await http.get(f"/v1/receipts/{path}", headers={"Receipt-Session": "x"})
        assert wrong.status_code == 401
    assert (await http.get("/v1/receipts/meeting")).status_code == 401


async def test_the_session_opened_for_the_watch_opens_the_case(record, http, session, timers, time):
    opened = await session((await record()).json()["receipt"])
    time.at("2026-02-15 18:00")
    await timers()
    assert (await http.get("/v1/receipts/case", headers=opened)).status_code == 200


async def test_a_complaints_receipt_opens_no_watch(file, http, session):
    opened = await session((await file()).json()["receipt"])
    assert (await http.get("/v1/receipts/meeting", headers=opened)).status_code == 401


async def test_the_code_describes_the_migrated_tables(sql):
    for table in Base.metadata.tables.values():
        rows = await sql.fetch(
            "SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = $1", table.name
        )
        described = {column.name: column.nullable for column in table.columns}
        assert {row["column_name"]: row["is_nullable"] == "YES" for row in rows} == described


@pytest.mark.parametrize(
    "change",
    [
        "status = 'VIOLATED'",
        "status = 'LOST'",
        "complaint_id = gen_random_uuid()",
        "asked_at = refused_at + interval '1 second'",
        "criminal = false",
        "kind = 'COMPLAINT'",
        "identity_mode = 'anonymous_clue'",
        "owner_region = '410500'",
    ],
)
async def test_a_contradictory_watch_cannot_be_stored(record, sql, change):
    await record()
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)):
        await sql.execute(f"UPDATE refused_meetings SET {change}")


async def test_steps_and_numbers_only_grow(record, post, sql):
    await record()
    await post("/v1/detention-centres", CENTRE, region="410300")
    for change in (
        "UPDATE refused_meeting_steps SET ordinal = 9",
        "DELETE FROM refused_meeting_steps",
        "UPDATE detention_centres SET version = 9",
        "DELETE FROM detention_centres",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(change)


RUBBISH = [
    ({"ground": "because"}, "ground"),
    ({"words": ""}, "words"),
    ({"words": "x" * 5001}, "words"),
    ({"words": "a\x00b"}, "words"),
    ({"asked_at": "2026-02-13T16:20:00"}, "asked_at"),
    ({"asked_at": 1770970800}, "asked_at"),
    ({"asked_at": "1999-12-31T00:00:00+08:00"}, "asked_at"),
    ({"asked_at": "9999-12-31T23:59:59-14:00"}, "refused_at"),
    ({"refused_at": "9999-12-31T23:59:59-14:00"}, "refused_at"),
    ({"asked_at": "2026-02-13T16:31:00+08:00"}, "refused_at"),
    ({"refused_at": "2026-02-13T16:36:00+08:00"}, "refused_at"),
    ({"incident_region": "110000"}, "incident_region"),
    ({"incident_region": None}, "incident_region"),
    ({"registration_region": "999999"}, "registration_region"),
    ({"kind": "COMPLAINT"}, "kind"),
    ({"criminal": False}, "criminal"),
    ({"identity_mode": "anonymous_clue"}, "identity_mode"),
    ({"level": "national"}, "level"),
    ({"at_stake": "lunch"}, "at_stake"),
    ({"complainant": None}, "complainant"),
    ({"centre_id": str(uuid4()), "centre_name": None, "level": None}, "centre_id"),
    ({"extra": 1}, "extra"),
]


@pytest.mark.parametrize(("changes", "field"), RUBBISH)
async def test_rubbish_is_refused_and_the_field_named(record, sql, changes, field):
    answer = await record(**changes)
    assert answer.status_code == 422, answer.text
    assert field in [error["field"].split(".")[0] for error in answer.json()["errors"]], answer.text
    assert (await count(sql, "refused_meetings"), await count(sql, "receipts")) == (0, 0)


async def test_two_places_or_none_are_refused(record):
    for changes in ({"centre_id": str(uuid4())}, {"centre_name": None}, {"level": None}):
        assert (await record(**changes)).status_code == 422


@pytest.mark.parametrize(
    "at", ["2026-02-13T16:19:59+08:00", "2026-02-13T16:36:00+08:00", "9999-12-31T23:59:59-14:00", "yesterday", None]
)
async def test_a_meeting_before_the_request_or_to_come_is_refused(record, says, at):
    receipt = (await record()).json()["receipt"]
    assert (await says(receipt, "arrangement", {"arranged_at": at})).status_code == 422


async def test_a_guessable_key_is_refused(http, record):
    assert (await record(key="12345678")).status_code == 400
    assert is_at(ASKED, ASKED)
