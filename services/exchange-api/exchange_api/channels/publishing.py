"""Sends the channels to their topics on Kafka, and fills a topic that was lost with what it may still hold."""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from common.cancellation import end_if_cancelled, together
from common.clock import Clock
from common.database import Database
from common.feed import FeedRecord
from common.feed_api import EventHeldBack
from common.kafka import Cluster, Publisher, ensure_topics
from common.kafka.administration import AdministrationFailed, topic_ids
from common.kafka.connected import Connected
from common.positions.retrying import transient
from common.telemetry.metrics import counter
from contracts.releases import OUTSIDE_KEPT

from exchange_api.channels import store
from exchange_api.channels.source import ChannelSource, Feed

TOPICS_SECONDS = 5.0
"""How often topics are looked at: new channels, topics that were deleted, or deleted and made anew."""
POLL_SECONDS = 0.05
_STOP_SECONDS = 5
_TROUBLE_SECONDS = 0.5

_log = structlog.get_logger()
_published = counter("yulu_channel_events_published_total", "Events of channels sent to Kafka.", ["channel"])


class ChannelLog:
    """Fulfils `Log`."""

    def __init__(self, pool: asyncpg.Pool, source: ChannelSource, name: str) -> None:
        self._pool, self._source, self._name = pool, source, name

    async def claim(self, holder: UUID) -> tuple[int, str] | None:
        return await store.claim(self._pool, self._name, holder)

    async def read_after(self, position: int, limit: int) -> Sequence[FeedRecord]:
        return await self._source.read_after(position, limit)

    async def note_sent(self, holder: UUID, position: int) -> None:
        await store.note_sent(self._pool, self._name, holder, position)


class ChannelPublishing:
    """Runs until cancelled; any number may: one sends a channel at a time, by lease."""

    def __init__(self, database: Database, feeds: Mapping[str, Feed], cluster: Cluster, clock: Clock) -> None:
        self._database, self._feeds, self._cluster, self._clock = database, feeds, cluster, clock
        self._connected = Connected("producer")
        self._held_back: set[str] = set()
        self._looked_at = float("-inf")

    async def run(self) -> None:
        """Kafka, database and feeds may come and go; only an unknown error ends it."""
        while True:
            producer = AIOKafkaProducer(
                **self._cluster.options(), acks="all", enable_idempotence=True, linger_ms=1,
                max_batch_size=262_144, request_timeout_ms=10_000,
            )  # fmt: skip
            try:
                await producer.start()
                self._looked_at = float("-inf")
                await together(self._connected.probe(producer.client.fetch_all_metadata), self._publish(producer))
            except* (KafkaError, AdministrationFailed, OSError) as errors:  # a timeout is an OSError
                self._connected.lost()
                _log.warning("kafka-unavailable", error=type(errors.exceptions[0]).__name__)
            finally:
                await _stopped(producer)
            end_if_cancelled()
            await asyncio.sleep(1)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        publishers: dict[str, Publisher] = {}
        while True:
            try:
                sent = await self._round(producer, publishers)
            except Exception as error:
                if isinstance(error, KafkaError) or not transient(error):
                    raise
                _log.warning("channels-not-published", error=f"{type(error).__name__}: {error}"[:200])
                await asyncio.sleep(_TROUBLE_SECONDS)
            else:
                if not sent:
                    await asyncio.sleep(POLL_SECONDS)

    async def _round(self, producer: AIOKafkaProducer, publishers: dict[str, Publisher]) -> int:
        """Of each channel that is behind the next rows; how many were sent."""
        pool = await self._database.pool()
        for name in await self._look(pool):
            publishers.pop(name, None)
        sent = 0
        for name in await store.unsent(pool):
            if name not in publishers:
                log = ChannelLog(pool, ChannelSource(self._database, self._feeds, name), name)
                publishers[name] = Publisher(name, producer, log, dated=True)
            try:
                number = len(await publishers[name].step())
            except EventHeldBack:
                # This one waits for a newer process, or for ours to be exchanged; the others do not.
                if name not in self._held_back:
                    _log.warning("channel-held-back", channel=name)
                self._held_back.add(name)
                continue
            self._held_back.discard(name)
            _published.labels(name).inc(number)
            sent += number
        return sent

    async def _look(self, pool: asyncpg.Pool) -> list[str]:
        """Makes topics that are missing. Channels whose topic is not the one that we knew."""
        if monotonic() < self._looked_at + TOPICS_SECONDS:
            return []
        names = [channel.name for channel in await store.channels(pool)]
        await ensure_topics(self._cluster, names, kept=OUTSIDE_KEPT)
        ids = await topic_ids(self._cluster, names)
        renewed = await store.note_topics(pool, ids, self._clock() - OUTSIDE_KEPT)
        if renewed:
            _log.warning("topics-filled-anew", channels=renewed)
        self._looked_at = monotonic()
        return renewed


async def _stopped(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()
    except (KafkaError, OSError) as error:  # a timeout is an OSError
        _log.warning("kafka-stop-failed", error=type(error).__name__)
