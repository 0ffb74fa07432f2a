"""Questions of outsiders to the log. Nothing here is a secret, and nothing names anybody who is not on display."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from common.merkle import Span, consistency_spans, inclusion_spans

from discipline_api.refusals import NotFound
from discipline_api.transparency.domain import (
    Leaf,
    Logged,
    TreeHead,
    check_consistent_sizes,
    check_covered,
    check_leaf_index,
    check_tree_size,
)


class Log(Protocol):
    """The log only grows: what was read of one size stays true of it, whatever is appended meanwhile."""

    async def size(self) -> int: ...

    async def root(self, size: int) -> bytes: ...

    async def hashes(self, spans: Sequence[Span]) -> list[bytes]: ...

    async def leaves(self, first: int, limit: int) -> list[Leaf]: ...

    async def logged(self, record_id: UUID) -> Logged | None: ...


@dataclass(frozen=True, slots=True)
class Inclusion:
    leaf: Leaf
    size: int
    root: bytes
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class Consistency:
    old: int
    size: int
    old_root: bytes
    root: bytes
    proof: list[bytes]


async def read_head(log: Log, log_id: str, now: datetime) -> TreeHead:
    size = await log.size()
    return TreeHead(log_id, size, await log.root(size), now)


async def prove_inclusion(log: Log, leaf_index: int, size: int | None) -> Inclusion:
    """In the tree of `size` leaves, by default of all."""
    current = await log.size()
    size = current if size is None else size
    check_tree_size(size, current, field="tree_size", at_least=min(1, current))
    check_leaf_index(leaf_index, size, field="leaf_index")
    (leaf,) = await log.leaves(leaf_index, 1)
    return await _included(log, leaf, size)


async def prove_consistency(log: Log, old: int, size: int | None) -> Consistency:
    current = await log.size()
    size = current if size is None else size
    check_consistent_sizes(old, size, current)
    proof = await log.hashes(consistency_spans(old, size))
    return Consistency(old, size, await log.root(old), await log.root(size), proof)


async def read_leaves(log: Log, first: int, limit: int) -> tuple[list[Leaf], int]:
    """Also beyond the end, which is where a reader goes on from: then there are none yet."""
    current = await log.size()
    check_tree_size(first, current, field="from")
    return await log.leaves(first, min(limit, current - first)), current


async def prove_record(log: Log, record_id: UUID, size: int | None) -> tuple[Logged, Inclusion]:
    """Its newest leaf, in the tree of `size` leaves, by default of all."""
    logged = await log.logged(record_id)
    if logged is None:
        raise NotFound("没有公示过这条记录。", "No such record has ever been published.")
    current = await log.size()
    size = current if size is None else size
    check_tree_size(size, current, field="tree_size")
    check_covered(logged.leaf, size)
    return logged, await _included(log, logged.leaf, size)


async def _included(log: Log, leaf: Leaf, size: int) -> Inclusion:
    path = await log.hashes(inclusion_spans(leaf.index, size))
    return Inclusion(leaf, size, await log.root(size), path)
