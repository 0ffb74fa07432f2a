"""Deliverables over HTTP: who says what of which region, what follows what, and how a past day reads."""

import hashlib
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import orjson
import pytest
from common.database import Database
from contracts.plan import plan
from fastapi import FastAPI
from progress_api.deliverables.store import deliverables_on
from pypdf import PdfWriter

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import TODAY, Facts
from tests.integration.progress.plan_officers import (
    CITY_STEERING,
    DEPARTMENT,
    DIVISION,
    KAIFENG,
    LAWYER,
    PROVINCIAL_ASSOCIATION,
    READER,
    SECOND,
    ZHENGZHOU,
    ZHENGZHOU_ASSOCIATION,
    Ask,
    Officer,
    asking,
)

DOCUMENT = {"number": "豫司文〔2026〕12号", "issuer": "河南省司法厅", "dated_on": "2026-01-10"}
EVIDENCE = {
    "kind": "document",
    "document_number": "郑律协〔2026〕3号",
    "document_issuer": "郑州市律师协会",
    "dated_on": "2026-03-02",
}


@pytest.fixture
async def ask(app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts) -> AsyncIterator[Ask]:
    yield asking(app, client, issuer)
    await facts.connection.execute("TRUNCATE public.deliverable_works CASCADE")


async def etag(ask: Ask, deliverable: str, region: str | None, who: Officer = DEPARTMENT) -> str:
    where = "" if region is None else f"?region={region}"
    return f'"v{(await ask(f"GET /deliverables/{deliverable}{where}", who=who))["version"]}"'


async def say(
    ask: Ask, deliverable: str, state: str, on: str, *, who: Officer, region: str | None = None, expect: int = 201,
    **more: Any,
) -> Any:  # fmt: skip
    body = {"region": region, "state": state, "on": on} | more
    tag = await etag(ask, deliverable, region)
    return await ask(f"POST /deliverables/{deliverable}/states", body, who=who, expect=expect, if_match=tag)


async def evidence(ask: Ask, deliverable: str, who: Officer, region: str | None = None, **more: Any) -> Any:
    body = EVIDENCE | {"region": region} | more
    return await ask(f"POST /deliverables/{deliverable}/evidence", body, who=who, expect=201)


async def test_every_deliverable_has_a_state_a_number_or_a_reason(ask: Ask) -> None:
    shown = await ask("GET /deliverables")
    assert {item["id"] for item in shown["items"]} == {item.id for item in plan().deliverables()}
    assert shown["withheld"] == 0
    for item in shown["items"]:
        assert item["state"] is None
        expected = "state-not-recorded" if item["target"] is None else "state-is-the-targets"
        assert item["state_reason"]["code"] == expected
    of_target = {item["id"]: item["target"] for item in shown["items"] if item["target"]}
    assert of_target["M10-D6"]["target"] == "T8"
    assert (of_target["M10-D6"]["bound"], of_target["M10-D6"]["value"], of_target["M10-D6"]["gap"]) == (2, 0, 2)
    assert [item["id"] for item in shown["countables"]] == ["C1", "C2", "C3", "C4", "C5"]
    assert shown["countables"][0]["works"] == 10


