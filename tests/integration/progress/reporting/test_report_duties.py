"""Duties by the clock: opened once, due, overdue, reminded, seen by the department; two timers do what one does."""

import asyncio
from collections import Counter
from datetime import date, timedelta

import asyncpg
import pytest
from contracts.plan import plan
from contracts.plan_events import ReportReminded
from contracts.report_events import ReportRequested
from contracts.reporting import Reporter, ReportPeriod
from progress_api.reporting.duties import owed
from progress_api.reporting.store import late_reports
from progress_api.reporting.timers import open_reports, remind

from tests.integration.progress.reporting.desk import (
    ASSOCIATION,
    BUREAU,
    DIVISION,
    KAIFENG_BUREAU,
    OFFICER,
    PARTY,
    PROVINCE,
    ZHENGZHOU,
    Desk,
    reporter,
)

JULY = date(2026, 7, 1)
Q1_DUE, H1_DUE = date(2026, 4, 15), date(2026, 7, 20)


async def test_reports_are_opened_the_day_after_the_period_and_not_before(desk: Desk) -> None:
    await desk.days_pass(date(2026, 3, 31))
    assert await desk.events() == []
    desk.at(date(2026, 3, 31), hour=23)
    assert await open_reports(desk.database, desk.hands.now) == 0
    desk.at(date(2026, 4, 1), hour=0)
    opened = await open_reports(desk.database, desk.hands.now)
    told = await desk.events(ReportRequested)
    # M11-I1 of 18 cities, and the division's row beside them.
    assert len(told) == opened == 19
    assert {(e.until_on, e.due_on) for e in told} == {(date(2026, 3, 31), Q1_DUE)}
    assert Counter(e.reporter for e in told) == {Reporter.CITY_BUREAU: 18, Reporter.PROVINCIAL_DIVISION: 1}


async def test_two_timers_at_once_open_and_remind_no_more_than_one(desk: Desk) -> None:
    desk.at(H1_DUE)
    now = desk.hands.now
    opened = await asyncio.gather(*(open_reports(desk.database, now) for _ in range(4)))
    told = await desk.events(ReportRequested)
    assert sum(opened) == len(told) == len({e.report_id for e in told})
    expected = owed(ReportPeriod(date(2026, 6, 30), date(2026, 1, 1), H1_DUE), ())
    of_half_year = {e.report_id for e in told if e.from_on == date(2026, 1, 1) and e.until_on == date(2026, 6, 30)}
    assert of_half_year == {report.report_id for report in expected}
    given = await asyncio.gather(*(remind(desk.database, now) for _ in range(4)))
    reminded = await desk.events(ReportReminded)
    assert sum(given) == len(reminded) == len({(e.report_id, e.days_after_due) for e in reminded})
    assert await open_reports(desk.database, now) == await remind(desk.database, now) == 0


async def test_a_round_is_opened_whole_or_not_at_all(desk: Desk) -> None:
    """The second of two rows with one id breaks the round: its marker goes, too, and the next timer finds it."""
    await desk.connection.execute(
        "INSERT INTO reports (report_id, plan_id, reporter, region, period, from_on, until_on, due_on) "
        "VALUES ($1, 'other', 'city-bureau', '410100', '2026Q1', '2026-01-01', '2026-03-31', '2026-04-15')",
        owed(ReportPeriod(date(2026, 3, 31), date(2026, 1, 1), Q1_DUE), ())[0].report_id,
    )
    desk.at(date(2026, 4, 1))
    with pytest.raises(asyncpg.UniqueViolationError, match="reports_pkey"):
        await open_reports(desk.database, desk.hands.now)
    assert await desk.connection.fetchval("SELECT count(*) FROM report_rounds") == 0
    assert await desk.events() == []
    await desk.connection.execute("DELETE FROM reports")
    assert await open_reports(desk.database, desk.hands.now) == 19


