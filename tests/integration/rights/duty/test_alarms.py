"""Alarms: raised once, climbing until somebody answers, told to no organ that is accused."""

import asyncio
from datetime import date
from uuid import uuid4

import asyncpg
import pytest
from contracts.conduct import OrganKind
from rights_api.clocks.domain import Owner
from rights_api.clocks.store import SqlClocks
from rights_api.organs import Organ

from tests.integration.rights.duty.conftest import BUREAU, CITY, DEPARTMENT, PROVINCE, story

CALLED_CITY = ("called", "410100", "on-duty")
PLACE = ("city-association", "410300")
NEIGHBOUR = ("city-association", "410200")


@pytest.fixture
def clock(database, time):
    """A deadline of two days of a case, which an organ must keep."""

    async def clock(*, rule="rights.fast-lane.contact", urgent=False, justice=False, organ=CITY):
        owner = Owner("complaint", uuid4(), Organ(OrganKind(organ[0]), organ[1]), urgent, justice)
        async with database.begin() as tx:
            return await SqlClocks(tx).begin(owner, "contact", rule, time())

    return clock


async def test_who_is_on_duty_is_called_and_acknowledges(call, on_roster, raised, alarms, tick, time):
    await on_roster(CITY, "li", "wang")
    owner = await raised()
    (alarm,) = await alarms()
    assert (alarm["kind"], alarm["owner_id"], alarm["urgent"]) == ("fast-lane", str(owner), True)
    assert story(alarm) == [CALLED_CITY]
    assert alarm["steps"][0]["subject"] == "li"
    assert alarm["steps"][0]["answer_by"] == "2026-09-30T18:15:00Z"
    path = f"/v1/alarms/{alarm['alarm_id']}"
    assert (await call("POST", f"{path}/acknowledgement", subject="zhao")).status_code == 403
    for _ in range(2):
        time.pass_(minutes=5)
        done = await call("POST", f"{path}/acknowledgement", subject="li")
        assert (done.status_code, done.json()["ended_at"]) == (200, "2026-09-30T18:05:00Z")
    assert (await call("POST", f"{path}/acknowledgement", subject="wang")).status_code == 409
    assert await alarms() == []
    assert [item["alarm_id"] for item in await alarms(state="all")] == [alarm["alarm_id"]]
    time.pass_(days=1)
    await tick()
    opened = await call("GET", path)
    assert story(opened.json()["alarm"]) == [CALLED_CITY, ("acknowledged", "410100", "on-duty")]
    assert {item["state"] for item in opened.json()["deliveries"]} == {"superseded"}
    again = await call("GET", path)
    assert again.headers["etag"] == opened.headers["etag"]


async def test_rr14_a_fast_lane_filing_wakes_its_association_and_that_of_the_place(file, on_roster, alarms, time, sql):
    await on_roster(CITY, "li")
    await on_roster(PLACE, "zhou")
    for changes in ({"right": "PERSON"}, {"hearing_in_progress": True}):
        time.pass_(minutes=1)
        assert (await file(**changes)).status_code == 201
        case = await sql.fetchval("SELECT complaint_id FROM complaints ORDER BY filed_at DESC LIMIT 1")
        for who in (CITY, PLACE):
            found = (await alarms(who))[-1]
            assert (found["kind"], found["owner_id"], story(found)) == (
                "fast-lane",
                str(case),
                [("called", who[1], "on-duty")],
            )
    assert (await file()).status_code == 201  # not urgent
    assert [len(await alarms(who)) for who in (CITY, PLACE)] == [2, 2]


async def test_rr17_a_fast_lane_filing_against_a_justice_organ_wakes_none(file, on_roster, alarms, tick, time):
    for who in (CITY, PROVINCE, BUREAU, DEPARTMENT):
        await on_roster(who, "li", days=5)
    assert (await file(right="PERSON", respondent="JUSTICE", kind="COMPLAINT")).status_code == 201
    for _ in range(60):
        time.pass_(hours=1)
        await tick()
    # The province's own empty days are another matter: those alarms name no case.
    found = [alarm for who in (BUREAU, DEPARTMENT) for alarm in await alarms(who, state="all")]
    assert [alarm["owner_id"] for alarm in found if alarm["owner_id"] is not None] == []
    assert await alarms(CITY) != []


async def test_not_acknowledged_it_climbs_to_substitute_province_and_begins_anew(
    on_roster, raised, alarms, tick, time, sql
):
    await on_roster(CITY, "li", "wang")
    await on_roster(PROVINCE, "zhang")
    await raised()
    rungs = [CALLED_CITY]
    for step in (
        [("called", "410100", "substitute")],
        [("called", "410000", "on-duty")],
        [("nobody", "410000", "substitute"), ("exhausted", None, None)],
    ):
        assert await alarms(PROVINCE) == [] if len(rungs) < 3 else True
        time.pass_(minutes=14)
        await tick()
        assert [story(alarm) for alarm in await alarms()] == [rungs]
        time.pass_(minutes=1)
        await tick()
        rungs += step
        assert [story(alarm) for alarm in await alarms()] == [rungs]
    (seen,) = await alarms(PROVINCE)
    assert [step["subject"] for step in seen["steps"]] == ["li", "wang", "zhang", None, None]
    (seen,) = await alarms(CITY)
    assert [step["subject"] for step in seen["steps"]] == ["li", "wang", None, None, None]
    time.pass_(hours=4)
    await tick()
    assert story((await alarms())[0])[-1] == CALLED_CITY
    for _ in range(40):  # for a day and more nobody answers
        time.pass_(hours=1)
        await tick()
    (alarm,) = await alarms()
    assert [step["step"] for step in alarm["steps"]].count("exhausted") == 6
    assert await sql.fetchval("SELECT next_at FROM alarms") is None
    # Whoever comes back may still take it.


