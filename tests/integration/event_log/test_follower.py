"""Feed → consumer: whatever arrives, in whatever order and from whomever, each event has its effects once."""

import asyncio
import random
from collections.abc import Callable
from uuid import UUID, uuid4

import asyncpg
import pytest
from common.events import PARTITIONS, partition_of
from common.feed import FeedRecord
from common.positions import FeedUnavailable, Follower
from common.positions.follower import PULL_LIMIT
from common.positions.retrying import transient

from tests.faults.sources import by_partition, sequence_all, write
from tests.integration.event_log.ledger import TOPIC, EntryForgotten, Pair, key_in

Records = list[FeedRecord]
PATIENCE_SECONDS = 120
"""Far more than anything takes: it only ends a test that would wait for ever."""


async def test_what_kafka_delivers_is_applied_without_asking_the_feed(pair: Pair) -> None:
    follower = await pair.follower()
    records = await pair.make(*[uuid4() for _ in range(40)])
    asked = pair.feed.reads
    await follower.receive(by_partition(TOPIC, records))
    assert pair.feed.reads == asked
    await pair.assert_applied_once()


def duplicated(records: Records) -> Records:
    return [copy for record in records for copy in (record, record)] + records[:5]


def reordered(records: Records) -> Records:
    return random.Random(1).sample(records, len(records))


def with_gaps(records: Records) -> Records:
    return records[::3]


def corrupted(records: Records) -> Records:
    assert records[0].raw is not None
    return [records[0]._replace(raw=records[0].raw.replace(b'"version":1', b'"version":9')), *records[1:]]


def with_wrong_hashes(records: Records) -> Records:
    return [record._replace(partition_hash=bytes(32)) for record in records]


def of_another_history(records: Records) -> Records:
    return [record._replace(raw=b'{"foreign": true}', seq=record.seq + 1) for record in records]


def lost(records: Records) -> Records:
    return []


@pytest.mark.parametrize(
    "tamper", [duplicated, reordered, with_gaps, corrupted, with_wrong_hashes, of_another_history, lost]
)
async def test_bad_deliveries_have_no_effect_but_the_right_one(
    pair: Pair, tamper: Callable[[Records], Records]
) -> None:
    follower = await pair.follower()
    keys = [uuid4() for _ in range(10)]
    for _ in range(3):
        before = len(await pair.make())
        records = await pair.make(*keys, *keys[:3])
        await follower.receive(by_partition(TOPIC, tamper(records[before:])))
    await follower.catch_up()
    await pair.assert_applied_once()
    assert await pair.parked() == []
    assert await pair.stopped() == {}


async def test_the_lost_last_message_is_found_by_the_heads(pair: Pair) -> None:
    follower = await pair.follower()
    records = await pair.make(*[uuid4() for _ in range(5)])
    await follower.receive(by_partition(TOPIC, records[:-1]))
    assert len(await pair.applied()) == 4
    await follower.catch_up({(TOPIC, records[-1].partition)})
    await pair.assert_applied_once()
    assert follower.pulled_last_round == 1


async def test_more_events_than_one_pull_holds(pair: Pair) -> None:
    key, follower = uuid4(), await pair.follower()
    async with pair.source.begin() as tx:
        raw = await tx.raw()
        await raw.execute(
            "INSERT INTO outbox (event_id, event_type, topic, key, region, entity_version, bytes) "
            "SELECT gen_random_uuid(), 'lawyers.ledger.entry.made.v1', 'ledger.events', $1::text, '410100', n, "
            "convert_to(json_build_object('id', gen_random_uuid(), 'source', '/test', 'type', "
            "'lawyers.ledger.entry.made.v1', 'subject', $1::text, 'time', now(), 'region', '410100', "
            "'entityversion', n, 'data', json_build_object('version', n, 'region', '410100', 'entry_id', $1::text)"
            ")::text, 'utf8') "
            "FROM generate_series(1, $2::int) n",
            str(key), PULL_LIMIT + 1,
        )  # fmt: skip
    await sequence_all(pair.source)
    await follower.catch_up()
    assert len(await pair.applied()) == PULL_LIMIT + 1
    await pair.assert_applied_once()


async def test_two_followers_of_one_database_apply_each_event_once(pair: Pair) -> None:
    followers = [await pair.follower() for _ in range(2)]
    keys = [uuid4() for _ in range(9)]

    async def follow(follower: Follower) -> None:
        while not done.is_set():
            await follower.catch_up()

    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for follower in followers:
            group.create_task(follow(follower))
        for _ in range(12):
            records = await pair.make(*keys)
            for follower in followers:
                await follower.receive(by_partition(TOPIC, records))
        done.set()
    await pair.assert_applied_once()
    assert await pair.parked() == []


async def test_a_stale_follower_gets_past_what_another_has_parked(pair: Pair) -> None:
    bad, good = key_in(1), key_in(1)
    first, stale = await pair.follower(), await pair.follower()
    # Found out while decoding, before the guard could tell that the position has moved.
    await write(pair.source, EntryForgotten(version=1, region="410100", entry_id=bad))
    records = await pair.make(good, good)
    await first.receive(by_partition(TOPIC, records))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await stale.receive(by_partition(TOPIC, records))
        await stale.catch_up()
    assert await pair.applied() == [(str(good), 1), (str(good), 2)]
    assert await pair.parked() == [(str(bad), 1, "parked")]


