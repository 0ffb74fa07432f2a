"""A copy of the disclosures, made from their changes; and whether ways to read them agree.

Pure: readers and the service itself use the same fold.

The stream tells a record only with its newest leaf and while it is on display; of everything else it tells that there
was something. So a copy never learns what it would have to forget, and forgets by itself what reaches its term.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson

BEGINNING = -1
"""`after` of a copy that holds nothing yet."""


class NotAsCommitted(ValueError):
    """A record or tombstone is not the one that the log has committed to."""


@dataclass(frozen=True, slots=True)
class Change:
    """One leaf of the log, as the stream tells it. `record` and `tombstone` are bytes as they were committed to."""

    leaf_index: int
    record_id: UUID
    change: str
    at: str
    commitment: bytes
    record: bytes | None = None
    salt: bytes | None = None
    gone_at: datetime | None = None
    tombstone: bytes | None = None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """From the JSON of the stream. The service writes its JSON with orjson, which makes the same bytes again."""
        record, salt, gone_at, tombstone = (item[name] for name in ("record", "salt", "gone_at", "tombstone"))
        return cls(
            leaf_index=item["leaf_index"],
            record_id=UUID(item["record_id"]),
            change=item["change"],
            at=item["at"],
            commitment=bytes.fromhex(item["commitment"]),
            record=None if record is None else orjson.dumps(record),
            salt=None if salt is None else bytes.fromhex(salt),
            gone_at=None if gone_at is None else datetime.fromisoformat(gone_at),
            tombstone=None if tombstone is None else orjson.dumps(tombstone),
        )

    def leaf(self) -> bytes:
        """What stands in the Merkle tree."""
        return orjson.dumps(
            {
                "record_id": str(self.record_id),
                "change": self.change,
                "at": self.at,
                "commitment": self.commitment.hex(),
            }
        )

    def check(self) -> None:
        """Raises NotAsCommitted. A tombstone that is told before its leaf is written has none to be checked against."""
        if self.record is not None and hashlib.sha256((self.salt or b"") + self.record).digest() != self.commitment:
            raise NotAsCommitted(f"the record of leaf {self.leaf_index}")
        if self.change not in _ENDS or self.tombstone is None:
            return
        if hashlib.sha256(self.tombstone).digest() != self.commitment:
            raise NotAsCommitted(f"the tombstone of leaf {self.leaf_index}")


_ENDS = frozenset({"withdrawn", "ended"})


@dataclass(frozen=True, slots=True)
class Held:
    """One record of a copy, or its digest; from `gone_at` on it may not be held any more."""

    record: bytes
    salt: bytes
    leaf_index: int
    gone_at: datetime


@dataclass(slots=True)
class Copy:
    """`after`: the last leaf that has been applied. `digests_only`: for who compares and need not hold the records."""

    after: int = BEGINNING
    digests_only: bool = False
    records: dict[UUID, Held] = field(default_factory=dict)

    def apply(self, change: Change) -> None:
        """In the order of the log, or again: a leaf that has been applied changes nothing. Raises NotAsCommitted."""
        if change.leaf_index <= self.after:
            return
        change.check()
        self.leave_out(change)
        if change.record is not None and change.salt is not None and change.gone_at is not None:
            kept = digest(change.record) if self.digests_only else change.record
            self.records[change.record_id] = Held(kept, change.salt, change.leaf_index, change.gone_at)

    def leave_out(self, change: Change) -> None:
        """Superseded, withdrawn, over, or not as committed: if it is on display still, a later leaf tells it."""
        self.after = change.leaf_index
        self.records.pop(change.record_id, None)

    def forget_due(self, now: datetime) -> list[UUID]:
        """What has reached its term is deleted, whether or not the stream has told its end."""
        due = [record_id for record_id, held in self.records.items() if held.gone_at <= now]
        for record_id in due:
            del self.records[record_id]
        return due


def digest(record: bytes) -> bytes:
    """What is compared in place of a record."""
    return hashlib.sha256(record).digest()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A record of which some ways tell something else than others; what each tells is left out: it names somebody."""

    record_id: UUID
    missing_in: tuple[str, ...]
    different: bool


def disagreements(ways: Mapping[str, Mapping[UUID, bytes]], *, leaving_out: Iterable[UUID] = ()) -> list[Disagreement]:
    """`ways`: per way the digests of all it tells. `leaving_out`: what changed while the ways were being read."""
    everything = set[UUID]().union(*ways.values()) - set(leaving_out)
    found = []
    for record_id in sorted(everything):
        told = {name: records.get(record_id) for name, records in ways.items()}
        if len(set(told.values())) > 1:
            missing = tuple(name for name, each in told.items() if each is None)
            found.append(Disagreement(record_id, missing, len(set(told.values()) - {None}) > 1))
    return found
