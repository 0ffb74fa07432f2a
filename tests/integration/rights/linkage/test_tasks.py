"""What the organ did and answered: recorded by officers from its letters, or told by its own account."""

from uuid import uuid4

import asyncpg
import pytest

from tests.integration.rights.conftest import CONTACT, EVIDENCE, FACTS, LICENCE_NUMBER, NAME
from tests.integration.rights.test_secrecy import everything_stored, markers

from .conftest import ANSWER, COURT, LETTER, ONLINE, text_of

REPLY = {"document_number": "洛中法函〔2026〕8号", "document_date": "2026-03-05", "text": ANSWER}
FINAL = REPLY | {"decided_on": "2026-03-05"}


@pytest.fixture
def task(linkage, case):
    """A letter that has gone out: the case's id, the task, and the address of officers."""

    async def task(unit=None, **changes):
        complaint = await case(**changes)
        sent = await linkage.sent(complaint, unit or await linkage.unit())
        return complaint, sent, f"complaints/{complaint}/linkage-tasks/{sent['task_id']}"

    return task


async def test_officers_record_what_the_organ_does_in_order(linkage, task, time):
    _, _, address = await task()
    time.at("2026-03-06 15:00")

    async def mark(mark, on, at):
        return await linkage.post(f"{address}/marks", {"mark": mark, "happened_on": on}, at=at)

    early = await mark("received", "2026-03-01", 1)
    assert (early.status_code, early.json()["field"]) == (422, "happened_on")
    assert (await mark("received", "2026-03-07", 1)).json()["field"] == "happened_on"
    received = await mark("received", "2026-03-03", 1)
    assert (received.status_code, received.json()["state"], received.headers["etag"]) == (200, "received", '"v2"')
    assert (await mark("accepted", "2026-03-03", 1)).status_code == 412
    assert (await mark("accepted", "2026-03-02", 2)).json()["field"] == "happened_on"
    assert (await mark("investigating", "2026-03-04", 2)).status_code == 200
    back = await mark("accepted", "2026-03-05", 3)
    assert (back.status_code, back.json()["type"]) == (409, "urn:yulu:problem:mark-out-of-order")
    told = (await mark("handled", "2026-03-06", 3)).json()
    assert [(m["mark"], m["happened_on"], m["by"]) for m in told["marks"]] == [
        ("received", "2026-03-03", "officer"),
        ("investigating", "2026-03-04", "officer"),
        ("handled", "2026-03-06", "officer"),
    ]


