"""督办 over HTTP: issued, answered, sent back, accepted, closed; overdue at its instant; escalated; two officers."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime

import asyncpg
import pytest
from common.database import Database
from progress_api.notices.store import let_rules_look

from tests.integration.progress.notices.conftest import ANSWER, NOTICE, Caller, Watch, owe_report, told


async def test_a_notice_from_its_issue_to_its_end(
    officer: Caller, bureau: Caller, connection: asyncpg.Connection, watch: Watch
) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    assert (issued["number"], issued["state"], issued["colour"]) == ("督〔2026〕1号", "issued", "blue")
    assert (issued["addressee_zh"], issued["subject_zh"] is not None) == ("郑州市司法局", True)
    # Ten working days over the Spring Festival: the 14th and the 28th are worked, the 15th to the 23rd are off.
    assert issued["due_on"] == "2026-02-27"
    assert "春节" in issued["steps"][-1]["due_zh"]
    assert "working days" in issued["steps"][-1]["due_en"]
    path = f"/notices/{issued['notice_id']}"
    answered = await bureau.post(f"{path}/answers", ANSWER, expect=201, version=issued["version"])
    assert (answered["state"], answered["steps"][-1]["evidence"][0]["reference"]) == ("answered", "郑司〔2026〕8号")
    watch.set("2026-03-06T09:00")
    returned = await officer.post(f"{path}/return", {"reason": "缺少节点"}, version=answered["version"])
    assert (returned["state"], returned["due_on"]) == ("issued", "2026-03-11")
    again = await bureau.post(f"{path}/answers", ANSWER, expect=201, version=returned["version"])
    await officer.post(f"{path}/closure", {}, expect=409, version=again["version"])
    accepted = await officer.post(f"{path}/acceptance", {}, version=again["version"])
    closed = await officer.post(f"{path}/closure", {"text": "已落实"}, version=accepted["version"])
    assert (closed["state"], closed["overdue"]) == ("closed", False)
    assert [step["kind"] for step in closed["steps"]] == [
        "proposed", "issued", "answered", "returned", "answered", "accepted", "closed",
    ]  # fmt: skip
    assert await told(connection) == [
        ("notice.issued", 1), ("notice.answered", 2), ("notice.answered", 3), ("notice.closed", 4),
    ]  # fmt: skip
    await officer.post(f"{path}/withdrawal", {"reason": "误发"}, expect=409, version=closed["version"])


async def test_it_is_overdue_at_the_midnight_that_ends_its_due_day_without_any_timer(
    officer: Caller, bureau: Caller, watch: Watch
) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    path = f"/notices/{issued['notice_id']}"
    watch.set("2026-02-27T23:59:59")
    assert not (await bureau.get(path))["overdue"]
    assert (await bureau.get("/notices?overdue=true"))["items"] == []
    watch.set("2026-02-28T00:00")
    found = await bureau.get(path)
    assert found["overdue"]
    assert datetime.fromisoformat(found["overdue_since"]) == datetime.fromisoformat("2026-02-28T00:00+08:00")
    assert [each["overdue"] for each in (await bureau.get("/notices?overdue=true"))["items"]] == [True]
    # Late, and still answered.
    answered = await bureau.post(f"{path}/answers", ANSWER, expect=201, version=found["version"])
    assert not answered["overdue"]


async def test_unanswered_it_goes_from_blue_to_orange_by_rule_and_to_red_by_two_officers(
    officer: Caller, second: Caller, bureau: Caller, connection: asyncpg.Connection, database: Database, watch: Watch
) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    path = f"/notices/{issued['notice_id']}"
    assert await let_rules_look(database, watch.set("2026-02-27T23:59:59")) == 0
    assert await let_rules_look(database, watch.set("2026-02-28T00:00")) == 1
    orange = await bureau.get(path)
    # Saturday the 28th is worked, and is the day itself: five working days after it.
    assert (orange["colour"], orange["due_on"], orange["overdue"]) == ("orange", "2026-03-06", False)
    assert orange["number"] == issued["number"]
    assert await let_rules_look(database, watch.set("2026-02-28T00:01")) == 0
    assert await let_rules_look(database, watch.set("2026-03-07T00:00")) == 1
    waiting = await officer.get(path)
    assert (waiting["colour"], waiting["pending"]["colour"], waiting["overdue"]) == ("orange", "red", True)
    assert (await bureau.get(path))["pending"] is None
    assert await let_rules_look(database, watch.now) == 0
    first = await officer.post(f"{path}/issuance", {}, version=waiting["version"])
    assert (first["colour"], first["pending"]["first_officer"]) == ("orange", "officer-1")
    await officer.post(f"{path}/issuance", {}, expect=403, version=first["version"])
    red = await second.post(f"{path}/issuance", {}, version=first["version"])
    assert (red["colour"], red["pending"], red["steps"][-1]["second"]) == ("red", None, "officer-1")
    assert red["due_on"] == "2026-03-11"
    assert await let_rules_look(database, watch.set("2026-04-01T00:00")) == 0
    assert await told(connection) == [
        ("notice.issued", 1), ("notice.escalated", 2), ("notice.escalated", 3),
    ]  # fmt: skip
    shown = (await bureau.get(path))["steps"]
    assert [step["kind"] for step in shown] == ["issued", "escalated", "escalated"]
    assert {step["by"] for step in shown} == {None}


async def test_the_database_refuses_a_red_step_of_one_officer(officer: Caller, connection: asyncpg.Connection) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    for officer_2 in (None, "officer-1"):
        with pytest.raises(asyncpg.CheckViolationError, match="two_officers"):
            await connection.execute(
                "INSERT INTO notice_steps (notice_id, ordinal, kind, by, second, at, colour, due_on, due_zh, due_en) "
                "VALUES ($1, 9, 'escalated', 'officer-1', $2, now(), 'red', '2026-03-01', '', '')",
                issued["notice_id"], officer_2,
            )  # fmt: skip
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="never changed"):
        await connection.execute("UPDATE notice_steps SET by = 'somebody'")


async def test_a_red_notice_by_hand_is_none_before_the_second_officer(
    officer: Caller, second: Caller, bureau: Caller, connection: asyncpg.Connection
) -> None:
    proposed = await officer.post("/notices", NOTICE | {"colour": "red"}, expect=201)
    assert (proposed["state"], proposed["number"], proposed["due_on"]) == ("proposed", None, None)
    path = f"/notices/{proposed['notice_id']}"
    await bureau.get(path, expect=404)
    assert (await bureau.get("/notices"))["items"] == []
    refused = await officer.post(f"{path}/issuance", {}, expect=403, version=proposed["version"])
    assert refused["type"].endswith("second-officer-needed")
    assert await told(connection) == []
    issued = await second.post(f"{path}/issuance", {}, version=proposed["version"])
    assert (issued["number"], issued["due_on"]) == ("督〔2026〕1号", "2026-02-11")
    assert await told(connection) == [("notice.issued", 1)]
    await bureau.get(path)


async def test_by_hand_it_is_escalated_with_a_reason_and_never_beyond_red(
    officer: Caller, second: Caller, bureau: Caller
) -> None:
    blue = await officer.post("/notices", NOTICE, expect=201)
    path = f"/notices/{blue['notice_id']}"
    faulty = await officer.post(f"{path}/escalation", {}, expect=422, version=blue["version"])
    assert faulty["field"] == "reason"
    orange = await officer.post(f"{path}/escalation", {"reason": "影响全省进度"}, version=blue["version"])
    assert (orange["colour"], orange["due_on"]) == ("orange", "2026-02-13")
    pending = await officer.post(f"{path}/escalation", {"reason": "仍无进展"}, version=orange["version"])
    assert (pending["colour"], pending["pending"]["first_officer"]) == ("orange", "officer-1")
    await officer.post(f"{path}/escalation", {"reason": "再次"}, expect=409, version=pending["version"])
    red = await second.post(f"{path}/issuance", {}, version=pending["version"])
    refused = await officer.post(f"{path}/escalation", {"reason": "无"}, expect=409, version=red["version"])
    assert refused["type"].endswith("highest-colour")


async def test_an_answer_drops_an_escalation_that_waits(officer: Caller, second: Caller, bureau: Caller) -> None:
    blue = await officer.post("/notices", NOTICE, expect=201)
    path = f"/notices/{blue['notice_id']}"
    orange = await officer.post(f"{path}/escalation", {"reason": "紧急"}, version=blue["version"])
    pending = await officer.post(f"{path}/escalation", {"reason": "紧急"}, version=orange["version"])
    answered = await bureau.post(f"{path}/answers", ANSWER, expect=201, version=pending["version"])
    await second.post(f"{path}/issuance", {}, expect=409, version=answered["version"])
    assert (await officer.get(path))["colour"] == "orange"


async def test_a_report_that_is_overdue_by_its_days_is_noticed_once_however_many_timers_look(
    officer: Caller, bureau: Caller, connection: asyncpg.Connection, database: Database, watch: Watch
) -> None:
    report_id = await owe_report(connection, date(2026, 1, 31))
    # Overdue from the 1st; five full days are over when the 6th begins.
    assert await let_rules_look(database, watch.set("2026-02-05T23:59:59")) == 0
    now = watch.set("2026-02-06T00:00")
    done = await asyncio.gather(*(let_rules_look(database, now) for _ in range(6)))
    assert sum(done) == 1
    (found,) = (await bureau.get("/notices"))["items"]
    assert (found["subject"], found["subject_kind"], found["colour"]) == (str(report_id), "report", "blue")
    assert (found["number"], found["rule"]) == ("督〔2026〕1号", None)
    assert "郑州市司法局2025年第四季度进展报送" in found["text"]
    assert "2026年2月1日" in found["text"]
    assert (await officer.get(f"/notices/{found['notice_id']}"))["rule"] == "report-overdue"
    # Withdrawn, the same occasion is not put forward again.
    await officer.post(f"/notices/{found['notice_id']}/withdrawal", {"reason": "已另行处理"}, version=found["version"])
    assert await let_rules_look(database, watch.set("2026-02-07T00:00")) == 0
    assert await told(connection) == [("notice.issued", 1), ("notice.withdrawn", 2)]


async def test_a_report_that_came_late_or_in_time_is_not_noticed(
    connection: asyncpg.Connection, database: Database, watch: Watch, officer: Caller
) -> None:
    for received in (date(2026, 1, 31), date(2026, 2, 5)):
        report_id = await owe_report(connection, date(2026, 1, 31))
        await connection.execute(
            "UPDATE reports SET received_on = $1, state = 'submitted', revision = 1 WHERE report_id = $2",
            received, report_id,
        )  # fmt: skip
    assert await let_rules_look(database, watch.set("2026-02-20T00:00")) == 0


async def test_numbers_run_without_gaps_also_where_officers_issue_at_once_or_fail(
    officer: Caller, caller: Callable[..., Caller], watch: Watch
) -> None:
    regions = ("410100", "410200", "410300", "410400", "410500")
    await officer.post("/notices", NOTICE | {"subject": "M99"}, expect=422)
    found = await asyncio.gather(
        *(officer.post("/notices", NOTICE | {"region": region}, expect=201) for region in regions)
    )
    assert sorted(each["number"] for each in found) == [f"督〔2026〕{n}号" for n in range(1, 6)]
    watch.set("2027-01-04T09:00")
    assert (await officer.post("/notices", NOTICE, expect=201))["number"] == "督〔2027〕1号"


async def test_the_same_key_issues_once(officer: Caller, connection: asyncpg.Connection) -> None:
    first = await officer.post("/notices", NOTICE, expect=201, key="one-and-the-same")
    again = await officer.post("/notices", NOTICE, expect=201, key="one-and-the-same")
    assert (first["notice_id"], await told(connection)) == (again["notice_id"], [("notice.issued", 1)])


async def test_pages_follow_one_another_newest_first(officer: Caller, bureau: Caller, watch: Watch) -> None:
    for hour in (9, 10, 11):
        watch.set(f"2026-02-06T{hour:02}:00")
        await officer.post("/notices", NOTICE, expect=201)
        await officer.post("/notices", NOTICE | {"region": "410200"}, expect=201)
    page = await bureau.get("/notices?limit=2")
    rest = await bureau.get(f"/notices?limit=2&cursor={page['next_cursor']}")
    assert [each["number"] for each in (*page["items"], *rest["items"])] == [
        "督〔2026〕5号", "督〔2026〕3号", "督〔2026〕1号",
    ]  # fmt: skip
    assert rest["next_cursor"] is None
    assert len((await officer.get("/notices?region=410200&colour=blue&state=issued"))["items"]) == 3
    await officer.get("/notices?cursor=x", expect=400)
