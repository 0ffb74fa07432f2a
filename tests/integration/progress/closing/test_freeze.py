"""The freeze: not before the plan's end, three persons, one signature, and nothing of it changes afterwards."""

import asyncio
import io
import itertools
import zipfile
from datetime import date
from typing import Any

import asyncpg
import orjson
import pytest
from common.feed import sm3
from contracts.plan import plan

from tests.integration.progress.closing.officers import DRAFTER, LAST_DAY, PLAN, REVIEWER, SIGNER, Desk
from tests.integration.progress.readers import BUREAU, DEPARTMENT

NUMBER = {"document_number": "豫司文〔2027〕3号"}


async def test_nothing_is_frozen_before_the_plan_has_ended(desk: Desk) -> None:
    desk.hands.on(LAST_DAY)
    refused = await desk.draft(expect=409)
    assert (refused["type"], refused["field"]) == ("urn:yulu:problem:plan-not-ended", "plan_id")
    assert "2026-12-31" in refused["detail"]
    desk.hands.on(date(2027, 1, 1))
    assert (await desk.draft())["as_of"] == "2026-12-31"


async def test_the_day_after_the_official_last_day(desk: Desk) -> None:
    await desk.connection.execute(
        "INSERT INTO reading_choices VALUES (gen_random_uuid(), 2, 'as_of_default', NULL, '2026-11-30', '2026-01-01', "
        "'豫司文〔2026〕1号', '河南省司法厅', '2026-01-01', 'a', now(), 'b', now())"
    )
    desk.hands.on(date(2026, 11, 30))
    assert "2026-11-30" in (await desk.draft(expect=409))["detail"]
    desk.hands.on(date(2026, 12, 1))
    assert (await desk.draft())["as_of"] == "2026-11-30"


async def test_a_freeze_holds_the_whole_day(desk: Desk) -> None:
    draft = await desk.draft()
    found = (await desk.call("GET", f"/closing/{draft['closing_id']}", DRAFTER, expect=200)).json()
    record = found["record"]
    assert [line["id"] for line in record["indicators"]] == [each.id for each in plan().indicators()]
    assert all((line["value"] is None) == (line["reason"] is not None) for line in record["indicators"])
    lawyers = next(line for line in record["indicators"] if line["id"] == "H1")
    assert (lawyers["value"], {each["code"]: each["value"] for each in lawyers["regions"]}["410100"]) == (33, 30)
    assert all((each["value"] is None) == (each["reason"] is not None) for line in record["indicators"]
               for each in line["regions"])  # fmt: skip
    assert [line["target"] for line in record["targets"]] == [target.id for target in plan().targets]
    assert {work["id"] for work in record["deliverables"]} == {each.id for each in plan().deliverables()}
    assert {(light["of"], light["id"]) for light in record["lights"]} >= {("plan", PLAN), ("target", "T1")}
    # Of cases the record tells this reader no more than is published, and not how many there are.
    closed = next(line for line in record["indicators"] if line["id"] == "M12-I1")
    assert closed["regions"] == []
    assert {feed["topic"] for feed in record["feeds"]} <= {"registry.events", "progress.events"}


async def test_outcomes_of_targets(desk: Desk) -> None:
    draft = await desk.draft()
    report = (await desk.call("GET", f"/closing/{draft['closing_id']}", DRAFTER, expect=200)).json()["report"]
    told = {line["target"]: line for line in report["targets"]}
    assert told["T1"]["outcome"] == "not-attained"
    assert told["T2"]["outcome"] == "not-decidable"
    assert told["T2"]["reason"]["code"] in {"no-national-table", "T-AWAITS-TABLE"}
    for target in ("T6", "T11"):
        assert (told[target]["outcome"], told[target]["reason"]["code"]) == ("not-decidable", "text-gives-no-number")
        assert "没有数量" in told[target]["reason"]["zh"]
    assert all((line["reason"] is not None) == (line["outcome"] == "not-decidable") for line in told.values())
    sections = {each["id"]: each for each in report["sections"]}
    assert list(sections) == [section.id for section in plan().sections()]
    whole = sum(len(each["deliverables"]) for each in sections.values())
    assert whole == len(plan().deliverables()) == 120
    assert all(line["value"] is not None or any(gap["id"] == line["id"] for gap in sections[line["section"]]["unknown"])
               for line in report["content"]["indicators"] if line["section"] is not None)  # fmt: skip


