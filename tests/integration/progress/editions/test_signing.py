"""From draft to signature by three persons, and what becomes of an edition afterwards."""

import itertools
from datetime import date
from typing import Any

import asyncpg
import orjson
import pytest
from common.feed import sm3

from tests.integration.progress.editions.conftest import Call, Make
from tests.integration.progress.editions.officers import DRAFTER, REVIEWER, SIGNER
from tests.integration.progress.facts import Facts
from tests.integration.progress.readers import BUREAU, DEPARTMENT

NUMBER = {"document_number": "豫司文〔2026〕12号"}


async def events(facts: Facts) -> list[tuple[str, dict[str, Any]]]:
    rows = await facts.connection.fetch("SELECT bytes FROM public.outbox ORDER BY id")
    found = [orjson.loads(row["bytes"]) for row in rows]
    told = [(each["type"].removeprefix("lawyers.progress."), each["data"]) for each in found]
    return [(kind, data) for kind, data in told if kind.startswith("edition.")]


async def test_an_edition_is_drafted_reviewed_and_signed(call: Call, draft: Make, facts: Facts) -> None:
    edition = await draft()
    at = f"/v1/editions/{edition['edition_id']}"
    assert (edition["state"], edition["as_of"], edition["number"]) == ("drafted", "2026-10-31", 1)
    reviewed = await call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    assert (reviewed.json()["state_zh"], reviewed.headers["etag"]) == ("待签发", '"v2"')
    signed = (await call("POST", f"{at}/issue", SIGNER, version=2, json=NUMBER, expect=200)).json()
    assert (signed["state"], signed["issued_on"], signed["document_number"]) == (
        "issued", "2026-11-05", "豫司文〔2026〕12号",
    )  # fmt: skip
    [(kind, told)] = await events(facts)
    assert kind == "edition.issued.v1"
    assert (told["digest"], told["period"], told["document_number"]) == (
        edition["digest_sm3"], "2026-10", "豫司文〔2026〕12号",
    )  # fmt: skip
    assert not {"drafter", "reviewer", "signer"} & set(map(str, told.values()))


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        ([("review", "drafter")], "review"),
        ([("return", "drafter")], "return"),
        ([("review", "reviewer"), ("issue", "drafter")], "issue"),
        ([("review", "reviewer"), ("issue", "reviewer")], "issue"),
    ],
)
async def test_drafter_reviewer_and_signer_are_three_persons(
    call: Call, steps: list[tuple[str, str]], refused: str
) -> None:
    drafter = {**SIGNER, "subject": "drafter"}  # whatever rights he has
    answer = await call("POST", "/v1/editions", drafter, json={"period": "2026-10"}, expect=201)
    at, bodies = f"/v1/editions/{answer.json()['edition_id']}", {"issue": NUMBER, "return": {"reason": "数字有误"}}
    for version, (step, subject) in enumerate(steps, 1):
        last = version == len(steps)
        answer = await call(
            "POST", f"{at}/{step}", {**SIGNER, "subject": subject}, version=version, json=bodies.get(step)
        )
        assert answer.status_code == (403 if last else 200), answer.text
    assert answer.json()["type"] == "urn:yulu:problem:same-person"


async def test_what_was_sent_back_is_over_and_another_draft_follows(call: Call, draft: Make) -> None:
    at = f"/v1/editions/{(await draft())['edition_id']}"
    await call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    returned = (await call("POST", f"{at}/return", SIGNER, version=2, json={"reason": "口径有误"}, expect=200)).json()
    assert (returned["state"], returned["returned"]["reason"]) == ("returned", "口径有误")
    for step, body in (("review", None), ("issue", NUMBER), ("withdrawal", {"reason": "有误"})):
        await call("POST", f"{at}/{step}", {**SIGNER, "subject": "another"}, version=3, json=body, expect=409)
    assert (await draft())["number"] == 2


async def test_nothing_is_signed_without_review_and_nothing_twice(call: Call, draft: Make, issued: Make) -> None:
    at = f"/v1/editions/{(await draft())['edition_id']}"
    await call("POST", f"{at}/issue", SIGNER, version=1, json=NUMBER, expect=409)
    edition = await issued(12)
    again = f"/v1/editions/{edition['edition_id']}/issue"
    await call("POST", again, SIGNER, version=3, json={"document_number": "豫司文〔2026〕13号"}, expect=409)
    # The number belongs to the other, and the older draft of the period comes too late.
    await call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    late = await call(
        "POST", f"{at}/issue", SIGNER, version=2, json={"document_number": "豫司文〔2026〕13号"}, expect=409
    )
    assert late.json()["type"] == "urn:yulu:problem:later-edition-issued"


