"""考核督查 over HTTP: programme, inspection, findings, rectification; counted once everything is put right."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from common.database import Database
from common.events import decode
from common.positions import Received
from progress_store.projection import Projection

from tests.integration.progress.notices.conftest import BUREAU, DEPARTMENT, Caller, Watch, owe_report, told

PROGRAMME = {"year": 2026, "document_number": "豫司〔2026〕3号", "issued_on": "2026-01-20"}
INSPECTION = {
    "region": "410100",
    "planned_on": "2026-02-10",
    "team": [{"organ": "provincial-division", "region": "410000"}, {"organ": "city-bureau", "region": "410300"}],
    "measures": ["M05", "M12"],
}
FINDING = {"measure": "M12", "severity": "grave", "responsible": "city-bureau", "text": "投诉台账不全。"}
ANSWER = {"text": "台账已补全。", "evidence": [{"kind": "document", "reference": "郑司〔2026〕20号"}]}
REPORT = {"document_number": "豫司督〔2026〕1号", "issued_on": "2026-02-12"}


@pytest.fixture
async def held(officer: Caller, watch: Watch) -> Any:
    await officer.post("/inspection-programmes", PROGRAMME, expect=201)
    planned = await officer.post("/inspections", INSPECTION, expect=201)
    watch.set("2026-02-12T09:00")
    path = f"/inspections/{planned['inspection_id']}"
    return await officer.post(f"{path}/conduct", {"held_on": "2026-02-10"}, version=planned["version"])


async def test_an_inspection_from_its_programme_to_the_last_finding(
    held: Any, officer: Caller, bureau: Caller, connection: asyncpg.Connection, database: Database, watch: Watch
) -> None:
    path = f"/inspections/{held['inspection_id']}"
    first = await officer.post(f"{path}/findings", FINDING, expect=201, version=held["version"])
    both = await officer.post(f"{path}/findings", FINDING | {"severity": "minor"}, expect=201, version=first["version"])
    grave, minor = both["findings"]
    # Ten working days over the Spring Festival.
    assert (grave["due_on"], "春节" in grave["steps"][0]["due_zh"]) == ("2026-03-04", True)
    assert both["team"][1]["zh"] == "洛阳市司法局"
    reported = await officer.post(f"{path}/report", REPORT, version=both["version"])
    assert (reported["state"], reported["completed_on"], reported["findings_open"]) == ("rectifying", None, 2)
    watch.set("2026-03-04T23:59:59")
    assert not (await bureau.get(path))["findings"][0]["overdue"]
    watch.set("2026-03-05T00:00")
    seen = await bureau.get(path)
    assert (seen["findings"][0]["overdue"], seen["findings_overdue"]) == (True, 1)
    answer = f"{path}/findings/{grave['finding_id']}"
    answered = await bureau.post(f"{answer}/answers", ANSWER, expect=201, version=seen["version"])
    returned = await officer.post(f"{answer}/return", {"reason": "缺附件"}, version=answered["version"])
    assert (returned["findings"][0]["state"], returned["findings"][0]["due_on"]) == ("open", "2026-03-19")
    again = await bureau.post(f"{answer}/answers", ANSWER, expect=201, version=returned["version"])
    accepted = await officer.post(f"{answer}/acceptance", {}, version=again["version"])
    assert (accepted["state"], accepted["findings_open"]) == ("rectifying", 1)
    other = f"{path}/findings/{minor['finding_id']}"
    last = await bureau.post(f"{other}/answers", ANSWER, expect=201, version=accepted["version"])
    completed = await officer.post(f"{other}/acceptance", {}, version=last["version"])
    assert (completed["state"], completed["completed_on"]) == ("completed", "2026-03-05")
    assert [step["kind"] for step in completed["findings"][0]["steps"]] == [
        "recorded", "answered", "returned", "answered", "accepted",
    ]  # fmt: skip
    assert await told(connection) == [
        ("inspection.planned", 1), ("finding.recorded", 2), ("finding.recorded", 3), ("rectification.accepted", 4),
        ("rectification.accepted", 5), ("inspection.completed", 6),
    ]  # fmt: skip
    # What was told is what W2-I2 counts.
    sent = await connection.fetch("SELECT bytes FROM public.outbox ORDER BY id")
    assert all("台账".encode() not in bytes(row["bytes"]) for row in sent)
    envelopes = [decode(bytes(row["bytes"])) for row in sent]
    async with database.begin() as tx:
        received = [
            Received("progress.events", 0, n, envelope, envelope.event()) for n, envelope in enumerate(envelopes, 1)
        ]
        handled = [each for each in received if each.envelope.type in Projection.handles]
        await Projection().apply(tx, handled, None)
    found = await officer.get("/indicators/W2-I2?as_of=2026-03-05")
    assert (found["value"], {each["code"]: each["value"] for each in found["regions"]}["410100"]) == (1, 1)
    assert (await officer.get("/indicators/W2-I2?as_of=2026-03-04"))["value"] == 0


async def test_where_nothing_was_found_the_report_completes_it(
    held: Any, officer: Caller, connection: asyncpg.Connection
) -> None:
    path = f"/inspections/{held['inspection_id']}"
    completed = await officer.post(f"{path}/report", REPORT, version=held["version"])
    assert (completed["state"], completed["completed_on"]) == ("completed", "2026-02-12")
    assert await told(connection) == [("inspection.planned", 1), ("inspection.completed", 2)]
    await officer.post(f"{path}/findings", FINDING, expect=409, version=completed["version"])


async def test_everything_put_right_before_the_report_waits_for_it(held: Any, officer: Caller, bureau: Caller) -> None:
    path = f"/inspections/{held['inspection_id']}"
    found = await officer.post(f"{path}/findings", FINDING, expect=201, version=held["version"])
    finding = f"{path}/findings/{found['findings'][0]['finding_id']}"
    answered = await bureau.post(f"{finding}/answers", ANSWER, expect=201, version=found["version"])
    accepted = await officer.post(f"{finding}/acceptance", {}, version=answered["version"])
    assert accepted["state"] == "held"
    assert (await officer.post(f"{path}/report", REPORT, version=accepted["version"]))["state"] == "completed"


async def test_only_a_planned_one_is_cancelled_and_why_is_for_the_department(officer: Caller, bureau: Caller) -> None:
    await officer.post("/inspection-programmes", PROGRAMME, expect=201)
    planned = await officer.post("/inspections", INSPECTION, expect=201)
    path = f"/inspections/{planned['inspection_id']}"
    cancelled = await officer.post(f"{path}/cancellation", {"reason": "另行安排"}, version=1)
    assert (cancelled["state"], cancelled["cancelled_reason"]) == ("cancelled", "另行安排")
    assert (await bureau.get(path))["cancelled_reason"] is None
    await officer.post(f"{path}/conduct", {"held_on": "2026-02-05"}, expect=409, version=2)


@pytest.mark.parametrize(
    ("role", "who", "reads", "answers"),
    [
        ("plan-officer", DEPARTMENT, 200, 403),
        ("plan-reader", DEPARTMENT, 200, 403),
        ("plan-reporter", DEPARTMENT, 200, 403),
        ("plan-reporter", BUREAU, 200, 201),
        ("plan-reader", BUREAU, 200, 403),
        ("plan-reporter", {"region": "410100", "organisation_kind": "city-association"}, 200, 403),
        ("plan-reporter", {"region": "410200", "organisation_kind": "bureau"}, 404, 404),
        ("plan-reporter", {"region": "410000", "organisation_kind": "association"}, 404, 404),
        ("plan-officer", BUREAU, 200, 403),
        ("rights-officer", BUREAU, 403, 403),
        ("operator", DEPARTMENT, 403, 403),
    ],
)
async def test_who_reads_and_answers(
    held: Any,
    officer: Caller,
    caller: Callable[..., Caller],
    *,
    role: str,
    who: dict[str, str],
    reads: int,
    answers: int,
) -> None:
    path = f"/inspections/{held['inspection_id']}"
    found = await officer.post(f"{path}/findings", FINDING, expect=201, version=held["version"])
    finding = f"{path}/findings/{found['findings'][0]['finding_id']}"
    them = caller(role, "somebody", **who)
    await them.get(path, expect=reads)
    listed = await them.get("/inspections", expect=403 if reads == 403 else 200)
    assert len(listed.get("items", [])) == (1 if reads == 200 else 0)
    await them.post(f"{finding}/answers", ANSWER, expect=answers, version=found["version"])
    if (role, who) != ("plan-officer", DEPARTMENT):
        for step, body in (("report", REPORT), ("findings", FINDING), ("cancellation", {"reason": "x"})):
            await them.post(f"{path}/{step}", body, expect=403, version=found["version"])
        await them.post(f"{finding}/acceptance", {}, expect=403, version=found["version"])
        await them.post("/inspections", INSPECTION, expect=403)
        await them.get("/inspection-programmes", expect=403)
        await them.post("/inspection-programmes", PROGRAMME | {"year": 2025}, expect=403)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"region": "420000"}, "region"),
        ({"planned_on": "2027-01-05"}, "planned_on"),
        ({"planned_on": "10.2.2026"}, "planned_on"),
        ({"team": []}, "team"),
        ({"team": [{"organ": "city-bureau", "region": "410000"}]}, "team.0.region"),
        ({"team": [{"organ": "张三", "region": "410100"}]}, "team.0.organ"),
        ({"measures": ["M24"]}, "measures.0"),
        ({"measures": ["M05", "M05"]}, "measures"),
        ({"measures": []}, "measures"),
        ({"inspector": "张三"}, "inspector"),
    ],
)
async def test_what_is_wrong_with_a_plan_is_named(officer: Caller, changes: dict[str, Any], field: str) -> None:
    await officer.post("/inspection-programmes", PROGRAMME, expect=201)
    refused = await officer.post("/inspections", INSPECTION | changes, expect=422)
    assert refused["field"] == field


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("findings", FINDING | {"measure": "M01"}, "measure"),
        ("findings", FINDING | {"measure": "M77"}, "measure"),
        ("findings", FINDING | {"severity": "awful"}, "severity"),
        ("findings", FINDING | {"responsible": "provincial-association"}, "responsible"),
        ("report", REPORT | {"issued_on": "2026-02-09"}, "issued_on"),
        ("report", REPORT | {"issued_on": "2026-02-13"}, "issued_on"),
        ("report", REPORT | {"document_number": ""}, "document_number"),
    ],
)
async def test_what_is_wrong_with_a_step_is_named(
    held: Any, officer: Caller, step: str, body: dict[str, Any], field: str
) -> None:
    path = f"/inspections/{held['inspection_id']}"
    refused = await officer.post(f"{path}/{step}", body, expect=422, version=held["version"])
    assert refused["field"] == field
    assert (await officer.get(path))["version"] == held["version"]


async def test_days_to_come_second_programmes_and_foreign_reports_are_refused(
    officer: Caller, bureau: Caller, connection: asyncpg.Connection, watch: Watch
) -> None:
    late = await officer.post("/inspection-programmes", PROGRAMME | {"issued_on": "2026-02-07"}, expect=422)
    assert late["field"] == "issued_on"
    await officer.post("/inspection-programmes", PROGRAMME, expect=201)
    assert (await officer.post("/inspection-programmes", PROGRAMME, expect=409))["field"] == "year"
    assert [each["year"] for each in await officer.get("/inspection-programmes")] == [2026]
    planned = await officer.post("/inspections", INSPECTION, expect=201)
    path = f"/inspections/{planned['inspection_id']}"
    assert (await officer.post(f"{path}/conduct", {"held_on": "2026-02-10"}, expect=422, version=1))[
        "field"
    ] == "held_on"
    await officer.post(f"{path}/conduct", {"held_on": "2026-02-06"}, expect=428)
    await officer.post(f"{path}/conduct", {"held_on": "2026-02-06"}, version=1)
    found = await officer.post(f"{path}/findings", FINDING, expect=201, version=2)
    finding = f"{path}/findings/{found['findings'][0]['finding_id']}"
    for report_id, expect in (
        (await owe_report(connection, watch.now.date(), region="410200"), 422),
        (await owe_report(connection, watch.now.date()), 201),
    ):
        body = {"text": "x", "evidence": [{"kind": "report", "reference": str(report_id)}]}
        refused = await bureau.post(f"{finding}/answers", body, expect=expect, version=3)
        assert expect == 201 or refused["field"] == "evidence.0.reference"
    await bureau.post(f"{path}/findings/{uuid4()}/answers", ANSWER, expect=404, version=4)
    await bureau.get(f"/inspections/{uuid4()}", expect=404)


async def test_pages_follow_one_another_the_latest_first(officer: Caller, bureau: Caller) -> None:
    await officer.post("/inspection-programmes", PROGRAMME, expect=201)
    for day in (10, 11, 12):
        for region in ("410100", "410200"):
            await officer.post(
                "/inspections", INSPECTION | {"planned_on": f"2026-02-{day}", "region": region}, expect=201
            )
    page = await bureau.get("/inspections?limit=2")
    rest = await bureau.get(f"/inspections?limit=2&cursor={page['next_cursor']}")
    days = [each["planned_on"] for each in (*page["items"], *rest["items"])]
    assert (days, rest["next_cursor"]) == (["2026-02-12", "2026-02-11", "2026-02-10"], None)
    assert (await bureau.get("/inspections?region=410200"))["items"] == []
    assert len((await officer.get("/inspections?region=410200&state=planned&year=2026"))["items"]) == 3
