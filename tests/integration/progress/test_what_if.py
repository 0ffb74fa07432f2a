"""Targets under every reading side by side: the official one marked, each number opening its own rows."""

from datetime import date
from typing import Any

import httpx
import pytest
from contracts.entitlements import is_closed_indicator
from contracts.plan import plan
from fastapi import FastAPI

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import Facts
from tests.integration.progress.plan_officers import DEPARTMENT, LAWYER, READER, Ask, Officer, asking
from tests.integration.progress.test_readings import chosen, staff

REGISTRY_OFFICER = Officer("reg-1", "registry-officer", "bureau", "410100")


@pytest.fixture
async def ask(app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts) -> Ask:
    await facts.connection.execute("TRUNCATE public.reading_choices")
    return asking(app, client, issuer)


async def outcomes(ask: Ask, query: str, who: Officer = DEPARTMENT) -> list[dict[str, Any]]:
    [target] = (await ask(f"GET /what-if?{query}", who=who))["targets"]
    return list(target["outcomes"])


def key(outcome: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(outcome["parameters"].values())


async def test_every_combination_stands_beside_the_official_one_and_opens_its_rows(ask: Ask, facts: Facts) -> None:
    firm, other = await facts.firm(), await facts.firm(kind="branch")
    branch = await facts.firm(kind="branch", parent=firm)
    [lawyer, *_] = await staff(facts, firm, 100)
    await staff(facts, other, 101)
    await staff(facts, branch, 1)
    await facts.standing(lawyer, date(2025, 1, 1))
    found = await outcomes(ask, "target=T3")
    assert len(found) == 12
    by_key = {key(item): item for item in found}
    assert {k: item["value"] for k, item in by_key.items()} == {
        ("licence-held", "head-office-only", False): 1,
        ("licence-held", "head-office-only", True): 2,
        ("licence-held", "with-branches-in-province", False): 1,
        ("licence-held", "with-branches-in-province", True): 2,
        ("licence-held", "with-all-branches", False): 1,
        ("licence-held", "with-all-branches", True): 2,
        ("not-suspended", "head-office-only", False): 0,
        ("not-suspended", "head-office-only", True): 1,
        ("not-suspended", "with-branches-in-province", False): 1,
        ("not-suspended", "with-branches-in-province", True): 2,
        ("not-suspended", "with-all-branches", False): 1,
        ("not-suspended", "with-all-branches", True): 2,
    }
    assert [key(item) for item in found if item["official"]] == [("not-suspended", "head-office-only", False)]
    assert all(item["official"] == item["default"] for item in found)
    for item in found:
        assert item["gap"] == 41 - item["value"]
        page = await ask("GET " + item["evidence"].removeprefix("/v1"))
        assert len(page["items"]) == item["value"]


async def test_the_official_reading_is_marked_and_always_shown(ask: Ask) -> None:
    await chosen(ask, parameter="count_branch_as_firm", target=None, value="true")
    found = await outcomes(ask, "target=T3&headcount_scope=with-all-branches&count_suspended=not-suspended")
    assert [(key(item), item["official"], item["default"]) for item in found] == [
        (("not-suspended", "head-office-only", True), True, False),
        (("not-suspended", "with-all-branches", False), False, False),
        (("not-suspended", "with-all-branches", True), False, False),
    ]
    before = await outcomes(ask, "target=T3&as_of=2024-06-30")
    assert [key(item) for item in before if item["official"]] == [("not-suspended", "head-office-only", False)]


async def test_a_region_without_the_suspended_is_for_readers_of_its_standing(ask: Ask, facts: Facts) -> None:
    lawyer = await facts.practice()
    await facts.practice()
    await facts.standing(lawyer, date(2025, 1, 1))
    query = "target=T1&region=410100&lawyer_categories=all"
    # The department's plan officer reads no standing; the bureau's registry officer does, of its own region.
    for who in (DEPARTMENT, READER):
        found = {key(item)[0]: item for item in await outcomes(ask, query, who)}
        assert found["licence-held"]["value"] == 2
        hidden = found["not-suspended"]
        assert (hidden["value"], hidden["evidence"]) == (None, None)
        assert hidden["reason"]["code"] == "not-suspended-withheld"
    found = {key(item)[0]: item["value"] for item in await outcomes(ask, query, REGISTRY_OFFICER)}
    assert found == {"licence-held": 2, "not-suspended": 1}
    # Of the province the number is open, its rows are not.
    whole = {key(item)[0]: item for item in await outcomes(ask, "target=T1&lawyer_categories=all")}
    assert (whole["not-suspended"]["value"], whole["not-suspended"]["evidence"]) == (1, None)
    elsewhere = query.replace("410100", "410200")
    found = {key(item)[0]: item for item in await outcomes(ask, elsewhere, REGISTRY_OFFICER)}
    assert found["not-suspended"]["reason"]["code"] == "not-suspended-withheld"


async def test_every_target_has_its_table_and_none_is_of_a_closed_indicator(ask: Ask) -> None:
    rows = {}
    for target in plan().targets:
        assert not is_closed_indicator(target.indicator)
        rows[target.id] = len(await outcomes(ask, f"target={target.id}"))
    assert rows == {
        "T1": 4, "T2": 1, "T3": 12, "T4": 12, "T5": 24, "T6": 1, "T7": 4, "T8": 1, "T9": 2, "T10": 2, "T11": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "target"),
        ("target=T99", "target.0"),
        ("target=T1&target=T2&target=T3&target=T4", "target"),
        ("target=T1&headcount_scope=head-office-only", "headcount_scope"),
        ("target=T3&headcount_scope=everywhere", "headcount_scope.0"),
        ("target=T3&region=410000", "region"),
        ("target=T3&as_of=2199-01-01", "as_of"),
        ("target=T3&colour=red", "colour"),
    ],
)
async def test_a_bad_question_names_its_field(ask: Ask, query: str, field: str) -> None:
    assert (await ask(f"GET /what-if?{query}", expect=422))["field"] == field


async def test_who_reads_no_values_asks_nothing(ask: Ask) -> None:
    await ask("GET /what-if?target=T1", who=LAWYER, expect=403)