async def test_nobody_is_asked_for_a_period_inside_the_frozen_plan(desk: Desk) -> None:
    await desk.connection.execute("INSERT INTO plan_freezes VALUES ($1, '2026-03-31')", plan().meta.id)
    await desk.days_pass(JULY)
    assert {e.until_on for e in await desk.events(ReportRequested)} == {date(2026, 6, 30)}


async def test_who_had_not_reported_before_the_freeze_is_asked_no_more(desk: Desk) -> None:
    """He could not send it any more."""
    await desk.days_pass(JULY)
    before = await desk.events(ReportReminded)
    await desk.connection.execute("INSERT INTO plan_freezes VALUES ($1, '2026-06-30')", plan().meta.id)
    await desk.days_pass(H1_DUE + timedelta(days=30))
    assert await desk.events(ReportReminded) == before
    assert await late_reports(desk.connection, H1_DUE + timedelta(days=30)) == []
    await desk.connection.execute("TRUNCATE plan_freezes")
    assert await remind(desk.database, desk.hands.now) > 0
    assert await late_reports(desk.connection, H1_DUE + timedelta(days=30))


async def test_the_due_day_is_in_time_and_overdue_needs_no_timer(desk: Desk) -> None:
    await desk.days_pass(JULY)
    desk.at(H1_DUE, hour=23)
    [line] = [each for each in (await desk.get("/reports/due", ASSOCIATION))["items"] if each["period"] == "2026H1"]
    assert (line["overdue"], line["days_left"]) == (False, 0)
    desk.at(H1_DUE + timedelta(days=1), hour=0)
    [line] = [each for each in (await desk.get("/reports/due", ASSOCIATION))["items"] if each["period"] == "2026H1"]
    assert (line["overdue"], line["days_left"]) == (True, -1)
    overview = (await desk.get("/reports/overview?period=2026H1", OFFICER))["rows"]
    assert all(row["overdue"] == len(row["regions"]) for row in overview)
    sent = await desk.submit(ASSOCIATION, "2026H1")
    assert (sent["overdue"], sent["in_time"]) == (False, False)


async def test_each_reporter_has_the_list_of_what_it_owes(desk: Desk) -> None:
    await desk.days_pass(JULY)

    async def due(who) -> list[str]:
        return [each["period"] for each in (await desk.get("/reports/due", who))["items"]]

    assert await due(BUREAU) == ["2026Q1", "2026Q2", "2026H1"]
    assert await due(ASSOCIATION) == await due(PARTY) == ["2026H1"]
    assert await due(DIVISION) == ["2026Q1", "2026Q2", "2026H1"]
    await desk.submit(BUREAU, "2026Q1")
    assert await due(BUREAU) == ["2026Q2", "2026H1"]
    assert await due(KAIFENG_BUREAU) == ["2026Q1", "2026Q2", "2026H1"]


async def test_reminders_come_seven_days_and_a_day_before_and_once_it_is_overdue(desk: Desk) -> None:
    await desk.days_pass(JULY)
    await desk.connection.execute("TRUNCATE outbox, report_reminders")
    told = []
    for day in (H1_DUE + timedelta(days=n) for n in range(-8, 3)):
        before = len(await desk.events(ReportReminded))
        await desk.days_pass(day)
        mine = [e for e in (await desk.events(ReportReminded))[before:] if e.due_on == H1_DUE and e.region == PROVINCE]
        told.append((day.isoformat(), sorted({e.days_after_due for e in mine})))
    assert [each for each in told if each[1]] == [("2026-07-13", [-7]), ("2026-07-19", [-1]), ("2026-07-21", [1])]
    desk.at(H1_DUE + timedelta(days=3))
    assert await remind(desk.database, desk.hands.now) == 0


async def test_after_a_standstill_only_the_latest_reminder_is_given_and_none_to_who_has_reported(desk: Desk) -> None:
    await desk.days_pass(JULY)
    await desk.submit(ASSOCIATION, "2026H1")
    await desk.connection.execute("TRUNCATE outbox, report_reminders")
    await desk.days_pass(date(2026, 9, 1))
    reminded = [e for e in await desk.events(ReportReminded) if e.due_on == H1_DUE]
    assert {e.days_after_due for e in reminded} == {1}
    mine = (await desk.find(ASSOCIATION, "2026H1"))["report_id"]
    assert mine not in {str(e.report_id) for e in reminded}
    line = next(each for each in (await desk.get("/reports/due", BUREAU))["items"] if each["period"] == "2026H1")
    assert line["reminded_at"].startswith("2026-09-01")