async def test_an_empty_roster_is_passed_at_once(on_roster, raised, alarms, call):
    await on_roster(PROVINCE, "zhang")
    await raised()
    (alarm,) = await alarms(PROVINCE)
    assert story(alarm) == [
        ("nobody", "410100", "on-duty"),
        ("nobody", "410100", "substitute"),
        ("called", "410000", "on-duty"),
    ]
    # Nobody being on duty, any officer of the city may take it.
    path = f"/v1/alarms/{alarm['alarm_id']}/acknowledgement"
    assert (await call("POST", path, NEIGHBOUR, subject="other")).status_code == 404
    done = await call("POST", path, CITY, subject="anybody")
    assert (done.status_code, story(done.json())[-1]) == (200, ("acknowledged", "410100", None))


async def test_who_has_no_address_is_passed_too(call, raised, alarms):
    await call("PUT", "/v1/duty/rosters/2026-10-01", version=0, json={"on_duty": "li"})
    await raised()
    (alarm,) = await alarms()
    assert story(alarm)[0] == ("unreachable", "410100", "on-duty")
    assert alarm["steps"][0]["subject"] == "li"


async def test_a_cause_raises_one_alarm_however_often_and_at_once_it_is_raised(on_roster, raised, sql):
    await on_roster(CITY, "li")
    owner = uuid4()
    await asyncio.gather(*(raised(owner=owner) for _ in range(8)))
    assert await sql.fetchval("SELECT count(*) FROM alarms") == 1
    assert await sql.fetchval("SELECT count(*) FROM alarm_deliveries") == 3


async def test_rr25_a_warning_and_an_overdue_each_raise_alarms_and_two_timers_do_it_once(
    clock, on_roster, alarms, tick, time, sql
):
    for who in (CITY, PROVINCE, BUREAU):
        await on_roster(who, f"on-duty-{who[0]}")
    begun = await clock()
    time.pass_(minutes=44)
    await tick()
    assert await alarms() == []
    time.pass_(minutes=1)
    await asyncio.gather(*(tick() for _ in range(4)))
    (alarm,) = await alarms()
    assert (alarm["kind"], alarm["deadline"], alarm["owner_id"]) == (
        "deadline-warned",
        "contact",
        str(begun.owner.id),
    )
    assert alarm["due_at"] == "2026-09-30T19:00:00Z"
    assert await alarms(PROVINCE) == await alarms(BUREAU) == []
    time.pass_(minutes=15)
    await asyncio.gather(*(tick() for _ in range(4)))
    for who in (CITY, PROVINCE, BUREAU):
        assert [(item["kind"], len(item["steps"])) for item in await alarms(who)] == [("deadline-overdue", 1)], who
    # The warning is settled by what came after it.
    assert [item["steps"][-1]["step"] for item in await alarms(state="all")] == ["settled", "called"]
    time.pass_(hours=2)
    await asyncio.gather(*(tick() for _ in range(4)))
    repeated = "SELECT count(*) FROM (SELECT FROM alarm_steps GROUP BY alarm_id, seat, organ_kind HAVING count(*) > 1)"
    assert await sql.fetchval(repeated) == 0
    assert await sql.fetchval("SELECT count(*) FROM alarms") == 4


async def test_rr25_a_case_nobody_took_up_is_told_to_all_three_though_it_climbs_meanwhile(
    file, on_roster, alarms, tick, time, sql
):
    time.pass_(days=11)  # Monday, 12 October
    for who in (CITY, PROVINCE, BUREAU, DEPARTMENT):
        await on_roster(who, "li", days=10)
    assert (await file()).status_code == 201
    time.pass_(days=2, hours=22)  # the second working day after it is over
    await tick()
    assert await sql.fetchval("SELECT status FROM complaints") == "TRIAGE"
    assert await sql.fetchval("SELECT organ_kind FROM clocks WHERE name = 'triage'") == "association"
    for who in (CITY, PROVINCE, BUREAU):
        assert [(item["kind"], item["deadline"]) for item in await alarms(who)] == [("deadline-overdue", "triage")]
    assert await alarms(DEPARTMENT) == []


async def test_a_fast_lane_alarm_is_settled_by_the_first_step_taken(file, on_roster, alarms, tick, step, time, sql):
    await on_roster(CITY, "li")
    await file(right="PERSON")
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    assert len(await alarms()) == 1
    assert (await step(case, "contact", 1, {})).status_code == 200
    time.pass_(minutes=1)
    await tick()
    assert await alarms() == []