async def test_a_city_delivers_and_another_officer_of_the_department_verifies(ask: Ask) -> None:
    await say(ask, "M08-D1", "in-progress", "2026-02-01", who=ZHENGZHOU_ASSOCIATION, region="410100")
    problem = await say(ask, "M08-D1", "delivered", "2026-03-02", who=ZHENGZHOU, region="410100", expect=409)
    assert (problem["type"], problem["field"]) == ("urn:yulu:problem:no-evidence", "state")
    await evidence(ask, "M08-D1", ZHENGZHOU_ASSOCIATION, "410100")
    await say(ask, "M08-D1", "delivered", "2026-03-02", who=ZHENGZHOU, region="410100")
    await say(ask, "M08-D1", "verified", "2026-03-05", who=ZHENGZHOU, region="410100", expect=403)
    early = await say(ask, "M08-D1", "verified", "2026-03-01", who=SECOND, region="410100", expect=422)
    assert early["field"] == "on"
    verified = await say(ask, "M08-D1", "verified", "2026-03-05", who=SECOND, region="410100")
    assert (verified["state"]["state"], verified["state"]["zh"]) == ("verified", "已核实")
    # As it was read on those days.
    for day, state in (("2026-01-31", None), ("2026-02-28", "in-progress"), ("2026-03-04", "delivered")):
        shown = await ask(f"GET /deliverables/M08-D1?region=410100&as_of={day}")
        assert (shown["state"] and shown["state"]["state"]) == state
    # Other regions, and the provincial association's own, are where they were.
    assert (await ask("GET /deliverables/M08-D1"))["state"] is None
    listed = await ask("GET /deliverables?measure=M08&state=verified")
    assert [(item["id"], item["region"]) for item in listed["items"]] == [("M08-D1", "410100")]
    history = await ask("GET /deliverables/M08-D1/history?region=410100&limit=2")
    assert [change["what"] for change in history["items"]] == ["state", "state"]
    rest = await ask(f"GET /deliverables/M08-D1/history?region=410100&cursor={history['next_cursor']}")
    assert [change["what"] for change in rest["items"]] == ["evidence", "state"]
    assert "zz-" not in str(history)


async def test_the_officer_who_said_delivered_does_not_verify(ask: Ask) -> None:
    await evidence(ask, "M12-D1", DEPARTMENT)
    await say(ask, "M12-D1", "delivered", "2026-03-02", who=DEPARTMENT)
    problem = await say(ask, "M12-D1", "verified", "2026-03-03", who=DEPARTMENT, expect=403)
    assert problem["type"].endswith("own-word")
    await say(ask, "M12-D1", "verified", "2026-03-03", who=SECOND)


async def test_sent_back_with_a_reason_and_never_delivered_without_evidence(ask: Ask) -> None:
    added = await evidence(ask, "M12-D1", DIVISION)
    piece = added["evidence_list"][0]["evidence_id"]
    await say(ask, "M12-D1", "delivered", "2026-03-02", who=DIVISION)
    where = f"POST /deliverables/M12-D1/evidence/{piece}/withdrawal"
    gone = {"reason": "文号有误", "on": "2026-03-20"}
    problem = await ask(where, gone, who=DIVISION, expect=409, if_match=await etag(ask, "M12-D1", None))
    assert problem["type"].endswith("last-evidence")
    assert (await say(ask, "M12-D1", "in-progress", "2026-03-10", who=SECOND, expect=422))["field"] == "reason"
    await say(ask, "M12-D1", "in-progress", "2026-03-10", who=SECOND, reason="缺少实施细则")
    early = await ask(
        where, gone | {"on": "2026-03-05"}, who=DIVISION, expect=422, if_match=await etag(ask, "M12-D1", None)
    )
    assert early["field"] == "on"
    after = await ask(where, gone, who=DIVISION, expect=201, if_match=await etag(ask, "M12-D1", None))
    assert after["evidence_list"] == []
    assert (await ask("GET /deliverables/M12-D1?as_of=2026-03-19"))["evidence_count"] == 1
    # Evidence that has been withdrawn supports no earlier day either.
    problem = await say(ask, "M12-D1", "delivered", "2026-03-15", who=DIVISION, expect=409)
    assert problem["type"].endswith("no-evidence")