async def test_the_department_sees_where_every_report_stands(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(ASSOCIATION, "2026H1")
    form = await desk.find(BUREAU, "2026H1")
    await desk.save(form, {}, BUREAU)
    rows = {row["reporter"]["code"]: row for row in
            (await desk.get("/reports/overview?period=2026H1", OFFICER))["rows"]}  # fmt: skip
    assert rows.keys() == {each.value for each in Reporter}
    counts = rows["city-association"]["counts"]
    assert {state: count for state, count in counts.items() if count} == {"open": 17, "submitted": 1}
    assert counts["confirmed"] == counts["correcting"] == 0
    assert rows["city-bureau"]["counts"]["draft"] == 1
    assert {each["region"]["code"] for each in rows["provincial-division"]["regions"]} == {PROVINCE}
    await desk.act(sent, "return", OFFICER, {"reason": "缺说明"})
    [row] = [row for row in (await desk.get("/reports/overview", OFFICER))["rows"]
             if (row["period"], row["reporter"]["code"]) == ("2026H1", "city-association")]  # fmt: skip
    assert (row["counts"]["returned"], row["counts"]["submitted"]) == (1, 0)
    [zhengzhou] = [each for each in row["regions"] if each["region"]["code"] == ZHENGZHOU]
    assert zhengzhou["region"]["zh"] == "郑州市"


async def test_the_list_is_paged_and_narrowed(desk: Desk) -> None:
    await desk.days_pass(JULY)
    seen, cursor = [], ""
    while cursor is not None:
        page = await desk.get(f"/reports?limit=30{cursor and '&cursor=' + cursor}", OFFICER)
        seen += [each["report_id"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == len(await desk.events(ReportRequested))
    chosen = await desk.get("/reports?limit=200&period=2026H1&reporter=city-bureau&state=open", OFFICER)
    assert len(chosen["items"]) == 18
    assert (await desk.get("/reports?state=confirmed", OFFICER))["items"] == []
    refused = await desk.get("/reports?cursor=nonsense", OFFICER, expect=400)
    assert refused["field"] == "cursor"
    assert (await desk.get("/reports?period=2026H3", OFFICER, expect=422))["field"].endswith("period")


async def test_the_catalogue_is_public_and_names_reporter_period_and_due_day(desk: Desk) -> None:
    rows = {row["indicator_id"]: row for row in (await desk.get("/reporting/catalogue", None))["indicators"]}
    row = rows["M18-I2"]
    assert (row["reporter"]["code"], row["beside"]["code"]) == ("city-bureau", "provincial-division")
    assert row["periods"][0] == {
        "period": "2026H1", "from_on": "2026-01-01", "until_on": "2026-06-30", "due_on": "2026-07-20",
    }  # fmt: skip
    assert rows["M14-I1"]["beside"] is None
    assert len(rows["M14-I1"]["regions"]) == 1


async def test_a_form_shows_what_is_due_alone(desk: Desk) -> None:
    await desk.days_pass(JULY)
    assert [row["key"] for row in (await desk.find(BUREAU, "2026Q1"))["items"]] == ["M11-I1"]
    kaifeng = {row["indicator_id"] for row in (await desk.find(KAIFENG_BUREAU, "2026H1"))["items"]}
    zhengzhou = {row["indicator_id"] for row in (await desk.find(BUREAU, "2026H1"))["items"]}
    assert zhengzhou - kaifeng == {"M07-I1"}
    association = await desk.find(reporter(Reporter.PROVINCIAL_ASSOCIATION, PROVINCE), "2026H1")
    assert sum(row["indicator_id"] == "M09-I1" for row in association["items"]) == 19
