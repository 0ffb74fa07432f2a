"""What is proven of the disclosure log, and which questions can be asked of it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from common.merkle import leaf_hash

from discipline_api.display.shown import Entry
from discipline_api.refusals import Refused

HEAD_TYPE = "yulu-tree-head+jws"
LOG_PATH = "/v1/public/transparency"


def log_id(base_url: str) -> str:
    """A log is known by its address: keys are replaced in the course of years, and a proof of one log proves nothing of
    another.
    """
    return hashlib.sha256(f"{base_url.rstrip('/')}{LOG_PATH}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TreeHead:
    """At `at` the log had these leaves and no others."""

    log: str
    size: int
    root: bytes
    at: datetime

    def payload(self) -> dict[str, Any]:
        return {
            "log": self.log,
            "tree_size": self.size,
            "root": self.root.hex(),
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }


@dataclass(frozen=True, slots=True)
class Leaf:
    index: int
    entry: Entry

    @property
    def hash(self) -> bytes:
        return leaf_hash(self.entry.leaf())

    def item(self) -> dict[str, Any]:
        """The members of the leaf as they were hashed, after its index."""
        members: dict[str, Any] = orjson.loads(self.entry.leaf())
        return {"leaf_index": self.index} | members


class Standing(StrEnum):
    SHOWN = "shown"
    ENDING = "ending"  # over, and no more answered, while its last leaf still waits for the timer
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Logged:
    """A record that was ever shown, with its newest leaf. `body` and `salt` as long as it is on display."""

    record_id: UUID
    leaf: Leaf
    gone_at: datetime
    tombstone: bytes
    body: bytes | None
    salt: bytes | None

    def standing(self, at: datetime) -> Standing:
        if self.body is None:
            return Standing.GONE
        return Standing.SHOWN if self.gone_at > at else Standing.ENDING

    def opened(self, at: datetime) -> dict[str, Any]:
        """What the commitment is made of: of a record on display its salt, of one gone only its tombstone."""
        standing = self.standing(at)
        if standing is Standing.SHOWN and self.body is not None and self.salt is not None:
            return {
                "standing": standing.value,
                "salt": self.salt.hex(),
                "body_sha256": hashlib.sha256(self.body).hexdigest(),
                "body_sm3": hashlib.new("sm3", self.body).hexdigest(),
            }
        return {"standing": standing.value, "tombstone": orjson.loads(self.tombstone)}


def check_tree_size(size: int, current: int, *, field: str, at_least: int = 0) -> None:
    """Raises Refused for a tree that the log has not been."""
    if not at_least <= size <= current:
        raise Refused(
            "tree-size-out-of-range",
            f"应在{at_least}至{current}之间：日志现有{current}条",
            f"lies between {at_least} and {current}: the log has {current} leaves now",
            field=field,
        )


def check_leaf_index(index: int, size: int, *, field: str) -> None:
    if not 0 <= index < size:
        raise Refused(
            "leaf-index-out-of-range",
            f"长度为{size}的日志没有第{index}条" if size else "日志还没有任何条目",
            f"a log of {size} leaves has none of this index" if size else "the log has no leaves yet",
            field=field,
        )


def check_consistent_sizes(old: int, size: int, current: int) -> None:
    check_tree_size(size, current, field="to", at_least=1)
    check_tree_size(old, size, field="from", at_least=1)


def check_covered(leaf: Leaf, size: int) -> None:
    """A proof against an older head, for a leaf that the head knows nothing of yet."""
    if leaf.index >= size:
        raise Refused(
            "leaf-newer-than-head",
            f"该记录最新的条目是第{leaf.index}条，晚于长度为{size}的日志；请取更新的树头",
            f"the record's newest leaf is {leaf.index}, later than a log of {size}; fetch a newer head",
            field="tree_size",
        )
