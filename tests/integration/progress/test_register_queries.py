"""What follows from the register in full: lists, counties, the district, reorganisations, first licences, grades."""

from datetime import date
from typing import Any, cast
from uuid import uuid4

from contracts.counties import COUNTY_AREA
from progress_store.queries import COMPUTATIONS, Asked, Figures, Policy, evidence, figures
from progress_store.queries.policies import Parameter

from tests.integration.progress.facts import JIYUAN, KAIFENG, ZHENGZHOU, Facts
from tests.integration.progress.readers import Get

DAY = date(2026, 10, 1)


async def ask(facts: Facts, indicator_id: str, on: date = DAY, **chosen: Any) -> Figures:
    policy = Policy.default(indicator_id).overridden(cast(dict[Parameter, Any], chosen))
    return await figures(facts.connection, COMPUTATIONS[indicator_id], Asked(on, policy))


async def rows(facts: Facts, indicator_id: str, on: date = DAY) -> list[dict[str, Any]]:
    asked = Asked(on, Policy.default(indicator_id))
    return (await evidence(facts.connection, COMPUTATIONS[indicator_id], asked, regions=None, limit=200)).rows


async def test_a_firm_on_two_lists_of_a_kind_counts_once_and_only_while_it_practises(facts: Facts) -> None:
    firm, ended, revoked = await facts.firm(), await facts.firm(to_on=date(2026, 5, 1)), await facts.firm()
    for member in (firm, firm, ended, revoked):
        await facts.recognise(member, "specialised-firm")
    await facts.recognise(await facts.firm(region=KAIFENG), "specialised-firm", to_on=DAY)
    await facts.standing(revoked, date(2026, 1, 1), kind="revocation", subject_kind="firm")
    for indicator_id in ("M06-I1", "W1-I2"):
        found = await ask(facts, indicator_id)
        assert (found.value, found.regions[ZHENGZHOU].value, found.regions[KAIFENG].value) == (1, 1, 0)
    assert (await ask(facts, "W1-I2", date(2026, 9, 30))).regions[KAIFENG].value == 1
    unknown = await ask(facts, "W1-I1")
    assert (unknown.value, unknown.reason and unknown.reason.code) == (None, "no-recognition-list")


async def test_a_boutique_shows_its_field(facts: Facts) -> None:
    firm = await facts.firm()
    await facts.recognise(firm, "boutique-firm", field="carbon-neutrality")
    shown = await rows(facts, "M06-I2")
    assert [(row["firm_id"], row["field"]) for row in shown] == [(firm, "carbon-neutrality")]


async def test_a_merger_of_several_firms_counts_once_and_a_division_too(facts: Facts) -> None:
    case = uuid4()
    for _ in range(2):
        await facts.reorganised(date(2026, 3, 1), case=case)
    await facts.reorganised(date(2026, 4, 1), "division", region=KAIFENG)
    await facts.reorganised(date(2025, 12, 31))
    found = await ask(facts, "M05-I4")
    assert (found.value, found.regions[ZHENGZHOU].value, found.regions[KAIFENG].value) == (2, 1, 1)
    assert (await ask(facts, "M05-I4", date(2026, 3, 31))).value == 1
    assert (await ask(facts, "M05-I4", date(2025, 12, 31))).value == 1


async def test_the_district_counts_branches_opened_there_and_the_talent_that_practises_there(facts: Facts) -> None:
    opened = {"established": True, "in_legal_district": True, "from_on": date(2026, 2, 1)}
    branch = await facts.firm(kind="branch", outside_parent=True, **opened)
    await facts.firm(kind="branch", **opened | {"established": False})
    await facts.firm(kind="branch", **opened | {"in_legal_district": False})
    await facts.firm(**opened)
    assert [row["firm_id"] for row in await rows(facts, "M07-I2")] == [branch]
    assert (await ask(facts, "M07-I2", date(2025, 12, 31))).value == 0
    assert [row["firm_id"] for row in await rows(facts, "M09-I3")] == [branch]

    elsewhere = await facts.firm()
    here, there = await facts.practice(firm=branch), await facts.practice(firm=elsewhere)
    assert (await ask(facts, "M07-I3")).reason is not None
    for lawyer in (here, there):
        await facts.recognise(lawyer, "top-level-talent")
    assert [row["lawyer_id"] for row in await rows(facts, "M07-I3")] == [here]


async def test_county_lawyers_are_where_their_firm_is_on_the_day(facts: Facts) -> None:
    firm = await facts.firm(county="410122")
    await facts.practice(firm=firm)
    await facts.practice(firm=await facts.firm(county="410105"))
    await facts.practice(category=6, region=JIYUAN, county="419001")
    await facts.practice(category=6)
    found = await ask(facts, "M20-I1")
    assert (found.value, found.regions[ZHENGZHOU].value, found.regions[JIYUAN].value) == (2, 1, 1)
    assert {row["county"] for row in await rows(facts, "M20-I1")} == {"410122", "419001"}
    assert (await ask(facts, "M20-I1", lawyer_categories="social")).value == 1


