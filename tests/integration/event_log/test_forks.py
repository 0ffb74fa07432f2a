"""A producer's history can change under its readers: a clean failover goes on, a restore stops with an alarm."""

from uuid import uuid4

import pytest
from common.positions import Follower
from structlog.testing import capture_logs

from tests.faults.sources import DatabaseFeed, Server, by_partition
from tests.integration.event_log.ledger import TOPIC, Pair, key_in


async def test_a_new_epoch_is_adopted_where_the_feed_still_holds_our_hash(pair: Pair) -> None:
    follower = await pair.follower()
    await pair.make(*[uuid4() for _ in range(10)])
    await follower.catch_up()
    pair.feed.epoch = "another timeline"
    await pair.make(*[uuid4() for _ in range(10)])
    await follower.catch_up()
    epochs = await (await pair.store.pool()).fetch("SELECT DISTINCT epoch FROM positions")
    assert [row["epoch"] for row in epochs] == ["another timeline"]
    assert await pair.stopped() == {}
    await pair.assert_applied_once()


async def test_the_epoch_names_cluster_and_timeline(pair: Pair) -> None:
    identifier, timeline = (await pair.feed.heads()).epoch.split(".")
    pool = await pair.source.pool()
    assert identifier == await pool.fetchval("SELECT system_identifier::text FROM pg_control_system()")
    assert timeline == str(await pool.fetchval("SELECT timeline_id FROM pg_control_checkpoint()"))


@pytest.mark.parametrize("regrown", [0, 1, 2, 5], ids=["shorter", "one-short", "as-long", "longer"])
async def test_a_restored_producer_is_a_fork(server: Server, pair: Pair, regrown: int) -> None:
    forked, intact = key_in(1), key_in(2)
    await pair.make(forked, intact)
    name = pair.source.url.database
    assert name is not None
    backup = await server.clone(name)
    follower = await pair.follower()
    await pair.make(forked, forked, intact)
    # The intact partition's last event is not applied yet: losing it is nothing that this consumer can know.
    await follower.catch_up({(TOPIC, 1)})
    assert len(await pair.applied()) == 3
    await server.rename(name, name + "_lost")
    await server.rename(backup, name)
    restored = Pair(server.database(name), pair.store)
    try:
        await restored.make(*[forked] * regrown, intact, intact)
        pair.feed.database = restored.source
        with capture_logs() as logs:
            await follower.catch_up()
        assert [log["partition"] for log in logs if log["event"] == "feed-forked" and log["alarm"]] == [1]
        assert list(await pair.stopped()) == [1]
        assert "fork" in (await pair.stopped())[1]
        assert (await pair.applied())[:3] == [(str(forked), version) for version in (1, 2, 3)], "nothing is dropped"
        # The other partition goes on, the stopped one does not, whoever starts anew.
        records = await restored.make(forked, intact)
        again = await pair.follower()
        await again.receive(by_partition(TOPIC, records))
        await again.catch_up()
        applied = await pair.applied()
        assert [version for key, version in applied if key == str(intact)] == [1, 2, 3, 4]
        assert [version for key, version in applied if key == str(forked)] == [1, 2, 3]
    finally:
        await restored.source.close()
        await server.drop(name + "_lost")


async def test_old_history_still_in_kafka_does_not_hide_a_restore(server: Server, pair: Pair) -> None:
    """Kafka brings what the restored database has forgotten: that is a fork, not news."""
    key = key_in(5)
    await pair.make(key)
    name = pair.source.url.database
    assert name is not None
    backup = await server.clone(name)
    kafka = await pair.make(key, key)
    follower = Follower(pair.store, pair.effects, {TOPIC: DatabaseFeed(server.database(backup))})
    await follower.start()
    await follower.receive(by_partition(TOPIC, kafka))
    assert len(await pair.applied()) == 3
    await follower.catch_up()
    assert list(await pair.stopped()) == [5]
    source = follower._sources[TOPIC]
    assert isinstance(source, DatabaseFeed)
    await source.database.close()
    await server.drop(backup)


async def test_what_an_operator_adopts_is_proven_by_the_feed(server: Server, pair: Pair) -> None:
    """From the place at which it came back the restored feed goes on; a place that it does not hold is a fork again."""
    key = key_in(1)
    await pair.make(key)
    name = pair.source.url.database
    assert name is not None
    backup = await server.clone(name)
    follower = await pair.follower()
    await pair.make(key, key)
    await follower.catch_up()
    restored = Pair(server.database(backup), pair.store)
    try:
        pair.feed.database = restored.source
        head = (await pair.feed.heads()).partitions[1]
        await follower.catch_up()
        assert list(await pair.stopped()) == [1]
        positions = await pair.store.pool()
        adopt = "UPDATE positions SET stopped = NULL, last_seq = $1, last_partition_hash = $2 WHERE partition = 1"
        await positions.execute(adopt, head.seq, bytes(32))
        await follower.catch_up()
        assert list(await pair.stopped()) == [1], "not with another hash"
        await positions.execute(adopt, head.seq, head.hash)
        await restored.make(key)
        await follower.catch_up()
        assert await pair.stopped() == {}
        assert [version for _, version in await pair.applied()] == [1, 2, 3, 2], "what was applied beyond stands"
        assert follower.position(TOPIC, 1).seq == 2
    finally:
        await restored.source.close()
        await server.drop(backup)
