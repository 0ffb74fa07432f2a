"""The signed edition as open data: whole, verifiable, the same in every format, and telling of no case."""

import csv
import io
import re
from typing import Any

import asyncpg
import pytest
from common.feed import sm3
from common.http.rate_limit import public_rate_limit
from contracts.regions import REGIONS
from fastapi.routing import APIRoute
from progress_api.editions.public_routes import router
from python_calamine import CalamineWorkbook

from tests.integration.progress.editions.conftest import Call, plant, signed
from tests.integration.progress.facts import KAIFENG, ZHENGZHOU


@pytest.fixture(scope="module")
async def edition(call: Call, connection: asyncpg.Connection) -> dict[str, Any]:
    """With what regions reported of three indicators."""
    await plant(connection)
    return await signed(call, regional=["M01-I1", "M18-I3", "M14-I4"])


async def test_public_answers_are_limited_and_not_sent_twice(call: Call, edition: dict[str, Any]) -> None:
    at = f"/v1/public/editions/{edition['edition_id']}"
    for path in ("/v1/public/plan", at, f"{at}.json", f"{at}.csv", f"{at}/papers/bulletin.docx"):
        first = await call("GET", path, expect=200)
        again = await call("GET", path, headers={"If-None-Match": first.headers["etag"]}, expect=304)
        assert again.content == b""
    public = [route for route in router.routes if isinstance(route, APIRoute)]
    assert {route.path.split("/")[2] for route in public} == {"public"}
    for route in public:
        assert public_rate_limit in [each.call for each in route.dependant.dependencies], route.path


async def test_the_edition_tells_of_everything_with_values_or_reasons(call: Call, edition: dict[str, Any]) -> None:
    found = (await call("GET", "/v1/public/plan", expect=200)).json()
    content = found["content"]
    assert found["edition"]["document_number"] == "豫司文〔2026〕12号"
    assert [len(content[name]) for name in ("indicators", "targets", "deliverables", "sections", "groups")] == [
        86, 11, 120, 26, 5,
    ]  # fmt: skip
    assert [line["id"] for line in content["indicators"] if (line["value"] is None) == (line["reason"] is None)] == []
    assert all(line["light"]["reason_zh"] for line in (*content["sections"], *content["targets"]))
    assert {feed["topic"]: feed["position"] for feed in content["feeds"]} == {
        "registry.events": 36, "discipline.events": None, "rights.events": None,
    }  # fmt: skip
    assert not {"drafter", "reviewer", "signer"} & set(re.findall(r"\w+", str(found["edition"])))
    stored = await call("GET", f"/v1/public/editions/{edition['edition_id']}.json", expect=200)
    assert sm3(stored.content).hex() == found["edition"]["digest_sm3"]
    assert stored.json() == content


def line_of(content: dict[str, Any], indicator_id: str) -> dict[str, Any]:
    [found] = [line for line in content["indicators"] if line["id"] == indicator_id]
    return dict(found)


async def test_closed_indicators_and_small_cells_stay_untold_in_every_format(
    call: Call, edition: dict[str, Any]
) -> None:
    at = f"/v1/public/editions/{edition['edition_id']}"
    content = (await call("GET", f"{at}.json", expect=200)).json()
    # Of six cases the province's value alone; of three nothing.
    many, few = line_of(content, "M12-I1"), line_of(content, "M13-I1")
    assert (many["value"], many["numerator"], many["regions"]) == (100.0, None, [])
    assert (few["value"], few["reason"]["code"], few["regions"]) == (None, "too-few-cases", [])
    # Kaifeng's three lawyers, its two cases, and what would tell them.
    for indicator_id, value in (("H1", 33), ("M18-I3", 42)):
        line = line_of(content, indicator_id)
        told = {region["code"]: (region["value"], (region["reason"] or {}).get("code")) for region in line["regions"]}
        assert (line["value"], told[KAIFENG], told[ZHENGZHOU]) == (value, (None, "small-cell"), (None, "small-cell"))
    shares = {region["code"]: region["value"] for region in line_of(content, "M01-I1")["regions"]}
    assert (shares[ZHENGZHOU], shares[KAIFENG]) == (30.0, 60.0)

    rows = list(csv.DictReader(io.StringIO((await call("GET", f"{at}.csv", expect=200)).content.decode("utf-8-sig"))))
    cells = {(row["indicator"], row["region"]): row for row in rows}
    assert len(cells) == len(rows) >= 86 * (1 + len(REGIONS))
    for key in (("H1", KAIFENG), ("H1", ZHENGZHOU), ("M18-I3", KAIFENG), ("M12-I1", ZHENGZHOU), ("M13-I1", "")):
        assert (cells[key]["value"], bool(cells[key]["reason_zh"])) == ("", True), key
    assert (cells["H1", ""]["value"], cells["M01-I1", KAIFENG]["value"]) == ("33", "60.0")

    book = CalamineWorkbook.from_filelike(
        io.BytesIO((await call("GET", f"{at}/papers/bulletin.xlsx", expect=200)).content)
    )
    table = book.get_sheet_by_name("分地区全部").to_python()
    small = [row for row in table if row[0] in ("H1", "M18-I3") and row[2] in ("开封市", "郑州市")]
    assert [row[3] for row in small] == ["", "", "", ""]
    assert "M12-I1" not in {row[0] for row in table}


async def test_csv_is_utf8_with_bom_one_row_per_indicator_and_region(call: Call, edition: dict[str, Any]) -> None:
    answer = await call("GET", f"/v1/public/editions/{edition['edition_id']}.csv", expect=200)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["period"] for row in rows} == {"2026-10"}
    assert [row for row in rows if (row["value"] == "") != (row["reason_zh"] != "")] == []
    assert all(re.fullmatch(r"2026-10-31", row["as_of"]) and row["source"] for row in rows)