async def test_what_is_met_alarms_nobody_and_settles_what_rings(clock, on_roster, alarms, tick, time, database):
    await on_roster(CITY, "li")
    in_time, late = await clock(), await clock()
    time.pass_(minutes=30)
    async with database.begin() as tx:
        await SqlClocks(tx).meet(in_time.owner.id, "contact", time())
    time.pass_(minutes=20)
    await tick()
    assert [item["owner_id"] for item in await alarms()] == [str(late.owner.id)]
    async with database.begin() as tx:
        await SqlClocks(tx).meet(late.owner.id, "contact", time())
    await tick()
    assert await alarms() == []
    time.pass_(hours=9)
    await tick()
    assert [step["step"] for item in await alarms(state="all") for step in item["steps"]] == ["called", "settled"]


@pytest.mark.parametrize("organ", [CITY, BUREAU, DEPARTMENT])
async def test_rr17_an_alarm_about_a_case_against_a_justice_organ_never_reaches_one(
    *, clock, on_roster, raised, alarms, tick, time, sql, organ
):
    for who in (CITY, PROVINCE, BUREAU, DEPARTMENT):
        await on_roster(who, "li", days=10)
    await clock(justice=True, organ=organ)
    await raised(organ, justice=True)
    for _ in range(30):
        time.pass_(hours=1)
        await tick()
    assert await alarms(BUREAU, state="all") == await alarms(DEPARTMENT, state="all") == []
    assert await alarms(PROVINCE) != []
    rows = await sql.fetch("SELECT DISTINCT organ_kind FROM alarm_steps WHERE organ_kind IS NOT NULL")
    assert {row["organ_kind"] for row in rows} <= {"association", "city-association"}


async def test_rr17_the_database_itself_refuses_such_an_alarm_and_such_a_step(raised, sql):
    await raised(justice=True)
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute("UPDATE alarms SET organ_kind = 'bureau'")
    step = "INSERT INTO alarm_steps (alarm_id, ordinal, justice, step, organ_kind, organ_region, seat, at) "
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(
            f"{step} SELECT alarm_id, 99, true, 'nobody', 'department', '410000', 'on-duty', now() FROM alarms"
        )
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await sql.execute(
            f"{step} SELECT alarm_id, 99, false, 'nobody', 'department', '410000', 'on-duty', now() FROM alarms"
        )


@pytest.mark.parametrize("table", ["alarm_steps", "delivery_leases", "delivery_outcomes"])
async def test_what_happened_to_an_alarm_only_grows(raised, sql, table):
    await raised()
    for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(statement)


class TestEmptyDays:
    async def test_the_day_before_its_supervisor_is_told_once_and_a_roster_settles_it(
        self, call, on_roster, alarms, tick, time, sql
    ):
        await on_roster(PROVINCE, "zhang", days=7)
        await on_roster(CITY, "li", days=3)
        time.pass_(days=2)  # 3 October, two at night; nobody from the 4th on, all of it a holiday
        await tick()
        assert await alarms(PROVINCE) == []
        time.pass_(hours=7)
        await asyncio.gather(*(tick() for _ in range(4)))
        found = await alarms(PROVINCE)
        # The days off are looked at together, to the first day worked; the province itself lacks the 8th.
        assert sorted((item["about_organ_kind"], item["about_on"]) for item in found) == [
            ("association", "2026-10-08"),
            *(("city-association", f"2026-10-0{day}") for day in range(4, 9)),
        ]
        assert {item["kind"] for item in found} == {"roster-missing"}
        assert await alarms(CITY) == []
        body = {"on_duty": "li", "from_on": "2026-10-04", "to_on": "2026-10-07"}
        await call("POST", "/v1/duty/rosters", CITY, json=body)
        await tick()
        left = await alarms(PROVINCE)
        assert [item["about_on"] for item in left] == ["2026-10-08", "2026-10-08"]
        assert await sql.fetchval("SELECT count(*) FROM alarms") == 6

    async def test_on_an_ordinary_day_tomorrow_alone_is_looked_at(self, on_roster, alarms, tick, time):
        time.pass_(days=11, hours=8)  # Monday, 12 October
        await on_roster(CITY, "li")
        await on_roster(PROVINCE, "zhang", days=5)
        await tick()
        assert [item["about_on"] for item in await alarms(PROVINCE)] == ["2026-10-13"]

    async def test_who_never_kept_a_roster_is_asked_for_one_from_the_day_set_on(self, alarms, tick, time):
        time.pass_(days=11, hours=8)
        await tick()
        assert await alarms(PROVINCE) == await alarms(DEPARTMENT) == []
        await tick(date(2026, 10, 14))
        assert await alarms(PROVINCE) == []
        await tick(date(2026, 10, 13))
        assert len(await alarms(PROVINCE, limit=50)) == 19
        assert len(await alarms(DEPARTMENT, limit=50)) == 19
        page = await alarms(PROVINCE, limit=5)
        assert len(page) == 5
