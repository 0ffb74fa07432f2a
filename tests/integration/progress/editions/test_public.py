"""What the public sees: nothing before a signature, the signed edition after it, and nothing that tells of cases."""

import io
import re
from datetime import date

import httpx
import pytest
from contracts.plan import plan
from fastapi import FastAPI
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.integration.progress.editions.conftest import Call, Make
from tests.integration.progress.editions.officers import DRAFTER, SENTINEL
from tests.integration.progress.facts import Facts

SAMPLE = {
    "measure_id": "M14",
    "indicator_id": "M14-I4",
    "target_id": "T1",
    "kind": "bulletin",
    "form": "pdf",
    "plan_id": plan().meta.id,
    "number": "1",
}
OPEN = {
    # Keys and commitments, which say nothing of what is signed or committed to.
    "/v1/exchange-log/keys",
    "/v1/feed/commitments",
    "/v1/plan",
    "/v1/plans",
    "/v1/plans/{plan_id}",
    "/v1/plans/{plan_id}/measures/{measure_id}",
    "/v1/measures/{measure_id}",
    "/v1/targets",
    "/v1/regions",
    "/v1/reporting/catalogue",
    "/v1/public/plan",
    "/v1/public/editions",
    "/v1/closing/{plan_id}/published",
}
"""Routes that answer strangers before anything is signed."""

SIGNED = {
    "/v1/public/editions/{edition_id}",
    "/v1/public/editions/{edition_id}.json",
    "/v1/public/editions/{edition_id}.csv",
    "/v1/public/editions/{edition_id}/papers/{kind}.{form}",
}


def routes_of(app: FastAPI) -> list[str]:
    """Every path of the service that answers GET, in the order of its routes."""
    return [path for path, methods in app.openapi()["paths"].items() if "get" in methods]


async def asked_by_a_stranger(app: FastAPI, call: Call, edition_id: str) -> dict[str, httpx.Response]:
    found = {}
    for path in routes_of(app):
        filled = re.sub(r"{(\w+)}", lambda name: SAMPLE.get(name[1], edition_id), path)
        found[path] = await call("GET", filled)
    return found


async def test_strangers_see_no_value_outside_signed_editions(
    app: FastAPI, call: Call, draft: Make, issued: Make
) -> None:
    waiting = await draft()
    before = await asked_by_a_stranger(app, call, waiting["edition_id"])
    assert {path for path, answer in before.items() if answer.status_code == 200} == OPEN
    assert [path for path, answer in before.items() if str(SENTINEL).encode() in answer.content] == []
    assert {answer.status_code for path, answer in before.items() if path not in OPEN} <= {401, 403, 404, 422}
    signed = await issued()
    after = await asked_by_a_stranger(app, call, signed["edition_id"])
    assert {path for path, answer in after.items() if answer.status_code == 200} == OPEN | SIGNED
    told = {path for path, answer in after.items() if str(SENTINEL).encode() in answer.content}
    assert told == {"/v1/public/plan", *SIGNED} - {"/v1/public/editions/{edition_id}/papers/{kind}.{form}"}


async def test_before_a_signature_there_is_the_plan_and_no_value(call: Call, draft: Make) -> None:
    await draft()
    found = (await call("GET", "/v1/public/plan", expect=200)).json()
    assert (found["edition"], found["content"], found["zh"][:4]) == (None, None, "尚未签发")
    assert len(found["plan"]["measures"]) == 23
    assert (await call("GET", "/v1/public/editions", expect=200)).json()["items"] == []


async def test_papers_stay_as_signed_and_a_day_can_be_made_again(call: Call, issued: Make) -> None:
    edition = await issued()
    at = "papers/bulletin.pdf"
    public = await call("GET", f"/v1/public/editions/{edition['edition_id']}/{at}", expect=200)
    own = await call("GET", f"/v1/editions/{edition['edition_id']}/{at}", DRAFTER, expect=200)
    assert public.content == own.content
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(public.content)).pages)
    for told in ("推进情况月报", "豫司文〔2026〕12号", "2026年11月5日", str(SENTINEL), "registry.events"):
        assert told in text.replace("\n", ""), told
    for form in ("pdf", "xlsx", "docx"):
        path = f"/v1/bulletins/circular.{form}?as_of=2026-08-31"
        once, twice = [(await call("GET", path, DRAFTER, expect=200)).content for _ in range(2)]
        assert once == twice


