"""Sends a sequence of events to its topic, in order: a feed, or what is made of feeds.

One sender at a time by lease; a second one, or a zombie, makes duplicates.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, Protocol
from uuid import UUID, uuid4

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from common import feed
from common.events import PARTITIONS
from common.kafka.cluster import Cluster
from common.kafka.wire import headers_of

BATCH = 2_000
LEASE_SECONDS = 10
_DAY_MS = 86_400_000

_log = structlog.get_logger()

# Losing this to a crash sends some rows twice, which consumers drop: not worth waiting for the disk. Said in the same
# statement, because the next rows wait for its round trips.
_PUBLISHED = """
UPDATE publication SET position = greatest(position, $2)
WHERE holder = $1 AND set_config('synchronous_commit', 'off', true) = 'off'"""


class Log(Protocol):
    """What is sent, and how far it was: kept with the log itself, so that a sender may die at any moment."""

    async def claim(self, holder: UUID) -> tuple[int, str] | None:
        """Take or keep the lease of sending for LEASE_SECONDS: how far was sent, and the epoch; or None."""

    async def read_after(self, position: int, limit: int) -> Sequence[feed.FeedRecord]: ...

    async def note_sent(self, holder: UUID, position: int) -> None:
        """May be lost to a crash: then some rows are sent twice, which consumers drop."""


class FeedLog:
    """A database's own feed. Fulfils `Log`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def claim(self, holder: UUID) -> tuple[int, str] | None:
        row = await self._pool.fetchrow(
            "UPDATE publication SET holder = $1, lease_until = clock_timestamp() + make_interval(secs => $2) "
            # A lease longer than any that is given was given before the server's clock went back.
            "WHERE holder = $1 OR lease_until NOT BETWEEN clock_timestamp() "
            f"AND clock_timestamp() + make_interval(secs => $2 * 2) RETURNING position, {feed.EPOCH} AS epoch",
            holder, LEASE_SECONDS,
        )  # fmt: skip
        return None if row is None else (row["position"], row["epoch"])

    async def read_after(self, position: int, limit: int) -> Sequence[feed.FeedRecord]:
        return await feed.read_after(self._pool, position, limit)

    async def note_sent(self, holder: UUID, position: int) -> None:
        await self._pool.execute(_PUBLISHED, holder, position)


class Publisher:
    """Publishes one log to one topic. `step` may be called by any number of processes.

    dated: messages carry the time at which they were recorded, so that one sent again is kept no longer than at first.
    """

    def __init__(self, topic: str, producer: AIOKafkaProducer, log: Log, *, dated: bool = False) -> None:
        self._topic = topic
        self._producer = producer
        self._log = log
        self._dated = dated
        self._holder = uuid4()
        self._lease: _Lease | None = None

    async def step(self, fresh: "Fresh | None" = None) -> Sequence[feed.FeedRecord]:
        """Send the next rows and remember how far. Returns them; none also where another process sends.

        fresh: rows just sequenced by this process, which need not be read again.
        """
        if self._lease is None or monotonic() > self._lease.renew_at:
            self._lease = await self._claim()
        lease = self._lease
        if lease is None:
            return ()
        records = (fresh.after(lease.position) if fresh else []) or await self._log.read_after(lease.position, BATCH)
        if not records:
            return ()
        try:
            await self._send(records, lease.epoch)
        except BaseException:
            self._lease = None
            raise
        lease.position = records[-1].position
        await self._log.note_sent(self._holder, lease.position)
        return records

    async def _claim(self) -> "_Lease | None":
        claimed = await self._log.claim(self._holder)
        if claimed is None:
            return None
        position, epoch = claimed
        return _Lease(position, epoch.encode(), monotonic() + LEASE_SECONDS / 3)

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
            if not self._appended(batch, record, epoch):
                await (await self._producer.send_batch(batch, self._topic, partition=partition))
                batch = self._producer.create_batch()
                if not self._appended(batch, record, epoch):
                    # Consumers find the gap and pull it; stopping here would hold up everybody else's events too.
                    _log.error("event-too-large-for-kafka", position=record.position, bytes=len(record.raw or b""))
        await (await self._producer.send_batch(batch, self._topic, partition=partition))

    def _appended(self, batch: Any, record: feed.FeedRecord, epoch: bytes) -> bool:
        headers = headers_of(record, epoch)
        timestamp = int(record.recorded_at.timestamp() * 1000) if self._dated else None
        return batch.append(key=record.key.encode(), value=record.raw, timestamp=timestamp, headers=headers) is not None


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


def _retention(kept: timedelta | None) -> dict[str, str]:
    if kept is None:
        return {"retention.ms": "-1", "retention.bytes": "-1"}
    # Only whole segments are dropped: one that is filled for a week would outlive its term by a week.
    return {"retention.ms": str(kept // timedelta(milliseconds=1)), "segment.ms": str(_DAY_MS)}


async def ensure_topics(cluster: Cluster, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
    """Create what is missing, with the replicas that the cluster is said to have. Raises KafkaError.

    kept: None, for internal topics, is for ever: the feed can refill them, but only by being asked.
    """
    admin = AIOKafkaAdminClient(**cluster.options())
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [
            NewTopic(
                name=topic,
                num_partitions=PARTITIONS,
                replication_factor=cluster.replication_factor,
                topic_configs=_retention(kept) | {"min.insync.replicas": str(cluster.min_insync_replicas)},
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