async def test_the_clock_stops_on_the_day_of_receipt_and_an_interim_answer_moves_nothing(*, linkage, task, time, sql):
    complaint, _, address = await task()
    time.at("2026-03-09 10:00")
    interim = await linkage.post(f"{address}/replies", REPLY | {"received_on": "2026-03-06"}, at=1)
    assert (interim.status_code, interim.json()["state"]) == (200, "sent")
    assert await sql.fetchval("SELECT status FROM complaints") == "WITH_ORGAN"
    final = FINAL | {"document_number": "洛中法函〔2026〕9号", "received_on": "2026-03-09"}
    answered = await linkage.post(f"{address}/replies", final, at=2)
    assert (answered.status_code, answered.json()["state"]) == (200, "answered")
    handling = next(clock for clock in answered.json()["deadlines"] if clock["name"] == "handling")
    assert handling["state"] == "met"
    step = await sql.fetchrow("SELECT * FROM complaint_steps ORDER BY ordinal DESC LIMIT 1")
    assert (step["step"], step["document_number"], str(step["received_on"])) == (
        "record-decision",
        "洛中法函〔2026〕9号",
        "2026-03-09",
    )
    assert await sql.fetchval("SELECT status FROM complaints") == "DECIDED"
    texts = await linkage.get(f"{address}/replies")
    assert [reply["text"] for reply in texts.json()] == [ANSWER, ANSWER]
    assert texts.headers["cache-control"] == "no-store"
    more = await linkage.post(f"{address}/replies", REPLY | {"received_on": "2026-03-09"}, at=3)
    assert (more.status_code, more.json()["type"]) == (409, "urn:yulu:problem:task-over")
    void = await linkage.post(f"{address}/cancellation", {"reason": "not-sent"}, at=3)
    assert (void.status_code, void.json()["state"]) == (409, "answered")
    sent = [str(row[0]) for row in await sql.fetch("SELECT convert_from(bytes, 'utf8') FROM outbox ORDER BY id")]
    assert [said for said in sent if "linkage-task.answered" in said and '"answered_on":"2026-03-09"' in said]
    assert complaint


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"document_date": "2026-03-01"}, "document_date"),
        ({"document_date": "2026-03-20", "received_on": "2026-03-20"}, "document_date"),
        ({"received_on": "2026-03-04"}, "received_on"),
        ({"decided_on": "2026-03-06"}, "decided_on"),
        ({"decided_on": "2026-02-27"}, "decided_on"),
        ({"decided_on": 5}, "decided_on"),
        ({"text": ""}, "text"),
        ({"document_number": ""}, "document_number"),
        ({"mark": "x"}, "mark"),
    ],
)
async def test_rubbish_in_an_answer_names_its_field_and_moves_nothing(*, linkage, task, time, sql, changes, named):
    _, _, address = await task()
    time.at("2026-03-09 10:00")
    answer = await linkage.post(f"{address}/replies", FINAL | {"received_on": "2026-03-06"} | changes, at=1)
    assert (answer.status_code, answer.json()["field"]) == (422, named)
    assert await sql.fetchval("SELECT count(*) FROM linkage_replies") == 0


async def test_the_court_sees_its_letter_and_task_and_nothing_else(*, linkage, task, sql, time):
    unit = await linkage.unit(**ONLINE)
    complaint, sent, _ = await task(unit)
    other = await linkage.unit(channel="account", organisation_id="other-court", unit_name="另一窗口")
    await task(other)
    listed = await linkage.get("linkage-tasks", **COURT)
    (seen,) = listed.json()["items"]
    assert seen["task_id"] == sent["task_id"]
    assert [clock["name"] for clock in seen["deadlines"]] == ["handling"]
    one = await linkage.get(f"linkage-tasks/{sent['task_id']}", **COURT)
    letter = await linkage.get(f"linkage-tasks/{sent['task_id']}/letter", **COURT)
    assert LETTER in text_of(letter.content)
    for marker in (str(complaint), NAME, LICENCE_NUMBER, CONTACT, FACTS, "410100"):
        assert marker not in listed.text + one.text + text_of(letter.content)
    opened = await sql.fetchrow("SELECT * FROM access_log")
    assert (opened["organisation_kind"], opened["organisation_id"], opened["purpose"]) == (
        "court",
        "ly-court",
        "linkage",
    )
    for path in ("complaints", f"complaints/{complaint}", f"complaints/{complaint}/steps", "complaint-units"):
        assert (await linkage.get(path, **COURT)).status_code == 403
    assert (await linkage.get(f"complaints/{complaint}/linkage-tasks", **COURT)).status_code == 403
    assert (await linkage.get("feed/rights.events", **COURT)).status_code in {403, 404}
    theirs = await sql.fetchval("SELECT task_id FROM linkage_tasks WHERE task_id <> $1::uuid", sent["task_id"])
    for path in ("", "/letter"):
        assert (await linkage.get(f"linkage-tasks/{theirs}{path}", **COURT)).status_code == 404
    assert (await linkage.post(f"linkage-tasks/{theirs}/marks", {"mark": "received"}, at=1, **COURT)).status_code == 404
    assert (await linkage.post(f"linkage-tasks/{theirs}/replies", FINAL, at=1, **COURT)).status_code == 404