async def test_milestones_are_set_for_all_changed_met_and_cancelled(ask: Ask, database: Database) -> None:
    body = {"title": "设立信息化工作委员会", "due_on": "2026-06-30", "document": DOCUMENT}
    made = await ask("POST /deliverables/M08-D1/milestones", body, expect=201)
    assert (len(made), made[0]["region"]) == (19, None)
    mine = next(item["milestone_id"] for item in made if item["region"] == "410100")
    tag = await etag(ask, "M08-D1", "410100")
    change = body | {"due_on": "2026-09-30", "reason": "换届推迟", "from_on": "2026-05-01"}
    path = f"POST /deliverables/M08-D1/milestones/{mine}/versions?region=410100"
    await ask(path, change, expect=428)
    await ask(path, change, expect=412, if_match='"v99"')
    after = await ask(path, change, expect=201, if_match=tag)
    assert (after["milestone_list"][0]["due_on"], after["next_due_on"]) == ("2026-09-30", "2026-09-30")
    before = await ask("GET /deliverables/M08-D1?region=410100&as_of=2026-04-30")
    assert before["milestone_list"][0]["due_on"] == "2026-06-30"
    assert (await ask("GET /deliverables/M08-D1?region=410100&as_of=2026-01-09"))["milestone_list"] == []
    overdue = await ask("GET /deliverables/M08-D1?region=410200&as_of=2026-07-01", who=KAIFENG)
    assert (overdue["milestones_overdue"], overdue["milestone_list"][0]["overdue"]) == (1, True)
    met = await evidence(ask, "M08-D1", ZHENGZHOU_ASSOCIATION, "410100", completes=mine)
    assert (met["milestone_list"][0]["met_on"], met["milestones_met"]) == ("2026-03-02", 1)
    theirs = next(item["milestone_id"] for item in made if item["region"] == "410200")
    foreign = EVIDENCE | {"region": "410100", "completes": theirs}
    problem = await ask("POST /deliverables/M08-D1/evidence", foreign, who=ZHENGZHOU, expect=422)
    assert problem["field"] == "completes"
    cancel = {"reason": "改由省律协统一设立", "document": DOCUMENT, "from_on": "2026-05-02"}
    path = f"POST /deliverables/M08-D1/milestones/{theirs}/cancellation?region=410200"
    gone = await ask(path, cancel, expect=201, if_match=await etag(ask, "M08-D1", "410200"))
    assert (gone["milestones"], gone["milestone_list"][0]["cancelled"]) == (0, True)
    again = await ask(path, cancel, expect=409, if_match=await etag(ask, "M08-D1", "410200"))
    assert again["type"].endswith("milestone-cancelled")
    pool = await database.pool()
    async with pool.acquire() as connection:
        found = {
            (item.deliverable_id, item.scope): item for item in await deliverables_on(connection, date(2026, 4, 1))
        }
    assert len(found) == 327
    assert found["M08-D1", "410100"].next_milestone is None
    assert found["M08-D1", "410300"].next_milestone is not None
    assert found["M08-D1", "410300"].next_milestone.due_on == date(2026, 6, 30)


MAY_WORK = [
    (ZHENGZHOU, "410100", True), (ZHENGZHOU_ASSOCIATION, "410100", True), (KAIFENG, "410100", False),
    (DEPARTMENT, "410100", False), (DIVISION, "410100", False), (PROVINCIAL_ASSOCIATION, "410100", False),
    (CITY_STEERING, "410100", False), (READER, "410200", False), (KAIFENG, "410200", True), (LAWYER, "410100", False),
    (DEPARTMENT, None, True), (DIVISION, None, True), (PROVINCIAL_ASSOCIATION, None, True), (ZHENGZHOU, None, False),
    (CITY_STEERING, None, False), (LAWYER, None, False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "region", "may"), MAY_WORK)
async def test_nobody_works_on_what_is_anothers(ask: Ask, who: Officer, region: str | None, may: bool) -> None:
    body = EVIDENCE | {"region": region}
    await ask("POST /deliverables/M08-D1/evidence", body, who=who, expect=201 if may else 403)
    state = {"region": region, "state": "in-progress", "on": "2026-03-02"}
    tag = await etag(ask, "M08-D1", region)
    await ask("POST /deliverables/M08-D1/states", state, who=who, expect=201 if may else 403, if_match=tag)


