"""Every number against facts written by hand, on the edges where the plan's words decide."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from contracts.plan import plan
from progress_store.queries import (
    COMPUTATIONS,
    SMALLEST_ID,
    Asked,
    Figures,
    Policy,
    beneath,
    evidence,
    figures,
    positions_by_topic,
)
from progress_store.queries.policies import Parameter

from tests.integration.progress.facts import Facts

DAY = date(2026, 6, 1)
day = date.fromisoformat


async def ask(facts: Facts, indicator_id: str, on: date = DAY, **chosen: Any) -> Figures:
    policy = Policy.default(indicator_id).overridden(cast(dict[Parameter, Any], chosen))
    return await figures(facts.connection, COMPUTATIONS[indicator_id], Asked(on, policy))


async def rows(facts: Facts, indicator_id: str, on: date = DAY, **chosen: Any) -> list[dict[str, Any]]:
    policy = Policy.default(indicator_id).overridden(cast(dict[Parameter, Any], chosen))
    page = await evidence(facts.connection, COMPUTATIONS[indicator_id], Asked(on, policy), regions=None, limit=200)
    assert page.after is None
    return page.rows


def code_of(found: Figures) -> str | None:
    return None if found.reason is None else found.reason.code


def test_every_indicator_has_a_source_of_values() -> None:
    assert COMPUTATIONS.keys() == {indicator.id for indicator in plan().indicators()}


@pytest.mark.parametrize("indicator_id", sorted(COMPUTATIONS))
async def test_an_empty_store_lists_all_18_regions_and_no_rows(facts: Facts, indicator_id: str) -> None:
    found = await ask(facts, indicator_id)
    assert len(found.regions) == 18
    assert {region.numerator for region in found.regions.values()} == {0}
    assert await rows(facts, indicator_id) == []
    assert found.value == 0 if found.reason is None else found.value is None


async def test_lawyers_are_counted_on_the_days_of_their_practice(facts: Facts) -> None:
    await facts.practice(from_on=day("2026-06-01"))
    await facts.practice(to_on=day("2026-06-01"), region="410200")
    await facts.practice(category=6, region="419001")
    found = await ask(facts, "H1")
    assert found.value == 2
    assert {code: region.value for code, region in found.regions.items() if region.value} == {"410100": 1, "419001": 1}
    assert (await ask(facts, "H1", day("2026-05-31"))).value == 2
    assert (await ask(facts, "H1", lawyer_categories="social")).value == 1


async def test_a_move_counts_before_here_and_after_there(facts: Facts) -> None:
    lawyer = await facts.practice(to_on=day("2026-03-01"))
    await facts.practice(lawyer=lawyer, region="410300", from_on=day("2026-03-01"))
    before, after = (
        await ask(facts, "H1", day("2026-02-28")),
        await ask(facts, "H1", day("2026-03-01")),
    )
    assert (before.value, before.regions["410100"].value, before.regions["410300"].value) == (1, 1, 0)
    assert (after.value, after.regions["410100"].value, after.regions["410300"].value) == (1, 0, 1)


async def test_overlapping_suspensions_end_when_the_last_one_does(facts: Facts) -> None:
    lawyer = await facts.practice()
    first = await facts.standing(lawyer, day("2026-05-01"), day("2026-07-01"))
    second = await facts.standing(lawyer, day("2026-06-01"), day("2026-08-01"))

    async def counted(on: str) -> tuple[object, object]:
        with_them = await ask(facts, "H1", day(on))
        return with_them.value, (await ask(facts, "H1", day(on), count_suspended="not-suspended")).value

    assert await counted("2026-04-30") == (1, 1)
    assert await counted("2026-05-01") == (1, 0)
    assert await counted("2026-07-31") == (1, 0)
    assert await counted("2026-08-01") == (1, 1)
    await facts.withdraw(second)
    assert await counted("2026-06-15") == (1, 0)
    assert await counted("2026-07-01") == (1, 1)
    await facts.withdraw(first)
    assert await counted("2026-06-15") == (1, 1)


async def test_the_revoked_never_count(facts: Facts) -> None:
    lawyer = await facts.practice()
    fact = await facts.standing(lawyer, day("2026-06-01"), kind="revocation")
    assert (await ask(facts, "H1", day("2026-05-31"))).value == 1
    assert (await ask(facts, "H1")).value == 0
    assert (await ask(facts, "H1", count_suspended="not-suspended")).value == 0
    await facts.withdraw(fact)
    assert (await ask(facts, "H1")).value == 1


@pytest.mark.parametrize(("indicator_id", "bound"), [("M05-I1", 100), ("M05-I2", 200)])
@pytest.mark.parametrize("beyond", [-1, 0, 1])
async def test_the_threshold_includes_its_number(facts: Facts, indicator_id: str, bound: int, beyond: int) -> None:
    firm = await facts.firm()
    await facts.staff(firm, bound + beyond)
    found = await ask(facts, indicator_id)
    assert found.value == (0 if beyond < 0 else 1)
    shown = await rows(facts, indicator_id)
    assert [(row["firm_id"], row["headcount"]) for row in shown] == ([] if beyond < 0 else [(firm, bound + beyond)])


@pytest.mark.parametrize(("firms", "attained", "gap"), [(40, False, 1), (41, True, 0)])
async def test_more_than_40_firms_excludes_40(facts: Facts, firms: int, attained: bool, gap: int) -> None:
    await facts.connection.execute(
        """
        WITH firms AS (
            INSERT INTO firm_periods (period_id, firm_id, kind, region, from_on)
            SELECT gen_random_uuid(), gen_random_uuid(), 'special-partnership', '410100', '2020-01-01'
            FROM generate_series(1, $1) RETURNING firm_id)
        INSERT INTO practices (practice_id, lawyer_id, firm_id, region, category, from_on)
        SELECT gen_random_uuid(), gen_random_uuid(), firm_id, '410100', 1, '2020-01-01'
        FROM firms, generate_series(1, 100)
        """,
        firms,
    )
    value = (await ask(facts, "M05-I1")).value
    assert value == firms
    assert isinstance(value, int)
    target = plan().target("T3")
    assert (target.attained(value), target.gap(value)) == (attained, gap)


async def test_a_suspended_lawyer_counts_for_a_firm_only_where_the_policy_says_so(facts: Facts) -> None:
    firm = await facts.firm()
    lawyers = await facts.staff(firm, 100)
    fact = await facts.standing(lawyers[0], day("2026-05-01"), day("2026-09-01"))
    assert (await ask(facts, "M05-I1")).value == 0
    assert (await ask(facts, "M05-I1", count_suspended="licence-held")).value == 1
    await facts.withdraw(fact)
    assert (await ask(facts, "M05-I1")).value == 1


async def test_only_categories_that_stand_at_a_firm_make_its_headcount(facts: Facts) -> None:
    firm = await facts.firm()
    await facts.staff(firm, 99)
    await facts.practice(firm=firm, category=6)
    assert (await ask(facts, "M05-I1")).value == 0
    await facts.practice(firm=firm, category=5)
    assert (await ask(facts, "M05-I1")).value == 1


async def test_branches_add_to_their_head_office_or_are_firms_as_the_policy_says(facts: Facts) -> None:
    head = await facts.firm()
    await facts.staff(head, 60)
    branch = await facts.firm(kind="branch", region="410300", parent=head)
    await facts.staff(branch, 100, region="410300")
    closed = await facts.firm(kind="branch", parent=head, to_on=day("2026-01-01"))
    await facts.staff(closed, 7, to_on=day("2026-01-01"))
    outside = await facts.firm(kind="branch", region="410200")
    await facts.staff(outside, 100, region="410200")

    assert (await ask(facts, "M05-I1")).value == 0
    for scope in ("with-branches-in-province", "with-all-branches"):
        assert (await ask(facts, "M05-I1", headcount_scope=scope)).value == 1
        (row,) = await rows(facts, "M05-I1", headcount_scope=scope)
        assert (row["firm_id"], row["headcount"], row["headcount_of_branches"]) == (head, 160, 100)
    counted = await ask(facts, "M05-I1", count_branch_as_firm=True)
    assert counted.value == 2
    assert {row["firm_id"] for row in await rows(facts, "M05-I1", count_branch_as_firm=True)} == {branch, outside}
    both: dict[str, Any] = {"count_branch_as_firm": True, "headcount_scope": "with-branches-in-province"}
    assert (await ask(facts, "M05-I1", **both)).value == 3


async def test_foreign_offices_revoked_and_closed_firms_are_no_firms(facts: Facts) -> None:
    for firm in (
        await facts.firm(kind="foreign-office"),
        await facts.firm(to_on=day("2026-06-01")),
        await facts.firm(from_on=day("2026-06-02")),
    ):
        await facts.staff(firm, 100)
    revoked = await facts.firm()
    await facts.staff(revoked, 100)
    await facts.standing(revoked, day("2026-01-01"), kind="revocation", subject_kind="firm")
    suspended = await facts.firm()
    await facts.staff(suspended, 100)
    await facts.standing(suspended, day("2026-01-01"), day("2027-01-01"), subject_kind="firm")
    assert [row["firm_id"] for row in await rows(facts, "M05-I1")] == [suspended]


async def test_comprehensive_firms_need_size_and_recognition(facts: Facts) -> None:
    large, other, small = await facts.firm(), await facts.firm(region="410300"), await facts.firm()
    await facts.staff(large, 300)
    await facts.staff(other, 301, region="410300")
    await facts.staff(small, 299)
    none = await ask(facts, "M05-I3")
    assert (none.value, none.at_threshold, code_of(none)) == (None, 2, "no-recognition-list")
    assert none.regions["410100"].value is None
    assert none.regions["410100"].at_threshold == 1

    await facts.recognise(small, "comprehensive-firm")
    found = await ask(facts, "M05-I3")
    assert (found.value, found.at_threshold, found.reason) == (0, 2, None)
    await facts.recognise(large, "comprehensive-firm", to_on=day("2026-06-02"))
    found = await ask(facts, "M05-I3")
    assert (found.value, found.at_threshold, found.regions["410100"].value) == (1, 2, 1)
    assert {(row["firm_id"], row["counted"]) for row in await rows(facts, "M05-I3")} == {(large, True), (other, False)}
    assert (await ask(facts, "M05-I3", day("2026-06-02"))).value == 0
    # Before the first list nobody could have been on it.
    assert code_of(await ask(facts, "M05-I3", day("2024-12-31"))) == "no-recognition-list"


async def test_foreign_related_lawyers_practise_and_are_on_the_list(facts: Facts) -> None:
    listed, ended, unlisted = (
        await facts.practice(),
        await facts.practice(to_on=day("2026-01-01")),
        uuid4(),
    )
    await facts.practice(lawyer=unlisted)
    assert code_of(await ask(facts, "M10-I1")) == "no-recognition-list"
    await facts.recognise(listed, "foreign-related-lawyer")
    await facts.recognise(ended, "foreign-related-lawyer")
    found = await ask(facts, "M10-I1")
    assert (found.value, found.reason) == (1, None)
    assert [row["lawyer_id"] for row in await rows(facts, "M10-I1")] == [listed]
    # Recognised twice is one lawyer.
    await facts.recognise(listed, "foreign-related-lawyer")
    assert (await ask(facts, "M10-I1")).value == 1


async def test_joint_ventures_and_foreign_offices_are_counted_by_kind(facts: Facts) -> None:
    await facts.firm(kind="hk-macao-joint-venture")
    await facts.firm(kind="hk-macao-joint-venture", to_on=day("2026-05-01"))
    await facts.firm(kind="foreign-office", region="410300")
    assert (await ask(facts, "M10-I2")).value == 1
    assert (await ask(facts, "M10-I3")).regions["410300"].value == 1


async def test_complaints_closed_in_time(facts: Facts) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(f"{text}+08:00")

    accepted, due = at("2026-05-01T09:00:00"), at("2026-05-20T17:00:00")
    await facts.complaint(accepted=accepted, due=due, closed=at("2026-05-20T17:00:00"))
    await facts.complaint(accepted=accepted, due=due, closed=at("2026-05-20T17:00:01"))
    await facts.complaint(accepted=accepted, due=at("2026-06-01T23:59:59"))
    await facts.complaint(accepted=accepted, due=at("2026-06-02T00:00:00"))
    await facts.complaint(accepted=accepted, due=at("2026-07-01T00:00:00"), closed=at("2026-05-03T09:00:00"))
    await facts.complaint(accepted=None, due=None)
    await facts.complaint(accepted=at("2025-11-01T09:00:00"), due=at("2025-12-31T23:59:59"))
    found = await ask(facts, "M13-I1")
    assert (found.numerator, found.denominator, found.value) == (2, 4, 50.0)
    median = await ask(facts, "M13-I2")
    assert (median.value, median.denominator) == (19.33, 3)
    # On 4 May only the fast one was closed.
    early = await ask(facts, "M13-I2", date(2026, 5, 4))
    assert (early.value, early.denominator) == (2.0, 1)
    assert code_of(await ask(facts, "M13-I2", date(2026, 5, 2))) == "nothing-in-period"


async def test_evidence_is_paged_by_id_and_kept_to_regions(facts: Facts) -> None:
    for region in ("410100", "410200"):
        for _ in range(7):
            await facts.practice(region=region)
    asked = Asked(DAY, Policy.default("H1"))
    seen: list[UUID] = []
    after = SMALLEST_ID
    while True:
        page = await evidence(facts.connection, COMPUTATIONS["H1"], asked, regions=["410200"], after=after, limit=3)
        seen += [row["practice_id"] for row in page.rows]
        assert {row["region"] for row in page.rows} == {"410200"}
        if page.after is None:
            break
        after = page.after
    assert len(seen) == 7
    assert seen == sorted(set(seen))


async def test_what_waits_and_what_has_stopped_is_told_per_topic(facts: Facts) -> None:
    assert await beneath(facts.connection) == {}
    await facts.positions("registry.events", 3)
    await facts.park("rights.events")
    await facts.connection.execute("UPDATE positions SET stopped = 'fork' WHERE partition = 4")
    found = await beneath(facts.connection)
    assert (found["registry.events"].parked, found["registry.events"].stopped) == (0, (4,))
    assert (found["rights.events"].parked, found["rights.events"].complete) == (1, False)
    assert (await positions_by_topic(facts.connection))["registry.events"].position == 36
