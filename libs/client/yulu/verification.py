"""Verifies a feed from outside: contiguous positions and sequences, both hash chains, contiguous versions per key."""

from collections.abc import Callable
from dataclasses import dataclass, field

from common.events import decode, partition_of
from common.feed import GENESIS, FeedRecord, next_hash, next_partition_hash, sm3
from common.feed_api import HttpFeed

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
    """Folds records in feed order; usable on a live feed, an export or a file."""

    def __init__(self, topic: str) -> None:
        self.result = Verification(topic)
        self._hash = GENESIS
        self._partitions: dict[int, tuple[int, bytes]] = {}
        self._versions: dict[str, int] = {}

    def add(self, record: FeedRecord) -> None:
        self.result.events += 1
        digest = record.digest if record.raw is None else sm3(record.raw)
        if record.raw is None:
            self.result.digests_only += 1
        self._expect(record.position == self.result.head + 1, record, f"follows position {self.result.head}")
        self._expect(digest == record.digest, record, "its bytes do not match its digest")
        seq, last = self._partitions.get(record.partition, (0, GENESIS))
        self._expect(record.seq == seq + 1, record, f"partition {record.partition}: seq {record.seq} follows {seq}")
        self._hash = next_hash(self._hash, record.position, record.partition, record.seq, digest)
        self._expect(self._hash == record.hash, record, "its hash does not link to the one before")
        last = next_partition_hash(last, record.seq, digest)
        self._expect(last == record.partition_hash, record, "its partition hash does not link")
        self._partitions[record.partition] = (record.seq, last)
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


async def verify(topic: str, feed: HttpFeed, *, progress: Callable[[int], None] | None = None) -> Verification:
    """Reads the whole feed up to the head that it states first, and compares the two."""
    heads = await feed.heads()
    verifier = Verifier(topic)
    result = verifier.result
    while result.head < heads.position:
        records = await feed.read_after(result.head, min(_PAGE, heads.position - result.head))
        if not records:
            result.faults.append(f"the feed states head {heads.position} and ends at {result.head}")
            break
        for record in records:
            verifier.add(record)
            if record.position == heads.position and record.hash != heads.hash:
                result.faults.append(f"position {record.position}: the stated head has another hash")
        if progress is not None:
            progress(result.head)
    return result