async def test_the_court_answers_by_its_account_and_the_case_goes_on(*, linkage, task, time, sql):
    unit = await linkage.unit(**ONLINE)
    complaint, sent, address = await task(unit)
    own = f"linkage-tasks/{sent['task_id']}"
    time.at("2026-03-03 09:00")
    received = await linkage.post(f"{own}/marks", {"mark": "received"}, at=1, **COURT)
    assert (received.status_code, received.json()["state"]) == (200, "received")
    assert received.json()["marks"][0]["happened_on"] == "2026-03-03"
    back_dated = await linkage.post(f"{own}/marks", {"mark": "accepted", "happened_on": "2026-03-02"}, at=2, **COURT)
    assert (back_dated.status_code, back_dated.json()["field"]) == (422, "happened_on")
    assert (await linkage.post(f"{own}/marks", {"mark": "accepted"}, **COURT)).status_code == 428
    time.at("2026-03-05 16:00")
    answered = await linkage.post(f"{own}/replies", FINAL, at=2, **COURT)
    assert (answered.status_code, answered.json()["state"]) == (200, "answered")
    assert "complaint_id" not in answered.text
    step = await sql.fetchrow("SELECT * FROM complaint_steps ORDER BY ordinal DESC LIMIT 1")
    assert (step["step"], step["by"], str(step["received_on"])) == ("record-decision", "organ", "2026-03-05")
    shown = (await linkage.get(f"complaints/{complaint}/linkage-tasks")).json()
    assert [(mark["by"], mark["mark"]) for mark in shown[0]["marks"]] == [("organ", "received")]
    assert (await linkage.get(f"{address}/replies")).json()[0]["text"] == ANSWER


async def test_an_answer_to_a_case_that_went_on_is_kept_and_tells_the_organ_nothing(*, linkage, task, time, sql, own):
    unit = await linkage.unit(**ONLINE)
    complaint, sent, _ = await task(unit)
    await linkage.post(f"complaints/{complaint}/termination", {"reason": "无法继续"}, at=3)
    assert await sql.fetchval("SELECT status FROM complaints") == "CLOSED"
    time.at("2026-03-05 16:00")
    answered = await linkage.post(f"linkage-tasks/{sent['task_id']}/replies", FINAL, at=1, **COURT)
    assert (answered.status_code, answered.json()["state"]) == (200, "answered")
    assert await sql.fetchval("SELECT status FROM complaints") == "CLOSED"


async def test_after_the_term_of_its_case_the_court_finds_no_task(*, linkage, task, sql, time, own):
    unit = await linkage.unit(**ONLINE)
    _, sent, _ = await task(unit)
    time.at("2026-03-06 15:00")
    await sql.execute(
        "UPDATE complaints SET status = 'CLOSED', outcome = 'withdrawn', changed_at = '2026-03-06T15:00:00+08:00'"
    )
    paths = ("", "/letter")
    time.at("2029-03-06 23:59")
    for path in paths:
        assert (await linkage.get(f"linkage-tasks/{sent['task_id']}{path}", **COURT)).status_code == 200
    time.at("2029-03-07 00:00")
    assert (await linkage.get("linkage-tasks", **COURT)).json()["items"] == []
    for path in paths:
        assert (await linkage.get(f"linkage-tasks/{sent['task_id']}{path}", **COURT)).status_code == 404


async def test_an_account_that_is_taken_away_sees_nothing_more(linkage, task):
    unit = await linkage.unit(**ONLINE)
    _, sent, _ = await task(unit)
    changed = await linkage.change(unit, at=1, channel="letter", organisation_id=None)
    assert changed.status_code == 200, changed.text
    assert (await linkage.get("linkage-tasks", **COURT)).json()["items"] == []
    assert (await linkage.get(f"linkage-tasks/{sent['task_id']}", **COURT)).status_code == 404


