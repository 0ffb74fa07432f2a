"""Reports, national tables, inspections, what was shown: no interleaving of four feeds changes a row or a number."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson
from common.database import Database
from common.events import Event
from contracts.progress_events import TOPIC as PROGRESS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from progress_api.figures import figures_on

from tests.faults.sources import sequence_all, write
from tests.faults.world import World
from tests.integration.event_log.histories import Histories
from tests.integration.event_log.plan_histories import PlanHistories
from tests.integration.event_log.province import Province
from tests.integration.event_log.test_rebuild import folded, interleaved

DAYS = (date(2025, 3, 31), date(2026, 10, 1))


async def numbers(store: Database) -> list[Mapping[str, Any]]:
    """All 86 on each of the days."""
    async with store.snapshot() as connection:
        found = [await figures_on(connection, day) for day in DAYS]
    return [{id_: asdict(one) for id_, one in each.items()} for each in found]


async def stored(store: Database) -> dict[str, Any]:
    pool = await store.pool()
    return {
        "values": {
            (r["value_id"], r["version"]): (r["amount"], r["base"], r["reached_on"])
            for r in await pool.fetch("SELECT * FROM reported_values")
        },
        "duties": {r["report_id"]: r["received_on"] for r in await pool.fetch("SELECT * FROM report_duties")},
        "tables": {r["table_id"]: r["version"] for r in await pool.fetch("SELECT * FROM national_tables")},
        "figures": {
            (r["table_id"], r["version"], r["province"]): r["lawyers"]
            for r in await pool.fetch("SELECT * FROM national_figures")
        },
        "inspections": {r["inspection_id"]: r["completed_on"] for r in await pool.fetch("SELECT * FROM inspections")},
        "shown": {
            (r["indicator_id"], r["version"], r["region"]): r["value"]
            for r in await pool.fetch("SELECT * FROM shown_values")
        },
    }


def everything(rng: random.Random, made: PlanHistories) -> list[list[Event]]:
    """Histories of all four feeds."""
    world = World(rng)
    registered: dict[str, list[Event]] = defaultdict(list)
    for _ in range(60):
        change = world.next()
        world.settle(change, accepted=True)
        for event in change.events:
            registered[event.key()].append(event)
    return [*registered.values(), *Histories(rng).some(20), *made.some(90)]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_interleaving_of_four_feeds_changes_a_row_or_a_number(store: Database, seed: int) -> None:
    rng = random.Random(seed)
    made = PlanHistories(rng)
    histories = everything(rng, made)
    first = await folded(store, interleaved(histories, rng))
    assert await stored(store) == {name: getattr(made, name) for name in await stored(store)}
    counted = await numbers(store)
    assert all(len(day) == 86 for day in counted)
    assert all((one["value"] is None) != (one["reason"] is None) for day in counted for one in day.values())
    assert sum(one["value"] is not None for one in counted[1].values()) > 25
    # One feed after the other, in both orders, and everything mixed once more.
    by_feed = sorted((event for history in histories for event in history), key=lambda event: event.topic)
    assert await folded(store, [by_feed]) == first
    assert await numbers(store) == counted
    assert await folded(store, list(reversed(histories))) == first
    assert await folded(store, interleaved(histories, rng)) == first
    assert await numbers(store) == counted


FALSIFIED = {
    "reported_values": "UPDATE {0} SET amount = coalesce(amount, 0) + 1 WHERE (value_id, version) = "
    "(SELECT value_id, version FROM {0} ORDER BY 1, 2 LIMIT 1)",
    "report_duties": "UPDATE {0} SET received_on = due_on WHERE report_id = "
    "(SELECT report_id FROM {0} WHERE received_on IS NULL LIMIT 1)",
    "national_figures": "DELETE FROM {0} WHERE (table_id, version, province) = "
    "(SELECT table_id, version, province FROM {0} ORDER BY 1, 2, 3 LIMIT 1)",
    "national_tables": "UPDATE {0} SET version = version + 1 WHERE table_id = "
    "(SELECT table_id FROM {0} ORDER BY 1 LIMIT 1)",
    "inspections": "INSERT INTO {0} VALUES (gen_random_uuid(), '410100', '2026-01-01')",
    "shown_values": "UPDATE {0} SET value = coalesce(value, 0) + 1 WHERE (indicator_id, version, region) = "
    "(SELECT indicator_id, version, region FROM {0} ORDER BY 1, 2, 3 LIMIT 1)",
    "positions": "UPDATE {0} SET last_partition_hash = '\\x00' WHERE topic = 'progress.events' AND partition = 3",
}


async def test_live_equals_rebuilt_and_every_falsified_row_of_the_plan_is_found(province: Province) -> None:
    made = PlanHistories(random.Random(7))
    histories = made.some(60)
    await province.change(30)
    for batch in interleaved(histories, made.rng):
        await write(province.feeds[PROGRESS].database, *batch)
        await sequence_all(province.feeds[PROGRESS].database)
    await province.follower.catch_up()
    store = await province.store.pool()
    assert await store.fetchval("SELECT count(*) FROM parked") == 0
    assert await stored(province.store) == {name: getattr(made, name) for name in await stored(province.store)}
    outcome = await province.request()
    assert (outcome["state"], outcome["differing_rows"], outcome["error"]) == ("done", 0, None)
    for table, falsify in FALSIFIED.items():
        assert await store.execute(falsify.format(table)) in {"UPDATE 1", "DELETE 1", "INSERT 0 1"}
    outcome = await province.request()
    assert outcome["differing_rows"] == len(FALSIFIED)
    assert {found["table"] for found in orjson.loads(str(outcome["differences"]))} == FALSIFIED.keys()
    # A rebuild that takes the live one's place puts all of it right.
    assert (await province.request(switch=True))["state"] == "done"
    assert (await province.request())["differing_rows"] == 0
