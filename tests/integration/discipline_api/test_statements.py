"""The subject's own statement: moderated, short, beside the record and gone with it."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from common.database import Database
from common.timers import run_once
from contracts.working_days import SHANGHAI
from discipline_api.app import TASKS

from .conftest import FIRM_NAME, LICENCE, NAME, Hands
from .remarking import act, answered, lawyer, log_agrees, marks, objected, page

TEXT = "本人已退还全部费用，并于2026年5月参加职业道德培训。"


async def propose(hands: Hands, case: dict[str, Any], text: str = TEXT, *, by: dict[str, str] | None = None):
    path = f"/v1/disclosures/{case['case_id']}/statements"
    return await hands.post(path, {"text": text}, headers=by or lawyer(hands))


async def proposed(hands: Hands, case: dict[str, Any], text: str = TEXT) -> dict[str, Any]:
    answer = await propose(hands, case, text)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def moderate(hands: Hands, statement: dict[str, Any], version: int = 1, **body: Any):
    path = f"/v1/statements/{statement['statement_id']}/moderation"
    return await act(hands, path, {"accepted": True} | body, version)


async def test_it_stands_beside_the_record_once_the_organ_has_read_it(hands, connection):
    case = await hands.published()
    statement = await proposed(hands, case)
    assert (statement["state"]["code"], statement["deadlines"][0]["due_on"]) == ("proposed", "2026-06-15")
    assert await marks(hands, case) == {}
    sealed = await connection.fetchval("SELECT s::text FROM statements s")
    assert TEXT not in sealed
    read = await hands.http.get(f"/v1/statements/{statement['statement_id']}", headers=hands.officer())
    assert read.json()["text"] == TEXT
    hands.on("2026-06-11T12:00:00")
    accepted = await moderate(hands, statement)
    assert (accepted.status_code, accepted.json()["state"]["code"]) == (200, "shown")
    assert accepted.json()["deadlines"][0]["state"] == "met"
    assert TEXT not in accepted.text
    assert (await marks(hands, case))["statement"] == {
        "since": "2026-06-11", "text": TEXT, "zh": "当事人声明", "en": "statement of the subject",
    }  # fmt: skip
    await log_agrees(connection, case, changes=["published", "revised"])


async def test_a_newer_one_replaces_it_and_it_is_taken_back_at_any_time(hands, connection):
    case = await hands.published()
    first = await proposed(hands, case)
    await moderate(hands, first)
    second = await proposed(hands, case, "第二份")
    third = await proposed(hands, case, "第三份")
    assert (await moderate(hands, second, 2)).json()["type"] == "urn:yulu:problem:statement-decided"
    assert (await marks(hands, case))["statement"]["text"] == TEXT
    assert (await moderate(hands, third)).status_code == 200
    assert (await marks(hands, case))["statement"]["text"] == "第三份"
    path = f"/v1/statements/{third['statement_id']}/retraction"
    assert (await act(hands, path, None, 2, by=lawyer(hands, "14101201010123457"))).status_code == 404
    assert (await act(hands, path, None, 1, by=lawyer(hands))).status_code == 412
    back = await act(hands, path, None, 2, by=lawyer(hands))
    assert (back.status_code, back.json()["state"]["code"]) == (200, "retracted")
    assert await marks(hands, case) == {}
    again = await act(hands, path, None, 3, by=lawyer(hands))
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:statement-ended")
    states = await connection.fetch("SELECT state FROM statements ORDER BY filed_at")
    assert sorted(row["state"] for row in states) == ["replaced", "replaced", "retracted"]
    await log_agrees(connection, case, changes=["published", "revised", "revised", "revised"])


async def test_it_is_refused_on_a_ground_of_the_list_only(hands, connection):
    case = await hands.published()
    statement = await proposed(hands, case, "投诉人王小明才是有错的")
    assert (await moderate(hands, statement, accepted=False)).json()["field"] == "ground"
    assert (await moderate(hands, statement, accepted=False, ground="ugly")).json()["field"] == "ground"
    assert (await moderate(hands, statement, accepted=True, ground="insult")).json()["field"] == "ground"
    refused = await moderate(hands, statement, accepted=False, ground="third-party")
    assert (refused.json()["state"]["code"], refused.json()["ground"]["zh"]) == ("refused", "涉及第三人")
    assert await marks(hands, case) == {}
    await log_agrees(connection, case, changes=["published"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "声" * 501,
        "身份证410105199001011234",
        "请致电１３８１２３４５６７８",
        "请致电 138 1234-5678",
        "请致电0371-65899999",
        "案号（2026）豫01民终12345号",
        "见 https://example.com",
        "联系 zhao@example.com",
    ],
)
async def test_numbers_addresses_and_long_texts_are_refused_at_once(hands, connection, text):
    case = await hands.published()
    answer = await propose(hands, case, text)
    assert (answer.status_code, answer.json()["field"]) == (422, "text")
    assert await connection.fetchval("SELECT count(*) FROM statements") == 0


async def test_five_hundred_characters_with_days_in_them_are_taken(hands):
    case = await hands.published()
    await proposed(hands, case, ("2026-05-06 与 2026年5月" + "声" * 500)[:500])


async def test_only_the_subject_states_and_only_the_organ_moderates(hands):
    case = await hands.published()
    assert (await propose(hands, case, by=hands.officer())).status_code == 403
    assert (await propose(hands, case, by=lawyer(hands, "14101201010123457"))).status_code == 404
    statement = await proposed(hands, case)
    path = f"/v1/statements/{statement['statement_id']}"
    for stranger in (hands.officer(region="410300", code="ly"), lawyer(hands)):
        assert (await act(hands, f"{path}/moderation", {"accepted": True}, by=stranger)).status_code == 403
    assert (await hands.http.get(path, headers=hands.officer(region="410300", code="ly"))).status_code == 403
    assert (await act(hands, f"{path}/retraction", None)).status_code == 403
    listed = await hands.http.get("/v1/statements", params={"state": "proposed"}, headers=hands.officer())
    assert [item["statement_id"] for item in listed.json()["items"]] == [statement["statement_id"]]
    assert TEXT not in listed.text


async def test_it_stands_beside_an_objection_without_touching_it(hands, connection):
    case = await hands.published()
    objection = await objected(hands, case)
    await moderate(hands, await proposed(hands, case))
    assert set(await marks(hands, case)) == {"objection", "statement"}
    await answered(hands, objection, upheld=False)
    assert set(await marks(hands, case)) == {"statement"}
    await log_agrees(connection, case, changes=["published", "revised", "revised", "revised"])


async def test_it_is_gone_with_the_record_and_forgotten_at_its_term(hands, connection, discipline_dsn):
    case = await hands.published()
    shown = await proposed(hands, case)
    await moderate(hands, shown)
    waiting = await proposed(hands, case, "第二份")
    await hands.withdrawn(case)
    gone = await page(hands, case)
    assert (gone.status_code, TEXT in gone.text) == (410, False)
    for statement in (shown, waiting):
        read = await hands.http.get(f"/v1/statements/{statement['statement_id']}", headers=lawyer(hands))
        assert read.json()["state"]["code"] == "lapsed"
    assert (await moderate(hands, waiting)).status_code == 409
    everywhere = "".join(
        row["line"] for row in await connection.fetch("SELECT p::text AS line FROM public_disclosures p")
    )
    assert TEXT.encode().hex() not in everywhere
    database = Database(discipline_dsn, source="/discipline")
    try:
        await run_once(database, datetime(2028, 8, 7, tzinfo=SHANGHAI), TASKS)
    finally:
        await database.close()
    rows = await connection.fetch("SELECT state, text FROM statements")
    assert {tuple(row) for row in rows} == {("lapsed", None)}
    await log_agrees(connection, case, changes=["published", "revised", "withdrawn"])


async def test_acceptance_and_retraction_at_once_leave_page_and_row_agreeing(hands, connection):
    for _ in range(4):
        case = await hands.published()
        statement = await proposed(hands, case)
        path = f"/v1/statements/{statement['statement_id']}/retraction"
        accepted, back = await asyncio.gather(moderate(hands, statement), act(hands, path, None, by=lawyer(hands)))
        assert sorted((accepted.status_code, back.status_code)) == [200, 412]
        assert ("statement" in await marks(hands, case)) is (accepted.status_code == 200)


async def test_a_proposal_and_the_acceptance_of_the_one_before_never_wait_in_a_circle(hands, connection):
    case = await hands.published()
    for number in range(6):
        statement = await proposed(hands, case, f"第{number}份")
        answers = await asyncio.gather(moderate(hands, statement), propose(hands, case, f"又第{number}份"))
        assert answers[1].status_code == 201
        assert answers[0].status_code in (200, 409, 412)
    assert await connection.fetchval("SELECT count(*) FROM statements WHERE state = 'proposed'") == 1
    assert await connection.fetchval("SELECT count(*) FROM statements WHERE state = 'shown'") <= 1


async def test_ones_own_records_show_what_is_on_display_and_what_was_said_about_it(hands, connection):
    case = await hands.published()
    objection = await objected(hands, case)
    other = await hands.published(subject={"kind": "lawyer", "licence_number": "14101201010123457", "name": "钱大"})
    hidden = await hands.recorded()
    mine = await hands.http.get("/v1/my/records", headers=lawyer(hands))
    moved = await hands.http.get("/v1/my/records", headers=lawyer(hands, "14103201010123456"))
    assert moved.json() == mine.json()  # his number since he moved to another city
    of_another_province = await hands.http.get("/v1/my/records", headers=lawyer(hands, "11101201010123456"))
    assert of_another_province.json()["items"] == []
    (item,) = mine.json()["items"]
    assert item["record"] == (await page(hands, case)).json()
    assert [line["objection_id"] for line in item["objections"]] == [objection["objection_id"]]
    assert item["objections"][0]["deadlines"][0]["due_on"] == "2026-06-15"
    assert mine.headers["cache-control"] == "no-store"
    assert other["case_id"] not in mine.text
    assert hidden["case_id"] not in mine.text
    await hands.withdrawn(case)
    (left,) = (await hands.http.get("/v1/my/records", headers=lawyer(hands))).json()["items"]
    assert (left["on_display"], left["record"], len(left["objections"])) == (False, None, 1)
    assert NAME not in str(left)
    assert (await hands.http.get("/v1/my/records", headers=hands.officer())).status_code == 403
    assert (await hands.http.get("/v1/my/records", headers=lawyer(hands, ""))).status_code == 403
    looks = await connection.fetchval("SELECT count(*) FROM audit_log WHERE action = 'own-records:read'")
    assert looks == 4
    named = "".join(row["line"] for row in await connection.fetch("SELECT a::text AS line FROM audit_log a"))
    assert all(secret not in named for secret in (NAME, FIRM_NAME))
    assert LICENCE in named  # as the caller's own organisation, which he is