@pytest.mark.parametrize("form", ["pdf", "xlsx", "docx"])
async def test_a_draft_says_that_it_is_one(call: Call, draft: Make, form: str) -> None:
    at = f"/v1/editions/{(await draft())['edition_id']}/papers/bulletin.{form}"
    once, twice = [(await call("GET", at, DRAFTER, expect=200)).content for _ in range(2)]
    assert once == twice
    if form == "pdf":
        assert "未签发" in "".join(page.extract_text() for page in PdfReader(io.BytesIO(once)).pages)
    if form == "xlsx":
        cover = CalamineWorkbook.from_filelike(io.BytesIO(once)).get_sheet_by_name("封面").to_python()
        assert ["发文字号 Number", "未签发 not issued"] in [row[:2] for row in cover]


async def test_reported_regions_are_told_only_where_the_department_says_so(call: Call, draft: Make) -> None:
    at = f"/v1/editions/{(await draft())['edition_id']}"
    content = (await call("GET", at, DRAFTER, expect=200)).json()["content"]
    for line in content["indicators"]:
        source = plan().indicator(line["id"]).source.value
        if source in ("city-report", "progress-event"):
            assert line["regions"] == [], line["id"]
            assert line["regions_reason"] is not None
        if line["id"] == "M14-I4":
            assert line["value"] == SENTINEL


async def test_a_light_set_by_hand_stands_beside_the_computed_one(call: Call, draft: Make, facts: Facts) -> None:
    await facts.connection.execute(
        "INSERT INTO public.light_overrides (override_id, version, light_of, item_id, colour, reason, document_number, "
        "expires_on, requested_on, requested_by, requested_at, approved_on, approved_by, approved_at) VALUES "
        "(gen_random_uuid(), 2, 'measure', 'M10', 'yellow', '内部理由', '豫司文〔2026〕5号', '2026-11-30', "
        "'2026-10-01', 'one', now(), '2026-10-02', 'two', now())"
    )
    at = f"/v1/editions/{(await draft())['edition_id']}"
    found = await call("GET", at, DRAFTER, expect=200)
    lights = {line["id"]: line["light"] for line in found.json()["content"]["sections"]}
    assert lights["M10"]["by_hand"] == {
        "colour": "yellow", "zh": "黄灯", "en": "yellow", "document_number": "豫司文〔2026〕5号",
        "expires_on": "2026-11-30",
    }  # fmt: skip
    assert lights["M10"]["colour"] in ("grey", "red")
    assert lights["M09"]["by_hand"] is None
    assert "内部理由" not in found.text
    paper = await call("GET", f"{at}/papers/bulletin.xlsx", DRAFTER, expect=200)
    table = CalamineWorkbook.from_filelike(io.BytesIO(paper.content)).get_sheet_by_name("举措").to_python()
    [row] = [row for row in table if row[0] == "M10"]
    assert "人工调整为黄灯" in row[3]


async def test_the_months_forecasts_are_told_as_they_were_kept(call: Call, draft: Make, facts: Facts) -> None:
    """Of the province, the newest made by the edition's day: a later one, or one of a region, is left out."""
    await facts.connection.execute(
        "INSERT INTO public.forecast_rounds (from_on, made_on, made_at) VALUES ('2026-08-31', '2026-09-01', now()), "
        "('2026-09-30', '2026-10-08', now()), ('2026-10-31', '2026-11-01', now())"
    )
    await facts.connection.executemany(
        "INSERT INTO public.forecasts "
        "(forecast_id, target, region, from_on, for_on, made_on, method, value, low, high) "
        "SELECT gen_random_uuid(), $1, $2, from_on, $4, made_on, 'damped-trend', $5::bigint, $5 - 10, $5 + 10 "
        "FROM public.forecast_rounds WHERE from_on = $3",
        [
            ("T1", None, date(2026, 8, 31), date(2026, 12, 31), 100),
            ("T1", None, date(2026, 9, 30), date(2026, 12, 31), 45_020),
            ("T1", None, date(2026, 10, 31), date(2026, 12, 31), 200),
            ("T1", None, date(2026, 9, 30), date(2026, 10, 31), 300),
            ("T3", None, date(2026, 9, 30), date(2026, 12, 31), 40),
            ("T10", "410100", date(2026, 9, 30), date(2026, 12, 31), 50),
        ],
    )
    at = f"/v1/editions/{(await draft())['edition_id']}"
    found = (await call("GET", at, DRAFTER, expect=200)).json()["content"]["forecasts"]
    assert [(line["target"], line["from_on"], line["value"], line["outlook"]) for line in found] == [
        ("T1", "2026-09-30", 45_020, "reached"),
        ("T3", "2026-09-30", 40, "open"),
    ]
    paper = await call("GET", f"{at}/papers/bulletin.xlsx", DRAFTER, expect=200)
    table = CalamineWorkbook.from_filelike(io.BytesIO(paper.content)).get_sheet_by_name("预测").to_python()
    [row] = [row for row in table if row[0] == "T3"]
    assert row[3:7] == [40, 30, 50, "尚不确定"]
