"""Objections (HN 41): marked at once, answered in time, and never a trace of what was written in public."""

from datetime import datetime
from uuid import uuid4

import pytest
from common.database import Database
from common.events import decode
from common.timers import run_once
from contracts.working_days import SHANGHAI
from discipline_api.app import TASKS

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME
from .remarking import PUBLIC, TEXT, act, answered, firm, lawyer, log_agrees, marks, object_to, objected, page

REASONS = "经核对案卷，公示与决定一致"


async def test_the_record_is_marked_at_once_and_says_nothing_of_the_ground(hands, connection):
    case = await hands.published()
    before = (await page(hands, case)).json()
    answer = await object_to(hands, case)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"v1"')
    assert answer.headers["location"] == f"/v1/objections/{answer.json()['objection_id']}"
    assert answer.json()["state"]["code"] == "open"
    after = (await page(hands, case)).json()
    assert after["marks"] == {
        "objection": {"since": "2026-06-10", "state": "open", "zh": "异议处理中", "en": "contested"}
    }
    assert before | {"marks": after["marks"]} == after
    by_number = (await hands.http.get(PUBLIC, params={"licence_number": LICENCE})).json()["items"]
    assert by_number == [after]
    await log_agrees(connection, case, changes=["published", "revised"])


async def test_it_is_answered_within_three_working_days_or_seven_where_the_source_checks(hands):
    objection = await objected(hands, await hands.published())
    (due,) = objection["deadlines"]
    # Filed on a Wednesday, answered by Monday: the day of filing is not counted, nor is the weekend.
    assert (due["name"], due["due_on"], due["state"]) == ("objection-answer", "2026-06-15", "running")
    assert due["explained"]["verified"] is True
    path = f"/v1/objections/{objection['objection_id']}"
    asked = await act(hands, f"{path}/source-check", {"source": "court"})
    assert (asked.status_code, asked.json()["source"]["code"]) == (200, "court")
    told = {each["name"]: (each["state"], each["due_on"]) for each in asked.json()["deadlines"]}
    assert told == {
        "objection-answer": ("lapsed", "2026-06-15"),
        "objection-answer-after-source": ("running", "2026-06-22"),
        "objection-source": ("running", "2026-06-15"),
    }
    twice = await act(hands, f"{path}/source-check", {"source": "registry"}, 2)
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:yulu:problem:source-asked")
    hands.on("2026-06-12T09:00:00")
    early = await act(hands, f"{path}/source-answer", {"answered_on": "2026-06-09", "confirms": True}, 2)
    assert (early.status_code, early.json()["field"]) == (422, "answered_on")
    heard = await act(hands, f"{path}/source-answer", {"answered_on": "2026-06-12", "confirms": True}, 2)
    assert heard.json()["source_confirms"] is True
    assert (await answered(hands, objection, 3, upheld=False)).status_code == 200
    read = await hands.http.get(path, headers=lawyer(hands))
    assert {each["name"]: each["state"] for each in read.json()["deadlines"]} == {
        "objection-answer": "lapsed",
        "objection-answer-after-source": "met",
        "objection-source": "met",
    }


async def test_late_it_is_overdue_and_told_at_its_legal_instant(hands, connection, discipline_dsn):
    objection = await objected(hands, await hands.published())
    database = Database(discipline_dsn, source="/discipline")
    try:
        await run_once(database, datetime(2026, 6, 20, tzinfo=SHANGHAI), TASKS)
    finally:
        await database.close()
    hands.on("2026-06-20T09:00:00")
    assert (await answered(hands, objection, upheld=False)).status_code == 200
    read = await hands.http.get(f"/v1/objections/{objection['objection_id']}", headers=hands.officer())
    (due,) = read.json()["deadlines"]
    assert (due["state"], due["overdue_at"]) == ("met-late", "2026-06-15T16:00:00+00:00")
    told = [decode(row["bytes"]).event() for row in await connection.fetch("SELECT bytes FROM outbox ORDER BY id")]
    missed = [event.deadline for event in told if "missed" in event.event_type]
    # The sanction beneath it was published late, too.
    assert [name for name in missed if not name.startswith("publication")] == ["objection-answer"]