@pytest.mark.parametrize("who", [ZHENGZHOU, DIVISION, PROVINCIAL_ASSOCIATION, CITY_STEERING, READER, LAWYER])
async def test_only_the_department_sets_milestones_owners_and_verifies(ask: Ask, who: Officer) -> None:
    milestone = {"title": "制定", "due_on": "2026-06-30", "document": DOCUMENT}
    await ask("POST /deliverables/M08-D1/milestones", milestone, who=who, expect=403)
    owner = {"region": "410100", "organ_kind": "bureau", "organ_name": "郑州市司法局", "from_on": "2026-01-01"}
    await ask("POST /deliverables/M08-D1/owner", owner, who=who, expect=403, if_match='"v0"')
    state = {"region": "410100", "state": "verified", "on": "2026-03-02"}
    await ask("POST /deliverables/M08-D1/states", state, who=who, expect=403, if_match='"v0"')


async def test_a_region_sees_the_provinces_work_and_its_own(ask: Ask) -> None:
    shown = await ask("GET /deliverables", who=READER)
    assert {item["region"] for item in shown["items"]} == {None, "410200"}
    assert shown["withheld"] == 327 - len(shown["items"])
    await ask("GET /deliverables?scope=410100", who=READER, expect=403)
    await ask("GET /deliverables/M08-D1?region=410100", who=READER, expect=403)
    await ask("GET /deliverables/M08-D1/history?region=410100", who=READER, expect=403)
    await ask("GET /deliverables", who=LAWYER, expect=403)
    only = await ask("GET /deliverables?scope=province&measure=M08")
    assert [(item["id"], item["region"]) for item in only["items"]] == [(f"M08-D{n}", None) for n in (1, 2, 3)]


async def test_an_owner_is_an_organisation_from_a_day_on(ask: Ask) -> None:
    owner = {"organ_kind": "association", "organ_name": "河南省律师协会", "from_on": "2026-01-01"}
    await ask("POST /deliverables/M14-D1/owner", owner, expect=201, if_match='"v0"')
    later = owner | {"organ_kind": "department", "organ_name": "河南省司法厅", "from_on": "2026-02-01"}
    after = await ask("POST /deliverables/M14-D1/owner", later, expect=201, if_match='"v1"')
    assert after["owner"]["organ_name"] == "河南省司法厅"
    assert (await ask("GET /deliverables/M14-D1?as_of=2026-01-31"))["owner"]["organ_name"] == "河南省律师协会"
    back = await ask("POST /deliverables/M14-D1/owner", owner, expect=422, if_match='"v2"')
    assert back["field"] == "from_on"


async def test_evidence_by_link_event_and_indicator(ask: Ask, facts: Facts) -> None:
    await facts.practice()
    kinds = [
        {"kind": "link", "url": "https://sft.henan.gov.cn/2026/03-02/1.html"},
        {
            "kind": "event",
            "event_id": "0d7f4c6e-6f1d-4f0a-9d0e-0c1f7a1f2a01",
            "event_type": "lawyers.rights.consultation.held.v1",
        },
        {"kind": "indicator", "indicator_id": "H1"},
    ]
    for item in kinds:
        await ask("POST /deliverables/M13-D3/evidence", item | {"dated_on": "2026-03-02"}, expect=201)
    shown = await ask("GET /deliverables/M13-D3")
    by_kind = {item["kind"]: item for item in shown["evidence_list"]}
    assert by_kind["indicator"]["indicator_value"] == 1
    assert by_kind["indicator"]["open"] == "/v1/indicators/H1/evidence?as_of=2026-03-02"
    await ask("GET " + by_kind["indicator"]["open"].removeprefix("/v1"))
    assert by_kind["link"]["url"].endswith("1.html")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "letter"}, "kind"),
        ({"kind": "link", "url": "ftp://x"}, "url"),
        ({"kind": "event", "event_id": "0d7f4c6e-6f1d-4f0a-9d0e-0c1f7a1f2a01",
          "event_type": "lawyers.rights.complaint.filed.v1"}, "event_type"),
        ({"kind": "indicator", "indicator_id": "M99-I1"}, "indicator_id"),
        ({"kind": "indicator", "indicator_id": "M12-I1"}, "indicator_id"),
        ({"kind": "indicator", "indicator_id": "H2"}, "indicator_id"),
        ({"dated_on": (TODAY + timedelta(days=1)).isoformat()}, "dated_on"),
        ({"dated_on": "20260302"}, "dated_on"),
        ({"document_number": ""}, "document_number"),
        ({"region": "410999"}, "region"),
        ({"region": "410100"}, "region"),
        ({"surplus": 1}, "surplus"),
    ],
)  # fmt: skip
async def test_bad_evidence_names_its_field_and_leaves_nothing(
    ask: Ask, facts: Facts, change: dict[str, Any], field: str
) -> None:
    body = (EVIDENCE if "kind" not in change else {"dated_on": "2026-03-02"}) | change
    problem = await ask("POST /deliverables/M13-D3/evidence", body, expect=422)
    assert problem["field"] == field
    assert await facts.connection.fetchval("SELECT count(*) FROM public.deliverable_evidence") == 0


