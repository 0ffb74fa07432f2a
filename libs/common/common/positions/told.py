"""What a follower tells about itself: how far behind, what waits, and of closed feeds only that all is well or not."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import NamedTuple

from common.database import Database
from common.feed import Heads
from common.positions import store
from common.positions.store import Key, Position
from common.telemetry.closed import is_closed
from common.telemetry.disturbance import disturbed
from common.telemetry.metrics import Age, Told, counter, gauge

TOLD_SECONDS = 10.0
"""How often a consumer tells that it is alive."""
UNSEEN_STEP = 60
"""Seconds; far longer than the time between two rounds, so that in health only 0 is ever shown."""

_OF_TOPIC = ("topic",)
_OF_PARTITION = ("topic", "partition")
applied = counter("yulu_events_applied_total", "Events applied by this consumer.", _OF_TOPIC, told=Told.BY_FEED)
duplicates = counter("yulu_events_duplicate_total", "Events received again and dropped.", _OF_TOPIC, told=Told.BY_FEED)
pulled = counter("yulu_events_pulled_total", "Events fetched by the pull path.", _OF_TOPIC, told=Told.BY_FEED)
parked = counter("yulu_events_parked_total", "Events parked.", _OF_TOPIC, told=Told.BY_FEED)
_waiting = gauge(
    "yulu_events_waiting", "Events that wait, parked or to be redriven, for an operator.", _OF_TOPIC, told=Told.BY_FEED
)
_stopped = gauge(
    "yulu_partition_stopped", "1 where a partition stopped with an alarm.", _OF_PARTITION, told=Told.BY_FEED
)
_lag = gauge("yulu_partition_lag_events", "Events of the feed not yet applied.", _OF_PARTITION, told=Told.BY_FEED)
_lag_seconds = gauge(
    "yulu_partition_lag_seconds",
    "Seconds since the oldest event that is not yet applied entered the feed; 0 where there is none.",
    _OF_PARTITION,
    told=Told.BY_FEED,
)
_unseen = gauge(
    "yulu_feed_unseen_seconds",
    "Seconds, in whole minutes, since the feed's heads were last compared and what was missing pulled.",
    _OF_TOPIC,
    told=Told.ALWAYS,
)


class Oldest(NamedTuple):
    """The first event not yet applied: its place, and since when it waits."""

    seq: int
    recorded_at: datetime


class Telling:
    """Of one follower over its partitions, from the heads it has seen."""

    def __init__(self, topics: Iterable[str]) -> None:
        self._looked_at = float("-inf")
        self._heads: dict[Key, int] = {}
        self._oldest: dict[Key, Oldest] = {}
        self._ages: dict[Key, Age] = {}
        self._unseen = {topic: Age(_unseen.labels(topic), step=UNSEEN_STEP) for topic in topics}

    def seen(self, topic: str, heads: Heads) -> None:
        for partition, head in heads.partitions.items():
            self._heads[(topic, partition)] = head.seq

    def compared(self, topic: str, now: float) -> None:
        """All of its partitions have been looked at and pulled."""
        self._unseen[topic].since = now

    def starts(self, now: float) -> None:
        for age in self._unseen.values():
            age.since = age.since or now

    async def look(self, database: Database, heads: Mapping[str, Heads], positions: Mapping[Key, Position]) -> None:
        """For who watches over us: alive is told whether or not there were events."""
        if monotonic() < self._looked_at + TOLD_SECONDS:
            return
        caught_up = [
            topic
            for topic, head in heads.items()
            if all(
                (position := positions[topic, partition]).stopped is None and position.seq >= reached.seq
                for partition, reached in head.partitions.items()
            )
        ]
        async with database.begin() as tx:
            raw = await tx.raw()
            await store.note_look(raw, heads, caught_up)
            waiting = await store.number_waiting(raw)
        _tell_waiting(self._unseen, waiting, positions)
        self._looked_at = monotonic()

    def behind(self, key: Key, position: Position) -> int:
        """How many events; also told."""
        number = max(0, self._heads.get(key, 0) - position.seq)
        if key in self._heads:
            _lag.labels(key[0], str(key[1])).set(number)
        if not number:
            self._age(key).since = None
            self._oldest.pop(key, None)
        return number

    def knows_oldest(self, key: Key, position: Position) -> bool:
        oldest = self._oldest.get(key)
        return oldest is not None and oldest.seq == position.seq + 1

    def oldest(self, key: Key, oldest: Oldest) -> None:
        self._oldest[key] = oldest
        self._age(key).since = oldest.recorded_at.replace(tzinfo=oldest.recorded_at.tzinfo or UTC).timestamp()

    def _age(self, key: Key) -> Age:
        if key not in self._ages:
            self._ages[key] = Age(_lag_seconds.labels(key[0], str(key[1])))
        return self._ages[key]


def tell_stopped(positions: Mapping[Key, Position]) -> None:
    for (topic, partition), position in positions.items():
        _stopped.labels(topic, str(partition)).set(position.stopped is not None)


def _tell_waiting(topics: Collection[str], waiting: Mapping[str, int], positions: Mapping[Key, Position]) -> None:
    """waiting: parked events by topic."""
    for topic in topics:
        _waiting.labels(topic).set(waiting.get(topic, 0))
    stopped = {topic for (topic, _), position in positions.items() if position.stopped is not None}
    disturbed("follower", any(is_closed(topic) and (topic in stopped or waiting.get(topic)) for topic in topics))
