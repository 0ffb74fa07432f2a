"""A channel and its two chains, reckoned as those of a feed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from common.events import partition_of
from common.feed import PartitionHead, next_hash, next_partition_hash
from contracts.releases import Audience


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    audience: Audience


class Place(NamedTuple):
    """Where an event stands in the feed that it was released from."""

    topic: str
    partition: int
    seq: int


class Row(NamedTuple):
    """One event of a channel; `digest` is that of its released form, made under that edition of the table.

    edition: None of rows from before there were editions.
    """

    position: int
    partition: int
    seq: int
    place: Place
    event_type: str
    key: str
    region: str
    entity_version: int
    recorded_at: datetime
    digest: bytes
    hash: bytes
    partition_hash: bytes
    edition: int | None


class Chain:
    """Where a channel ends. Moves with every row linked to it."""

    def __init__(
        self, position: int, hash_: bytes, recorded_at: datetime | None, partitions: Mapping[int, PartitionHead]
    ) -> None:
        self.position, self.hash, self.recorded_at = position, hash_, recorded_at
        self.partitions = dict(partitions)

    def link(
        self,
        place: Place,
        digest: bytes,
        *,
        event_type: str,
        key: str,
        region: str,
        entity_version: int,
        at: datetime,
        edition: int,
    ) -> Row:
        """The row that comes next. Its time never goes back, even where the clock does."""
        partition = partition_of(key)
        before = self.partitions[partition]
        self.position += 1
        seq = before.seq + 1
        self.hash = next_hash(self.hash, self.position, partition, seq, digest)
        self.partitions[partition] = PartitionHead(seq, next_partition_hash(before.hash, seq, digest))
        self.recorded_at = at if self.recorded_at is None else max(at, self.recorded_at)
        return Row(
            self.position, partition, seq, place, event_type, key, region, entity_version, self.recorded_at, digest,
            self.hash, self.partitions[partition].hash, edition,
        )  # fmt: skip