@pytest.mark.parametrize(
    "who",
    [
        COURT | {"kind": "police"},
        COURT | {"kind": "state-security"},
        COURT | {"kind": "system"},
        COURT | {"roles": ["rights-officer", "operator"]},
        COURT | {"roles": []},
        COURT | {"organisation_id": ""},
        COURT | {"region": None},
        {"kind": "city-association", "region": "410300"},
    ],
)
async def test_rr17_who_is_no_listed_organ_is_refused_whatever_his_token_says(linkage, task, who):
    _, sent, _ = await task(await linkage.unit(**ONLINE))
    for path in ("linkage-tasks", f"linkage-tasks/{sent['task_id']}", f"linkage-tasks/{sent['task_id']}/letter"):
        assert (await linkage.get(path, **who)).status_code == 403
    body = {"mark": "received"}
    assert (await linkage.post(f"linkage-tasks/{sent['task_id']}/marks", body, at=1, **who)).status_code == 403


@pytest.mark.parametrize(
    "who", [{"kind": "procuratorate"}, {"region": "410100"}, {"region": "410000"}, {"organisation_id": "ly-court2"}]
)
async def test_rr17_another_organ_finds_nothing(linkage, task, who):
    _, sent, _ = await task(await linkage.unit(**ONLINE))
    assert (await linkage.get("linkage-tasks", **COURT | who)).json()["items"] == []
    assert (await linkage.get(f"linkage-tasks/{sent['task_id']}/letter", **COURT | who)).status_code == 404


async def test_rr17_a_unit_on_paper_has_no_account(linkage, task):
    _, sent, _ = await task(await linkage.unit())
    assert (await linkage.get(f"linkage-tasks/{sent['task_id']}", **COURT)).status_code == 404


async def test_the_list_of_an_organ_is_paged(linkage, task):
    unit = await linkage.unit(**ONLINE)
    sent = {(await task(unit))[1]["task_id"] for _ in range(3)}
    page = (await linkage.get("linkage-tasks?limit=2", **COURT)).json()
    rest = (await linkage.get(f"linkage-tasks?limit=2&cursor={page['next_cursor']}", **COURT)).json()
    assert {item["task_id"] for item in page["items"] + rest["items"]} == sent
    assert (len(page["items"]), rest["next_cursor"]) == (2, None)


