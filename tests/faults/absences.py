"""Somebody is away for long: Kafka, the projector, a topic, a relay that wakes beside its successor.

Each is gone inside its `async with` and back after it; what happens meanwhile is the caller's.
"""

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import monotonic

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from common.events import PARTITIONS
from common.kafka import Cluster, ensure_topics
from common.kafka.wire import delivered

from tests.faults.laboratory import SETTLE_SECONDS, TOPICS, Laboratory, Lost
from tests.faults.sources import with_database

_ROOT = Path(__file__).parents[2]
_READ_MS = 1_000
Absence = Callable[[Laboratory], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def kafka_away(laboratory: Laboratory) -> AsyncIterator[None]:
    """Stopped or killed: the only broker, so that nobody is told anything by anybody."""
    engine = laboratory.engine
    assert engine is not None, "this Kafka is not ours to stop"
    end = laboratory.rng.choice((engine.stop, engine.kill))
    await asyncio.to_thread(end)
    try:
        yield
    finally:
        await asyncio.to_thread(engine.start)


@asynccontextmanager
async def projector_away(laboratory: Laboratory) -> AsyncIterator[None]:
    await laboratory.projector.kill()
    try:
        yield
    finally:
        laboratory.projector.start()


@asynccontextmanager
async def topic_gone(laboratory: Laboratory) -> AsyncIterator[None]:
    """Deleted under relay and projector, and made anew: empty, while they remember offsets of the old one."""
    name = laboratory.topics[laboratory.rng.choice(TOPICS)]
    cluster = Cluster(laboratory.bootstrap)
    admin = AIOKafkaAdminClient(**cluster.options())
    await admin.start()
    try:
        await admin.delete_topics([name])
        async with asyncio.timeout(SETTLE_SECONDS):
            while name in await admin.list_topics():
                await asyncio.sleep(0.05)
    finally:
        await admin.close()
    try:
        yield
    finally:
        await ensure_topics(cluster, [name])


@asynccontextmanager
async def relay_frozen(laboratory: Laboratory) -> AsyncIterator[None]:
    """SIGSTOP with a batch half sent; its successor works; then it wakes, sends the rest, and both work on."""
    await laboratory.relay.kill()
    names = {topic: with_database(laboratory.server.url, name) for topic, name in laboratory.names.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.frozen_relay",
        laboratory.bootstrap, json.dumps(names), json.dumps(laboratory.topics),
        cwd=_ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(0.02)
        laboratory.relay.start()
        yield
        # Until it does the frozen one's work, which it may once that one's lease is over.
        await all_sent(laboratory)
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        async with asyncio.timeout(SETTLE_SECONDS):
            if await process.stdout.readline() != b"sent\n":
                raise Lost("the woken relay has ended by itself")
        await asyncio.sleep(1)
        if process.returncode is not None:
            raise Lost("the woken relay has ended by itself")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


ABSENCES: dict[str, Absence] = {
    "kafka": kafka_away, "projector": projector_away, "topic": topic_gone, "relay": relay_frozen,
}  # fmt: skip


async def all_sent(laboratory: Laboratory) -> None:
    """Until the relay has sent to Kafka whatever is in the feeds now."""
    async with asyncio.timeout(SETTLE_SECONDS):
        for database in laboratory.sources.values():
            pool = await database.pool()
            head = await pool.fetchval("SELECT position FROM feed_head")
            while await pool.fetchval("SELECT position FROM publication") < head:
                laboratory.assert_running()
                await asyncio.sleep(0.05)


async def not_sent(laboratory: Laboratory) -> int:
    """Events in the feeds that have not been sent to Kafka."""
    number = 0
    for database in laboratory.sources.values():
        pool = await database.pool()
        number += await pool.fetchval("SELECT position - (SELECT position FROM publication) FROM feed_head")
    return number


async def write_for(laboratory: Laboratory, seconds: float, per_second: int) -> None:
    """Changes at an even pace, as far as the machine keeps it."""
    end = monotonic() + seconds
    while (began := monotonic()) < end:
        await laboratory.write(per_second)
        await asyncio.sleep(max(0.0, min(end, began + 1) - monotonic()))


async def behind(laboratory: Laboratory) -> int:
    """Events in the feeds that the store has not applied."""
    heads = 0
    for database in laboratory.sources.values():
        heads += await (await database.pool()).fetchval("SELECT position FROM feed_head")
    applied: int = await (await laboratory.store.pool()).fetchval("SELECT coalesce(sum(last_seq), 0) FROM positions")
    return heads - applied


async def in_kafka(laboratory: Laboratory, topic: str) -> Counter[tuple[int, int]]:
    """How often each event, by partition and seq, is in the topic as it is now."""
    name = laboratory.topics[topic]
    consumer = AIOKafkaConsumer(bootstrap_servers=laboratory.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(name, p) for p in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: Counter[tuple[int, int]] = Counter()
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                arrived = await consumer.getmany(timeout_ms=_READ_MS)
                found.update((m.partition, delivered(m).seq) for some in arrived.values() for m in some)
    finally:
        await consumer.stop()
    return found
