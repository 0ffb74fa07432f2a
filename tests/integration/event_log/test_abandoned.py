"""Partitions that Kafka's group has given to nobody, or to somebody who does nothing, are pulled all the same."""

import asyncio
from uuid import uuid4

from aiokafka import AIOKafkaConsumer
from common.events import PARTITIONS
from common.kafka import Cluster, KafkaFollower, ensure_topics
from yulu_local.engines import Kafka

from tests.integration.event_log.ledger import TOPIC, Pair, key_in

PATIENCE_SECONDS = 120
EVERY = [key_in(partition) for partition in range(PARTITIONS)]


async def test_what_others_look_after_is_left_to_them_as_long_as_they_move(pair: Pair) -> None:
    ours, theirs = await pair.follower(), await pair.follower()
    await pair.make(*EVERY)
    first = {(TOPIC, 0)}
    await ours.catch_up(first)
    assert len(await pair.applied()) == 1
    await theirs.catch_up()
    await pair.make(*EVERY)
    await ours.catch_up(first)
    assert ours.abandoned.found == 0
    assert len(await pair.applied()) == PARTITIONS + 1
    await ours.catch_up(first)
    assert ours.abandoned.found == PARTITIONS - 1
    await ours.catch_up(first)
    assert ours.abandoned.found == 0
    await pair.assert_applied_once()


async def test_a_partition_that_stopped_is_left_to_a_person(pair: Pair) -> None:
    follower = await pair.follower()
    await pair.make(*EVERY)
    await (await pair.store.pool()).execute("UPDATE positions SET stopped = 'by a person' WHERE partition = 3")
    for _ in range(3):
        await follower.catch_up({(TOPIC, 0)})
    assert await pair.stopped() == {3: "by a person"}
    assert len(await pair.applied()) == PARTITIONS - 1


async def test_half_of_a_group_that_does_nothing_delays_its_partitions_only(pair: Pair, kafka: Kafka) -> None:
    """It is alive to Kafka and has its share of the partitions: its heart beats, and it applies nothing."""
    cluster, group = Cluster(kafka.bootstrap), f"abandoned-{uuid4()}"
    await ensure_topics(cluster, [TOPIC])
    idle = AIOKafkaConsumer(TOPIC, **cluster.options(), group_id=group, group_instance_id="idle")
    await idle.start()
    following = KafkaFollower(
        await pair.follower(), (TOPIC,), cluster=cluster, group=group, instance="busy", heads_seconds=0.5
    )
    running = asyncio.create_task(following.run())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(idle.assignment()) != PARTITIONS // 2:
                await asyncio.sleep(0.05)
            await pair.make(*EVERY)
            while len(await pair.applied()) < PARTITIONS:
                assert not running.done()
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await idle.stop()
    await pair.assert_applied_once()
