"""What can go wrong. Each fault strikes while the load runs, and leaves relay and projector running."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
from aiokafka import AIOKafkaProducer
from common.feed import FeedRecord
from common.kafka.wire import headers_of

from tests.faults.absences import kafka_away, projector_away, relay_frozen, topic_gone
from tests.faults.laboratory import SETTLE_SECONDS, TOPICS, Laboratory, Lost
from tests.faults.proxy import Proxy
from tests.faults.sources import lock_and_change, records_of, sequence_all, with_database

_ROOT = Path(__file__).parents[2]
_CUT_SECONDS = 2.0
Fault = Callable[[Laboratory], Awaitable[None]]


async def _cut_at_random(laboratory: Laboratory, proxy: Proxy, messages: int) -> None:
    """At one of the next messages; at the latest after some seconds, for an actor that has fallen silent."""
    proxy.arm(laboratory.rng.randint(1, messages), executes=laboratory.rng.random() < 0.5)
    try:
        async with asyncio.timeout(_CUT_SECONDS):
            await proxy.cut.wait()
    except TimeoutError:
        proxy.sever()


async def crash_the_relay(laboratory: Laboratory) -> None:
    """Between two statements of the sequencer or publisher, or in a COMMIT; then a new process."""
    await _cut_at_random(laboratory, laboratory.relay.proxy, 80)
    await laboratory.relay.kill()
    laboratory.relay.start()


async def crash_the_projector(laboratory: Laboratory) -> None:
    """Between two statements of its transaction, or in a COMMIT; then a new process."""
    await _cut_at_random(laboratory, laboratory.projector.proxy, 60)
    await laboratory.projector.kill()
    laboratory.projector.start()


async def cut_the_relays_line(laboratory: Laboratory) -> None:
    """The same process must find its way back."""
    await _cut_at_random(laboratory, laboratory.relay.proxy, 80)
    await asyncio.sleep(0.1)
    laboratory.relay.proxy.heal()


async def cut_the_projectors_line(laboratory: Laboratory) -> None:
    """The same process must find its way back, and must not believe what it remembers."""
    await _cut_at_random(laboratory, laboratory.projector.proxy, 60)
    await asyncio.sleep(0.1)
    laboratory.projector.proxy.heal()


async def cut_the_writers_line(laboratory: Laboratory) -> None:
    """Before, in or after COMMIT: the writer does not know, and must ask."""
    for _ in range(3):
        await _cut_at_random(laboratory, laboratory.writer, 25)
        laboratory.writer.heal()


async def terminate_every_session(laboratory: Laboratory) -> None:
    """As an administrator's restart of one database does."""
    names = [*laboratory.names.values(), laboratory.store_name]
    name = laboratory.rng.choice(names)
    await laboratory.server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


async def two_relays(laboratory: Laboratory) -> None:
    other = await laboratory.new_relay()
    await asyncio.sleep(0.5)
    if other.task is not None and other.task.done():
        raise Lost("the second relay has ended by itself") from other.task.exception()
    await other.kill()


async def two_projectors(laboratory: Laboratory) -> None:
    """With a rebalance when the second comes, and another when it goes."""
    other = await laboratory.new_projector("second")
    await asyncio.sleep(1.0)
    if other.task is not None and other.task.done():
        raise Lost("the second projector has ended by itself") from other.task.exception()
    await other.kill()


async def commit_late_with_lower_ids(laboratory: Laboratory) -> None:
    """A writer holds its identities uncommitted while others overtake it."""
    topic = laboratory.rng.choice(TOPICS)
    change = laboratory.world.next()
    while change.topic != topic:
        laboratory.world.settle(change, accepted=False)
        change = laboratory.world.next()
    async with laboratory.sources[topic].begin() as tx:
        raw = await tx.raw()
        for event in change.events:
            await lock_and_change(raw, event)
            tx.outbox.add(event)
        await tx.outbox.write(raw)
        ids = tx.outbox.event_ids
        tx.outbox._rows.clear()
        await asyncio.sleep(0.5)
    laboratory.acknowledged[topic] += ids
    laboratory.world.settle(change, accepted=True)


async def freeze_a_sequencer(laboratory: Laboratory) -> None:
    """A second process stops (SIGSTOP) inside its transaction; it must lose the lock, and wake harmlessly."""
    name = laboratory.names[TOPICS[0]]
    statement = laboratory.rng.choice(["copy", "feed_partition_heads"])
    command = [
        sys.executable, "-m", "tests.integration.event_log.frozen_sequencer",
        with_database(laboratory.server.url, name), statement,
    ]  # fmt: skip
    for _ in range(20):
        process = await asyncio.create_subprocess_exec(*command, cwd=_ROOT, stdout=subprocess.PIPE)
        try:
            while process.returncode is None and psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(0.01)
            if process.returncode is None:
                pool = await laboratory.sources[TOPICS[0]].pool()
                await _until_unlocked(pool)
                process.send_signal(signal.SIGCONT)
                await process.wait()
                return
        except psutil.NoSuchProcess:
            continue  # the relay was faster: there was nothing to sequence
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


async def _until_unlocked(pool: object) -> None:
    query = (
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
        "WHERE l.locktype = 'advisory' AND l.granted "
        "AND a.datname = current_database() AND a.xact_start < clock_timestamp() - interval '1 s'"
    )
    async with asyncio.timeout(SETTLE_SECONDS):
        while await pool.fetchval(query):
            await asyncio.sleep(0.1)


async def silence_a_feed(laboratory: Laboratory) -> None:
    feed = laboratory.rng.choice(list(laboratory.feeds.values()))
    feed.available = False
    await asyncio.sleep(0.7)
    feed.available = True


