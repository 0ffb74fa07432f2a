"""The way from the feed to the topic, without a broker: leases, rows kept in memory, events that no batch holds."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from common import feed
from common.kafka import Cluster, FeedLog, Publisher
from outbox_relay.relay import Relay

from tests.faults.sources import sequence_all
from tests.integration.event_log.ledger import Pair

TOO_LARGE = 100_000


class Batch:
    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, value: bytes, **_: Any) -> object | None:
        if len(value) > TOO_LARGE:
            return None
        self.values.append(value)
        return object()


class Producer:
    """Stands where aiokafka's producer does."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, _topic: str, *, partition: int) -> Any:
        assert 0 <= partition < 12
        self.sent += batch.values

        async def acknowledged() -> None: ...

        return acknowledged()


async def test_a_lease_from_before_the_clock_went_back_is_not_waited_for(pair: Pair) -> None:
    pool = await pair.source.pool()
    await pair.make(uuid4())
    lease = "UPDATE publication SET holder = $1, lease_until = clock_timestamp() + $2::text::interval"
    await pool.execute(lease, uuid4(), "9 s")
    assert len(await Publisher("t", Producer(), FeedLog(pool)).step()) == 0
    await pool.execute(lease, uuid4(), "1 day")
    assert len(await Publisher("t", Producer(), FeedLog(pool)).step()) == 1


async def test_an_event_too_large_for_kafka_holds_up_nobody(pair: Pair) -> None:
    pool = await pair.source.pool()
    await pair.make(uuid4(), uuid4(), sequenced=False)
    await pool.execute("UPDATE outbox SET bytes = $1 WHERE id = (SELECT min(id) FROM outbox)", bytes(TOO_LARGE + 1))
    await sequence_all(pair.source)
    producer = Producer()
    assert len(await Publisher("t", producer, FeedLog(pool)).step()) == 2
    assert producer.sent == [(await feed.read_after(pool, 1, 1))[0].raw]
    assert await pool.fetchval("SELECT position FROM publication") == 2


async def test_rows_of_a_lost_session_are_read_again(pair: Pair) -> None:
    """After a failover the feed may hold other rows than those that were sequenced before it."""
    await pair.make(uuid4(), sequenced=False)
    relay = Relay({"ledger": pair.source}, {}, cluster=Cluster(""), poll_seconds=0.01)
    fresh, pool = relay._fresh["ledger"], await pair.source.pool()
    sequencing = asyncio.create_task(relay._sequence("ledger"))
    async with asyncio.timeout(120):
        while not fresh._records:
            await asyncio.sleep(0.01)
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        while fresh._records:
            await asyncio.sleep(0.01)
    sequencing.cancel()
    await asyncio.wait([sequencing])
    assert fresh.after(0) == []


async def test_a_database_that_does_not_answer_is_asked_again_on_a_new_connection(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox_relay.relay.SILENT_SECONDS", 0.3)
    await pair.make(uuid4(), sequenced=False)
    silent = await pair.source.connect_raw()
    relay = Relay({"ledger": pair.source}, {}, cluster=Cluster(""), poll_seconds=0.01)
    connections: list[object] = []
    connect = pair.source.connect_raw

    async def counted(**settings: str) -> object:
        connections.append(settings)
        return await connect(**settings)

    monkeypatch.setattr(pair.source, "connect_raw", counted)
    async with asyncio.timeout(120):
        async with silent.transaction():
            await silent.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
            sequencing = asyncio.create_task(relay._sequence("ledger"))
            while len(connections) < 2:
                await asyncio.sleep(0.05)
        while not relay._fresh["ledger"]._records:
            await asyncio.sleep(0.05)
    sequencing.cancel()
    await asyncio.wait([sequencing])
    await silent.close()
    assert len(await feed.read_after(await pair.source.pool(), 0, 10)) == 1
