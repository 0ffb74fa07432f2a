"""Numbers of past days as known now, what was shown on them, and which records made the difference."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest
from common.database import Database
from common.events import decode
from common.positions import Received
from contracts.legal_day import midnight
from contracts.report_events import ClosedValuesShown, ValuesShown
from progress_api.history.domain import MAX_CATCH_UP, MAX_POINTS, Step, days_of, days_to_tell
from progress_api.history.store_telling import when_a_day_has_ended_tell_its_values
from progress_api.refusals import Refused
from progress_store.projection import Projection
from progress_store.queries import COMPUTATIONS

from tests.integration.progress.facts import TODAY, Facts
from tests.integration.progress.readers import Get

ZHENGZHOU_BUREAU = {"organisation_kind": "bureau", "region": "410100"}
AGO = [TODAY - timedelta(days=n) for n in range(400)]


@pytest.fixture
async def recorder(database: Database, facts: Facts) -> Database:
    """Nothing told yet."""
    pool = await database.pool()
    await pool.execute("TRUNCATE shown_last; UPDATE shown_progress SET told_until = NULL; DELETE FROM outbox")
    return database


async def tell(database: Database, days_from_now: int = 0) -> int:
    return await when_a_day_has_ended_tell_its_values(
        database, midnight(TODAY) + timedelta(days=days_from_now, hours=1)
    )


async def project(database: Database) -> list[Any]:
    """What stands in the outbox, as the projector would apply it."""
    pool = await database.pool()
    rows = await pool.fetch("DELETE FROM outbox RETURNING id, topic, bytes")
    received = []
    for row in sorted(rows, key=lambda row: row["id"]):
        envelope = decode(row["bytes"])
        received.append(Received(row["topic"], 0, 0, envelope, envelope.event()))
    async with database.begin() as tx:
        await Projection().apply(tx, received, None)
    return [one.event for one in received]


def test_days_and_month_ends() -> None:
    assert days_of(Step.DAY, date(2026, 2, 27), date(2026, 3, 1)) == [
        date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1),
    ]  # fmt: skip
    assert days_of(Step.MONTH, date(2025, 12, 31), date(2026, 2, 15)) == [
        date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 15),
    ]  # fmt: skip
    assert len(days_of(Step.DAY, date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=MAX_POINTS - 1))) == MAX_POINTS
    for refused in ((date(2026, 1, 2), date(2026, 1, 1)), (date(2026, 1, 1), date(2026, 1, 1) + timedelta(MAX_POINTS))):
        with pytest.raises(Refused) as caught:
            days_of(Step.DAY, *refused)
        assert caught.value.field == "from_on"


def test_a_recorder_that_was_away_tells_the_days_since_and_no_more_than_some() -> None:
    today = date(2026, 5, 10)
    assert days_to_tell(None, today) == [date(2026, 5, 9)]
    assert days_to_tell(date(2026, 5, 9), today) == []
    assert days_to_tell(date(2026, 5, 6), today) == [date(2026, 5, n) for n in (7, 8, 9)]
    assert len(days_to_tell(date(2020, 1, 1), today)) == MAX_CATCH_UP


async def test_a_series_follows_the_facts_by_their_effective_day(facts: Facts, get: Get) -> None:
    await facts.practice(from_on=AGO[20])
    await facts.practice(from_on=AGO[5], to_on=AGO[2], region="410200")
    points = (await get(f"/indicators/H1/history?from_on={AGO[6]}"))["points"]
    assert [point["value"] for point in points] == [1, 2, 2, 2, 1, 1, 1]
    assert all(point["shown"] is None and not point["revised"] for point in points)
    of_region = (await get(f"/indicators/H1/history?from_on={AGO[6]}&region=410200"))["points"]
    assert [point["value"] for point in of_region] == [0, 1, 1, 1, 0, 0, 0]
    assert [point["value"] for point in (await get("/indicators/H1/history?step=month"))["points"]][-1] == 1
    evidence = await get(of_region[1]["evidence"].removeprefix("/v1"))
    assert len(evidence["items"]) == 1


async def test_what_was_shown_stays_and_late_facts_are_told_apart(recorder: Database, facts: Facts, get: Get) -> None:
    await facts.practice(from_on=AGO[30])
    assert await tell(recorder) == len(COMPUTATIONS)
    assert await tell(recorder) == 0
    events = await project(recorder)
    assert {type(event) for event in events} == {ValuesShown, ClosedValuesShown}
    await facts.practice(from_on=AGO[10])  # learnt today, true for ten days
    yesterday, today = (await get(f"/indicators/H1/history?from_on={AGO[1]}"))["points"]
    assert (yesterday["value"], yesterday["shown"]["value"], yesterday["revised"]) == (2, 1, True)
    assert (today["value"], today["shown"], today["revised"]) == (2, None, False)
    # The next day tells only what is new, with the version that follows.
    assert await tell(recorder, 1) > 0
    later = {event.indicator_id: event for event in await project(recorder)}
    assert (later["H1"].version, later["H1"].shown_on) == (2, TODAY)
    assert "H2" not in later
    assert (await get(f"/indicators/H1/history?from_on={AGO[1]}"))["points"][1]["shown"]["value"] == 2


async def test_two_recorders_tell_a_day_once(recorder: Database) -> None:
    told = await asyncio.gather(*(tell(recorder) for _ in range(4)))
    assert sorted(told)[:3] == [0, 0, 0]
    events = [event for event in await project(recorder) if isinstance(event, ValuesShown | ClosedValuesShown)]
    assert sorted(event.indicator_id for event in events) == sorted(COMPUTATIONS)


async def test_the_records_that_make_the_difference(facts: Facts, get: Get) -> None:
    came = await facts.practice(from_on=AGO[3])
    gone = await facts.practice(from_on=AGO[90], to_on=AGO[4])
    await facts.practice(from_on=AGO[90])
    moved = await facts.practice(from_on=AGO[90], to_on=AGO[1])
    await facts.practice(lawyer=moved, from_on=AGO[1], region="410200")
    found = await get("/indicators/H1/changes")
    assert (found["before"], found["after"], found["from_on"]) == (3, 3, AGO[7].isoformat())
    seen = sorted(
        (i["events"]["href"].rpartition("=")[2], i["before"] is None, i["after"] is None) for i in found["items"]
    )
    assert seen == sorted(
        (str(key), *sides) for key, sides in
        ((came, (True, False)), (gone, (False, True)), (moved, (False, True)), (moved, (True, False)))
    )  # fmt: skip
    pages, cursor = [], ""
    for _ in range(4):
        page = await get(f"/indicators/H1/changes?limit=1{cursor}")
        pages += page["items"]
        cursor = f"&cursor={page['next_cursor']}"
    assert (pages, page["next_cursor"]) == (found["items"], None)
    own = await get("/indicators/H1/changes", "registry-officer", **ZHENGZHOU_BUREAU)
    assert {item["region"] for item in own["items"]} == {"410100"}
    summary = await get("/changes")
    assert "H1" not in {item["id"] for item in summary["items"]}, "three before, three now"


async def test_the_plan_tells_what_moved_in_a_week(facts: Facts, get: Get) -> None:
    await facts.practice(from_on=AGO[3], first_licensed_on=AGO[3])
    moved = {item["id"]: item for item in (await get("/changes"))["items"]}
    assert (moved["H1"]["before"], moved["H1"]["after"]) == (0, 1)
    assert moved["H1"]["changes"] == f"/v1/indicators/H1/changes?from_on={AGO[7]}&until_on={TODAY}"
    assert (await get("/changes", "rights-officer"))["closed"] < (await get("/changes"))["closed"]
    await get(f"/changes?from_on={TODAY + timedelta(days=1)}", expect=422)


@pytest.mark.parametrize("path", ["history", "changes"])
async def test_closed_indicators_have_no_days_for_others(facts: Facts, get: Get, path: str) -> None:
    await facts.complaint(accepted=datetime.fromisoformat("2026-03-01T09:00:00+08:00"), due=None)
    await get(f"/indicators/M13-I1/{path}", expect=403)
    await get(f"/indicators/M13-I1/{path}", "rights-officer")
    await get(f"/indicators/M13-I1/{path}?region=410100", "rights-officer", **ZHENGZHOU_BUREAU)
    await get(f"/indicators/M13-I1/{path}", "rights-officer", expect=403, **ZHENGZHOU_BUREAU)
    await get(f"/indicators/M13-I1/{path}?region=410200", "rights-officer", expect=403, **ZHENGZHOU_BUREAU)
    await get(f"/indicators/H1/{path}?count_suspended=not-suspended&region=410100", expect=403)


@pytest.mark.parametrize(("query", "field"), [
    (f"history?from_on={TODAY + timedelta(days=1)}", "from_on"),
    ("history?from_on=2024-01-01", "from_on"),
    (f"history?until_on={TODAY + timedelta(days=3)}", "as_of"),
    ("history?step=year", "step"),
    ("history?region=440100", "region"),
    ("changes?limit=0", "limit"),
    ("changes?headcount_scope=head-office-only", "headcount_scope"),
])  # fmt: skip
async def test_what_cannot_be_meant_is_refused_by_name(get: Get, query: str, field: str) -> None:
    problem = await get(f"/indicators/H1/{query}", expect=422)
    assert field in {error["field"] for error in problem["errors"]} | {problem.get("field")}, orjson.dumps(problem)