async def change_the_epoch(laboratory: Laboratory) -> None:
    """A clean failover to another timeline."""
    feed = laboratory.rng.choice(list(laboratory.feeds.values()))
    feed.epoch = f"1.{laboratory.rng.randrange(10**9)}"
    await asyncio.sleep(0.6)


async def switch_to_a_rebuilt_store(laboratory: Laboratory) -> None:
    if differences := await laboratory.rebuild(switch=True):
        raise Lost(f"live is not rebuilt: {differences}")


# What Kafka may do to messages: the relay is stopped, sequencing is done by hand, and Kafka gets something else.


async def _send(laboratory: Laboratory, topic: str, records: list[FeedRecord]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=laboratory.bootstrap)
    await producer.start()
    try:
        for record in records:
            await producer.send_and_wait(
                laboratory.topics[topic], key=record.key.encode(), value=record.raw, partition=record.partition,
                headers=headers_of(record, b"1.1"),
            )  # fmt: skip
    finally:
        await producer.stop()


async def _instead_of_the_relay(laboratory: Laboratory, tamper: Callable[[list[FeedRecord]], list[FeedRecord]]) -> None:
    await laboratory.relay.kill()
    await asyncio.sleep(0.2)
    for topic, database in laboratory.sources.items():
        pool = await database.pool()
        sent = await pool.fetchval("SELECT position FROM publication")
        await sequence_all(database)
        records = [record for record in await records_of(database) if record.position > sent]
        await _send(laboratory, topic, tamper(records))
        if records:
            await pool.execute("UPDATE publication SET position = $1", records[-1].position)
    laboratory.relay.start()


async def duplicate_messages(laboratory: Laboratory) -> None:
    await _instead_of_the_relay(laboratory, lambda records: [copy for r in records for copy in (r, r)] + records)


async def reorder_messages(laboratory: Laboratory) -> None:
    await _instead_of_the_relay(laboratory, lambda records: laboratory.rng.sample(records, len(records)))


async def drop_messages(laboratory: Laboratory) -> None:
    await _instead_of_the_relay(laboratory, lambda records: [r for r in records if laboratory.rng.random() < 0.5])


async def lose_the_last_messages(laboratory: Laboratory) -> None:
    """No later message will ever show the gap."""
    last: dict[int, int] = {}

    def tamper(records: list[FeedRecord]) -> list[FeedRecord]:
        last.clear()
        last.update({record.partition: record.seq for record in records})
        return [record for record in records if record.seq != last[record.partition]]

    await _instead_of_the_relay(laboratory, tamper)


async def corrupt_messages(laboratory: Laboratory) -> None:
    def corrupted(record: FeedRecord) -> FeedRecord:
        choice = laboratory.rng.randrange(4)
        raw = record.raw or b""
        if choice == 0:
            at = laboratory.rng.randrange(len(raw))
            return record._replace(raw=raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        if choice == 1:
            return record._replace(raw=raw[: len(raw) // 2])
        if choice == 2:
            return record._replace(partition_hash=bytes(32))
        return record._replace(seq=record.seq + laboratory.rng.choice((-1, 1, 1000)))

    await _instead_of_the_relay(laboratory, lambda records: [corrupted(record) for record in records])


async def send_foreign_messages(laboratory: Laboratory) -> None:
    """From somebody without our headers, with half of them, or with headers of no meaning."""
    producer = AIOKafkaProducer(bootstrap_servers=laboratory.bootstrap)
    await producer.start()
    odd: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = [
        (b"key", b"value", []),
        (None, b"\xff\x00", []),
        (b"\xff", None, [("seq", b"1")]),
        (b"\xff", b"{}", [("seq", b"1"), ("partition_hash", b"")]),
        (b"key", b"{}", [("seq", b"many"), ("partition_hash", bytes(32))]),
        (b"key", b"{}", [("seq", None), ("partition_hash", None)]),
    ]
    try:
        for key, value, headers in odd:
            topic = laboratory.topics[laboratory.rng.choice(TOPICS)]
            await producer.send_and_wait(
                topic, key=key, value=value, headers=headers, partition=laboratory.rng.randrange(12)
            )
    finally:
        await producer.stop()


async def send_everything_again(laboratory: Laboratory) -> None:
    """A zombie, or a publication position restored from before."""
    topic = laboratory.rng.choice(TOPICS)
    await (await laboratory.sources[topic].pool()).execute("UPDATE publication SET position = 0, lease_until = now()")


# Somebody is away; here for seconds, for minutes and hours by `run --absence`.


async def send_the_projector_away(laboratory: Laboratory) -> None:
    async with projector_away(laboratory):
        await asyncio.sleep(2)


async def make_a_topic_anew(laboratory: Laboratory) -> None:
    async with topic_gone(laboratory):
        await asyncio.sleep(laboratory.rng.choice((0, 1)))


async def freeze_a_relay(laboratory: Laboratory) -> None:
    async with relay_frozen(laboratory):
        await asyncio.sleep(1)


async def stop_kafka(laboratory: Laboratory) -> None:
    async with kafka_away(laboratory):
        await asyncio.sleep(2)


FAULTS: tuple[Fault, ...] = (
    crash_the_relay, crash_the_projector, cut_the_relays_line, cut_the_projectors_line, cut_the_writers_line,
    terminate_every_session, two_relays, two_projectors, commit_late_with_lower_ids, silence_a_feed, change_the_epoch,
    switch_to_a_rebuilt_store, duplicate_messages, reorder_messages, drop_messages, lose_the_last_messages,
    corrupt_messages, send_foreign_messages, send_everything_again, send_the_projector_away, make_a_topic_anew,
    freeze_a_relay,
)  # fmt: skip
WEIGHTS = (5, 5, 3, 3, 3, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1)
"""Crashes between statements have the most places to strike."""