async def test_rejected_it_tells_its_reasons_to_the_subject_and_the_mark_goes(hands, connection):
    case = await hands.published()
    before = await page(hands, case)
    objection = await objected(hands, case)
    answer = await answered(hands, objection, upheld=False)
    assert (answer.status_code, answer.json()["state"]["code"]) == (200, "rejected")
    assert (await page(hands, case)).json() == before.json()
    mine = await hands.http.get(f"/v1/objections/{objection['objection_id']}", headers=lawyer(hands))
    assert (mine.json()["text"], mine.json()["reasons"]) == (TEXT, REASONS)
    assert mine.headers["cache-control"] == "no-store"
    await log_agrees(connection, case, changes=["published", "revised", "revised"])


async def test_the_same_ground_again_is_answered_with_the_earlier_answer(hands):
    case = await hands.published()
    first = await objected(hands, case)
    meanwhile = await object_to(hands, case)
    assert (meanwhile.status_code, meanwhile.json()["type"]) == (409, "urn:yulu:problem:objection-open")
    await answered(hands, first, upheld=False)
    again = await object_to(hands, case, text="还是不对")
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:objection-repeated")
    assert again.json()["field"] == "ground"
    assert again.json()["earlier"] == {
        "objection_id": first["objection_id"],
        "answered_on": "2026-06-10",
        "state": "rejected",
        "reasons": REASONS,
    }
    assert await marks(hands, case) == {}
    assert (await object_to(hands, case, ground="should-have-ended")).status_code == 201
    on_paper = await object_to(hands, case, by=hands.officer(), new_facts="另有判决书认定事实不同")
    assert on_paper.status_code == 201


async def test_two_grounds_keep_one_mark_until_the_last_is_answered(hands):
    case = await hands.published()
    first = await objected(hands, case)
    hands.on("2026-06-11T12:00:00")
    second = await objected(hands, case, ground="wrong-person")
    assert (await marks(hands, case))["objection"]["since"] == "2026-06-10"
    await answered(hands, first, upheld=False)
    assert (await marks(hands, case))["objection"]["since"] == "2026-06-11"
    await answered(hands, second, upheld=False)
    assert await marks(hands, case) == {}


async def test_upheld_what_was_printed_wrongly_is_put_right_everywhere(hands, connection):
    case = await hands.published()
    objection = await objected(hands, case)
    correction = {"name": "赵铁栓", "facts": "私自收取费用", "checked_for_third_parties": True}
    unchecked = correction | {"checked_for_third_parties": False}
    for body, field in (
        ({"upheld": True}, "remedy"),
        ({"upheld": True, "remedy": "corrected"}, "correction"),
        ({"upheld": True, "remedy": "corrected", "correction": {}}, "correction"),
        ({"upheld": True, "remedy": "corrected", "correction": {"name": NAME}}, "correction"),
        (
            {"upheld": True, "remedy": "corrected", "correction": unchecked},
            "correction.checked_for_third_parties",
        ),
        (
            {"upheld": True, "remedy": "corrected", "correction": correction | {"facts": "十五岁的孩子"}},
            "correction.facts",
        ),
        ({"upheld": True, "remedy": "withdrawn"}, "remedy"),
        ({"upheld": True, "remedy": "shortened"}, "remedy"),
        ({"upheld": True, "remedy": "withdrawn", "correction": correction}, "remedy"),
        ({"upheld": False, "correction": correction}, "correction"),
    ):
        refused = await answered(hands, objection, **body)
        assert (refused.status_code in (409, 422), refused.json()["field"]) == (True, field), body
    answer = await answered(hands, objection, upheld=True, remedy="corrected", correction=correction)
    assert (answer.status_code, answer.json()["remedy"]["code"]) == (200, "corrected")
    shown = (await page(hands, case)).json()
    assert (shown["subject"]["name"], shown["facts"]) == ("赵铁栓", "私自收取费用")
    assert shown["marks"]["objection"]["state"] == "corrected"
    found = await connection.fetchval("SELECT count(*) FROM public_disclosures WHERE name_key = '赵铁栓'")
    assert found == 1
    kept = await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())
    assert (kept.json()["subject"]["name"], kept.json()["version"]) == ("赵铁栓", 3)
    event = decode((await connection.fetch("SELECT bytes FROM outbox ORDER BY id"))[-1]["bytes"]).event()
    assert (event.event_type, event.version) == ("lawyers.discipline.sanction.display-corrected.v1", 3)
    assert event.fields == ["name", "facts"]
    await log_agrees(connection, case, changes=["published", "revised", "revised"])