async def test_it_is_signed_by_a_third_person_and_told(desk: Desk) -> None:
    draft = await desk.draft()
    at = f"/closing/{draft['closing_id']}"
    for who in (DRAFTER | {"roles": ["plan-signer"]},):
        refused = await desk.call("POST", f"{at}/review", who, version=1, expect=403)
        assert refused.json()["type"].endswith("same-person")
    await desk.call("POST", f"{at}/sign", SIGNER, version=1, body=NUMBER, expect=409)
    await desk.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    for who in (REVIEWER, DRAFTER | {"roles": ["plan-signer"]}):
        refused = await desk.call("POST", f"{at}/sign", who, version=2, body=NUMBER, expect=403)
        assert refused.json()["type"].endswith("same-person")
    signed = (await desk.call("POST", f"{at}/sign", SIGNER, version=2, body=NUMBER, expect=200)).json()
    assert (signed["state"], signed["signed_on"], signed["number"]) == ("signed", "2027-01-01", None)
    [told] = await desk.events("plan.frozen.v1")
    assert (told["plan_id"], told["frozen_on"], told["document_number"]) == (PLAN, "2026-12-31", "豫司文〔2027〕3号")
    assert (told["digest"], told["report_digest"]) == (draft["digest_sm3"], draft["report_digest_sm3"])
    assert not {"drafter", "reviewer", "signer"} & set(map(str, told.values()))
    assert (await desk.draft(expect=409))["type"].endswith("plan-frozen")


async def test_what_was_sent_back_is_over(desk: Desk) -> None:
    at = f"/closing/{(await desk.draft())['closing_id']}"
    await desk.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    returned = (
        await desk.call("POST", f"{at}/return", SIGNER, version=2, body={"reason": "口径有误"}, expect=200)
    ).json()
    assert (returned["state"], returned["returned"]["reason"]) == ("returned", "口径有误")
    await desk.call("POST", f"{at}/review", REVIEWER, version=3, expect=409)
    await desk.call("POST", f"{at}/sign", SIGNER, version=3, body=NUMBER, expect=409)
    await desk.frozen()


async def test_the_report_is_public_once_it_is_signed_and_its_digest_fits(desk: Desk) -> None:
    forms = ("json", "pdf", "xlsx", "docx")
    draft = await desk.draft()
    for form in forms:
        await desk.call("GET", f"/closing/{PLAN}/report.{form}", expect=404)
    assert (await desk.call("GET", f"/closing/{PLAN}/published", expect=200)).json()["freeze"] is None
    paper = f"/closing/{draft['closing_id']}/paper"
    for form in forms[1:]:
        await desk.call("GET", f"{paper}.{form}", DRAFTER, expect=200)
        await desk.call("GET", f"{paper}.{form}", expect=401)
    signed = await desk.sign(draft)
    published = {form: await desk.call("GET", f"/closing/{PLAN}/report.{form}", expect=200) for form in forms}
    assert sm3(published["json"].content).hex() == signed["report_digest_sm3"]
    assert published["pdf"].content.startswith(b"%PDF")
    sheet = zipfile.ZipFile(io.BytesIO(published["xlsx"].content)).read("xl/sharedStrings.xml").decode()
    document = zipfile.ZipFile(io.BytesIO(published["docx"].content)).read("word/document.xml").decode()
    for told in (sheet, document):
        assert signed["document_number"] in told
        assert "无法判定" in told
        assert "drafter" not in told
    shown = (await desk.call("GET", f"/closing/{PLAN}/published", expect=200)).json()["freeze"]
    assert (shown["document_number"], shown["digest_sm3"]) == (signed["document_number"], signed["report_digest_sm3"])
    assert not {"drafter", "reviewer", "signer"} & set(map(str, shown.values()))
    assert (await desk.call("GET", f"{paper}.pdf", DRAFTER, expect=200)).content == published["pdf"].content
    # Whoever asks, nobody's case stands in it.
    lines = orjson.loads(published["json"].content)["content"]["indicators"]
    assert next(line for line in lines if line["id"] == "M12-I1")["regions"] == []


