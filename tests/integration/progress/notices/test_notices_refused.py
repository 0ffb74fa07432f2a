"""Who may do what with a notice, and what bad input is told."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.integration.progress.notices.conftest import ANSWER, BUREAU, DEPARTMENT, NOTICE, Caller, owe_report

ELSEWHERE = {"region": "410200", "organisation_kind": "bureau"}
ASSOCIATION = {"region": "410100", "organisation_kind": "city-association"}
COUNTY = {"region": "410102", "organisation_kind": "county-bureau"}
CITY_DEPARTMENT = {"region": "410100", "organisation_kind": "department"}


@pytest.mark.parametrize(
    ("role", "who", "reads", "steers", "answers"),
    [
        ("plan-officer", DEPARTMENT, 200, True, 403),
        ("plan-signer", DEPARTMENT, 200, True, 403),
        ("plan-reader", DEPARTMENT, 200, False, 403),
        ("plan-reporter", DEPARTMENT, 200, False, 403),
        ("plan-officer", CITY_DEPARTMENT, 403, False, 403),
        ("plan-officer", BUREAU, 200, False, 403),
        ("plan-reporter", BUREAU, 200, False, 201),
        ("plan-reader", BUREAU, 200, False, 403),
        ("plan-reporter", ELSEWHERE, 404, False, 404),
        ("plan-reader", ELSEWHERE, 404, False, 403),
        ("plan-reporter", ASSOCIATION, 404, False, 404),
        ("plan-reporter", COUNTY, 403, False, 403),
        ("plan-reporter", {"region": "410000", "organisation_kind": "association"}, 404, False, 404),
        ("plan-reporter", {"region": None, "organisation_kind": "bureau"}, 403, False, 403),
        ("registry-officer", BUREAU, 403, False, 403),
        ("operator", DEPARTMENT, 403, False, 403),
        ("lawyer", {"region": "410100", "organisation_kind": "lawyer"}, 403, False, 403),
    ],
)
async def test_who_reads_steers_and_answers(
    caller: Callable[..., Caller],
    officer: Caller,
    role: str,
    who: dict[str, Any],
    reads: int,
    steers: bool,
    answers: int,
) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    path, version = f"/notices/{issued['notice_id']}", issued["version"]
    them = caller(role, "somebody", **who)
    await them.get(path, expect=reads)
    listed = await them.get("/notices", expect=403 if reads == 403 else 200)
    assert len(listed.get("items", [])) == (1 if reads == 200 else 0)
    await them.post(f"{path}/answers", ANSWER, expect=answers, version=version)
    if answers == 201:
        version += 1
    for step, body in (
        ("issuance", {}), ("acceptance", {}), ("closure", {}), ("return", {"reason": "x"}),
        ("escalation", {"reason": "x"}), ("withdrawal", {"reason": "x"}),
    ):  # fmt: skip
        if not steers:
            await them.post(f"{path}/{step}", body, expect=403, version=version)
    await them.post("/notices", NOTICE, expect=201 if steers else 403)


async def test_another_organisations_notices_are_no_list_of_ones_own(officer: Caller, bureau: Caller) -> None:
    await officer.post("/notices", NOTICE, expect=201)
    await officer.post("/notices", NOTICE | {"region": "410200"}, expect=201)
    assert len((await bureau.get("/notices"))["items"]) == 1
    for query in ("region=410200", "addressee=city-association"):
        assert (await bureau.get(f"/notices?{query}"))["items"] == []
    assert len((await bureau.get("/notices?region=410100&addressee=city-bureau"))["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"colour": "purple"}, "colour"),
        ({"addressee": "county-bureau"}, "addressee"),
        ({"region": "420100"}, "region"),
        ({"region": "410000"}, "region"),
        ({"addressee": "provincial-association"}, "region"),
        ({"subject": "M24"}, "subject"),
        ({"subject_kind": "indicator", "subject": "M05"}, "subject"),
        ({"subject_kind": "deliverable", "subject": "M05-I1"}, "subject"),
        ({"subject_kind": "report", "subject": "M05"}, "subject"),
        ({"subject_kind": "report", "subject": str(uuid4())}, "subject"),
        ({"text": ""}, "text"),
        ({"text": "a\x00"}, "text"),
        ({"due_on": "2026-03-01"}, "due_on"),
    ],
)
async def test_what_is_wrong_with_a_notice_is_named(
    officer: Caller, connection: asyncpg.Connection, changes: dict[str, str], field: str
) -> None:
    refused = await officer.post("/notices", NOTICE | changes, expect=422)
    assert refused["field"] == field
    assert [error["field"] for error in refused["errors"]] == [field]
    assert await connection.fetchval("SELECT count(*) FROM notices") == 0


@pytest.mark.parametrize(
    ("evidence", "field"),
    [
        ([], "evidence"),
        ([{"kind": "link", "reference": "javascript:alert(1)"}], "evidence.0.reference"),
        ([{"kind": "report", "reference": "12"}], "evidence.0.reference"),
        ([{"kind": "document", "reference": "豫〔2026〕1号"}, {"kind": "report", "reference": str(uuid4())}],
         "evidence.1.reference"),
        ([{"kind": "document", "reference": "豫〔2026〕1号"}] * 2, "evidence"),
        ([{"kind": "rumour", "reference": "豫〔2026〕1号"}], "evidence.0.kind"),
    ],
)  # fmt: skip
async def test_evidence_that_is_none_is_named(
    officer: Caller, bureau: Caller, evidence: list[dict[str, str]], field: str
) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    path = f"/notices/{issued['notice_id']}"
    refused = await bureau.post(
        f"{path}/answers", {"text": "x", "evidence": evidence}, expect=422, version=issued["version"]
    )
    assert refused["field"] == field
    assert (await bureau.get(path))["state"] == "issued"


async def test_a_report_of_ones_own_is_evidence_another_regions_is_not(
    officer: Caller, bureau: Caller, connection: asyncpg.Connection, watch: Any
) -> None:
    own = await owe_report(connection, watch.now.date())
    other = await owe_report(connection, watch.now.date(), region="410200")
    issued = await officer.post("/notices", NOTICE, expect=201)
    path = f"/notices/{issued['notice_id']}/answers"
    for report_id, expect in ((other, 422), (own, 201)):
        body = {"text": "见报送", "evidence": [{"kind": "report", "reference": str(report_id)}]}
        await bureau.post(path, body, expect=expect, version=issued["version"])


async def test_changes_are_made_to_what_was_read(officer: Caller, bureau: Caller) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    path = f"/notices/{issued['notice_id']}"
    await bureau.post(f"{path}/answers", ANSWER, expect=428)
    await bureau.post(f"{path}/answers", ANSWER, expect=412, version=issued["version"] + 1)
    await officer.post(f"{path}/withdrawal", {"reason": "x"}, expect=428)
    await officer.post(f"/notices/{uuid4()}/withdrawal", {"reason": "x"}, expect=404, version=1)
    await officer.get(f"/notices/{uuid4()}", expect=404)


@pytest.mark.parametrize("step", ["acceptance", "closure", "issuance"])
async def test_what_is_not_its_turn_is_refused(officer: Caller, step: str) -> None:
    issued = await officer.post("/notices", NOTICE, expect=201)
    refused = await officer.post(f"/notices/{issued['notice_id']}/{step}", {}, expect=409, version=issued["version"])
    assert refused["detail"]


async def test_the_text_of_a_notice_stands_in_no_event(officer: Caller, connection: asyncpg.Connection) -> None:
    await officer.post("/notices", NOTICE, expect=201)
    (sent,) = await connection.fetch("SELECT bytes FROM public.outbox")
    assert NOTICE["text"].encode() not in bytes(sent["bytes"])
    assert b"officer-1" not in bytes(sent["bytes"])
