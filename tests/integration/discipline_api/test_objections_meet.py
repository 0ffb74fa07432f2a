"""Objections that meet something else: another officer, a withdrawal, midnight, the end of the record's term."""

import asyncio
from datetime import datetime
from uuid import uuid4

import asyncpg
import pytest
from common.database import Database
from common.timers import run_once
from contracts.working_days import SHANGHAI
from discipline_api.app import TASKS

from .conftest import NAME
from .remarking import TEXT, answered, lawyer, log_agrees, marks, object_to, objected, page

REASONS = "经核对案卷，公示与决定一致"


async def test_two_officers_answer_at_once_and_one_of_them_is_told(hands, connection):
    case = await hands.published()
    objection = await objected(hands, case)
    unconditional = await hands.post(
        f"/v1/objections/{objection['objection_id']}/answer", {"upheld": False, "reasons": "略"}
    )
    assert unconditional.status_code == 428
    answers = await asyncio.gather(
        answered(hands, objection, upheld=False),
        answered(hands, objection, upheld=True, remedy="corrected", correction={"name": "赵铁栓"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    done = next(answer for answer in answers if answer.status_code == 200)
    state = done.json()["state"]["code"]
    shown = (await page(hands, case)).json()
    assert shown["subject"]["name"] == ("赵铁栓" if state == "upheld" else NAME)
    assert ("objection" in shown["marks"]) is (state == "upheld")
    await log_agrees(connection, case, changes=["published", "revised", "revised"])
    final = await answered(hands, objection, 2, upheld=False)
    assert (final.status_code, final.json()["type"]) == (409, "urn:yulu:problem:objection-answered")


async def test_two_objections_on_one_ground_at_once_leave_one(hands, connection):
    case = await hands.published()
    answers = await asyncio.gather(*(object_to(hands, case) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await connection.fetchval("SELECT count(*) FROM objections") == 1
    await log_agrees(connection, case, changes=["published", "revised"])


async def test_a_repeated_request_has_one_effect(hands, connection):
    case, key = await hands.published(), str(uuid4())
    path, body = f"/v1/disclosures/{case['case_id']}/objections", {"ground": "other", "text": TEXT}
    first = await hands.post(path, body, headers=lawyer(hands), key=key)
    again = await hands.post(path, body, headers=lawyer(hands), key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    await log_agrees(connection, case, changes=["published", "revised"])


@pytest.mark.parametrize("objection_first", [True, False])
async def test_objection_and_withdrawal_meet_in_either_order(hands, connection, objection_first):
    case = await hands.published()
    if objection_first:
        objection = await objected(hands, case)
        assert (await hands.withdrawn(case)).status_code == 200
        # The duty to answer stands, though nothing is left to mark.
        assert (await answered(hands, objection, upheld=True, remedy="withdrawn")).status_code == 200
        await log_agrees(connection, case, changes=["published", "revised", "withdrawn"])
    else:
        assert (await hands.withdrawn(case)).status_code == 200
        late = await object_to(hands, case)
        assert (late.status_code, late.json()["disclosure"]["reason"]) == (410, "revoked")
        assert (await connection.fetchval("SELECT count(*) FROM objections")) == 0
        await log_agrees(connection, case, changes=["published", "withdrawn"])
    assert (await page(hands, case)).status_code == 410


async def test_objection_and_withdrawal_at_once_have_one_consistent_result(hands, connection):
    for _ in range(6):
        case = await hands.published()
        objection, withdrawal = await asyncio.gather(object_to(hands, case), hands.withdrawn(case))
        assert withdrawal.status_code == 200, withdrawal.text
        kept = await connection.fetchval("SELECT count(*) FROM objections WHERE record_id = $1", case["case_id"])
        clocks = await connection.fetchval("SELECT count(*) FROM deadlines d JOIN objections o ON o.objection_id = "
                                           "d.owner_id WHERE o.record_id = $1", case["case_id"])  # fmt: skip
        if objection.status_code == 201:
            assert (kept, clocks) == (1, 1)
            await log_agrees(connection, case, changes=["published", "revised", "withdrawn"])
        else:
            assert (objection.status_code, kept, clocks) == (410, 0, 0)
            await log_agrees(connection, case, changes=["published", "withdrawn"])


async def test_d21_an_objection_at_midnight_is_either_before_the_end_or_refused(hands, connection, discipline_dsn):
    case, other = await hands.published(), await hands.published()
    hands.on("2027-04-29T23:59:59")
    objection = await objected(hands, case)
    assert (await marks(hands, case))["objection"]["since"] == "2027-04-29"
    hands.on("2027-04-30T00:00:00")  # the timer has not come by
    late = await object_to(hands, other)
    assert (late.status_code, late.json()["disclosure"]["reason"]) == (410, "term-over")
    assert NAME not in late.text
    database = Database(discipline_dsn, source="/discipline")
    try:
        await run_once(database, hands.now, TASKS)
    finally:
        await database.close()
    await log_agrees(connection, case, changes=["published", "revised", "ended"])
    await log_agrees(connection, other, changes=["published", "ended"])
    assert (await answered(hands, objection, upheld=False)).status_code == 200
    await log_agrees(connection, case, changes=["published", "revised", "ended"])


async def test_what_was_written_is_sealed_and_goes_at_the_records_term(hands, connection, discipline_dsn):
    case = await hands.published()
    answered_one = await objected(hands, case)
    await answered(hands, answered_one, upheld=False)
    open_one = await objected(hands, case, ground="other")
    lines = await connection.fetch("SELECT o::text AS line FROM objections o")
    assert all(TEXT not in row["line"] and TEXT.encode().hex() not in row["line"] for row in lines)
    sealed = await connection.fetchrow("SELECT text FROM objections WHERE state = 'open'")
    await connection.execute("UPDATE objections SET text = $1 WHERE state = 'rejected'", sealed["text"])
    path = f"/v1/objections/{answered_one['objection_id']}"
    # A text is bound to its place: that of another objection does not open here.
    assert (await hands.http.get(path, headers=lawyer(hands))).status_code == 500
    database = Database(discipline_dsn, source="/discipline")
    try:
        await run_once(database, datetime(2028, 8, 6, 23, tzinfo=SHANGHAI), TASKS)
        assert await connection.fetchval("SELECT count(*) FROM remarked_records WHERE wrapped_key IS NOT NULL") == 1
        await run_once(database, datetime(2028, 8, 7, 0, tzinfo=SHANGHAI), TASKS)
    finally:
        await database.close()
    record = await connection.fetchrow("SELECT wrapped_key, subject_key, erased_at FROM remarked_records")
    assert (record["wrapped_key"], record["subject_key"]) == (None, None)
    rows = await connection.fetch(
        "SELECT state, ground, num_nonnulls(text, new_facts, reasons) AS said FROM objections ORDER BY filed_at"
    )
    assert [(row["state"], row["ground"], row["said"]) for row in rows] == [
        ("rejected", "wrong-content", 0),
        ("lapsed", "other", 0),
    ]
    running = "SELECT count(*) FROM deadlines WHERE met_on IS NULL AND lapsed_on IS NULL"
    assert await connection.fetchval(running) == 0
    hands.on("2028-08-07T00:00:00")
    for objection in (answered_one, open_one):
        gone = await hands.http.get(f"/v1/objections/{objection['objection_id']}", headers=lawyer(hands))
        assert gone.status_code == 404
    assert (await answered(hands, open_one, upheld=False)).status_code == 404


async def test_an_answer_stands_whatever_is_tried_on_the_row(hands, connection):
    objection = await objected(hands, await hands.published())
    await answered(hands, objection, upheld=False)
    with pytest.raises(asyncpg.RestrictViolationError, match="only grows"):
        await connection.execute("UPDATE objections SET state = 'open', answered_on = NULL")