async def test_counties_without_a_firm_are_told_once_the_register_knows_of_counties(facts: Facts) -> None:
    await facts.firm()
    found = await ask(facts, "M20-I2")
    assert (found.value, found.reason and found.reason.code) == (None, "no-counties-on-record")
    await facts.firm(county="410122")
    await facts.firm(county="410181", to_on=date(2026, 1, 1))
    await facts.firm(county="419001", region=JIYUAN, kind="branch")
    await facts.firm(county="410105")
    found = await ask(facts, "M20-I2")
    assert found.value == len(COUNTY_AREA) - 2
    assert (found.regions[ZHENGZHOU].value, found.regions[JIYUAN].value) == (5, 0)
    assert "410181" in {row["county"] for row in await rows(facts, "M20-I2")}


async def test_first_licences_count_in_their_year(facts: Facts) -> None:
    for on in (date(2025, 12, 31), date(2026, 1, 1), DAY, date(2026, 10, 2)):
        await facts.first_licence(on)
    assert (await ask(facts, "M21-I4")).value == 2
    assert (await ask(facts, "M21-I4", date(2025, 12, 31))).value == 1


async def test_scarce_talent_is_brought_in_from_outside_and_not_from_next_door(facts: Facts) -> None:
    firm = await facts.firm()
    brought, moved, before = uuid4(), uuid4(), uuid4()
    await facts.practice(lawyer=brought, firm=firm, from_on=date(2026, 3, 1), to_on=date(2026, 5, 1))
    await facts.practice(lawyer=brought, firm=firm, from_on=date(2026, 5, 1))
    await facts.practice(lawyer=moved, firm=firm, from_on=date(2020, 1, 1), to_on=date(2026, 3, 1))
    await facts.practice(lawyer=moved, firm=firm, from_on=date(2026, 3, 1))
    await facts.practice(lawyer=before, firm=firm, from_on=date(2025, 3, 1))
    await facts.practice(firm=firm, from_on=date(2026, 3, 1))
    for lawyer in (brought, moved, before):
        await facts.recognise(lawyer, "scarce-talent")
    shown = await rows(facts, "M22-I2")
    assert [(row["lawyer_id"], row["joined_on"]) for row in shown] == [(brought, date(2026, 3, 1))]
    assert (await ask(facts, "M22-I2")).value == 1


async def test_what_a_list_says_of_a_merged_record_holds_for_the_one_that_was_kept(facts: Facts) -> None:
    kept, absorbed = await facts.practice(), uuid4()
    await facts.recognise(absorbed, "foreign-related-lawyer")
    assert (await ask(facts, "M10-I1")).value == 0
    await facts.connection.execute("INSERT INTO merged_records VALUES ($1, $2)", absorbed, kept)
    await facts.recognise(kept, "foreign-related-lawyer")
    assert [row["lawyer_id"] for row in await rows(facts, "M10-I1")] == [kept]


async def test_the_share_of_firms_that_passed_is_the_latest_published_year_s(facts: Facts) -> None:
    for grade in ("passed", "passed", "failed", None):
        await facts.assessed(grade)
    await facts.assessed("failed", year=2024, on=date(2025, 6, 1))
    await facts.assessed("passed", year=2026, on=date(2027, 6, 1))
    await facts.assessed("competent", kind="assessed-lawyer")
    found = await ask(facts, "M14-I2")
    assert (found.value, found.numerator, found.denominator) == (66.67, 2, 3)
    assert (await ask(facts, "M14-I2", date(2026, 5, 31))).value == 0.0
    assert (await ask(facts, "M14-I2", date(2025, 5, 31))).value is None


async def test_what_the_plan_asks_of_each_locality_is_attained_by_all_or_not_at_all(get: Get, facts: Facts) -> None:
    for region in (*[ZHENGZHOU] * 4, KAIFENG):
        await facts.recognise(await facts.firm(region=region), "provincial-influence-firm")
    found = await get("/indicators/W1-I1")
    assert (found["value"], found["attained"], found["gap"]) == (5, False, 2 + 16 * 3)
    zhengzhou = await get(f"/indicators/W1-I1?region={ZHENGZHOU}")
    assert (zhengzhou["value"], zhengzhou["attained"], zhengzhou["gap"]) == (4, True, 0)
    kaifeng = await get(f"/indicators/W1-I1?region={KAIFENG}&range_attained_from=max")
    assert (kaifeng["value"], kaifeng["attained"], kaifeng["gap"]) == (1, False, 4)
    assert (await get("/indicators/W1-I2"))["gap"] is None
