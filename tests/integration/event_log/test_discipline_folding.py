"""Cases, talks, supervisors, honours: any interleaving of two feeds leaves the rows, and the numbers, of a model."""

import random
from datetime import timedelta
from typing import Any

from common.database import Database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from progress_store.queries import COMPUTATIONS, Asked, Policy, figures

from tests.integration.event_log.histories import Histories
from tests.integration.event_log.test_rebuild import folded, interleaved

COMPUTED = ("M12-I2", "M12-I3", "M12-I4", "M14-I3", "M23-I3")


async def stored(store: Database) -> dict[str, Any]:
    pool = await store.pool()
    return {
        "sanctions": {
            r["case_id"]: (r["honoured"], r["honour_counts_from"], r["withdrawn_on"])
            for r in await pool.fetch("SELECT * FROM sanctions")
        },
        "proceedings": {
            r["proceeding_id"]: (r["decided_on"], r["decision"], r["closed_on"])
            for r in await pool.fetch("SELECT * FROM proceedings")
        },
        "impostors": {r["impostor_case_id"]: r["closed_on"] for r in await pool.fetch("SELECT * FROM impostor_cases")},
        "talks": {r["talk_id"]: r["with_head"] for r in await pool.fetch("SELECT * FROM talks")},
        "supervisors": {
            r["appointment_id"]: (r["lawyer_id"], r["from_on"], r["to_on"])
            for r in await pool.fetch("SELECT * FROM supervisors")
        },
        "honours": {
            r["recognition_id"]: (r["member_id"], r["from_on"], r["to_on"])
            for r in await pool.fetch("SELECT * FROM recognitions")
        },
    }


async def numbers(store: Database, made: Histories) -> list[tuple[str, Any, Any, Any]]:
    asked = [made.day - timedelta(days) for days in (0, 20, 60)]
    pool = await store.pool()
    async with pool.acquire() as connection:
        found = [
            (id_, await figures(connection, COMPUTATIONS[id_], Asked(day, Policy.default(id_))))
            for day in asked
            for id_ in COMPUTED
        ]
    return [(id_, each.value, each.numerator, each.denominator) for id_, each in found]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_interleaving_of_both_feeds_leaves_the_rows_and_numbers_of_the_model(
    store: Database, seed: int
) -> None:
    rng = random.Random(seed)
    made = Histories(rng)
    histories = made.some(40)
    first = await folded(store, interleaved(histories, rng))
    expected = {name: getattr(made, name) for name in await stored(store)}
    assert await stored(store) == expected
    counted = await numbers(store, made)
    assert await folded(store, interleaved(histories, rng)) == first
    assert await numbers(store, made) == counted
    # The whole of the one feed before the other, and each record's life in one batch.
    by_feed = sorted((event for history in histories for event in history), key=lambda event: event.topic)
    assert await folded(store, [by_feed]) == first
    assert await folded(store, list(reversed(histories))) == first
    honoured = {member for member, from_on, to_on in made.honours.values() if to_on is None or to_on > from_on}
    sanctioned = sum(bool(noted) and fallen is None for noted, _, fallen in made.sanctions.values())
    rate = next(number for number in counted if number[0] == "M23-I3")
    if honoured:
        assert rate[2:] == (sanctioned, len(honoured))