async def test_what_has_a_target_takes_no_state_and_what_is_unknown_is_not_there(ask: Ask) -> None:
    problem = await say(ask, "M10-D6", "planned", "2026-01-01", who=DEPARTMENT, expect=409)
    assert problem["type"].endswith("state-is-the-targets")
    await ask("GET /deliverables/M99-D1", expect=404)
    await ask("GET /deliverables?measure=M99", expect=404)
    assert (await ask("GET /deliverables/W1-D1", expect=422))["field"] == "region"
    assert (await ask("GET /deliverables/M01-D1?region=410100", expect=422))["field"] == "region"
    assert (await ask("GET /deliverables?as_of=2199-01-01", expect=422))["field"] == "as_of"
    verified = await say(ask, "M12-D1", "verified", "2026-01-01", who=SECOND, expect=409)
    assert verified["type"].endswith("state-cannot-follow")


async def test_each_change_is_told_once_with_the_next_version(ask: Ask, facts: Facts) -> None:
    await facts.connection.execute("TRUNCATE public.outbox")
    await evidence(ask, "M14-D1", PROVINCIAL_ASSOCIATION)
    await say(ask, "M14-D1", "delivered", "2026-03-02", who=PROVINCIAL_ASSOCIATION)
    await say(ask, "M14-D1", "delivered", "2026-03-02", who=PROVINCIAL_ASSOCIATION, expect=409)
    rows = await facts.connection.fetch("SELECT * FROM public.outbox ORDER BY entity_version")
    assert [(row["entity_version"], row["region"]) for row in rows] == [(1, "410000"), (2, "410000")]
    told = [orjson.loads(row["bytes"])["data"] for row in rows]
    assert (told[0]["kind"], told[1]["state"]) == ("document", "delivered")
    assert "郑律协" not in str(rows[0]["bytes"], "utf-8")


async def test_countables_show_how_many_documents_are_on_file(ask: Ask) -> None:
    for number in ("豫律党〔2025〕1号", "豫律党〔2025〕2号", "豫律党〔2025〕2号"):
        await evidence(ask, "M04-D1", DIVISION, document_number=number)
    await evidence(ask, "M20-D3", ZHENGZHOU, "410100")
    found = {item["id"]: item for item in (await ask("GET /deliverables"))["countables"]}
    assert (found["C2"]["documents"], found["C2"]["value"], found["C2"]["documented"]) == (2, 3, 1)
    assert (found["C4"]["documented"], found["C4"]["works"]) == (1, 2)
    assert (found["C1"]["documented"], found["C1"]["works"]) == (1, 10)
    past = {item["id"]: item for item in (await ask("GET /deliverables?as_of=2025-12-31"))["countables"]}
    assert past["C2"]["documents"] == 0


def pdf() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(out)
    return out.getvalue()