async def patiently(follower: Follower) -> None:
    """As the Kafka follower's loop does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await follower.catch_up()
            except Exception as error:
                if not transient(error):
                    raise
            else:
                return


@pytest.mark.parametrize("tables", ["positions", "public.ledger"])
async def test_a_database_that_fails_is_retried_and_never_parks(pair: Pair, tables: str) -> None:
    follower = await pair.follower()
    await pair.make(*[uuid4() for _ in range(20)])
    holder = await pair.store.connect_raw()
    await holder.execute("BEGIN")
    await holder.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
    task = asyncio.create_task(patiently(follower))
    killed = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not killed:
            # Whoever waits for us loses his connection, as in a failover.
            killed = await holder.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            await asyncio.sleep(0.02)
    assert killed == 1
    await holder.execute("ROLLBACK")
    await holder.close()
    await task
    await pair.assert_applied_once()
    assert await pair.parked() == []


async def test_a_serialisation_failure_is_retried_and_never_parks(pair: Pair) -> None:
    follower = await pair.follower()
    pair.effects.errors = [asyncpg.SerializationError(), asyncpg.DeadlockDetectedError(), asyncpg.SerializationError()]
    await pair.make(uuid4())
    await follower.catch_up()
    await pair.assert_applied_once()
    assert pair.effects.errors == []
    assert await pair.parked() == []


async def test_an_acknowledgement_lost_after_commit_does_not_apply_twice(pair: Pair) -> None:
    follower = await pair.follower()
    records = await pair.make(uuid4(), uuid4())
    original = pair.store.begin

    def begin_and_lose() -> object:
        pair.store.begin = original
        return _LostAcknowledgement(original())

    pair.store.begin = begin_and_lose
    await follower.receive(by_partition(TOPIC, records))
    assert pair.store.begin == original
    await pair.assert_applied_once()
    assert await pair.parked() == []


async def test_what_a_crash_of_our_database_has_undone_is_applied_again(pair: Pair) -> None:
    """The projector commits without waiting for the disk: its last transactions may be gone, positions and all."""
    follower = await pair.follower()
    await pair.make(*[uuid4() for _ in range(5)])
    await follower.catch_up()
    pool = await pair.store.pool()
    await pool.execute("TRUNCATE public.ledger")
    await pool.execute("UPDATE positions SET last_seq = 0, last_partition_hash = $1", bytes(32))
    await follower.catch_up()
    await pair.assert_applied_once()


class _LostAcknowledgement:
    def __init__(self, context: object) -> None:
        self._context = context

    async def __aenter__(self) -> object:
        return await self._context.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await self._context.__aexit__(*error)
        raise ConnectionResetError("after COMMIT")


async def test_a_silent_feed_parks_nothing_and_keeps_what_kafka_brings(pair: Pair) -> None:
    """A gap in one partition while the feed's owner is away must not hold up the others."""
    follower = await pair.follower()
    gap, other = key_in(3), key_in(4)
    records = await pair.make(gap, gap, other)
    pair.feed.available = False
    await follower.receive({(TOPIC, 3): records[1:2], (TOPIC, 4): records[2:]})
    assert await pair.applied() == [(str(other), 1)]
    with pytest.raises(FeedUnavailable):
        await follower.catch_up()
    assert await pair.parked() == []
    pair.feed.available = True
    await follower.catch_up()
    await pair.assert_applied_once()


async def test_a_silent_feed_does_not_hold_up_other_topics(pair: Pair) -> None:
    silent = type(pair.feed)(pair.source)
    silent.available = False
    follower = Follower(pair.store, pair.effects, {TOPIC: pair.feed})
    await follower.start()
    follower._sources = {"aaa.events": silent, TOPIC: pair.feed}
    await pair.make(uuid4())
    with pytest.raises(FeedUnavailable):
        await follower.catch_up()
    await pair.assert_applied_once()


async def test_a_feed_whose_own_hashes_do_not_link_is_never_applied(pair: Pair) -> None:
    follower = await pair.follower()
    broken, after, other = key_in(5), key_in(5), key_in(6)
    await pair.make(broken, after, other)
    await (await pair.source.pool()).execute(
        "UPDATE feed SET bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) WHERE position = 1"
    )
    with pytest.raises(FeedUnavailable):
        await follower.catch_up()
    assert await pair.applied() == [(str(other), 1)]


async def test_an_erased_event_still_links(pair: Pair) -> None:
    follower = await pair.follower()
    key = uuid4()
    await pair.make(key, key, key)
    await (await pair.source.pool()).execute("UPDATE feed SET bytes = NULL WHERE position = 2")
    await follower.catch_up()
    assert await pair.applied() == [(str(key), 1), (str(key), 3)]


async def test_positions_start_at_nought_in_every_partition(pair: Pair) -> None:
    follower = await pair.follower()
    assert {follower.position(TOPIC, partition).seq for partition in range(PARTITIONS)} == {0}
    key = UUID(int=7)
    await pair.make(key)
    await follower.catch_up()
    assert follower.position(TOPIC, partition_of(str(key))).seq == 1
