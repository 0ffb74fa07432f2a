"""Sends a feed to its topic, in order. One sender at a time by lease; a second one, or a zombie, makes duplicates."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from common import feed
from common.events import PARTITIONS
from common.kafka.wire import headers_of

BATCH = 2_000
LEASE_SECONDS = 10

_log = structlog.get_logger()

# Losing this to a crash sends some rows twice, which consumers drop: not worth waiting for the disk. Said in the same
# statement, because the next rows wait for its round trips.
_PUBLISHED = """
UPDATE publication SET position = greatest(position, $2)
WHERE holder = $1 AND set_config('synchronous_commit', 'off', true) = 'off'"""


class FeedPublisher:
    """Publishes one database's feed to one topic. `step` may be called by any number of relays."""

    def __init__(self, topic: str, producer: AIOKafkaProducer) -> None:
        self._topic = topic
        self._producer = producer
        self._holder = uuid4()
        self._lease: _Lease | None = None

    async def step(self, pool: asyncpg.Pool, fresh: "Fresh | None" = None) -> int:
        """Send the next rows and remember how far. Returns how many; 0 when there are none or another relay sends.

        fresh: rows just sequenced by this process, which need not be read again.
        """
        if self._lease is None or monotonic() > self._lease.renew_at:
            self._lease = await self._claim(pool)
        lease = self._lease
        if lease is None:
            return 0
        records = (fresh.after(lease.position) if fresh else []) or await feed.read_after(pool, lease.position, BATCH)
        if not records:
            return 0
        try:
            await self._send(records, lease.epoch)
        except BaseException:
            self._lease = None
            raise
        lease.position = records[-1].position
        await pool.execute(_PUBLISHED, self._holder, lease.position)
        return len(records)

    async def _claim(self, pool: asyncpg.Pool) -> "_Lease | None":
        row = await pool.fetchrow(
            "UPDATE publication SET holder = $1, lease_until = clock_timestamp() + make_interval(secs => $2) "
            # A lease longer than any that is given was given before the server's clock went back.
            "WHERE holder = $1 OR lease_until NOT BETWEEN clock_timestamp() "
            f"AND clock_timestamp() + make_interval(secs => $2 * 2) RETURNING position, {feed.EPOCH} AS epoch",
            self._holder, LEASE_SECONDS,
        )  # fmt: skip
        if row is None:
            return None
        return _Lease(row["position"], row["epoch"].encode(), monotonic() + LEASE_SECONDS / 3)

    async def _send(self, records: Sequence[feed.FeedRecord], epoch: bytes) -> None:
        """One batch per partition: a future per message costs more than the message."""
        by_partition: dict[int, list[feed.FeedRecord]] = {}
        for record in records:
            # A row erased by law has no bytes to send; consumers find the gap and pull its digest.
            if record.raw is not None:
                by_partition.setdefault(record.partition, []).append(record)
        await asyncio.gather(*(self._send_partition(p, some, epoch) for p, some in by_partition.items()))

    async def _send_partition(self, partition: int, records: Sequence[feed.FeedRecord], epoch: bytes) -> None:
        batch = self._producer.create_batch()
        for record in records:
            if not _appended(batch, record, epoch):
                await (await self._producer.send_batch(batch, self._topic, partition=partition))
                batch = self._producer.create_batch()
                if not _appended(batch, record, epoch):
                    # Consumers find the gap and pull it; stopping here would hold up everybody else's events too.
                    _log.error("event-too-large-for-kafka", position=record.position, bytes=len(record.raw or b""))
        await (await self._producer.send_batch(batch, self._topic, partition=partition))


def _appended(batch: Any, record: feed.FeedRecord, epoch: bytes) -> bool:
    headers = headers_of(record, epoch)
    return batch.append(key=record.key.encode(), value=record.raw, timestamp=None, headers=headers) is not None


@dataclass(slots=True)
class _Lease:
    position: int
    epoch: bytes
    renew_at: float


class Fresh:
    """Rows that this process has just moved into the feed, kept until sent. Bounded: losing some costs a read."""

    LIMIT = 20_000

    def __init__(self) -> None:
        self._records: deque[feed.FeedRecord] = deque(maxlen=self.LIMIT)

    def add(self, records: Sequence[feed.FeedRecord]) -> None:
        self._records.extend(records)

    def clear(self) -> None:
        """The session is lost, and with a failover perhaps what it has committed: only the feed can tell."""
        self._records.clear()

    def after(self, position: int) -> list[feed.FeedRecord]:
        """The rows that follow `position`, or none where the first of them is not here."""
        while self._records and self._records[0].position <= position:
            self._records.popleft()
        if not self._records or self._records[0].position != position + 1:
            return []
        found = [self._records.popleft()]
        while self._records and len(found) < BATCH and self._records[0].position == found[-1].position + 1:
            found.append(self._records.popleft())
        return found


async def ensure_topics(bootstrap_servers: str, topics: Sequence[str], *, replication_factor: int = 1) -> None:
    """Create what is missing. Internal topics are kept for ever: the feed can refill them, but only by being asked."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [
            NewTopic(
                name=topic,
                num_partitions=PARTITIONS,
                replication_factor=replication_factor,
                topic_configs={"retention.ms": "-1", "retention.bytes": "-1"},
            )
            for topic in topics
            if topic not in existing
        ]
        if missing:
            response = await admin.create_topics(missing)
            for error in response.topic_errors:
                kind = for_code(error[1])
                if error[1] != 0 and kind is not TopicAlreadyExistsError:
                    raise kind(error[0])
    finally:
        await admin.close()