async def test_upheld_by_withdrawal_needs_the_withdrawal_first(hands, connection):
    case = await hands.published()
    objection = await objected(hands, case, ground="wrong-person")
    early = await answered(hands, objection, upheld=True, remedy="withdrawn")
    assert (early.status_code, early.json()["type"]) == (409, "urn:yulu:problem:record-still-shown")
    await hands.withdrawn(case)
    assert (await answered(hands, objection, upheld=True, remedy="withdrawn")).status_code == 200
    await log_agrees(connection, case, changes=["published", "revised", "withdrawn"])


async def test_an_officer_takes_an_objection_on_paper_with_the_day_it_came(hands):
    hands.on("2026-06-05T12:00:00")
    case = await hands.published()
    hands.on("2026-06-10T12:00:00")
    for day in ("2026-06-04", "2026-06-11"):
        refused = await object_to(hands, case, by=hands.officer(), received_on=day)
        assert (refused.status_code, refused.json()["field"]) == (422, "received_on")
    taken = await object_to(hands, case, by=hands.officer(), received_on="2026-06-08")
    assert taken.json()["by_officer"] is True
    assert (taken.json()["filed_on"], taken.json()["deadlines"][0]["due_on"]) == ("2026-06-08", "2026-06-11")
    for field, value in (("received_on", "2026-06-09"), ("new_facts", "有新事实")):
        own = await object_to(hands, case, ground="other", **{field: value})
        assert (own.status_code, own.json()["field"]) == (422, field)


