"""Live equals rebuilt: interleaving cannot matter, a falsified row is found, a switch loses nothing."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from common.database import Database
from common.events import Event, decode, encode
from common.positions import Received
from contracts.registry_events import TOPIC as REGISTRY
from contracts.rights_events import TOPIC as RIGHTS
from contracts.rights_events import FacilityChanged, FacilityOutageBegan, FacilityOutageEnded, FacilityRegistered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from progress_store.ddl import PROJECTED_TABLES
from progress_store.projection import Projection
from progress_store.queries import COMPUTATIONS, Asked, Policy, figures

from tests.faults.counts import difference, expected, projected
from tests.faults.sources import Server, sequence_all, write
from tests.faults.world import World
from tests.integration.event_log.histories import Histories
from tests.integration.event_log.province import Province


async def test_live_equals_rebuilt_and_the_model_agrees(province: Province) -> None:
    for _ in range(5):
        await province.change(40)
        await province.follower.catch_up()
    outcome = await province.request()
    assert (outcome["state"], outcome["differing_rows"], outcome["error"]) == ("done", 0, None)
    # Beside a head that an operator may read, a total would tell how long the closed feeds are.
    head = (await province.feeds[REGISTRY].heads()).position
    assert outcome["events"] == head < sum([(await feed.heads()).position for feed in province.feeds.values()])
    finished = decode(await (await province.store.pool()).fetchval("SELECT bytes FROM public.outbox"))
    assert finished.data["events"] == head
    assert await province.disagreement() == {}


async def test_live_equals_rebuilt_of_cases_talks_and_supervisors(province: Province) -> None:
    made = Histories(random.Random(7))
    for history in made.some(60):
        for event in history:
            await write(province.feeds[event.topic].database, event)
    for feed in province.feeds.values():
        await sequence_all(feed.database)
    await province.follower.catch_up()
    outcome = await province.request()
    assert (outcome["state"], outcome["differing_rows"], outcome["error"]) == ("done", 0, None)
    store = await province.store.pool()
    assert await store.fetchval("SELECT count(*) FROM parked") == 0
    assert await store.fetchval("SELECT count(*) FROM proceedings") == len(made.proceedings) > 0
    await store.execute(
        "UPDATE sanctions SET honoured = NOT coalesce(honoured, false) WHERE case_id = $1", next(iter(made.sanctions))
    )
    assert (await province.request())["differing_rows"] == 1


async def test_live_equals_rebuilt_of_facilities(province: Province) -> None:
    common: dict[str, Any] = {
        "region": "410100", "facility_id": uuid4(), "organ_code": uuid4(), "organ_kind": "DETENTION",
        "kind": "meeting-room",
    }  # fmt: skip
    first, later, last = date(2026, 1, 5), date(2026, 3, 1), date(2026, 4, 1)
    thin = {name: common[name] for name in ("region", "facility_id", "organ_code")} | {"outage_id": uuid4()}
    for event in (
        FacilityRegistered(version=1, **common, status="open", opened_on=first, from_on=first),
        FacilityOutageBegan(version=2, **thin, reason_kind="maintenance", began_at="2026-02-01T00:00:00Z"),
        FacilityOutageEnded(version=3, **thin, ended_at="2026-02-02T00:00:00Z"),
        FacilityChanged(version=4, **common, status="limited", opened_on=later, from_on=later),
        FacilityChanged(version=5, **common, status="closed", opened_on=later, from_on=last),
    ):
        await write(province.feeds[RIGHTS].database, event)
    await sequence_all(province.feeds[RIGHTS].database)
    await province.follower.catch_up()
    outcome = await province.request()
    assert (outcome["state"], outcome["differing_rows"], outcome["error"]) == ("done", 0, None)
    store = await province.store.pool()
    assert await store.fetchval("SELECT count(*) FROM parked") == 0
    async with store.acquire() as connection:
        counted = [
            (await figures(connection, COMPUTATIONS["M13-I4"], Asked(day, Policy.default("M13-I4")))).value
            for day in (first, later, last)
        ]
    assert counted == [0, 1, 0], "opened in March, as was corrected; closed in April"
    await store.execute("UPDATE facilities SET status = 'open' WHERE version = 5")
    assert (await province.request())["differing_rows"] == 1


@pytest.mark.parametrize(
    "falsify",
    [
        "UPDATE practices SET region = '410200' WHERE practice_id = (SELECT practice_id FROM practices LIMIT 1)",
        "DELETE FROM complaints WHERE complaint_id = (SELECT min(complaint_id::text)::uuid FROM complaints)",
        "INSERT INTO recognitions VALUES (gen_random_uuid(), 'comprehensive-firm', gen_random_uuid(), '410100', now())",
        "UPDATE positions SET last_partition_hash = '\\x00' WHERE topic = 'rights.events' AND partition = 3",
    ],
)
async def test_a_falsified_row_is_found(province: Province, falsify: str) -> None:
    await province.change(60)
    await province.follower.catch_up()
    assert await (await province.store.pool()).execute(falsify) in {"UPDATE 1", "DELETE 1", "INSERT 0 1"}
    assert (await province.request())["differing_rows"] == 1


async def test_what_differs_is_found_wherever_pages_end(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("progress_projector.comparison._PAGE", 3)
    await province.change(200)
    await province.follower.catch_up()
    store = await province.store.pool()
    ids = [row[0] for row in await store.fetch("SELECT practice_id FROM practices ORDER BY 1")]
    assert len(ids) > 20
    gone, changed, added = [*ids[2:7], ids[-1]], [ids[0], ids[8], ids[15]], [UUID(int=1), UUID(int=2**128 - 1)]
    await store.execute("DELETE FROM practices WHERE practice_id = ANY($1)", gone)
    await store.execute("UPDATE practices SET region = '419999' WHERE practice_id = ANY($1)", changed)
    await store.execute(
        "INSERT INTO practices (practice_id, lawyer_id, region, category, from_on) "
        "SELECT id, id, '410100', 1, '2026-01-01' FROM unnest($1::uuid[]) AS id",
        added,
    )
    told = orjson.loads((await province.request())["differences"])
    assert [(d["key"], d["live"] is None, d["rebuilt"] is None) for d in told] == sorted(
        [(str(key), True, False) for key in gone]
        + [(str(key), False, False) for key in changed]
        + [(str(key), False, True) for key in added]
    )


async def test_a_switched_store_has_the_indexes_of_the_one_before(province: Province) -> None:
    store = await province.store.pool()
    query = (
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = current_schema() AND tablename <> 'alembic_version' ORDER BY 1"
    )
    before = await store.fetch(query)
    assert "practices_lawyer" in {row["indexname"] for row in before}
    assert (await province.request(switch=True))["state"] == "done"
    assert await store.fetch(query) == before


async def test_a_rebuild_with_switch_mends_the_falsified_row(province: Province) -> None:
    await province.change(60)
    await province.follower.catch_up()
    await (await province.store.pool()).execute("UPDATE practices SET region = '410200'")
    assert await province.disagreement() != {}
    outcome = await province.request(switch=True)
    assert outcome["state"] == "done"
    assert outcome["differing_rows"] != 0
    assert await province.disagreement() == {}
    await province.change(20)
    await province.follower.catch_up()
    assert await province.disagreement() == {}
    assert (await province.request())["differing_rows"] == 0


async def test_a_switch_loses_nothing_while_events_keep_coming(province: Province) -> None:
    done = asyncio.Event()

    async def follow() -> None:
        while not done.is_set():
            await province.follower.catch_up()

    async def load() -> None:
        while not done.is_set():
            await province.change(3)

    async with asyncio.TaskGroup() as group:
        group.create_task(follow())
        group.create_task(load())
        await asyncio.sleep(0.5)
        async with asyncio.timeout(300):
            for _ in range(3):
                outcome = await province.request(switch=True)
                assert (outcome["state"], outcome["differing_rows"], outcome["error"]) == ("done", 0, None)
        done.set()
    await province.follower.catch_up()
    assert await (await province.store.pool()).fetchval("SELECT count(*) FROM parked") == 0
    assert (await province.request())["differing_rows"] == 0
    assert await province.disagreement() == {}


async def test_a_reader_is_not_thrown_out_by_a_switch(province: Province) -> None:
    """A report that has begun on the old tables and goes on after the switch."""
    await province.change(40)
    await province.follower.catch_up()
    reader = await province.store.connect_raw()
    async with reader.transaction():
        await reader.fetchval("SELECT count(*) FROM practices")
        switching = asyncio.create_task(province.request(switch=True))
        await asyncio.sleep(1)
        for table in ("positions", *PROJECTED_TABLES):
            await reader.fetchval(f"SELECT count(*) FROM {table}")
    assert (await switching)["state"] == "done"
    await reader.close()
    assert await province.disagreement() == {}


async def test_parked_and_discarded_events_survive_a_switch(province: Province) -> None:
    await province.change(40)
    database = province.feeds[REGISTRY].database
    pool = await database.pool()
    for key in ("ca5e", "cafe"):
        await pool.execute(
            "INSERT INTO outbox (event_id, event_type, topic, key, region, entity_version, bytes) "
            "VALUES (gen_random_uuid(), 'x', 'registry.events', $1, '410100', 1, $2)",
            key, b'{"id": "1"}',
        )  # fmt: skip
    await sequence_all(database)
    await province.follower.catch_up()
    store = await province.store.pool()
    await store.execute("UPDATE parked SET state = 'discarded', resolved_at = now() WHERE key = 'ca5e'")
    assert (await province.request(switch=True))["differing_rows"] == 0
    rows = await store.fetch("SELECT key, state FROM parked ORDER BY key")
    assert [tuple(row) for row in rows] == [("ca5e", "discarded"), ("cafe", "parked")]
    assert await province.disagreement() == {}


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE rebuilt.positions SET stopped = 'more than 50 events failed in one batch'",
        "UPDATE rebuilt.positions SET last_seq = 0 WHERE topic = 'registry.events'",
        (
            "INSERT INTO parked (parked_id, topic, partition, seq, key, event_type, bytes, error, state) "
            "VALUES (gen_random_uuid(), 'registry.events', 0, 1, 'k', 'x', '', 'e', 'discarded')"
        ),
    ],
    ids=["stopped on the way", "made anew by another rebuild", "discarded meanwhile"],
)
async def test_a_store_that_is_not_where_the_live_one_is_does_not_take_its_place(
    province: Province, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    await province.change(60)
    await province.follower.catch_up()
    store = await province.store.pool()

    async def compare(*_: object) -> list[object]:
        await store.execute(meanwhile)
        return []

    monkeypatch.setattr("progress_projector.rebuild.compare", compare)
    outcome = await province.request(switch=True)
    assert (outcome["state"], str(outcome["error"]).partition(":")[0]) == ("failed", "NotThere")
    assert await province.disagreement() == {}


async def test_a_rebuild_from_a_restored_feed_fails_and_says_so(server: Server, province: Province) -> None:
    feed = province.feeds[RIGHTS]
    name = feed.database.url.database
    assert name is not None
    backup = await server.clone(name)
    await province.change(60)
    await province.follower.catch_up()
    feed.database = server.database(backup)
    outcome = await province.request()
    await feed.database.close()
    await server.drop(backup)
    assert outcome["state"] == "failed"
    assert str(outcome["error"]).startswith("FeedForked: rights.events/")


def interleaved(histories: Sequence[Sequence[Event]], rng: random.Random) -> list[list[Event]]:
    """The histories' events in a random order that keeps each one's own, cut into batches."""
    left = [list(history) for history in histories]
    order = [index for index, history in enumerate(histories) for _ in history]
    rng.shuffle(order)
    events = [left[index].pop(0) for index in order]
    batches: list[list[Event]] = []
    while events:
        size = rng.randint(1, 12)
        batches.append(events[:size])
        events = events[size:]
    return batches


async def folded(store: Database, batches: Sequence[Sequence[Event]]) -> dict[str, list[str]]:
    pool = await store.pool()
    await pool.execute(f"TRUNCATE {', '.join(PROJECTED_TABLES)}")
    projection = Projection()
    for batch in batches:
        received = []
        for event in batch:
            envelope = decode(encode(event, source="/test", correlation_id=None))
            received.append(Received(event.topic, 0, 0, envelope, envelope.event()))
        async with store.begin() as tx:
            await projection.apply(tx, received, None)
    return {
        table: [row[0] for row in await pool.fetch(f"SELECT t::text AS row FROM {table} t ORDER BY row")]
        for table in PROJECTED_TABLES
    }


@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_interleaving_of_keys_and_topics_changes_a_row(province: Province, seed: int) -> None:
    rng = random.Random(seed)
    world = World(rng)
    histories: dict[str, list[Event]] = defaultdict(list)
    for _ in range(90):
        change = world.next()
        world.settle(change, accepted=True)
        for event in change.events:
            histories[event.key()].append(event)
    first = await folded(province.store, interleaved(list(histories.values()), rng))
    second = await folded(province.store, interleaved(list(histories.values()), rng))
    assert first == second
    assert sum(map(len, first.values())) > 30
    assert difference(expected(world), await projected(await province.store.pool())) == {}