async def test_a_file_is_kept_bit_for_bit_and_read_by_who_sees_the_work(ask: Ask) -> None:
    content, where = pdf(), "/deliverables/W1-D1/evidence"
    headers = {"Content-Type": "application/pdf"}
    path = f"POST {where}/files?region=410100&dated_on=2026-03-02"
    await ask(path, who=KAIFENG, content=content, headers=headers, expect=403)
    after = await ask(path, who=ZHENGZHOU, content=content, headers=headers, expect=201)
    [piece] = after["evidence_list"]
    assert (piece["file_digest"], piece["file_kind"]) == (hashlib.sha256(content).hexdigest(), "pdf")
    opened = "GET " + piece["open"].removeprefix("/v1")
    for who in (ZHENGZHOU, DEPARTMENT):
        assert await ask(opened, who=who) == content
    await ask(opened, who=READER, expect=403)
    await ask(f"GET {where}/{piece['evidence_id']}/file?region=410200", expect=404)


@pytest.mark.parametrize(
    ("content", "media_type", "field"),
    [
        (b"", "application/pdf", "body"),
        (b"%PDF-1.4 broken", "application/pdf", "body"),
        (b"\x89PNG\r\n\x1a\n", "application/pdf", "body"),
        (b"MZ", "application/octet-stream", "Content-Type"),
        (b"PK", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Content-Type"),
    ],
)
async def test_a_file_of_another_kind_is_refused(
    ask: Ask, facts: Facts, content: bytes, media_type: str, field: str
) -> None:
    path = "POST /deliverables/W1-D1/evidence/files?region=410100&dated_on=2026-03-02"
    problem = await ask(path, who=ZHENGZHOU, content=content, headers={"Content-Type": media_type}, expect=422)
    assert problem["field"] == field
    assert await facts.connection.fetchval("SELECT count(*) FROM public.deliverable_evidence") == 0


async def test_what_lies_in_the_frozen_plan_changes_no_more(ask: Ask, facts: Facts) -> None:
    dates = {"title": "制定", "due_on": "2026-06-30", "document": DOCUMENT}
    [made] = await ask("POST /deliverables/M12-D1/milestones", dates, expect=201)
    known = f"/deliverables/M12-D1/milestones/{made['milestone_id']}"
    await facts.connection.execute(
        "INSERT INTO public.plan_freezes (plan_id, frozen_on) VALUES ($1, '2026-03-31')", plan().meta.id
    )
    milestone = {"title": "制定", "due_on": "2026-06-30", "document": DOCUMENT}
    targets = [{"indicator_id": "H1", "region": "410100", "op": ">=", "value": 1}]
    document = {
        "number": "豫司文〔2024〕9号",
        "issuer": "河南省司法厅",
        "issued_on": "2024-03-01",
        "from_on": "2024-03-01",
    }
    choice = {
        "parameter": "count_branch_as_firm", "value": "true", "from_on": "2026-03-31",
        "document_number": "豫司文〔2026〕20号", "document_issuer": "河南省司法厅", "document_date": "2026-03-01",
    }  # fmt: skip
    owner = {"organ_kind": "department", "organ_name": "河南省司法厅", "from_on": "2026-03-31"}
    state = {"state": "planned", "on": "2026-03-31"}
    try:
        for path, body, tag in (
            ("/deliverables/M12-D1/milestones", milestone, None),
            ("/deliverables/M12-D1/evidence", EVIDENCE, None),
            ("/deliverables/M12-D1/states", state, '"v1"'),
            ("/deliverables/M12-D1/owner", owner, '"v1"'),
            (f"{known}/versions", milestone | {"reason": "推迟"}, '"v1"'),
            (f"{known}/cancellation", {"document": DOCUMENT, "reason": "取消"}, '"v1"'),
            ("/region-targets", document | {"targets": targets}, None),
            ("/readings/choices", choice, None),
        ):
            problem = await ask(f"POST {path}", body, expect=409, if_match=tag)
            assert problem["type"].endswith("plan-frozen"), path
        await ask("POST /deliverables/M12-D1/evidence", EVIDENCE | {"dated_on": "2026-04-01"}, expect=201)
    finally:
        await facts.connection.execute("TRUNCATE public.plan_freezes")