async def test_what_is_not_mine_is_like_what_is_not_there(hands):
    mine = await hands.published()
    other = await hands.published(subject={"kind": "lawyer", "licence_number": "14101201010123457", "name": "钱大"})
    of_a_firm = await hands.published(
        subject={"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME},
        conduct_code="F50.8",
        penalties=[{"kind": "warning"}, {"kind": "fine", "fine_yuan": 100_000}],
        to_on=None,
        from_on=None,
    )
    unpublished = await hands.recorded()
    same = {"X-Correlation-Id": "same-same"}
    answers = [
        await object_to(hands, case, by=lawyer(hands) | same)
        for case in (other, of_a_firm, unpublished, {"case_id": uuid4()})
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert (await object_to(hands, of_a_firm, by=firm(hands))).status_code == 201
    objection = await objected(hands, mine)
    stranger = lawyer(hands, "14101201010123457") | same
    hidden = await hands.http.get(f"/v1/objections/{objection['objection_id']}", headers=stranger)
    nowhere = await hands.http.get(f"/v1/objections/{uuid4()}", headers=stranger)
    assert (hidden.status_code, hidden.content) == (404, nowhere.content)
    # A token without an id is nobody's, and a firm's id beside a lawyer's role opens nothing.
    assert (await object_to(hands, other, by=lawyer(hands, ""))).status_code == 403
    assert (await object_to(hands, of_a_firm, by=lawyer(hands, CREDIT))).status_code == 403
    mixed = hands.issuer.headers(roles=["lawyer"], organisation_kind="firm", organisation_id=CREDIT, subject="x")
    assert (await object_to(hands, of_a_firm, by=mixed)).status_code == 403


async def test_another_organ_handles_nothing_and_reads_nothing(hands):
    case = await hands.published()
    objection = await objected(hands, case)
    path = f"/v1/objections/{objection['objection_id']}"
    for stranger in (
        hands.officer(region="410300", code="ly"),
        hands.officer(code="zz2"),
        hands.officer("department", "410000", "sft"),
        hands.officer("county-bureau", "410102", "zy"),
    ):
        assert (await object_to(hands, case, by=stranger, ground="other")).status_code == 403
        assert (await answered(hands, objection, upheld=False, by=stranger)).status_code == 403
        assert (await hands.http.get(path, headers=stranger)).status_code == 403
    assert (await answered(hands, objection, upheld=False, by=lawyer(hands))).status_code == 403
    assert (await hands.http.get(path)).status_code == 401
    listed = await hands.http.get("/v1/objections", headers=hands.officer(region="410300", code="ly"))
    assert listed.json()["items"] == []
    assert (await hands.http.get("/v1/objections", headers=lawyer(hands))).status_code == 403


async def test_the_desk_lists_by_state_and_by_risk_without_texts(hands):
    first = await objected(hands, await hands.published())
    hands.on("2026-06-11T12:00:00")
    second = await objected(hands, await hands.published())
    hands.on("2026-06-12T12:00:00")
    third = await objected(hands, await hands.published())
    await answered(hands, second, upheld=False)

    async def listed(**query):
        answer = await hands.http.get("/v1/objections", params=query, headers=hands.officer())
        assert TEXT not in answer.text
        return [item["objection_id"] for item in answer.json()["items"]]

    assert await listed() == [first["objection_id"], second["objection_id"], third["objection_id"]]
    assert await listed(state="open") == [first["objection_id"], third["objection_id"]]
    assert await listed(at_risk="true") == []
    hands.on("2026-06-15T12:00:00")  # the last day of the first, within the time of the third
    assert await listed(at_risk="true") == [first["objection_id"]]
    pages, cursor = [], None
    while True:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        body = (await hands.http.get("/v1/objections", params=query, headers=hands.officer())).json()
        pages += [item["objection_id"] for item in body["items"]]
        if (cursor := body["next_cursor"]) is None:
            break
    assert pages == await listed()


async def test_looks_and_acts_are_audited_and_nothing_written_is_kept_elsewhere(hands, connection):
    case = await hands.published()
    objection = await objected(hands, case)
    await hands.http.get(f"/v1/objections/{objection['objection_id']}", headers=hands.officer())
    await answered(hands, objection, upheld=False)
    entries = await connection.fetch("SELECT action, actor FROM audit_log WHERE object_kind = 'objection' ORDER BY 1")
    assert [row["action"] for row in entries] == ["objection:answer", "objection:file", "objection:read"]
    for table in ("outbox", "idempotency_keys", "audit_log", "deadlines", "disclosure_log", "public_disclosures"):
        kept = "".join(row["line"] for row in await connection.fetch(f"SELECT t::text AS line FROM {table} t"))
        for secret in (TEXT, REASONS):
            assert secret not in kept, table
            assert secret.encode().hex() not in kept, table


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x"}, "ground"),
        ({"ground": "annoying", "text": "x"}, "ground"),
        ({"ground": "other"}, "text"),
        ({"ground": "other", "text": "身份证４１０１０５１９９００１０１１２３４"}, "text"),
        ({"ground": "other", "text": "x" * 4001}, "text"),
        ({"ground": "other", "text": "x", "name": "y"}, "name"),
    ],
)
async def test_a_bad_objection_names_its_field(hands, body, field):
    case = await hands.published()
    answer = await hands.post(f"/v1/disclosures/{case['case_id']}/objections", body, headers=lawyer(hands))
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await marks(hands, case) == {}


async def test_half_a_character_is_a_fault_of_the_text_and_not_of_ours(hands):
    case = await hands.published()
    headers = lawyer(hands) | {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    body = b'{"ground":"other","text":"\\ud83d"}'
    answer = await hands.http.post(f"/v1/disclosures/{case['case_id']}/objections", content=body, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "text")
