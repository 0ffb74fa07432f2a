"""Kafka is away for long and the releaser is killed meanwhile: it goes on, and everything is there once."""

import asyncio
import signal
from collections import Counter

import pytest
from common.kafka import Cluster
from contracts.entitlements import PUBLIC_CHANNEL, REGISTRY, shared_channel
from yulu_local.engines import running_kafka

from tests.faults.sources import sequence_all, write
from tests.integration.exchange.channels.conftest import connect, golden
from tests.support.topics import applied, ends_of, messages

FIRM, LAWYER = "lawyers.registry.firm.established.v1", "lawyers.registry.lawyer.licensed.v1"
SHARED = shared_channel("absent-court")
CHANNELS = (PUBLIC_CHANNEL, SHARED)
WAVES, PER_WAVE = 2, 600
"""Events of each kind, of one key each; in an hour of work the province makes half as many (tests/faults)."""


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    """A Kafka of our own, which may be stopped."""
    with running_kafka(tmp_path_factory.mktemp("kafka-that-goes") / "data") as node:
        yield node


async def told(province, number: int) -> None:
    """So many firms and so many lawyers, each kind in one transaction."""
    for kind in (FIRM, LAWYER):
        await write(province.owners[REGISTRY], *(golden(kind) for _ in range(number)))
    await sequence_all(province.owners[REGISTRY])


async def released(province) -> int:
    pool = await province.exchange.pool()
    return await pool.fetchval("SELECT sum(position)::bigint FROM channels WHERE channel = ANY($1)", CHANNELS)


async def until(condition, process, tmp_path) -> None:
    async with asyncio.timeout(300):
        while not await condition():
            assert process.returncode is None, (tmp_path / "releases.log").read_text()[-4000:]
            await asyncio.sleep(0.005)


async def test_kafka_away_for_an_hours_events_and_the_releaser_killed_midway(
    *, call, exchange_app, kafka, province, start_releasing, tmp_path
):
    await connect(call, "absent-court", "court")
    pool = await province.exchange.pool()

    async def all_sent() -> bool:
        return await pool.fetchval(
            "SELECT bool_and(p.topic_id IS NOT NULL AND p.position = c.position) "
            "FROM channels c JOIN channel_publications p USING (channel) WHERE channel = ANY($1)",
            CHANNELS,
        )

    await told(province, 20)
    process = await start_releasing()

    async def has_released(number: int) -> bool:
        return await released(province) >= number

    await until(lambda: has_released(40), process, tmp_path)
    await until(all_sent, process, tmp_path)
    await asyncio.to_thread(kafka.kill)
    midway, total = 0, 40
    for _ in range(WAVES):
        await told(province, PER_WAVE)
        before, total = total, total + 2 * PER_WAVE
        await until(lambda least=before + 1: has_released(least), process, tmp_path)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        midway += await released(province) < total
        process = await start_releasing()
        # Nobody waits for Kafka to come back: the feeds are pulled.
        await until(lambda least=total: has_released(least), process, tmp_path)
    assert midway, "it was never killed in the middle of a release"
    assert not await all_sent()
    await asyncio.to_thread(kafka.start)
    await until(all_sent, process, tmp_path)
    await told(province, 20)
    await until(lambda: has_released(total + 40), process, tmp_path)
    await until(all_sent, process, tmp_path)
    assert await released(province) == total + 40
    feed = await (await province.owners[REGISTRY].pool()).fetch("SELECT key, event_type FROM feed ORDER BY position")
    for name, kind in ((PUBLIC_CHANNEL, FIRM), (SHARED, LAWYER)):
        heads = await exchange_app.state.sources(name).heads()
        kept = applied(await messages(Cluster(kafka.bootstrap), name))
        assert ends_of(kept) == {p: (head.seq, head.hash) for p, head in heads.partitions.items() if head.seq}
        keys = Counter(message.key.decode() for message in kept)
        assert keys == Counter(row["key"] for row in feed if row["event_type"] == kind)
