"""Regions beside one another: for the department, by code, without ranks and without small samples."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from contracts.regions import REGIONS

from tests.integration.progress.facts import Facts
from tests.integration.progress.notices.conftest import BUREAU, DEPARTMENT, Caller, Watch

YEAR = (date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 31))
COUNTED = "M04-I1"
YEAR_BEFORE = (date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 31))


@pytest.fixture
def reader(caller: Callable[..., Caller], watch: Watch) -> Caller:
    watch.set("2026-06-15T09:00")
    return caller("plan-reader", "reader-1")


async def report(
    connection: asyncpg.Connection, indicator_id: str, region: str, amount: int, base: int | None, *,
    period: tuple[date, date, date] = YEAR,
) -> None:  # fmt: skip
    await connection.execute(
        "INSERT INTO reported_values VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)",
        uuid4(), indicator_id, region, *period, amount, base,
    )  # fmt: skip


def cells(found: Any, column: int = 0) -> dict[str, Any]:
    return {each["region"]: each for each in found["indicators"][column]["regions"]}


async def test_regions_stand_in_the_order_of_their_codes_with_value_change_and_no_rank(
    reader: Caller, connection: asyncpg.Connection
) -> None:
    for region, now, before in (("410200", 60, 40), ("410100", 30, 45), ("410000", 9, 8)):
        await report(connection, "M01-I1", region, now, 100)
        await report(connection, "M01-I1", region, before, 100, period=YEAR_BEFORE)
    found = await reader.get("/comparison?indicators=M01-I1")
    column = found["indicators"][0]
    assert [each["region"] for each in column["regions"]] == [*REGIONS, "410000"]
    assert column["compared_with"] == "2025-06-15"
    shown = cells(found)
    assert [(shown[r]["value"], shown[r]["change"]) for r in ("410100", "410200", "410000")] == [
        (30.0, -15.0), (60.0, 20.0), (9.0, 1.0),
    ]  # fmt: skip
    assert (shown["410300"]["value"], shown["410300"]["reason"]["code"]) == (None, "nothing-in-period")
    assert "rank" not in str(found).lower()
    # Every number opens its rows.
    page = await reader.get(shown["410100"]["evidence"].removeprefix("/v1"))
    assert [row["amount"] for row in page["items"]] == [30]
    assert column["province"] == 33.0


@pytest.mark.parametrize(("base", "shown"), [(4, None), (5, 60.0)])
async def test_a_share_of_too_few_is_not_shown_nor_its_change(
    reader: Caller, connection: asyncpg.Connection, base: int, shown: float | None
) -> None:
    await report(connection, "M01-I1", "410100", 3, base)
    await report(connection, "M01-I1", "410100", 50, 100, period=YEAR_BEFORE)
    cell = cells(await reader.get("/comparison?indicators=M01-I1"))["410100"]
    assert (cell["value"], cell["change"]) == (shown, None if shown is None else 10.0)
    assert (cell["reason"] or {}).get("code") == (None if shown else "too-few-cases")
    assert (cell["numerator"], cell["evidence"]) == ((None, None) if shown is None else (3, cell["evidence"]))


async def test_a_number_per_lawyers(reader: Caller, connection: asyncpg.Connection) -> None:
    facts = Facts(connection)
    for region, lawyers in (("410100", 20), ("410200", 4)):
        firm = await facts.firm(region=region)
        await facts.staff(firm, lawyers, region=region)
        await report(connection, COUNTED, region, 5, None)
    shown = cells(await reader.get(f"/comparison?indicators={COUNTED}"))
    assert (shown["410100"]["value"], shown["410100"]["per_lawyers"]) == (5, 25.0)
    # Four lawyers are too few to count by.
    assert (shown["410200"]["value"], shown["410200"]["per_lawyers"]) == (5, None)
    lawyers = cells(await reader.get("/comparison?indicators=H1"))["410100"]
    assert (lawyers["value"], lawyers["per_lawyers"]) == (20, None)
    light = lawyers["light"]
    assert (light["rule"], light["colour"]["code"]) == ("T-NO-OWN-TARGET", "grey")
    assert light["link"].startswith("/v1/lights/")


async def test_closed_indicators_stand_in_it_only_as_released(reader: Caller, caller: Callable[..., Caller]) -> None:
    for who in (reader, caller("plan-officer", "officer-3")):
        column = (await who.get("/comparison?indicators=M12-I1"))["indicators"][0]
        assert {each["value"] for each in column["regions"]} == {None}
        assert {each["reason"]["code"] for each in column["regions"]} == {"closed-indicator"}
        assert {(each["light"], each["target"], each["evidence"]) for each in column["regions"]} == {(None, None, None)}
        assert (column["as_of"], column["province"]) == ("2026-05-31", None)
        # Nor by naming another day.
        other = (await who.get("/comparison?indicators=M12-I1&as_of=2026-03-10"))["indicators"][0]
        assert other["as_of"] == "2026-05-31"


async def test_a_region_has_its_own_target_with_its_document(
    reader: Caller, officer: Caller, second: Caller, connection: asyncpg.Connection
) -> None:
    facts = Facts(connection)
    await facts.staff(await facts.firm(), 20)
    body = {
        "number": "豫司文〔2026〕9号", "issuer": "河南省司法厅", "issued_on": "2026-02-01", "from_on": "2026-02-01",
        "targets": [{"indicator_id": "H1", "region": "410100", "op": ">=", "value": 25}],
    }  # fmt: skip
    entered = await officer.post("/region-targets", body, expect=201)
    path = f"/region-targets/documents/{entered['document_id']}/confirmation"
    await second.post(path, {}, expect=201, version=entered["version"])
    target = cells(await reader.get("/comparison?indicators=H1"))["410100"]["target"]
    assert (target["value"], target["attained"], target["document_number"]) == (25.0, False, "豫司文〔2026〕9号")


@pytest.mark.parametrize(
    ("role", "who", "expect"),
    [
        ("plan-reader", DEPARTMENT, 200),
        ("plan-officer", DEPARTMENT, 200),
        ("plan-signer", DEPARTMENT, 200),
        ("plan-reporter", DEPARTMENT, 200),
        ("plan-reader", BUREAU, 403),
        ("plan-officer", BUREAU, 403),
        ("plan-reader", {"region": "410100", "organisation_kind": "department"}, 403),
        ("plan-reader", {"region": "410000", "organisation_kind": "association"}, 403),
        ("plan-reader", {"region": "410000", "organisation_kind": "party-committee"}, 403),
        ("registry-officer", DEPARTMENT, 403),
        ("operator", DEPARTMENT, 403),
    ],
)
async def test_it_is_for_the_department_alone(
    caller: Callable[..., Caller], role: str, who: dict[str, str], expect: int
) -> None:
    await caller(role, "somebody", **who).get("/comparison?indicators=H1", expect=expect)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "indicators"),
        ("indicators=M99-I1", "indicators.0"),
        ("indicators=H1&indicators=W2-I1", "indicators.1"),
        ("indicators=W3-I1", "indicators.0"),
        ("indicators=H2", "indicators.0"),
        ("indicators=M07-I1", "indicators.0"),
        ("measure=M99", "measure"),
        ("measure=W3", "measure"),
        ("indicators=H1&as_of=2026-06-16", "as_of"),
        ("indicators=H1&as_of=yesterday", "as_of"),
    ],
)
async def test_what_cannot_be_compared_is_named(reader: Caller, query: str, field: str) -> None:
    assert (await reader.get(f"/comparison?{query}", expect=422))["field"] == field


async def test_a_measure_is_compared_by_what_is_told_by_region(reader: Caller) -> None:
    found = await reader.get("/comparison?measure=W2")
    assert [each["id"] for each in found["indicators"]] == ["W2-I2"]
    assert [each["id"] for each in (await reader.get("/comparison?measure=M05"))["indicators"]]
