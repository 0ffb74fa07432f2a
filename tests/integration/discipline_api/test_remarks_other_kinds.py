"""Remarks on what is no sanction, and on a sanction that has meanwhile become 失信信息."""

from datetime import date, datetime

import pytest
from common.database import Database
from common.timers import run_once
from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from contracts.working_days import SHANGHAI
from discipline_api.app import TASKS
from discipline_api.display.shown import RecordKind, Shown, ShownSubject
from discipline_api.display.store import SqlDisplay

from .conftest import LICENCE, NAME
from .remarking import act, answered, lawyer, log_agrees, marks, object_to, objected, page

CASE = {"case_id": "5f0c7a52-0000-4000-8000-000000000001"}


@pytest.fixture
async def database(discipline_dsn):
    database = Database(discipline_dsn, source="/discipline")
    yield database
    await database.close()


async def convicted(database: Database) -> dict[str, str]:
    """As any other feature puts its records on display."""
    shown = Shown(
        record_id=CASE["case_id"],
        kind=RecordKind.CONVICTION,
        organ_kind=OrganKind.BUREAU,
        organ_region="410100",
        organ_code="zz",
        subject=ShownSubject(SubjectKind.LAWYER, NAME, LICENCE),
        document_number="（2026）豫01刑初1号",
        decided_on=date(2026, 4, 29),
        published_on=date(2026, 6, 1),
        gone_on=date(2027, 4, 30),
        content={"case_id": CASE["case_id"]},
        disappears={"rule": "discipline.display-ordinary"},
        tombstone={"class": "conviction"},
    )
    async with database.begin() as tx:
        await SqlDisplay(tx).show(shown, datetime(2026, 6, 1, 9, tzinfo=SHANGHAI))
    return CASE


async def test_a_conviction_is_objected_to_and_corrected_where_it_was_recorded(hands, connection, database):
    case = await convicted(database)
    objection = await objected(hands, case)
    assert (await marks(hands, case))["objection"]["state"] == "open"
    elsewhere = await answered(hands, objection, upheld=True, remedy="corrected", correction={"name": "赵铁栓"})
    assert (elsewhere.status_code, elsewhere.json()["type"]) == (409, "urn:yulu:problem:corrected-elsewhere")
    assert (await answered(hands, objection, upheld=False)).status_code == 200
    repair = await hands.post(
        f"/v1/disclosures/{case['case_id']}/repairs", {"commitment_version": "2026-1"}, headers=lawyer(hands)
    )
    assert (repair.status_code, repair.json()["type"]) == (409, "urn:yulu:problem:not-repairable")
    (mine,) = (await hands.http.get("/v1/my/records", headers=lawyer(hands))).json()["items"]
    assert (mine["on_display"], mine["repair_possible_from"]) == (True, None)
    await log_agrees(connection, case, changes=["published", "revised", "revised"])


async def test_its_remarks_are_forgotten_with_its_display_for_nothing_of_it_is_kept_longer(hands, connection, database):
    case = await convicted(database)
    objection = await objected(hands, case)
    hands.on("2027-04-30T00:00:00")
    path = f"/v1/objections/{objection['objection_id']}"
    assert (await hands.http.get(path, headers=lawyer(hands))).status_code == 404  # before the timer has come
    await run_once(database, hands.now, TASKS)
    row = await connection.fetchrow("SELECT state, text FROM objections")
    assert tuple(row) == ("lapsed", None)
    assert (await object_to(hands, case)).status_code == 410


async def test_d20_what_is_put_right_stays_what_it_has_become_for_credit(hands, connection, database):
    case = await hands.published()
    hands.on("2026-11-20T12:00:00")  # six months after service and more
    await run_once(database, hands.now, TASKS)
    before = (await page(hands, case)).json()
    assert before["credit"]["dishonest"] is True
    objection = await objected(hands, case)
    done = await answered(hands, objection, upheld=True, remedy="corrected", correction={"name": "赵铁栓"})
    assert done.status_code == 200, done.text
    after = (await page(hands, case)).json()
    assert after["credit"] == before["credit"]
    assert after["subject"]["name"] == "赵铁栓"
    await log_agrees(connection, case, changes=["published", "revised", "revised", "revised"])


async def test_a_repair_keeps_what_else_stands_beside_the_record(hands, connection, database):
    case = await hands.published()
    statement = await hands.post(
        f"/v1/disclosures/{case['case_id']}/statements", {"text": "已整改"}, headers=lawyer(hands)
    )
    await act(hands, f"/v1/statements/{statement.json()['statement_id']}/moderation", {"accepted": True})
    hands.on("2026-08-10T12:00:00")
    repair = await hands.post(
        f"/v1/disclosures/{case['case_id']}/repairs", {"commitment_version": "2026-1"}, headers=lawyer(hands)
    )
    path = f"/v1/repairs/{repair.json()['repair_id']}"
    await act(hands, f"{path}/acceptance", {"accepted": True})
    duties = {"suspension_served_on": "2026-08-06"}
    granted = await act(hands, f"{path}/decision", {"granted": True, "duties": duties, "reasons": "准予"}, 2)
    assert granted.status_code == 200, granted.text
    assert set(await marks(hands, case)) == {"statement", "repaired"}
    await log_agrees(connection, case, changes=["published", "revised", "revised"])
