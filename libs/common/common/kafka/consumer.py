"""A follower fed by Kafka, and by the pull path wherever Kafka is late, silent or gone."""

import asyncio
from collections.abc import Sequence
from time import monotonic

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from common.cancellation import at_work, end_if_cancelled, together
from common.events import PARTITIONS
from common.feed import Linked
from common.kafka.cluster import Cluster
from common.kafka.connected import Connected
from common.kafka.wire import NotOurs, delivered
from common.positions import FeedUnavailable, Follower
from common.positions.retrying import transient
from common.positions.store import Key

HEADS_SECONDS = 10.0
"""How often the feeds' heads are compared while Kafka delivers."""
HEADS_SECONDS_WITHOUT_KAFKA = 1.0
SILENT_ROUNDS = 3
"""Rounds in which the pull path found events that a connected Kafka had not delivered: the client has stalled."""
ABANDONED_ROUNDS = 3
"""Rounds in which partitions were found that nobody moves: the group has assigned them to nobody."""
SESSION_SECONDS = 10.0
"""After which Kafka counts a silent member as gone, and assigns its partitions anew."""
IN_FLIGHT_SECONDS = 0.5
"""How long a lagging partition is given while Kafka delivers, before the pull path fetches what it lacks."""
OFFSET_SECONDS = 1.0
"""How often offsets are committed while messages arrive: a round trip that each batch would otherwise wait for."""
STOP_SECONDS = 10.0
"""Given to a client to say goodbye to a broker that may be gone."""
METADATA_SECONDS = 10.0
"""How old the client's picture of the topics may be: one that is made anew is read again after this time at most."""
POLL_MS = 200
_PAUSE_SECONDS = 1.0
BATCH = 4_000

_log = structlog.get_logger()


class KafkaFollower:
    """Runs a follower until cancelled. Kafka may come and go; only an unknown error ends `run`."""

    def __init__(
        self,
        follower: Follower,
        topics: Sequence[str],
        *,
        cluster: Cluster,
        group: str,
        instance: str,
        heads_seconds: float = HEADS_SECONDS,
    ) -> None:
        self._follower = follower
        self._topics = tuple(topics)
        self._cluster = cluster
        self._group = group
        self._instance = instance
        self._heads_seconds = heads_seconds
        self._assigned: set[Key] | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._restart = asyncio.Event()
        self._connected = Connected("consumer")
        self._commit_at = 0.0
        self._away_seconds = _PAUSE_SECONDS
        """Between one membership in the group and the next."""
        self._delivering = False
        """Whether Kafka has delivered anything since the heads were last compared."""

    async def run(self) -> None:
        await self._started()
        await together(self._compare_heads(), self._consume())

    async def _started(self) -> None:
        while True:
            try:
                await self._follower.start()
            except Exception as error:
                if not transient(error):
                    raise
                _log.warning("feed-unavailable", error=str(error)[:200])
                await asyncio.sleep(1)
            else:
                break
        _log.info("ready", topics=self._topics)

    def _ours(self) -> set[Key] | None:
        """What this process must look after; None is everything.

        The partitions of a topic that Kafka does not have are assigned to nobody: everybody pulls them.
        """
        if self._assigned is None or self._consumer is None:
            return None
        gone = [topic for topic in self._topics if not self._consumer.partitions_for_topic(topic)]
        return self._assigned | {(topic, partition) for topic in gone for partition in range(PARTITIONS)}

    async def _compare_heads(self) -> None:
        silent = abandoned = 0
        while True:
            try:
                grace = IN_FLIGHT_SECONDS if self._assigned is not None else 0.0
                await self._follower.catch_up(self._ours(), grace=grace)
            except Exception as error:
                if not transient(error):
                    raise
                _log.warning("catch-up-failed", error=f"{type(error).__name__}: {error}"[:200])
            else:
                connected = self._assigned is not None
                stalled = connected and self._follower.pulled_last_round > 0 and not self._delivering
                self._delivering = False
                silent = silent + 1 if stalled else 0
                if silent >= SILENT_ROUNDS:
                    _log.error("kafka-silent", rounds=silent, alarm=True)
                    silent = 0
                    self._restart.set()
                abandoned = abandoned + 1 if connected and self._follower.abandoned.found > 0 else 0
                if abandoned >= ABANDONED_ROUNDS:
                    _log.error("kafka-partitions-unassigned", rounds=abandoned, alarm=True)
                    abandoned = 0
                    # A static member that comes back in time is given what it had, and nobody assigns anew.
                    self._away_seconds = SESSION_SECONDS + _PAUSE_SECONDS
                    self._restart.set()
            await asyncio.sleep(self._heads_seconds if self._assigned is not None else HEADS_SECONDS_WITHOUT_KAFKA)

    async def _consume(self) -> None:
        while True:
            self._restart.clear()
            consumer = AIOKafkaConsumer(
                **self._cluster.options(),
                group_id=self._group,
                group_instance_id=self._instance,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_poll_records=BATCH,
                fetch_max_wait_ms=100,
                session_timeout_ms=int(SESSION_SECONDS * 1000),
                metadata_max_age_ms=int(METADATA_SECONDS * 1000),
            )
            self._consumer = consumer
            try:
                await consumer.start()
                consumer.subscribe(self._topics, listener=_Assignment(self))
                async with at_work(self._connected.probe(consumer.topics)):
                    while not self._restart.is_set():
                        await self._poll(consumer)
            except (KafkaError, OSError) as error:
                self._connected.lost()
                _log.warning("kafka-unavailable", error=f"{type(error).__name__}: {error}"[:200])
            finally:
                self._assigned = None
                await _stopped(consumer)
            end_if_cancelled()
            await asyncio.sleep(self._away_seconds)
            self._away_seconds = _PAUSE_SECONDS

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        messages = await consumer.getmany(timeout_ms=POLL_MS)
        if not messages:
            return
        self._delivering = True
        batches: dict[Key, list[Linked]] = {}
        for where, arrived in messages.items():
            records = batches.setdefault((where.topic, where.partition), [])
            for message in arrived:
                try:
                    records.append(delivered(message))
                except NotOurs as error:
                    # The feed has whatever belonged here; a stranger's message has no effect and hides nothing.
                    _log.error("foreign-message", error=str(error), alarm=True)
        while True:
            try:
                await self._follower.receive(batches)
            except Exception as error:
                if not transient(error):
                    raise
                _log.warning("receive-failed", error=f"{type(error).__name__}: {error}"[:200])
                await asyncio.sleep(0.5)
            else:
                break
        # The position row has already committed; the offset only saves re-reading after a restart.
        if monotonic() >= self._commit_at:
            await consumer.commit()
            self._commit_at = monotonic() + OFFSET_SECONDS

    def assigned(self, partitions: set[TopicPartition]) -> None:
        self._assigned = {(p.topic, p.partition) for p in partitions}


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    def __init__(self, owner: KafkaFollower) -> None:
        self._owner = owner

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing to hand over: position and effects are committed together."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._owner.assigned(assigned)


async def _stopped(consumer: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await consumer.stop()
    except (KafkaError, OSError) as error:
        _log.warning("kafka-stop-failed", error=type(error).__name__)


__all__ = ["FeedUnavailable", "KafkaFollower"]
