"""Counts agree with each other and with the register, on any day, under every reading; the public cannot single out."""

import itertools
import random
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.registry_events import StandingKind
from registry_api.register.practice import Place, Practice
from registry_api.register.standing import Standing, StandingFact, standing_on
from registry_api.register.store import Register
from registry_api.statistics.store import SqlStatistics

from tests.support.directory import documented_fields

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


async def test_the_answer_has_the_fields_that_the_directory_tells(desk: Desk, province):
    for path in (LAWYERS, FIRMS):
        assert (await counted(desk, path)).keys() == documented_fields("lawyer-statistics")


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


async def test_counties_are_counted_by_the_seat_of_the_firm_and_of_the_institution(desk: Desk):
    firm = await desk.firm("410100", county="410122")
    for _ in range(2):
        await desk.lawyer(firm)
    await desk.lawyer(await desk.firm("410100"))
    await desk.lawyer(county="410105")
    public = await counted(desk, LAWYERS, group_by="county")
    assert groups(public) == {("410122",): 2, ("6-8",): 1, (None,): 1}
    assert [group["county"]["zh"] for group in public["groups"]] == ["中牟县", "公职、公司、法律援助", "未填写"]
    seen = await counted(desk, LAWYERS, desk.officer(), group_by="county")
    assert groups(seen) == {("410105",): 1, ("410122",): 2, (None,): 1}
    assert groups(await counted(desk, FIRMS, group_by=["region", "county"])) == {
        ("410100", "410122"): 1,
        ("410100", None): 1,
    }


async def test_counts_of_any_day_are_those_of_the_rule_of_standing(desk: Desk, province):
    """The statement says in SQL what `standing_on` says in Python: over moves, ends and facts, day by day."""
    rng = random.Random(7)
    head, away = UUID(province["head"]["firm_id"]), UUID(province["away"]["firm_id"])
    people: dict[UUID, tuple[list[Practice], list[StandingFact]]] = {}
    for _ in range(40):
        days = sorted(rng.sample(range(600), rng.randint(1, 4)))
        starts = [date(2024, 1, 1) + timedelta(days=day) for day in days]
        ends = [*starts[1:], rng.choice([None, starts[-1] + timedelta(days=rng.randint(0, 200))])]
        practices = [
            Practice(uuid4(), Place("410100", rng.choice([head, away])), rng.choice([1, 2]), from_on, to_on)
            for from_on, to_on in zip(starts, ends, strict=True)
        ]
        kinds = [StandingKind.SUSPENSION, StandingKind.REVOCATION][: rng.randint(0, 2)]
        facts = [
            StandingFact(uuid4(), kind, date(2024, 6, 1), date(2025, 3, 1), withdrawn=rng.random() < 0.3)
            for kind in kinds
        ]
        people[uuid4()] = (practices, facts)
    await planted(desk, people)
    asked = {"group_by": "category", "lawyer_categories": "social"}
    before = groups(await counted(desk, LAWYERS, desk.officer(), **asked, as_of="2023-12-31"))
    for day in (date(2024, 1, 1) + timedelta(days=20 * step) for step in range(40)):
        for policy, counting in (
            ("licence-held", {Standing.PRACTISING, Standing.SUSPENDED}),
            ("not-suspended", {Standing.PRACTISING}),
        ):
            told = groups(await counted(desk, LAWYERS, desk.officer(), **asked, as_of=str(day), count_suspended=policy))
            expected = Counter(
                (str([p for p in practices if p.from_on <= day][-1].category),)
                for practices, facts in people.values()
                if standing_on(day, practices, facts) in counting
            )
            always = Counter(before) + Counter({("1",): 1} if day >= date(2025, 2, 1) else {})
            assert Counter(told) == expected + always, (day, policy)


async def planted(desk: Desk, people: dict[UUID, tuple[list[Practice], list[StandingFact]]]) -> None:
    for number, (lawyer_id, (practices, facts)) in enumerate(people.items()):
        licence = f"14101201210{900_000 + number}"
        await desk.connection.execute(
            "INSERT INTO lawyers (lawyer_id, name, licence_number, serial, first_licensed_on, licensed,"
            " current_practice_id, version) VALUES ($1, '张三', $2, $3, '2012-01-01', $4, $5, 1)",
            lawyer_id, licence, licence[11:], practices[-1].to_on is None, practices[-1].practice_id,
        )  # fmt: skip
        await desk.connection.executemany(
            "INSERT INTO practices (practice_id, lawyer_id, ordinal, firm_id, region, category, from_on, to_on)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                (p.practice_id, lawyer_id, place, p.place.firm_id, "410100", p.category, p.from_on, p.to_on)
                for place, p in enumerate(practices)
            ],
        )
        await desk.connection.executemany(
            "INSERT INTO standing_facts (fact_id, lawyer_id, kind, from_on, to_on, withdrawn, version)"
            " VALUES ($1, $2, $3, $4, $5, $6, 1)",
            [(f.fact_id, lawyer_id, f.kind.value, f.from_on, f.to_on, f.withdrawn) for f in facts],
        )


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
