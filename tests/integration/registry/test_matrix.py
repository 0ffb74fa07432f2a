"""Role by organisation by region, against every endpoint: who is let in is the table's, and nothing else."""

from uuid import uuid4

import pytest

from tests.support.matrix import Door, Row, Things, knock, missing, undone

from .conftest import Desk, credit_code, good, problem
from .matrix import CALLERS, ELSEWHERE, HERE, TABLE
from .test_imports import LAWYERS, table
from .test_imports import lawyer as a_lawyer

STRANGERS = ("bureau-elsewhere", "city-association-elsewhere", "lawyer", "pretender")

FILE = table(LAWYERS, a_lawyer(1))


@pytest.fixture
async def world(desk: Desk) -> Things:
    """One of each in city HERE."""
    desk.on("2026-04-10T12:00:00")
    firm, other = await desk.firm(HERE), await desk.firm(HERE)
    lawyer = await desk.lawyer(firm, id_number="110105194912310038")
    another, ended, twin, kept = [await desk.lawyer(firm) for _ in range(4)]
    await desk.done(
        f"/v1/lawyers/{ended['lawyer_id']}/licence-end", {"ground": "own-request", "ended_on": "2026-04-01"}
    )
    reason = {"effective_on": "2026-04-02", "reason": "重复登记"}
    merger = await desk.done(
        "/v1/person-mergers", reason | {"absorbed_lawyer_id": twin["lawyer_id"], "kept_lawyer_id": kept["lawyer_id"]}
    )
    rename = {"effective_on": "2026-04-03", "name": "河南更名律师事务所"}
    tag = (await desk.get(f"/v1/firms/{other['firm_id']}")).headers["etag"]
    proposal = good(await desk.patch(f"/v1/firms/{other['firm_id']}", rename, tag), 202)
    good(await desk.post("/v1/assessments", {"year": 2025}), 201)
    line = {"subject_id": other["firm_id"], "document_number": "1号", "grade": "passed"}
    bureau = desk.officer("bureau", HERE)
    graded = good(await desk.post("/v1/assessments/2025/firms", {"entries": [line]}, headers=bureau), 201)
    listed = {
        "kind": "key-cultivation-firm", "region": HERE, "issuer": "郑州市司法局", "document_number": "1号",
        "title": "名录", "valid_from": "2026-01-01",
    }  # fmt: skip
    named = good(await desk.post("/v1/lists", listed, headers=bureau), 201)
    recognised = {"kind": "comprehensive-firm", "issuer": "省司法厅", "document_number": "1号", "from_on": "2026-01-01"}
    recognition = good(await desk.post("/v1/recognitions", recognised | {"member_id": other["firm_id"]}), 201)
    intern = {
        "name": "赵六", "certificate_number": "00012026110001", "firm_id": firm["firm_id"],
        "supervisor_id": lawyer["lawyer_id"], "from_on": "2026-03-01",
    }  # fmt: skip
    association = desk.officer("city-association", HERE)
    registered = good(await desk.post("/v1/interns", intern, headers=association), 201)
    supervisor = {"firm_id": firm["firm_id"], "lawyer_id": another["lawyer_id"], "from_on": "2026-03-01"}
    appointed = good(await desk.post("/v1/supervisors", supervisor, headers=bureau), 201)
    department = desk.officer()
    file = {"file": FILE, "fields": {"kind": "lawyers"}}
    compared = Row("POST", "/v1/reconciliations", frozenset(), content="file", form=True)
    good(await knock(desk.http, compared, file, department), 201)
    difference = good(await desk.get("/v1/reconciliations/lines", region=HERE))["items"][0]
    conflict_id = uuid4()
    await desk.connection.execute(
        "INSERT INTO standing_conflicts (conflict_id, fact_id, ground, region) VALUES ($1, $1, 'unknown-lawyer', $2)",
        conflict_id,
        HERE,
    )
    uploaded = good(await desk.upload(FILE, "lawyers", headers=bureau), 202)
    return file | {
        "firm_id": firm["firm_id"],
        "other_firm_id": other["firm_id"],
        "lawyer_id": lawyer["lawyer_id"],
        "other_lawyer_id": another["lawyer_id"],
        "ended_lawyer_id": ended["lawyer_id"],
        "licence_number": lawyer["licence_number"],
        "credit_code": firm["credit_code"],
        "new_number": desk.licence_number(HERE),
        "new_credit_code": credit_code(next(desk.numbers)),
        "merger_id": merger["merger_id"],
        "proposal_id": proposal["proposal_id"],
        "assessment_id": graded["entered"][0]["assessment_id"],
        "year": "2025",
        "list_id": named["list_id"],
        "recognition_id": recognition["recognition_id"],
        "intern_id": registered["intern_id"],
        "appointment_id": appointed["appointment_id"],
        "import_id": uploaded["import_id"],
        "line_id": difference["line_id"],
        "conflict_id": str(conflict_id),
        "topic": "discipline.events",
        "partition": "0",
        "edition": str(uuid4()),
        "region": HERE,
        "absent_id": str(uuid4()),
        "hour": "2026-04-10T04:00:00Z",
    }


async def test_every_endpoint_lets_in_whom_its_row_names(desk: Desk, world, monkeypatch):
    headers = {
        name: {} if rights is None else desk.issuer.headers(
            roles=[rights[0]], organisation_kind=rights[1], region=rights[2], subject=f"caller-{name}",
            lifetime_seconds=-600 if name == "expired" else 3600,
        )
        for name, rights in CALLERS.items()
    }  # fmt: skip
    door = Door(desk.http, world, headers, {})
    undone(monkeypatch)
    for row in TABLE:
        await door.try_all(row)
        if row.changes:
            await door.try_without_version(row, STRANGERS)
    assert door.wrong == [], "\n".join(door.wrong)


def test_no_endpoint_is_without_a_row(desk: Desk):
    assert missing([desk.http._transport.app], TABLE, names=r"lawyers\.csv$") == []


async def test_an_official_of_one_city_neither_proposes_for_another_nor_sees_its_internal_fields(desk: Desk, world):
    stranger = desk.officer("bureau", ELSEWHERE)
    lawyer, firm = f"/v1/lawyers/{world['lawyer_id']}", f"/v1/firms/{world['firm_id']}"
    before = await desk.count("proposals")
    for path, body in (
        (f"{lawyer}/moves", {"effective_on": "2026-04-10", "firm_id": world["other_firm_id"]}),
        (f"{lawyer}/licence-end", {"ground": "own-request", "ended_on": "2026-04-10"}),
        (f"{firm}/end", {"ground": "dissolved", "ended_on": "2026-04-10"}),
    ):
        refused = problem(await desk.post(path, body, headers=stranger), 403, "forbidden")
        assert world["licence_number"] not in str(refused)
    assert await desk.count("proposals") == before
    for path in (lawyer, firm, f"{lawyer}/timeline", f"/v1/proposals/{world['proposal_id']}"):
        answer = await desk.get(path, stranger)
        problem(answer, 403, "forbidden")
        assert not any(name in answer.text for name in ("张三", "institution", "id_number", world["licence_number"]))
    for path in ("/v1/lawyers", "/v1/firms", "/v1/interns", "/v1/proposals"):
        assert good(await desk.get(path, stranger))["items"] == []
        problem(await desk.get(path, stranger, region=HERE), 403, "forbidden")
    public = good(await desk.look_up(world["licence_number"], **stranger))
    assert public == good(await desk.look_up(world["licence_number"])), "of another city he sees what everybody sees"
