"""Lights of a day over the real store: targets, what waits beneath them, reports, national tables."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from common.database import Database
from contracts.lights import Colour, LightOf
from contracts.plan import plan
from contracts.regions import REGIONS
from contracts.reporting import reported
from progress_api.board import Board
from progress_api.figures import figures_on
from progress_api.lights.domain import PlanLights, Scope
from progress_api.lights.store import StoredLights, lights_on
from progress_store.queries import COMPUTATIONS, Asked, Policy, figures

from tests.integration.progress.facts import KAIFENG, TODAY, ZHENGZHOU, Facts, clock

PLAN = plan().meta.id
LAST = date(2026, 12, 31)
AFTER = LAST + timedelta(days=1)


async def lights(facts: Facts, on: date = LAST) -> PlanLights:
    async with facts.connection.transaction(isolation="repeatable_read", readonly=True):
        return await lights_on(facts.connection, on)


def colour_of(found: PlanLights, of: LightOf, item_id: str, region: str | None = None) -> Colour:
    light = found.of(of, item_id, region)
    assert light is not None
    return light.colour


async def test_what_the_board_knows_already_changes_no_light(facts: Facts) -> None:
    """The plan read as due in March: of what is counted by the year, later numbers are not looked at, today either."""
    document, today = uuid4(), date(2026, 11, 20)
    await facts.connection.execute(
        "INSERT INTO public.reading_choices VALUES (gen_random_uuid(), 2, 'as_of_default', NULL, '2026-03-31', "
        "'2026-01-01', '1号', '厅', '2026-01-01', 'a', '2026-01-01', 'b', '2026-01-01')"
    )
    await facts.connection.execute(
        "INSERT INTO public.region_target_documents (document_id, version, events, number, issuer, issued_on, from_on, "
        "entered_by, entered_at, confirmed_by, confirmed_at) VALUES "
        "($1, 2, 1, '2号', '厅', '2026-01-01', '2026-01-01', 'a', '2026-01-01', 'b', '2026-01-01')",
        document,
    )
    await facts.connection.execute(
        "INSERT INTO public.region_targets VALUES ($1, 'M18-I3', '410100', '>=', 9)", document
    )
    await facts.connection.execute(
        "INSERT INTO reported_values VALUES "
        "(gen_random_uuid(), 1, 'M18-I3', '410100', '2026-01-01', '2026-06-30', '2026-07-20', 40, NULL)"
    )
    try:
        async with facts.connection.transaction(isolation="repeatable_read", readonly=True):
            board = await figures_on(facts.connection, today)
            known = await lights_on(facts.connection, today, known=board)
            anew = await lights_on(facts.connection, today)
    finally:
        await facts.connection.execute("TRUNCATE public.reading_choices, public.region_target_documents CASCADE")
    asked = Scope(LightOf.INDICATOR, "M18-I3", "410100")
    assert known.lights[asked] == anew.lights[asked]
    assert known == anew


@pytest.mark.parametrize(("amount", "rule"), [(17_999, "T-MISSED"), (18_000, "T-ATTAINED")])
async def test_a_share_that_is_rounded_up_to_its_bound_has_not_reached_it(facts: Facts, amount: int, rule: str) -> None:
    """89.995 % are shown as 90.0 and are not 90."""
    document = uuid4()
    await facts.connection.execute(
        "INSERT INTO public.region_target_documents (document_id, version, events, number, issuer, issued_on, from_on, "
        "entered_by, entered_at, confirmed_by, confirmed_at) VALUES "
        "($1, 2, 1, '2号', '厅', '2026-01-01', '2026-01-01', 'a', '2026-01-01', 'b', '2026-01-01')",
        document,
    )
    await facts.connection.execute(
        "INSERT INTO public.region_targets VALUES ($1, 'M18-I2', '410100', '>=', 90)", document
    )
    await facts.connection.execute(
        "INSERT INTO reported_values VALUES (gen_random_uuid(), 1, 'M18-I2', '410100', '2026-07-01', '2026-12-31', "
        "'2027-01-20', $1, 20000)",
        amount,
    )
    try:
        found = (await lights(facts, AFTER)).of(LightOf.INDICATOR, "M18-I2", ZHENGZHOU)
    finally:
        await facts.connection.execute("TRUNCATE public.region_target_documents CASCADE")
    assert found is not None
    assert found.rule == rule
    assert {each.code: each.value for each in found.inputs}["value"] == 90.0


async def test_everything_of_an_empty_plan_is_grey(facts: Facts) -> None:
    found = await lights(facts)
    assert {light.colour for light in found.lights.values()} == {Colour.GREY}
    measures = found.within(kinds=[LightOf.MEASURE])
    assert len(measures) == 26 * 19
    assert len(found.within(kinds=[LightOf.DELIVERABLE], regions=[None])) == 120
    assert len(found.within(kinds=[LightOf.GROUP])) == 5 * 19
    whole = found.of(LightOf.PLAN, PLAN)
    assert whole is not None
    assert whole.counts == {Colour.GREY: 28}
    assert "灰灯28" in whole.reason.zh


@pytest.mark.parametrize(("size", "rule"), [(99, "T-MISSED"), (100, "T-ATTAINED"), (101, "T-ATTAINED")])
async def test_t3_counts_firms_from_100_and_is_attained_from_41(facts: Facts, size: int, rule: str) -> None:
    for number in range(41):
        await facts.staff(await facts.firm(), size if number == 40 else 100)
    found = (await lights(facts, AFTER)).of(LightOf.TARGET, "T3")
    assert found is not None
    assert found.rule == rule


async def test_t3_with_40_firms_is_missed(facts: Facts) -> None:
    for _ in range(40):
        await facts.staff(await facts.firm(), 100)
    assert colour_of(await lights(facts, AFTER), LightOf.TARGET, "T3") is Colour.RED


async def test_a_region_is_never_coloured_by_the_provinces_number(facts: Facts) -> None:
    for _ in range(41):
        await facts.staff(await facts.firm(), 100)
    found = await lights(facts, AFTER)
    assert colour_of(found, LightOf.TARGET, "T3") is Colour.GREEN
    for region in REGIONS:
        light = found.of(LightOf.TARGET, "T3", region)
        assert light is not None
        assert (light.colour, light.rule) == (Colour.GREY, "T-NO-OWN-TARGET")


async def test_what_each_locality_is_asked_for_is_judged_region_by_region(facts: Facts) -> None:
    for _ in range(3):
        firm = await facts.firm(region=KAIFENG)
        await facts.recognise(firm, "provincial-influence-firm", region=KAIFENG)
    found = await lights(facts, AFTER)
    assert colour_of(found, LightOf.TARGET, "T10", KAIFENG) is Colour.GREEN
    assert colour_of(found, LightOf.TARGET, "T10", ZHENGZHOU) is Colour.RED
    province = found.of(LightOf.TARGET, "T10")
    assert province is not None
    assert (province.colour, province.rule, province.counts) == (
        Colour.RED,
        "T-REGIONS",
        {Colour.GREEN: 1, Colour.RED: 17},
    )
    assert colour_of(found, LightOf.MEASURE, "W1", KAIFENG) is Colour.GREEN
    assert colour_of(found, LightOf.MEASURE, "W1") is Colour.RED


async def test_parked_events_make_the_numbers_above_them_stale(facts: Facts) -> None:
    await facts.staff(await facts.firm(), 100)
    await facts.park()
    found = await lights(facts)
    assert colour_of(found, LightOf.TARGET, "T1") is Colour.STALE
    assert colour_of(found, LightOf.MEASURE, "M05") is Colour.STALE
    assert colour_of(found, LightOf.TARGET, "T6") is Colour.GREY


async def test_the_path_begins_with_the_first_day_that_the_register_tells_of(facts: Facts) -> None:
    begun = date(2025, 6, 1)
    await facts.staff(await facts.firm(from_on=begun), 10, from_on=begun)
    light = (await lights(facts, date(2026, 3, 1))).of(LightOf.TARGET, "T1")
    assert light is not None
    inputs = {each.code: each.value for each in light.inputs}
    assert (inputs["start"], inputs["start_on"]) == (10, "2025-06-01")


async def test_a_reported_number_older_than_what_is_due_is_stale(facts: Facts) -> None:
    about = reported()["M14-I1"]
    assert about.required == ("410000",)

    async def told(until_on: date) -> None:
        await facts.connection.execute(
            "INSERT INTO reported_values (value_id, version, indicator_id, region, from_on, until_on, due_on, amount)"
            " VALUES ($1, 1, 'M14-I1', '410000', $2, $3, $4, 0)",
            uuid4(),
            until_on - timedelta(days=180),
            until_on,
            until_on + timedelta(days=20),
        )

    day = date(2025, 7, 21)
    before = (await lights(facts, day)).of(LightOf.INDICATOR, "M14-I1")
    assert before is not None
    assert (before.colour, before.rule) == (Colour.GREY, "I-NO-REPORT")
    await told(date(2024, 12, 31))
    assert colour_of(await lights(facts, day - timedelta(days=1)), LightOf.INDICATOR, "M14-I1") is Colour.GREY
    assert colour_of(await lights(facts, day), LightOf.INDICATOR, "M14-I1") is Colour.STALE
    await told(date(2025, 6, 30))
    assert colour_of(await lights(facts, day), LightOf.INDICATOR, "M14-I1") is Colour.GREY


async def test_the_light_of_a_past_day_is_the_same_when_computed_later(facts: Facts) -> None:
    for _ in range(2):
        await facts.staff(await facts.firm(), 100, from_on=date(2024, 5, 1))
    day = date(2025, 1, 31)
    then = await lights(facts, day)
    await facts.staff(await facts.firm(from_on=date(2025, 3, 1)), 100, from_on=date(2025, 3, 1))
    assert await lights(facts, day) == then
    assert (await lights(facts, date(2025, 3, 1))).lights != then.lights


async def test_todays_lights_are_made_of_what_the_board_has_computed(facts: Facts, database: Database) -> None:
    await facts.staff(await facts.firm(), 100)
    board = Board(database, recompute_seconds=60, page_lag_seconds=0, clock=clock)
    computed, by_hand = await StoredLights(database).on(board, TODAY)
    assert board.computations == 1
    assert computed == await lights(facts, TODAY)
    assert (by_hand.declared, by_hand.overridden) == ({}, {})


async def test_todays_lights_are_kept_until_anything_beneath_them_moves(facts: Facts, database: Database) -> None:
    stored, board = StoredLights(database), Board(database, recompute_seconds=60, page_lag_seconds=0, clock=clock)
    work, document = uuid4(), uuid4()
    deliverable = plan().measures[0].deliverables[0].id

    async def again(moving: str, *values: object) -> bool:
        """Whether the lights were computed anew; that they are those of a first computation is always so."""
        before, _ = await stored.on(board, TODAY)
        await facts.connection.execute(moving, *values)
        after, _ = await stored.on(board, TODAY)
        assert after == await lights(facts, TODAY)
        return after is not before

    try:
        assert not await again("SELECT 1")
        # What the projector has taken in; what officers enter is in tables of our own.
        assert await again("INSERT INTO positions VALUES ('progress.events', 0, 'e', 7, '')")
        added = "INSERT INTO public.deliverable_works (work_id, deliverable_id, version) VALUES ($1, $2, 0)"
        assert await again(added, work, deliverable)
        assert await again("UPDATE public.deliverable_works SET version = 1 WHERE work_id = $1", work)
        assert await again(
            "INSERT INTO public.region_target_documents (document_id, version, events, number, issuer, issued_on, "
            "from_on, entered_by, entered_at) "
            "VALUES ($1, 1, 1, '2号', '厅', '2026-01-01', '2026-01-01', 'a', '2026-01-01')",
            document,
        )
        assert await again("UPDATE public.region_target_documents SET version = 2 WHERE document_id = $1", document)
        assert not await again("SELECT 1")
    finally:
        await facts.connection.execute("DELETE FROM public.deliverable_works WHERE work_id = $1", work)
        await facts.connection.execute("DELETE FROM public.region_target_documents WHERE document_id = $1", document)


async def test_policies_change_the_light_of_t3(facts: Facts) -> None:
    """41 firms: one of them with 99 and a suspended one, one with 99 and one in its branch."""
    for _ in range(39):
        await facts.staff(await facts.firm(), 100)
    firm = await facts.firm()
    staff = await facts.staff(firm, 100)
    await facts.standing(staff[0], date(2025, 1, 1))
    parent = await facts.firm()
    await facts.staff(parent, 99)
    await facts.practice(firm=await facts.firm(kind="branch", parent=parent))

    async def with_policy(**chosen: object) -> Colour:
        policy = Policy.default("M05-I1").overridden(dict(chosen))
        known = {
            target.indicator: await figures(
                facts.connection,
                COMPUTATIONS[target.indicator],
                Asked(AFTER, policy if target.id == "T3" else Policy.default(target.indicator)),
            )
            for target in plan().targets
        }
        async with facts.connection.transaction(isolation="repeatable_read", readonly=True):
            return colour_of(await lights_on(facts.connection, AFTER, known=known), LightOf.TARGET, "T3")

    assert await with_policy() is Colour.RED
    assert await with_policy(count_suspended="licence-held") is Colour.RED
    both = {"count_suspended": "licence-held", "headcount_scope": "with-branches-in-province"}
    assert await with_policy(**both) is Colour.GREEN
