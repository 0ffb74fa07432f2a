"""Asks everybody how things stand, at most every few seconds however many look."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

from common.clock import Clock
from common.database import Database
from common.feed import Heads
from common.feed_api.watching import ConsumedPartition, ConsumerView
from contracts.consumers import Consumer, consumers
from contracts.entitlements import TOPICS

from exchange_api.operations.domain import Following, Observation, PartitionLag, Relay, Unapplied
from exchange_api.operations.metrics import show
from exchange_api.operations.services import Services, service_of
from exchange_api.operations.store import answered, last_answered

FRESH = timedelta(seconds=5)


class Observer:
    def __init__(self, database: Database, services: Services, clock: Clock) -> None:
        self._database, self._services, self._clock = database, services, clock
        self._lock = asyncio.Lock()
        self._last: Observation | None = None

    async def observe(self, *, fresh: timedelta = FRESH) -> Observation:
        """Not older than `fresh`, or the one that was being made when it was asked for: who looks while services are
        frozen waits for one round, not for several. A service that does not answer is said to be so; it never raises.
        """
        before = self._last
        async with self._lock:
            now = self._clock()
            if self._last is None or (self._last is before and now - self._last.at >= fresh):
                self._last = await self._look(now)
                show(self._last)
            return self._last

    async def ticks(self) -> AsyncGenerator[None]:
        """As often as something new can be seen."""
        while True:
            yield
            await asyncio.sleep(FRESH.total_seconds())

    async def _look(self, now: datetime) -> Observation:
        named = sorted({each.service for each in consumers().followers})
        # At once: each waits for who does not answer, and they must not wait one after the other.
        asked_heads, asked_consumers, relays, queues = await asyncio.gather(
            asyncio.gather(*map(self._heads, TOPICS)),
            asyncio.gather(*map(self._consumer, named)),
            asyncio.gather(*map(self._relay, TOPICS)),
            asyncio.gather(*(self._queue(each) for each in consumers().consumers if each.queue)),
        )
        heads, told = dict(zip(TOPICS, asked_heads, strict=True)), dict(zip(named, asked_consumers, strict=True))
        followings = await asyncio.gather(
            *(
                self._following(consumer, topic, told[consumer.service], heads[topic])
                for consumer in consumers().followers
                for topic in consumer.topics
            )
        )
        followings += queues
        answering = frozenset(service_of(relay.topic) for relay in relays if relay.answering)
        return Observation(now, tuple(followings), tuple(relays), answering, await self._silent(answering, now))

    async def _silent(self, answering: frozenset[str], now: datetime) -> dict[str, datetime | None]:
        async with self._database.begin() as tx:
            await answered(await tx.raw(), answering, now)
        known = await last_answered(await self._database.pool())
        return {service: known.get(service) for service in map(service_of, TOPICS) if service not in answering}

    async def _heads(self, topic: str) -> Heads | None:
        try:
            return await self._services.heads(topic)
        except ConnectionError:
            return None

    async def _consumer(self, service: str) -> ConsumerView | None:
        try:
            return await self._services.consumer(service)
        except ConnectionError:
            return None

    async def _relay(self, topic: str) -> Relay:
        try:
            told = await self._services.relay(topic)
        except ConnectionError:
            return Relay(topic, answering=False)
        return Relay(**told.model_dump(), answering=True)

    async def _queue(self, worker: Consumer) -> Following:
        topic = worker.topics[0]
        try:
            told = await self._services.queue(worker.service, worker.queue or "")
        except ConnectionError:
            return Following(worker, topic, answering=False)
        unapplied = () if told.oldest_at is None else (Unapplied("", told.pending, told.oldest_at),)
        return Following(
            consumer=worker,
            topic=topic,
            answering=True,
            looked_at=told.asked_at,
            caught_up_at=told.asked_at,
            partitions=(PartitionLag(0, told.pending, None, unapplied),),
        )

    async def _following(
        self, consumer: Consumer, topic: str, told: ConsumerView | None, heads: Heads | None
    ) -> Following:
        if told is None:
            return Following(consumer, topic, answering=False)
        followed = next((each for each in told.followed if each.topic == topic), None)
        positions = [each for each in told.positions if each.topic == topic]
        return Following(
            consumer=consumer,
            topic=topic,
            answering=True,
            looked_at=None if followed is None else followed.looked_at,
            caught_up_at=None if followed is None else followed.caught_up_at,
            partitions=tuple(await asyncio.gather(*(self._partition(each, heads) for each in positions))),
            waiting=tuple(
                Unapplied(each.event_type, 1, each.happened_at or each.parked_at)
                for each in told.waiting
                if each.topic == topic
            ),
        )

    async def _partition(self, told: ConsumedPartition, heads: Heads | None) -> PartitionLag:
        partition, stopped = told.partition, told.stopped
        if heads is None:
            return PartitionLag(partition, None, stopped, None)
        behind = max(0, heads.partitions[partition].seq - told.last_seq)
        if not behind:
            return PartitionLag(partition, 0, stopped, ())
        try:
            tallies = await self._services.behind(told.topic, partition, told.last_seq)
        except ConnectionError:
            return PartitionLag(partition, None, stopped, None)
        unapplied = tuple(Unapplied(each.event_type, each.events, each.first_recorded_at) for each in tallies)
        return PartitionLag(partition, behind, stopped, unapplied)