async def test_the_database_keeps_what_was_signed(desk: Desk) -> None:
    signed = await desk.frozen()
    for statement in (
        "UPDATE closings SET document_number = '豫司文〔2027〕99号'",
        "UPDATE closings SET version = version + 1",
        "DELETE FROM closings",
        "UPDATE closing_contents SET record = '{}'",
        "UPDATE closing_papers SET body = ''",
        "DELETE FROM closing_papers",
        "UPDATE plan_freezes SET frozen_on = '2027-12-31'",
        "DELETE FROM plan_freezes",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await desk.connection.execute(statement)
    row = await desk.connection.fetchrow("SELECT record, record_digest FROM closing_contents")
    assert sm3(row["record"]) == row["record_digest"] == bytes.fromhex(signed["digest_sm3"])
    assert await desk.connection.fetchval("SELECT frozen_on FROM plan_freezes WHERE plan_id = $1", PLAN) == LAST_DAY


@pytest.mark.parametrize(
    "change", ["drafted_by = 'reviewer'", "reviewed_by = NULL", "state = 'signed'", "as_of = '2027-01-01'"]
)
async def test_the_database_wants_three_persons_and_whole_signatures(desk: Desk, change: str) -> None:
    at = f"/closing/{(await desk.draft())['closing_id']}"
    await desk.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await desk.connection.execute(f"UPDATE closings SET {change}")


async def test_of_two_signers_one_signs(desk: Desk) -> None:
    drafts = [await desk.draft(), await desk.draft()]
    for draft in drafts:
        await desk.call("POST", f"/closing/{draft['closing_id']}/review", REVIEWER, version=1, expect=200)
    first, second = (f"/closing/{draft['closing_id']}/sign" for draft in drafts)
    answers = await asyncio.gather(
        *(
            desk.call("POST", path, {**SIGNER, "subject": f"signer-{n}"}, version=2, body=desk.number())
            for n, path in enumerate((first, first, second, second))
        )
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200
    assert set(codes[1:]) <= {409, 412}
    assert len(await desk.events("plan.frozen.v1")) == 1
    assert await desk.connection.fetchval("SELECT count(*) FROM closing_papers") == 3


NO_CLOSING = "00000000-0000-0000-0000-000000000009"
MAY = {
    "plan-signer": {"draft": 201, "addendum": 409, "read": 200, "return": 200, "sign": 412, "review": 412},
    "plan-officer": {"draft": 201, "addendum": 409, "read": 200},
}
ROLES = ("plan-signer", "plan-officer", "plan-reader", "plan-reporter", "registry-officer", "operator", None)


async def test_who_may_do_what(desk: Desk) -> None:
    for role, where in itertools.product(ROLES, (DEPARTMENT, BUREAU)):
        may = MAY.get(role or "", {}) if where is DEPARTMENT else {}
        who = None if role is None else {"roles": [role], "subject": "somebody", **where}
        at = f"/closing/{(await desk.draft())['closing_id'] if may else NO_CLOSING}"
        for name, method, path, body in (
            ("draft", "POST", "/closing", {}),
            ("addendum", "POST", "/closing/addenda", {}),
            ("read", "GET", "/closing", None),
            ("read", "GET", at, None),
            ("read", "GET", f"{at}/differences", None),
            *([] if may else [("read", "GET", f"{at}/paper.xlsx", None)]),
            ("return", "POST", f"{at}/return", {"reason": "有误"}),
            ("review", "POST", f"{at}/review", None),
            ("sign", "POST", f"{at}/sign", NUMBER),
        ):
            answer = await desk.call(method, path, who, version=1, body=body)
            assert answer.status_code == may.get(name, 401 if role is None else 403), (role, where, name, answer.text)


async def test_what_is_wrong_is_named(desk: Desk) -> None:
    for body, field in (
        ({"plan_id": "ANOTHER"}, "plan_id"),
        ({"plan_id": 3}, "plan_id"),
        ({"as_of": "2026-12-31"}, "as_of"),
    ):
        assert (await desk.call("POST", "/closing", DRAFTER, body=body, expect=422)).json()["field"] == field
    at = f"/closing/{(await desk.draft())['closing_id']}"
    assert (await desk.call("POST", f"{at}/return", SIGNER, version=1, body={"reason": "=1"}, expect=422)).json()[
        "field"
    ] == "reason"
    await desk.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    bodies: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "document_number"),
        ({"document_number": "第3号"}, "document_number"),
        (NUMBER | {"signed_on": "2026-12-31"}, "signed_on"),
        (NUMBER | {"signed_on": "2027-01-02"}, "signed_on"),
        (NUMBER | {"number": 1}, "number"),
    )
    for body, field in bodies:
        answer = await desk.call("POST", f"{at}/sign", SIGNER, version=2, body=body, expect=422)
        assert answer.json()["field"] == field, body
    await desk.call("POST", f"{at}/sign", SIGNER, version=1, body=NUMBER, expect=412)
    await desk.call("POST", f"{at}/sign", SIGNER, body=NUMBER, expect=428)
    await desk.call("GET", f"/closing/{NO_CLOSING}", DRAFTER, expect=404)
    assert (await desk.call("GET", f"/closing/{PLAN}/report.odt", expect=422)).json()["field"] == "form"
    assert (await desk.call("GET", "/closing?cursor=x", DRAFTER, expect=400)).json()["field"] == "cursor"