async def test_content_is_frozen_when_it_is_drafted(call: Call, draft: Make, facts: Facts) -> None:
    edition = await draft()
    at = f"/v1/editions/{edition['edition_id']}"
    before = (await call("GET", at, DRAFTER, expect=200)).json()
    paper = (await call("GET", f"{at}/papers/bulletin.pdf", DRAFTER, expect=200)).content
    await facts.practice(from_on=date(2026, 10, 1))
    await facts.connection.execute("DELETE FROM reported_values")
    after = (await call("GET", at, DRAFTER, expect=200)).json()
    assert after["content"] == before["content"]
    assert (await call("GET", f"{at}/papers/bulletin.pdf", DRAFTER, expect=200)).content == paper
    # The next draft knows better.
    new = (await call("GET", f"/v1/editions/{(await draft())['edition_id']}", DRAFTER, expect=200)).json()
    lawyers = [next(i for i in each["content"]["indicators"] if i["id"] == "H1")["value"] for each in (before, new)]
    assert lawyers == [33, 34]
    assert new["digest_sm3"] != edition["digest_sm3"]


async def test_the_database_keeps_what_was_signed_and_wants_three_persons(issued: Make, facts: Facts) -> None:
    edition = await issued()
    assert await facts.connection.fetchval("SELECT count(*) FROM public.edition_papers") == 6
    for statement in (
        "UPDATE public.edition_contents SET content = '{}'",
        "DELETE FROM public.edition_contents",
        "UPDATE public.edition_papers SET body = ''",
        "UPDATE public.editions SET as_of = '2026-10-30'",
        "UPDATE public.editions SET document_number = '豫司文〔2026〕99号'",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await facts.connection.execute(statement)
    for change in ("drafted_by = 'signer'", "reviewed_by = 'signer'", "reviewed_by = 'drafter'"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await facts.connection.execute(f"UPDATE public.editions SET {change}")
    stored = await facts.connection.fetchrow("SELECT content, digest FROM public.edition_contents")
    assert sm3(stored["content"]) == stored["digest"] == bytes.fromhex(edition["digest_sm3"])


async def test_a_new_edition_supersedes_the_old_which_stays_readable(call: Call, issued: Make, facts: Facts) -> None:
    old = await issued(12)
    new = await issued(13)
    kinds = [kind for kind, _ in await events(facts)]
    assert kinds.count("edition.issued.v1") == 2
    [superseded] = [told for kind, told in await events(facts) if kind == "edition.superseded.v1"]
    assert (superseded["edition_id"], superseded["superseded_by"]) == (old["edition_id"], new["edition_id"])
    shown = await call("GET", f"/v1/public/editions/{old['edition_id']}", expect=200)
    assert (shown.json()["edition"]["state"], shown.json()["edition"]["valid"]) == ("superseded", False)
    assert new["edition_id"] in shown.headers["link"]
    latest = (await call("GET", "/v1/public/plan", expect=200)).json()
    assert latest["edition"]["edition_id"] == new["edition_id"]


async def test_a_withdrawn_edition_leaves_a_dated_tombstone(call: Call, issued: Make, facts: Facts) -> None:
    old, new = await issued(12, period="2026-09"), await issued(13)
    at = f"/v1/public/editions/{new['edition_id']}"
    await call("GET", at, expect=200)
    reason = {"reason": "分地区数值有误"}
    await call("POST", f"/v1/editions/{new['edition_id']}/withdrawal", SIGNER, version=3, json=reason, expect=200)
    for path in (at, f"{at}.json", f"{at}.csv", f"{at}/papers/bulletin.pdf"):
        gone = (await call("GET", path, expect=410)).json()
        assert (gone["edition"]["withdrawn_on"], gone["edition"]["withdrawal_reason"]) == (
            "2026-11-05", "分地区数值有误",
        )  # fmt: skip
        assert "content" not in gone
    kind, told = (await events(facts))[-1]
    assert (kind, told["withdrawn_on"], "reason" in told) == ("edition.withdrawn.v1", "2026-11-05", False)
    # The last one in force is shown in its place, and the list says what became of this one.
    assert (await call("GET", "/v1/public/plan", expect=200)).json()["edition"]["edition_id"] == old["edition_id"]
    listed = (await call("GET", "/v1/public/editions", expect=200)).json()["items"]
    assert [(each["state"], each["links"] == {}) for each in listed] == [("withdrawn", True), ("issued", False)]


NO_EDITION = "00000000-0000-0000-0000-000000000009"
MAY = {
    "plan-signer": {"draft": 201, "read": 200, "return": 200, "issue": 412, "withdrawal": 412},
    "plan-officer": {"draft": 201, "read": 200},
}


ROLES = ("plan-signer", "plan-officer", "plan-reader", "plan-reporter", "registry-officer", "operator", None)


async def test_who_may_do_what(call: Call, draft: Make) -> None:
    for role, where in itertools.product(ROLES, (DEPARTMENT, BUREAU)):
        may = MAY.get(role or "", {}) if where is DEPARTMENT else {}
        who = None if role is None else {"roles": [role], "subject": "somebody", **where}
        at = f"/v1/editions/{(await draft())['edition_id']}" if may else f"/v1/editions/{NO_EDITION}"
        for name, method, path, body in (
            ("draft", "POST", "/v1/editions", {"period": "2026-10"}),
            ("read", "GET", "/v1/editions", None),
            ("read", "GET", at, None),
            ("read", "GET", f"{at}/papers/circular.xlsx", None),
            ("read", "GET", "/v1/bulletins/circular.xlsx?as_of=2026-10-31", None),
            ("return", "POST", f"{at}/return", {"reason": "有误"}),
            ("withdrawal", "POST", f"{at}/withdrawal", {"reason": "有误"}),
            ("issue", "POST", f"{at}/issue", NUMBER),
        ):
            answer = await call(method, path, who, version=1, json=body)
            assert answer.status_code == may.get(name, 401 if role is None else 403), (role, where, name)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"period": "2026-13"}, "period"),
        ({"period": "2027-01"}, "period"),
        ({"period": "2026-12"}, "as_of"),
        ({"period": "2026-10", "as_of": "2026-11-01"}, "as_of"),
        ({"period": "2026-11", "as_of": "2026-11-06"}, "as_of"),
        ({"period": "2026-10", "as_of": 20261031}, "as_of"),
        ({"period": "2026-10", "regional": ["M99-I1"]}, "regional.0"),
        ({"period": "2026-10", "regional": ["M01-I1", "M12-I1"]}, "regional.1"),
        ({"period": "2026-10", "regional": ["H1"]}, "regional.0"),
        ({"period": "2026-10", "number": 1}, "number"),
        ({}, "period"),
    ],
)
async def test_a_draft_that_is_wrong_names_the_field(
    call: Call, body: dict[str, Any], field: str, facts: Facts
) -> None:
    answer = await call("POST", "/v1/editions", DRAFTER, json=body, expect=422)
    assert answer.json()["field"] == field
    assert await facts.connection.fetchval("SELECT count(*) FROM public.editions") == 0


