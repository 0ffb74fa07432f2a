"""What regions report is told region by region to the province's organs alone; each region reads its own."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.progress.facts import Facts
from tests.integration.progress.readers import DEPARTMENT, Get

YEAR = (date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 31))
CITY_KINDS = ("bureau", "city-association", "city-party-committee")


@pytest.fixture
async def reported(facts: Facts) -> None:
    """M01-I1, a share: 30 of 100 in Zhengzhou, 60 of 100 in Kaifeng, 9 of 10 directly under the province."""
    await facts.connection.execute("TRUNCATE reported_values, report_duties, inspections")
    for region, amount, base in (("410100", 30, 100), ("410200", 60, 100), ("410000", 9, 10)):
        await facts.connection.execute(
            "INSERT INTO reported_values VALUES ($1, 1, 'M01-I1', $2, $3, $4, $5, $6, $7)",
            uuid4(), region, *YEAR, amount, base,
        )  # fmt: skip
    for region in ("410100", "410200"):
        await facts.connection.execute(
            "INSERT INTO report_duties VALUES ($1, 'city-bureau', $2, $3, $4, $5, NULL)", uuid4(), region, *YEAR
        )
        await facts.connection.execute("INSERT INTO inspections VALUES ($1, $2, '2026-01-02')", uuid4(), region)


def codes(found: Any) -> list[str]:
    return [region["code"] for region in found["regions"]]


@pytest.mark.parametrize("kind", CITY_KINDS)
@pytest.mark.parametrize("role", ["plan-reader", "plan-reporter", "registry-officer"])
async def test_a_region_reads_its_own_report_and_no_other(reported: None, get: Get, role: str, kind: str) -> None:
    who = {"region": "410100", "organisation_kind": kind}
    day = "as_of=2026-02-15"
    found = await get(f"/indicators/M01-I1?{day}", role, **who)
    # The province's number is today's or any day's, in full.
    assert (found["numerator"], found["denominator"], found["as_of"]) == (99, 210, "2026-02-15")
    assert (codes(found), found["regions"][0]["numerator"], found["regions_withheld"]) == (["410100"], 30, 18)
    assert "权限" in found["regions_withheld_zh"]
    own = await get(f"/indicators/M01-I1?{day}&region=410100", role, **who)
    assert (own["value"], codes(own)) == (30.0, ["410100"])
    await get(f"/indicators/M01-I1?{day}&region=410200", role, expect=403, **who)
    rows = await get(f"/indicators/M01-I1/evidence?{day}", role, **who)
    assert ([row["region"] for row in rows["items"]], rows["withheld"]) == (["410100"], 2)
    await get(f"/indicators/M01-I1/evidence?{day}&region=410200", role, expect=403, **who)
    assert len((await get(f"/indicators/M01-I1/evidence?{day}&region=410100", role, **who))["items"]) == 1


@pytest.mark.parametrize("who", [DEPARTMENT, {"region": "410000", "organisation_kind": "party-committee"}])
async def test_organs_of_the_province_read_every_region(reported: None, get: Get, who: dict[str, str]) -> None:
    found = await get("/indicators/M01-I1?as_of=2026-02-15", **who)
    assert (len(codes(found)), found["regions_withheld"]) == (19, 0)
    assert len((await get("/indicators/M01-I1/evidence?as_of=2026-02-15", **who))["items"]) == 3
    assert (await get("/indicators/M01-I1?as_of=2026-02-15&region=410200", **who))["value"] == 60.0


@pytest.mark.parametrize("region", [None, "410000"])
async def test_a_city_s_organ_without_a_region_of_its_own_reads_nothing(
    reported: None, get: Get, region: str | None
) -> None:
    for path in ("/indicators/M01-I1?as_of=2026-02-15", "/indicators/M01-I1/evidence?as_of=2026-02-15"):
        await get(path, region=region, organisation_kind="bureau", expect=403)


@pytest.mark.parametrize(("indicator_id", "rows"), [("W2-I1", 1), ("W2-I2", 1)])
async def test_how_a_region_is_followed_up_is_told_to_no_other(
    reported: None, get: Get, indicator_id: str, rows: int
) -> None:
    who = {"region": "410200", "organisation_kind": "bureau"}
    assert codes(await get(f"/indicators/{indicator_id}?as_of=2026-02-15", **who)) == ["410200"]
    await get(f"/indicators/{indicator_id}?region=410100", expect=403, **who)
    page = await get(f"/indicators/{indicator_id}/evidence?as_of=2026-02-15", **who)
    assert [row["region"] for row in page["items"]] == ["410200"] * rows


async def test_what_the_register_tells_stays_open_to_every_reader(facts: Facts, get: Get) -> None:
    for region in ("410100", "410200"):
        await facts.practice(region=region)
    found = await get("/indicators/H1", region="410100", organisation_kind="bureau")
    assert (len(codes(found)), found["regions_withheld"]) == (18, 0)
    assert (await get("/indicators/H1?region=410200", region="410100", organisation_kind="bureau"))["value"] == 1


async def test_the_plans_values_name_no_region(reported: None, get: Get) -> None:
    shown = (await get("/plan", region="410100", organisation_kind="bureau"))["values"]["indicators"]["M01-I1"]
    assert shown["as_of_reason"] is None
    assert "regions" not in shown
