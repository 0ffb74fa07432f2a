"""The official reading of open parameters: chosen by two officers, in force from its day on, under every number."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from common.database import Database
from contracts.legal_day import midnight
from fastapi import FastAPI
from progress_api.board import Board
from progress_api.figures import figures_on
from progress_api.history.store_telling import when_a_day_has_ended_tell_its_values

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import KAIFENG, TODAY, Facts, clock
from tests.integration.progress.plan_officers import (
    CITY_STEERING,
    DEPARTMENT,
    DIVISION,
    LAWYER,
    READER,
    SECOND,
    ZHENGZHOU,
    Ask,
    Officer,
    asking,
)

SINCE = TODAY - timedelta(days=10)
CHOICE = {
    "parameter": "count_suspended_lawyers",
    "target": "T3",
    "value": "licence-held",
    "from_on": SINCE.isoformat(),
    "document_number": "豫司文〔2026〕20号",
    "document_issuer": "河南省司法厅",
    "document_date": SINCE.isoformat(),
}


@pytest.fixture
async def ask(app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts) -> AsyncIterator[Ask]:
    await facts.connection.execute("TRUNCATE public.reading_choices")
    yield asking(app, client, issuer)
    await facts.connection.execute("TRUNCATE public.reading_choices")


async def chosen(ask: Ask, **change: Any) -> dict[str, Any]:
    entered = await ask("POST /readings/choices", CHOICE | change, expect=201)
    where = f"POST /readings/choices/{entered['choice_id']}/confirmation"
    confirmed: dict[str, Any] = await ask(where, who=SECOND, expect=201, if_match='"v1"')
    return confirmed


async def staff(facts: Facts, firm: UUID, count: int, *, region: str = "410100") -> list[UUID]:
    rows = await facts.connection.fetch(
        "INSERT INTO practices (practice_id, lawyer_id, firm_id, region, category, from_on) "
        "SELECT gen_random_uuid(), gen_random_uuid(), $1, $2, 1, '2020-01-01' FROM generate_series(1, $3) "
        "RETURNING lawyer_id",
        firm, region, count,
    )  # fmt: skip
    return [row["lawyer_id"] for row in rows]


async def t3(ask: Ask, as_of: date, **who: Any) -> dict[str, Any]:
    found: dict[str, Any] = await ask(f"GET /indicators/M05-I1?as_of={as_of}", **who)
    return found


def suspended_parameter(shown: dict[str, Any]) -> dict[str, Any]:
    [found] = [item for item in shown["policy"]["parameters"] if item["name"] == "count_suspended"]
    return dict(found)


@pytest.mark.parametrize(
    ("headcount", "suspended", "without", "held"),
    [(99, 0, 0, 0), (100, 0, 1, 1), (101, 0, 1, 1), (100, 1, 0, 1), (101, 1, 1, 1), (101, 2, 0, 1), (99, 1, 0, 0)],
)
async def test_the_reading_in_force_decides_at_the_threshold_from_its_day_on(
    ask: Ask, facts: Facts, headcount: int, suspended: int, without: int, held: int
) -> None:
    firm = await facts.firm()
    for lawyer in (await staff(facts, firm, headcount))[:suspended]:
        await facts.standing(lawyer, date(2025, 1, 1))
    assert (await t3(ask, TODAY))["value"] == without
    await chosen(ask)
    before, after = await t3(ask, SINCE - timedelta(days=1)), await t3(ask, SINCE)
    assert (before["value"], after["value"]) == (without, held)
    told = suspended_parameter(after)
    assert (told["value"], told["default"], told["official"]) == ("licence-held", "not-suspended", "licence-held")
    assert (told["official_since"], told["official_document"], told["official_by"]) == (
        SINCE.isoformat(), "豫司文〔2026〕20号", "河南省司法厅",
    )  # fmt: skip
    then = suspended_parameter(before)
    assert (then["value"], then["official"], then["official_document"]) == ("not-suspended", "not-suspended", None)
    rows = await ask(f"GET /indicators/M05-I1/evidence?as_of={SINCE}")
    assert len(rows["items"]) == held
    # What a reader chooses himself still comes first.
    own = await ask(f"GET /indicators/M05-I1?as_of={SINCE}&count_suspended=not-suspended")
    assert own["value"] == without


@pytest.mark.parametrize(("scope", "expected"), [("head-office-only", 0), ("with-branches-in-province", 1)])
async def test_branches_added_or_not(ask: Ask, facts: Facts, scope: str, expected: int) -> None:
    firm = await facts.firm()
    branch = await facts.firm(kind="branch", parent=firm, region=KAIFENG)
    await staff(facts, firm, 60)
    await staff(facts, branch, 40, region=KAIFENG)
    await chosen(ask, parameter="firm_headcount_scope", target=None, value=scope)
    assert (await t3(ask, TODAY))["value"] == expected
    assert (await t3(ask, SINCE - timedelta(days=1)))["value"] == 0


async def test_a_branch_as_a_firm_of_its_own_and_41_firms_for_40(ask: Ask, facts: Facts) -> None:
    firms = [await facts.firm() for _ in range(40)]
    await facts.connection.execute(
        "INSERT INTO practices (practice_id, lawyer_id, firm_id, region, category, from_on) "
        "SELECT gen_random_uuid(), gen_random_uuid(), f, '410100', 1, '2020-01-01' "
        "FROM unnest($1::uuid[]) f, generate_series(1, 100)",
        firms,
    )
    outside = await facts.firm(kind="branch")
    await staff(facts, outside, 100)
    forty = await t3(ask, TODAY)
    assert (forty["value"], forty["attained"], forty["gap"]) == (40, False, 1)
    await chosen(ask, parameter="count_branch_as_firm", target=None, value="true")
    more = await t3(ask, TODAY)
    assert (more["value"], more["attained"], more["gap"]) == (41, True, 0)
    listed = await ask("GET /targets")
    [shown] = [item["computed"] for item in listed["targets"] if item["id"] == "T3"]
    assert (shown["value"], shown["attained"], shown["official"]) == (41, True, True)
    assert shown["policy"]["count_branch_as_firm"] is True
    again = await ask("GET /targets?count_branch_as_firm=false")
    [shown] = [item["computed"] for item in again["targets"] if item["id"] == "T3"]
    assert (shown["value"], shown["gap"], shown["official"]) == (40, 1, False)


async def test_the_board_and_all_numbers_of_a_day_notice_a_choice(ask: Ask, facts: Facts, database: Database) -> None:
    firm = await facts.firm()
    [lawyer, *_] = await staff(facts, firm, 100)
    await facts.standing(lawyer, date(2025, 1, 1))
    board = Board(database, recompute_seconds=1, page_lag_seconds=1, clock=clock)
    first = await board.current()
    assert (first.figures["M05-I1"].value, await board.current() is first) == (0, True)
    await chosen(ask)
    second = await board.current()
    assert (second.figures["M05-I1"].value, board.computations) == (1, 2)
    # What the choice does not concern is not computed again.
    assert second.figures["M05-I2"] is first.figures["M05-I2"]
    assert second.figures["H1"] is first.figures["H1"]
    assert (await ask("GET /measures/M05"))["values"]["indicators"]["M05-I1"]["value"] == 1
    pool = await database.pool()
    async with pool.acquire() as connection:
        for day, value in ((SINCE - timedelta(days=1), 0), (SINCE, 1)):
            assert (await figures_on(connection, day, ["M05-I1"]))["M05-I1"].value == value


async def test_3_to_5_may_be_read_from_its_upper_end(ask: Ask, facts: Facts) -> None:
    for _ in range(3):
        await facts.recognise(await facts.firm(kind="foreign-office"), "comprehensive-firm")
    office = await ask("GET /indicators/M10-I3")
    assert (office["value"], office["target"]["bound"], office["attained"]) == (3, 1, True)
    await chosen(ask, parameter="range_attained_from", target=None, value="max")
    office = await ask("GET /indicators/M10-I3")
    assert office["target"]["bound"] == 2
    before = await ask(f"GET /indicators/M10-I3?as_of={SINCE - timedelta(days=1)}")
    assert before["target"]["bound"] == 1


async def test_two_officers_choose_and_the_later_choice_of_a_day_corrects(ask: Ask, facts: Facts) -> None:
    entered = await ask("POST /readings/choices", CHOICE, expect=201)
    where = f"/readings/choices/{entered['choice_id']}"
    assert (await ask("GET /readings"))["readings"]
    own = await ask(f"POST {where}/confirmation", expect=403, if_match='"v1"')
    assert own["type"].endswith("own-entry")
    await ask(f"POST {where}/confirmation", who=SECOND, expect=428)
    assert suspended_parameter(await t3(ask, TODAY))["official"] == "not-suspended"
    await ask(f"POST {where}/withdrawal", who=DEPARTMENT, expect=201, if_match='"v1"')
    await ask(f"POST {where}/confirmation", who=SECOND, expect=409, if_match='"v2"')
    await chosen(ask)
    await chosen(ask, value="not-suspended", document_number="豫司文〔2026〕21号")
    told = suspended_parameter(await t3(ask, TODAY))
    assert (told["official"], told["official_document"]) == ("not-suspended", "豫司文〔2026〕21号")
    listed = await ask("GET /readings/choices")
    assert [item["state"] for item in listed["items"]] == ["confirmed", "confirmed", "withdrawn"]
    assert "dept" not in str(listed)
    rows = await facts.connection.fetch("SELECT event_type, entity_version FROM public.outbox")
    assert [tuple(row) for row in rows] == [("lawyers.progress.reading.chosen.v1", 1)] * 2


async def test_every_open_parameter_is_listed_with_default_and_official(ask: Ask) -> None:
    await chosen(ask, parameter="as_of_default", target=None, value="2026-12-30")
    listed = (await ask("GET /readings"))["readings"]
    by_name = {(item["parameter"], item["target"]): item for item in listed}
    assert {name for name, _ in by_name} == {
        "as_of_default", "lawyer_categories", "firm_headcount_scope", "count_branch_as_firm",
        "firm_headcount_categories", "count_suspended_lawyers", "range_attained_from", "each_region_scope",
        "foreign_related_definition",
    }  # fmt: skip
    due = by_name["as_of_default", None]
    assert (due["default"], due["official"], due["document_number"]) == (
        "2026-12-31", "2026-12-30", "豫司文〔2026〕20号",
    )  # fmt: skip
    assert [target for name, target in by_name if name == "count_suspended_lawyers"] == [
        "T1", "T2", "T3", "T4", "T5", "T7",
    ]  # fmt: skip
    assert by_name["each_region_scope", None]["one_reading_only"]
    assert not by_name["count_suspended_lawyers", "T2"]["changes_numbers"]
    assert (await ask("GET /indicators/H1"))["target"]["due_on"] == "2026-12-30"
    past = (await ask(f"GET /readings?as_of={SINCE - timedelta(days=1)}"))["readings"]
    assert [item["official"] for item in past if item["parameter"] == "as_of_default"] == ["2026-12-31"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parameter": "colour"}, "parameter"),
        ({"parameter": "each_region_scope", "target": None, "value": "18-regions"}, "parameter"),
        ({"value": "sometimes"}, "value"),
        ({"target": None}, "target"),
        ({"target": "T6"}, "target"),
        ({"parameter": "firm_headcount_scope", "value": "head-office-only"}, "target"),
        ({"parameter": "as_of_default", "target": None, "value": "2027-01-01"}, "value"),
        ({"parameter": "as_of_default", "target": None, "value": "20261231"}, "value"),
        ({"document_date": "2199-12-31"}, "document_date"),
        ({"from_on": "soon"}, "from_on"),
        ({"document_number": ""}, "document_number"),
        ({"author": "x"}, "author"),
    ],
)
async def test_a_bad_choice_names_its_field(ask: Ask, change: dict[str, Any], field: str) -> None:
    assert (await ask("POST /readings/choices", CHOICE | change, expect=422))["field"] == field


@pytest.mark.parametrize("who", [DIVISION, ZHENGZHOU, CITY_STEERING, READER, LAWYER])
async def test_only_the_department_chooses(ask: Ask, who: Officer) -> None:
    await ask("POST /readings/choices", CHOICE, who=who, expect=403)
    entered = await ask("POST /readings/choices", CHOICE, expect=201)
    for step in ("confirmation", "withdrawal"):
        await ask(f"POST /readings/choices/{entered['choice_id']}/{step}", who=who, expect=403, if_match='"v1"')
    await ask("GET /readings/choices", who=who, expect=403)
    await ask("GET /readings", who=who, expect=403 if who is LAWYER else 200)


async def test_regional_numbers_that_tell_who_is_suspended_are_told_and_shown_to_readers_of_standing(
    ask: Ask, facts: Facts, database: Database
) -> None:
    await facts.practice()
    await facts.connection.execute("UPDATE public.shown_progress SET told_until = $1", TODAY - timedelta(days=2))
    await chosen(ask, target="T1", value="not-suspended")
    await when_a_day_has_ended_tell_its_values(database, midnight(TODAY))
    told = await facts.connection.fetch("SELECT event_type, key FROM public.outbox WHERE key IN ('H1', 'M05-I1')")
    assert {row["key"]: row["event_type"] for row in told} == {
        "H1": "lawyers.progress.closed-values.shown.v1",
        "M05-I1": "lawyers.progress.values.shown.v1",
    }
    assert (await ask("GET /indicators/H1"))["regions_withheld"] == 18
    before = await ask(f"GET /indicators/H1?as_of={SINCE - timedelta(days=1)}")
    assert before["regions_withheld"] == 0
    await ask("GET /indicators/H1?region=410100", expect=403)
