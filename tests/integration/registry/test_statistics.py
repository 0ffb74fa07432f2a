"""Counts agree with each other and with the register, on any day, under every reading; the public cannot single out."""

import itertools
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.registry_events import StandingKind
from registry_api.register.standing import StandingFact
from registry_api.register.store import Register
from registry_api.statistics.store import SqlStatistics

from .conftest import Desk, good, problem

LAWYERS, FIRMS = "/v1/statistics/lawyers", "/v1/statistics/firms"
NOBODY = {"X-Nobody": "1"}  # no token


async def counted(desk: Desk, path: str, headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
    return good(await desk.get(path, headers or NOBODY, **params))


def groups(answer: dict[str, Any]) -> dict[Any, int]:
    keys = answer["group_by"]
    return {tuple(group[key]["code"] for key in keys): group["count"] for group in answer["groups"]}


async def suspend(desk: Desk, lawyer: dict, kind: StandingKind, from_on: date, to_on: date | None) -> None:
    async with desk.database.begin() as tx:
        register = await Register.within(tx, desk.now.date())
        before = await register.lawyer_for_update(UUID(lawyer["lawyer_id"]))
        after, event = before.record(StandingFact(uuid4(), kind, from_on, to_on))
        await register.save_lawyers([(before, after)])
        tx.outbox.add(event)


@pytest.fixture
async def province(desk: Desk) -> dict[str, Any]:
    """Zhengzhou: a head office with three lawyers, its branch with one, a company lawyer; Luoyang: a firm with one."""
    head = await desk.firm("410100")
    branch = await desk.firm("410100", established_on="2020-01-01")
    # A head office of twenty lawyers, as the law wants it for a branch, would make the numbers hard to read.
    await desk.connection.execute(
        "UPDATE firm_periods SET kind = 'branch', parent_firm_id = $2 WHERE firm_id = $1",
        UUID(branch["firm_id"]),
        UUID(head["firm_id"]),
    )
    away = await desk.firm("410300", established_on="2025-01-01")
    lawyers = [await desk.lawyer(head) for _ in range(3)]
    later = {"first_licensed_on": "2021-03-01", "licence_number": desk.licence_number("410100", year=2021)}
    lawyers += [await desk.lawyer(branch, **later), await desk.lawyer(away, practising_from="2025-02-01")]
    lawyers.append(await desk.lawyer())
    return {"head": head, "branch": branch, "away": away, "lawyers": lawyers}


async def test_the_sum_over_any_grouping_is_the_total(desk: Desk, province):
    for path, names in (
        (LAWYERS, ["region", "category", "kind", "size_band", "age_band"]),
        (FIRMS, ["region", "kind", "size_band", "age_band"]),
    ):
        total = (await counted(desk, path))["total"]
        for size in (1, 2):
            for names_asked in itertools.combinations(names, size):
                answer = await counted(desk, path, group_by=list(names_asked))
                assert sum(groups(answer).values()) == answer["total"] == total, names_asked
        by_region = groups(await counted(desk, path, group_by="region"))
        for (region,), number in by_region.items():
            assert (await counted(desk, path, region=region))["total"] == number


async def test_today_is_what_the_register_holds_now(desk: Desk, province):
    by_category = groups(await counted(desk, LAWYERS, group_by="category"))
    rows = await desk.connection.fetch(
        "SELECT category::text, count(*) AS n FROM practices WHERE to_on IS NULL GROUP BY 1"
    )
    assert by_category == {(row["category"],): row["n"] for row in rows} == {("1",): 5, ("6",): 1}
    today = await counted(desk, LAWYERS, as_of="2026-06-10", group_by="region")
    assert groups(today) == groups(await counted(desk, LAWYERS, group_by="region")) == {("410100",): 5, ("410300",): 1}


async def test_any_earlier_day_is_counted_as_it_was(desk: Desk, province):
    assert (await counted(desk, LAWYERS, as_of="2012-02-29"))["total"] == 0
    assert (await counted(desk, LAWYERS, as_of="2021-02-28"))["total"] == 4
    assert groups(await counted(desk, FIRMS, as_of="2024-12-31", group_by="region")) == {("410100",): 1}
    ages = groups(await counted(desk, LAWYERS, as_of="2021-03-01", group_by="age_band", lawyer_categories="social"))
    assert ages == {("0-2",): 1, ("5-9",): 3}
    problem(await desk.get(LAWYERS, NOBODY, as_of="2026-06-11"), 422, "as-of-in-future", "as_of")


async def test_readings_change_the_number_and_are_named(desk: Desk, province):
    social = await counted(desk, LAWYERS, lawyer_categories="social")
    assert social["total"] == 5
    assert social["policy"]["lawyer_categories"]["value"] == "social"
    assert social["policy"]["lawyer_categories"]["default"] == "all"
    assert groups(await counted(desk, FIRMS, group_by="kind")) == {("general-partnership",): 2}
    branches = groups(await counted(desk, FIRMS, group_by="kind", count_branch_as_firm="true"))
    assert branches == {("branch",): 1, ("general-partnership",): 2}
    assert groups(await counted(desk, FIRMS, group_by="size_band")) == {("1-2",): 1, ("3-9",): 1}
    bands = {
        scope: groups(
            await counted(desk, LAWYERS, group_by="size_band", lawyer_categories="social", headcount_scope=scope)
        )
        for scope in ("head-office-only", "with-branches-in-province")
    }
    assert bands == {
        "head-office-only": {("1-2",): 2, ("3-9",): 3},
        "with-branches-in-province": {("1-2",): 1, ("3-9",): 4},
    }
    problem(await desk.get(LAWYERS, NOBODY, lawyer_categories="both"), 422, "validation-failed", "lawyer_categories")
    problem(await desk.get(FIRMS, NOBODY, lawyer_categories="all"), 422, "validation-failed", "lawyer_categories")
    three = ["region", "category", "kind"]
    problem(await desk.get(LAWYERS, NOBODY, group_by=three), 422, "validation-failed", "group_by")


async def test_closed_categories_stand_as_one_group_in_crossings(desk: Desk, province):
    crossed = await counted(desk, LAWYERS, group_by=["region", "category"])
    assert groups(crossed) == {("410100", "1"): 4, ("410100", "6-8"): 1, ("410300", "1"): 1}
    assert [note["code"] for note in crossed["notes"]] == ["closed-undivided"]
    department = await counted(desk, LAWYERS, desk.officer(), group_by=["region", "category"])
    assert ("410100", "6") in groups(department)
    ages = groups(await counted(desk, LAWYERS, group_by="age_band"))
    assert ages[("6-8",)] == 1
    elsewhere = await counted(desk, LAWYERS, desk.officer("bureau", "410300"), region="410100", group_by="category")
    assert groups(elsewhere) == {("1",): 4, ("6-8",): 1}


async def test_the_suspended_are_counted_out_only_for_who_may_read_standing(desk: Desk, province):
    suspended, revoked = province["lawyers"][:2]
    await suspend(desk, suspended, StandingKind.SUSPENSION, date(2026, 6, 1), date(2026, 7, 1))
    await suspend(desk, revoked, StandingKind.REVOCATION, date(2026, 6, 1), None)
    assert (await counted(desk, LAWYERS))["total"] == 5
    without = {"count_suspended": "not-suspended"}
    for stranger in (NOBODY, desk.officer("bureau", "410300"), desk.officer("association", "410000")):
        problem(await desk.get(LAWYERS, stranger, **without, region="410100"), 403, "forbidden")
    problem(await desk.get(LAWYERS, desk.officer("bureau", "410100"), **without), 403, "forbidden")
    assert (await counted(desk, LAWYERS, desk.officer("bureau", "410100"), **without, region="410100"))["total"] == 3
    assert (await counted(desk, LAWYERS, desk.officer(), **without))["total"] == 4


async def test_an_answer_is_kept_until_the_register_changes(desk: Desk, province, monkeypatch):
    asked = 0
    count = SqlStatistics.count

    async def counting(self, question):
        nonlocal asked
        asked += 1
        return await count(self, question)

    monkeypatch.setattr(SqlStatistics, "count", counting)
    first = await desk.get(LAWYERS, NOBODY)
    again = await desk.get(LAWYERS, NOBODY | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, asked) == (304, 1)
    await desk.lawyer(province["head"])
    changed = await desk.get(LAWYERS, NOBODY | {"If-None-Match": first.headers["etag"]})
    assert (good(changed)["total"], asked) == (7, 2)
