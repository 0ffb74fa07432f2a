"""Servers of a cluster are lost under load, and others take over; engines as in yulu_local.cluster."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.metadata import MetadataRequest
from common.database import Database
from common.kafka import Cluster
from yulu_local.cluster import Broker, KafkaCluster
from yulu_local.door import Door

from tests.faults.laboratory import SETTLE_SECONDS, TOPICS, Engines, Laboratory, Lost, Window

_MORE_CHANGES = 12


class Struck(Protocol):
    """Whatever stands on clusters and is under load: a laboratory, or the whole system (`whole`)."""

    engines: Engines | None
    bootstrap: str
    topics: dict[str, str]
    sources: dict[str, Database]
    rng: random.Random
    window: Window

    def assert_running(self) -> None: ...


Failover = Callable[[Struck], Awaitable[None]]


def _engines(laboratory: Struck) -> Engines:
    assert laboratory.engines is not None, "these engines are not ours to fail over"
    return laboratory.engines


async def kill_the_primary(laboratory: Struck) -> None:
    """SIGKILL; the standby with most of the log is promoted; the former primary rejoins by pg_rewind."""
    cluster = _engines(laboratory).postgres
    former = cluster.primary
    await asyncio.to_thread(former.kill)
    await asyncio.to_thread(lambda: cluster.promote(cluster.furthest()))
    await _rejoined(laboratory)


async def part_the_primary_from_everybody(laboratory: Struck) -> None:
    """It lives and believes itself primary, but what nobody else has it cannot acknowledge; a standby is promoted."""
    cluster = _engines(laboratory).postgres
    cluster.replication.silence()
    await asyncio.sleep(laboratory.rng.uniform(0.2, 1.0))
    cluster.clients.silence()
    await asyncio.sleep(laboratory.rng.uniform(0.2, 1.0))
    cluster.replication.sever()
    await asyncio.to_thread(lambda: cluster.promote(cluster.furthest()))
    await _rejoined(laboratory)


async def part_the_clients_from_the_primary(laboratory: Struck) -> None:
    """For seconds, in silence, without a failover; then every connection is found dead."""
    cluster = _engines(laboratory).postgres
    cluster.clients.silence()
    await asyncio.sleep(laboratory.rng.uniform(0.5, 3.0))
    if laboratory.rng.random() < 0.5:
        cluster.clients.sever()
    cluster.clients.heal()
    await asyncio.sleep(0.5)


async def part_the_standbys_from_the_primary(laboratory: Struck) -> None:
    """Nothing is acknowledged meanwhile; afterwards they go on by themselves."""
    cluster = _engines(laboratory).postgres
    cluster.replication.silence()
    await asyncio.sleep(laboratory.rng.uniform(0.5, 3.0))
    cluster.replication.heal()
    await asyncio.to_thread(cluster.wait_until_synchronous)


async def _rejoined(laboratory: Struck) -> None:
    cluster = _engines(laboratory).postgres
    for node in cluster.standbys:
        if not await asyncio.to_thread(cluster.is_standby, node):
            await asyncio.to_thread(cluster.rejoin, node)
    await asyncio.to_thread(cluster.wait_until_synchronous)


async def kill_a_leading_broker(laboratory: Struck) -> None:
    broker = await _leader(laboratory)
    async with _standing_still(laboratory):
        await asyncio.to_thread(broker.kill)
        await _published_more(laboratory)
    await asyncio.to_thread(broker.start)
    await _in_sync(laboratory)


async def freeze_a_leading_broker(laboratory: Struck) -> None:
    """Silent, as behind a partition: its connections stay; then it wakes and learns that others lead."""
    broker = await _leader(laboratory)
    async with _standing_still(laboratory):
        broker.freeze()
        try:
            await _published_more(laboratory)
        finally:
            broker.thaw()
    await _in_sync(laboratory)


async def part_a_broker_from_clients(laboratory: Struck) -> None:
    """For seconds, in silence: the other brokers see it well, so nobody takes over, and what it leads waits for it."""
    broker = await _leader(laboratory)
    async with _standing_still(laboratory):
        async with _parted(laboratory, [broker.clients]):
            await asyncio.sleep(laboratory.rng.uniform(1.0, 5.0))
        await _published_more(laboratory)
    await _in_sync(laboratory)


async def part_a_broker_from_everybody(laboratory: Struck) -> None:
    """It lives, leads and votes in its own eyes; the others lead on; then it hears all that was said meanwhile."""
    broker = await _leader(laboratory)
    async with (
        _standing_still(laboratory),
        _parted(laboratory, [broker.clients, *_brokers(laboratory).between(broker)]),
    ):
        await _deposed(laboratory, broker)
        await _published_more(laboratory)
    await _in_sync(laboratory)


async def part_a_broker_from_the_others(laboratory: Struck) -> None:
    """Clients go on asking it, and it does not know that others lead: what it takes in, it must not acknowledge."""
    broker = await _leader(laboratory)
    async with _standing_still(laboratory), _parted(laboratory, _brokers(laboratory).between(broker)):
        await _deposed(laboratory, broker)
        await _published_more(laboratory)
    await _in_sync(laboratory)


@asynccontextmanager
async def _parted(laboratory: Struck, doors: Sequence[Door]) -> AsyncIterator[None]:
    """Nothing passes, nobody is told. At its end every connection is dead, or what was on its way arrives late."""
    for door in doors:
        door.silence()
    try:
        yield
    finally:
        dead = laboratory.rng.random() < 0.5
        for door in doors:
            if dead:
                door.sever()
            door.heal()


def _brokers(laboratory: Struck) -> KafkaCluster:
    kafka = _engines(laboratory).kafka
    assert kafka is not None, "these brokers are not ours to lose"
    return kafka


async def _leader(laboratory: Struck) -> Broker:
    topic = laboratory.topics[laboratory.rng.choice(TOPICS)]
    brokers = _brokers(laboratory).brokers
    partitions = await _partitions([topic], brokers[0])
    number = laboratory.rng.choice(sorted({partition["leader"] for partition in partitions}))
    return brokers[number - 1]


async def _partitions(topics: list[str], broker: Broker) -> list[dict[str, object]]:
    """As that one knows them: who was away knows for a moment only what was. Empty where it has not come back."""
    admin = AIOKafkaAdminClient(**Cluster(broker.address).options())
    await admin.start()
    try:
        if admin._client.cluster.broker_metadata(broker.number) is None:
            return []
        answer = (await admin._send_request(MetadataRequest(topics), broker.number)).to_object()
        return [partition for topic in answer["topics"] for partition in topic["partitions"]]
    finally:
        await admin.close()


async def _deposed(laboratory: Struck, broker: Broker) -> None:
    """Until the others have given away whatever it led."""
    other = next(other for other in _brokers(laboratory).brokers if other is not broker)
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            partitions = await _partitions(list(laboratory.topics.values()), other)
            if partitions and all(partition["leader"] not in (broker.number, -1) for partition in partitions):
                return
            await asyncio.sleep(0.2)


async def _in_sync(laboratory: Struck) -> None:
    """Until every broker has everything again, as each of them knows: the next may then be lost without a stop."""
    async with asyncio.timeout(SETTLE_SECONDS):
        for broker in _brokers(laboratory).brokers:
            while True:
                partitions = await _partitions(list(laboratory.topics.values()), broker)
                if partitions and all(len(partition["isr"]) == len(partition["replicas"]) for partition in partitions):
                    break
                await asyncio.sleep(0.2)


async def _published(laboratory: Struck) -> int:
    number = 0
    for topic in TOPICS:
        number += await (await laboratory.sources[topic].pool()).fetchval("SELECT position FROM publication")
    return number


async def _published_more(laboratory: Struck) -> None:
    """Until every topic has been sent what was written after this was asked."""
    async with asyncio.timeout(SETTLE_SECONDS):
        for topic in TOPICS:
            pool = await laboratory.sources[topic].pool()
            head = await pool.fetchval("SELECT position FROM feed_head") + 1
            while await pool.fetchval("SELECT position FROM publication") < head:
                laboratory.assert_running()
                await asyncio.sleep(0.05)


@asynccontextmanager
async def _standing_still(laboratory: Struck) -> AsyncIterator[None]:
    """Writers do not feel Kafka; what is measured is the longest time in which nothing was sent to it."""

    async def watch() -> None:
        sent, at = await _published(laboratory), monotonic()
        while True:
            await asyncio.sleep(0.02)
            if (now := await _published(laboratory)) > sent:
                laboratory.window.note(monotonic() - at)
                sent, at = now, monotonic()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        if not watching.cancelled() and (error := watching.exception()) is not None:
            raise error


FAILOVERS: tuple[Failover, ...] = (
    kill_the_primary, part_the_primary_from_everybody, part_the_clients_from_the_primary,
    part_the_standbys_from_the_primary, kill_a_leading_broker, freeze_a_leading_broker, part_a_broker_from_clients,
    part_a_broker_from_everybody, part_a_broker_from_the_others,
)  # fmt: skip
WEIGHTS = (4, 3, 2, 1, 2, 2, 2, 2, 1)


def drawn_failovers(seed: int, number: int) -> list[Failover]:
    """Of a group. Replays with its seed."""
    return random.Random(f"{seed}/failovers").choices(FAILOVERS, WEIGHTS, k=number)


async def promote_an_asynchronous_standby(laboratory: Laboratory) -> None:
    """It lacks acknowledged events that were applied elsewhere: an alarm per such partition, and nothing dropped.

    The last of its group; the store must stand on another server, or it would be set back together with its sources.
    """
    cluster = _engines(laboratory).postgres
    assert laboratory.store_server is not laboratory.server
    await asyncio.to_thread(lambda: cluster.set_synchronous(on=False))
    await laboratory.settle()
    cluster.replication.silence()
    before = {topic: await _heads(laboratory, topic) for topic in TOPICS}
    await laboratory.write(_MORE_CHANGES)
    await laboratory.settle()
    forgotten = {
        (laboratory.topics[topic], partition)
        for topic in TOPICS
        for partition, head in (await _heads(laboratory, topic)).items()
        if head != before[topic].get(partition)
    }
    applied = await _applied(laboratory)
    assert forgotten, "nothing was written that could be lacking"
    await asyncio.to_thread(cluster.primary.kill)
    cluster.replication.sever()
    await asyncio.to_thread(lambda: cluster.promote(cluster.furthest()))
    store = await laboratory.store.pool()
    stopped = []
    async with asyncio.timeout(SETTLE_SECONDS):
        while {(row["topic"], row["partition"]) for row in stopped} != forgotten:
            laboratory.assert_running()
            await asyncio.sleep(0.1)
            stopped = await store.fetch("SELECT topic, partition, stopped FROM positions WHERE stopped IS NOT NULL")
    if not all("fork" in row["stopped"] for row in stopped):
        raise Lost(f"stopped for another reason: {stopped}")
    if await _applied(laboratory) != applied:
        raise Lost("a promotion changed what had been applied")
    await _rejoined(laboratory)
    await asyncio.to_thread(lambda: cluster.set_synchronous(on=True))


async def _heads(laboratory: Laboratory, topic: str) -> dict[int, bytes]:
    heads = await laboratory.feeds[laboratory.topics[topic]].heads()
    return {partition: head.hash for partition, head in heads.partitions.items()}


async def _applied(laboratory: Laboratory) -> list[object]:
    store = await laboratory.store.pool()
    query = "SELECT (SELECT array_agg(t::text ORDER BY t::text) FROM {} t)"
    return [
        await store.fetchval(query.format(table)) for table in ("practices", "firm_periods", "sanctions", "complaints")
    ]