@pytest.mark.parametrize("table", ["linkage_marks", "linkage_replies", "linkage_cancellations"])
async def test_what_the_organ_did_only_grows(linkage, task, sql, table):
    _, _, address = await task()
    await linkage.post(f"{address}/marks", {"mark": "received", "happened_on": "2026-03-02"}, at=1)
    for statement in (f"UPDATE {table} SET subject = ''", f"DELETE FROM {table}"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(statement)


async def test_rr15_a_hand_over_keeps_time_and_deadline_and_the_new_owner_sends_the_letter(
    *, linkage, file, sql, step, walk, time, timers
):
    filed = time.at("2026-03-02 10:00")
    await file(right="FILE", respondent="COURT", incident_region="410300")
    complaint = await sql.fetchval("SELECT complaint_id FROM complaints")
    before = await linkage.get(f"complaints/{complaint}")
    time.at("2026-03-03 10:00")
    moved = await step(complaint, "hand-over", 1, {"to_region": "410200", "reason": "执业机构在开封"})
    assert moved.status_code == 200, moved.text
    assert (await linkage.get(f"complaints/{complaint}")).status_code == 403  # no longer theirs
    kaifeng = {"region": "410200", "subject": "kaifeng"}
    after = (await linkage.get(f"complaints/{complaint}", **kaifeng)).json()
    assert after["filed_at"] == before.json()["filed_at"]
    (triage,) = after["deadlines"]
    assert triage["due_at"] == before.json()["deadlines"][0]["due_at"]
    assert [mark["mark"] for mark in triage["marks"]] == ["handed-over"]
    events = [str(row[0]) for row in await sql.fetch("SELECT convert_from(bytes, 'utf8') FROM outbox ORDER BY id")]
    (event,) = [said for said in events if "complaint.handed-over" in said]
    assert '"from_region":"410100"' in event
    await walk(complaint, "acceptance", version=2, **kaifeng)
    task = await linkage.sent(complaint, await linkage.unit(), at=3, who=kaifeng)
    assert task["document_number"] == "汴律维函〔2026〕1号"
    assert await sql.fetchval("SELECT filed_at FROM complaints") == filed
    # Whoever owns it now answers for what is late.
    time.at("2026-03-20 10:00")
    await timers()
    late = [str(row[0]) for row in await sql.fetch("SELECT convert_from(bytes, 'utf8') FROM outbox ORDER BY id")]
    missed = [said for said in late if "deadline.missed" in said]
    assert missed
    assert all('"region":"410200"' in said for said in missed)


async def test_rr18_a_sealed_identity_goes_through_letter_answer_review_and_closing_and_is_found_nowhere(
    *, linkage, file, own, step, sql, time, log, walk
):
    key = str(uuid4())
    time.at("2026-03-02 10:00")
    receipt = (await file(key=key, identity_mode="sealed", respondent="COURT", right="FILE")).json()["receipt"]
    complaint = await sql.fetchval("SELECT complaint_id FROM complaints")
    await walk(complaint, "acceptance")
    unit = await linkage.unit(**ONLINE)
    first = await linkage.sent(complaint, unit)
    time.at("2026-03-05 10:00")
    answered = await linkage.post(f"linkage-tasks/{first['task_id']}/replies", FINAL, at=1, **COURT)
    assert answered.status_code == 200, answered.text
    assert (await step(complaint, "reply", 4, {"text": "答复独特标记：已纠正并致歉"})).status_code == 200
    objected = await own(receipt, "objection", {"text": "仍未安排"})
    assert objected.status_code == 200, objected.text
    above = {"kind": "association", "region": "410000", "subject": "above"}
    upheld = await step(complaint, "objection-upheld", 6, {"text": "重新办理"}, take=False, **above)
    assert upheld.status_code == 200, upheld.text
    time.at("2026-03-06 10:00")
    second = await linkage.sent(complaint, unit, at=7)  # once more, after the objection was upheld
    assert second["document_number"] == "郑律维函〔2026〕2号"
    papers = [
        (await linkage.get(f"linkage-tasks/{task['task_id']}/letter", **COURT)).content for task in (first, second)
    ]
    time.at("2026-03-10 10:00")
    final = FINAL | {
        "document_number": "洛中法函〔2026〕20号",
        "document_date": "2026-03-09",
        "decided_on": "2026-03-09",
    }
    address = f"complaints/{complaint}/linkage-tasks/{second['task_id']}"
    recorded = await linkage.post(f"{address}/replies", final | {"received_on": "2026-03-10"}, at=1)
    assert recorded.status_code == 200, recorded.text
    assert (await step(complaint, "reply", 8, {"text": "答复独特标记：已纠正并致歉"})).status_code == 200
    closed = await step(complaint, "closure", 9, {"outcome": "corrected", "evidence": EVIDENCE, "note": "结案独特标记"})
    assert closed.status_code == 200, closed.text
    written = await everything_stored(sql) + log.getvalue().encode() + b"".join(papers)
    written += "".join(text_of(paper) for paper in papers).encode()
    secrets = markers(key, [receipt]) | {"letter": LETTER.encode(), "answer": ANSWER.encode()}
    stored = written.replace("".join(text_of(paper) for paper in papers).encode(), b"")
    found = [what for what, marker in secrets.items() if marker in stored]
    assert found == []
    for marker in (NAME, LICENCE_NUMBER, CONTACT, FACTS):
        assert marker.encode() not in written
    opened = await sql.fetch("SELECT DISTINCT identity_opened FROM access_log")
    assert [row["identity_opened"] for row in opened] == [False]
