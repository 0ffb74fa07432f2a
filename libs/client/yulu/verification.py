"""Verifies a feed from outside: contiguous positions and sequences, both hash chains, contiguous versions per key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from common.events import decode, partition_of
from common.feed import GENESIS, FeedRecord, next_hash, next_partition_hash, sm3
from common.feed_api import HttpFeed
from common.positions import FeedUnavailable

_PAGE = 2_000


@dataclass(slots=True)
class Verification:
    """What was found; `faults` is empty where the feed is whole."""

    topic: str
    events: int = 0
    digests_only: int = 0
    """Events that this reader may not see, or that were erased: their digests still link."""
    head: int = 0
    faults: list[str] = field(default_factory=list)


class Verifier:
    """Folds records in feed order; usable on a live feed, an export or a file. It may begin behind any position, with
    the hash of the event there; of each partition the link before its first record is then told by `begin_partition`.
    """

    def __init__(self, topic: str, after: int = 0, hash_after: bytes = GENESIS) -> None:
        self.result = Verification(topic, head=after)
        self.hash = hash_after
        self.partitions: dict[int, tuple[int, bytes]] = {}
        self._versions: dict[str, int] = {}

    def needs(self, record: FeedRecord) -> bool:
        """Whether the link before this record is in another range."""
        return record.partition not in self.partitions and record.seq > 1

    def begin_partition(self, partition: int, seq: int, partition_hash: bytes) -> None:
        self.partitions[partition] = seq, partition_hash

    def add(self, record: FeedRecord) -> None:
        self.result.events += 1
        digest = record.digest if record.raw is None else sm3(record.raw)
        if record.raw is None:
            self.result.digests_only += 1
        self._expect(record.position == self.result.head + 1, record, f"follows position {self.result.head}")
        self._expect(digest == record.digest, record, "its bytes do not match its digest")
        seq, last = self.partitions.get(record.partition, (0, GENESIS))
        self._expect(record.seq == seq + 1, record, f"partition {record.partition}: seq {record.seq} follows {seq}")
        self.hash = next_hash(self.hash, record.position, record.partition, record.seq, digest)
        self._expect(self.hash == record.hash, record, "its hash does not link to the one before")
        last = next_partition_hash(last, record.seq, digest)
        self._expect(last == record.partition_hash, record, "its partition hash does not link")
        self.partitions[record.partition] = (record.seq, last)
        self.result.head = record.position
        if record.raw is not None:
            self._content(record, record.raw)

    def _content(self, record: FeedRecord, raw: bytes) -> None:
        envelope = decode(raw)
        self._expect(partition_of(envelope.subject) == record.partition, record, "its key belongs to another partition")
        before = self._versions.get(envelope.subject)
        if before is not None:
            contiguous = envelope.entityversion == before + 1
            self._expect(contiguous, record, f"version {envelope.entityversion} of its key follows {before}")
        self._versions[envelope.subject] = envelope.entityversion

    def _expect(self, holds: bool, record: FeedRecord, fault: str) -> None:
        if not holds:
            self.result.faults.append(f"position {record.position}: {fault}")


async def verify(
    topic: str,
    feed: HttpFeed,
    *,
    after: int = 0,
    to: int | None = None,
    kept: Mapping[int, bytes] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verification:
    """Reads what lies in (after, to], by default up to the head that the feed states first, and compares the two.

    kept: hashes by position, as signed at their hour; those within the range are compared as well.
    """
    heads = await feed.heads()
    expected = dict(kept or {})
    expected.setdefault(heads.position, heads.hash)
    end = heads.position if to is None else min(to, heads.position)
    verifier = Verifier(topic, after, await _hash_at(feed, after))
    result = verifier.result
    if to is not None and to > heads.position:
        result.faults.append(f"the feed ends at {heads.position}, before {to}")
    while result.head < end:
        records = await feed.read_after(result.head, min(_PAGE, end - result.head))
        if not records:
            result.faults.append(f"the feed states head {heads.position} and ends at {result.head}")
            break
        for record in records:
            if verifier.needs(record):
                before = await feed.partition_hash(record.partition, record.seq - 1)
                if before is None:
                    result.faults.append(f"partition {record.partition}: seq {record.seq - 1} is missing")
                verifier.begin_partition(record.partition, record.seq - 1, before or GENESIS)
            verifier.add(record)
            if expected.get(record.position, record.hash) != record.hash:
                result.faults.append(f"position {record.position}: the stated head has another hash")
        if progress is not None:
            progress(result.head)
    return result


async def _hash_at(feed: HttpFeed, position: int) -> bytes:
    if position == 0:
        return GENESIS
    records = await feed.read_after(position - 1, 1)
    if not records:
        raise FeedUnavailable(f"the feed has no position {position}")
    return records[0].hash