async def test_a_signature_that_is_wrong_names_the_field(call: Call, draft: Make, issued: Make) -> None:
    await issued(11)
    at = f"/v1/editions/{(await draft())['edition_id']}"
    await call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    for body, field in (
        ({"document_number": "第12号"}, "document_number"),
        ({"document_number": "=豫〔2026〕1号"}, "document_number"),
        ({"document_number": "豫司文〔2026〕11号"}, "document_number"),  # used
        ({"document_number": "豫司文〔2026〕12号", "issued_on": "2026-11-04"}, "issued_on"),
        ({"document_number": "豫司文〔2026〕12号", "issued_on": "2026-11-06"}, "issued_on"),
        ({}, "document_number"),
    ):
        answer = await call("POST", f"{at}/issue", SIGNER, version=2, json=body, expect=422)
        assert answer.json()["field"] == field, body
    await call("POST", f"{at}/issue", SIGNER, version=1, json=NUMBER, expect=412)
    await call("POST", f"{at}/issue", SIGNER, json=NUMBER, expect=428)
    assert (await call("GET", at, SIGNER, expect=200)).json()["state"] == "reviewed"


async def test_unknown_editions_papers_and_days(call: Call, draft: Make) -> None:
    at = f"/v1/editions/{(await draft())['edition_id']}"
    await call("GET", f"/v1/editions/{NO_EDITION}", DRAFTER, expect=404)
    assert (await call("GET", f"{at}/papers/letter.pdf", DRAFTER, expect=422)).json()["field"] == "kind"
    assert (await call("GET", f"{at}/papers/bulletin.odt", DRAFTER, expect=422)).json()["field"] == "form"
    for day in ("2023-01-01", "2026-11-06"):
        answer = await call("GET", f"/v1/bulletins/bulletin.pdf?as_of={day}", DRAFTER, expect=422)
        assert answer.json()["field"] == "as_of"


async def test_officers_page_through_all_states(call: Call, draft: Make, issued: Make) -> None:
    await issued(12)
    for _ in range(2):
        await draft()
    seen, cursor = [], ""
    while True:
        page = (await call("GET", f"/v1/editions?limit=2{cursor}", DRAFTER, expect=200)).json()
        seen += [each["edition_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 3
    drafted = (await call("GET", "/v1/editions?state=drafted", DRAFTER, expect=200)).json()["items"]
    assert {each["state"] for each in drafted} == {"drafted"}
    # The length of a feed of cases is for who may read that feed.
    found = (await call("GET", f"/v1/editions/{seen[0]}", DRAFTER, expect=200)).json()
    assert set(found["positions"]) <= {"registry.events", "progress.events"}
