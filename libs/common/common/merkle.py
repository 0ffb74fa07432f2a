"""Merkle trees of RFC 9162, section 2.1: hashes, proofs and their verification; no storage.

A log keeps the hashes of its perfect subtrees by `Place`; every root and every proof is a fold of a few of them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

HASH_BYTES = 32


class ProofInvalid(ValueError):
    """The proof does not show what it is said to show."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A perfect subtree: of 2**level leaves, the `index`-th of its level."""

    level: int
    index: int


@dataclass(frozen=True, slots=True)
class Span:
    """Leaves [start, end); `start` is a multiple of a power of two that is no smaller than the span."""

    start: int
    end: int

    def places(self) -> list[Place]:
        """The perfect subtrees it consists of, left to right."""
        found, at, left = [], self.start, self.end - self.start
        while left:
            level = left.bit_length() - 1
            found.append(Place(level, at >> level))
            at, left = at + (1 << level), left - (1 << level)
        return found


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = hashlib.sha256(b"").digest()


def span_hash(span: Span, nodes: Mapping[Place, bytes]) -> bytes:
    """`nodes` holds at least the places of the span."""
    places = span.places()
    if not places:
        return EMPTY_ROOT
    root = nodes[places[-1]]
    for place in reversed(places[:-1]):
        root = node_hash(nodes[place], root)
    return root


def frontier(size: int) -> list[Place]:
    """What a log of this size must know to grow."""
    return Span(0, size).places()


def grow(size: int, edge: Mapping[Place, bytes], leaves: Sequence[bytes]) -> dict[Place, bytes]:
    """All new nodes, leaves included, when these leaf hashes follow a log of `size`; `edge` is its frontier."""
    known, made = dict(edge), dict[Place, bytes]()
    for number, leaf in enumerate(leaves, start=size):
        place, value = Place(0, number), leaf
        known[place] = made[place] = value
        while place.index % 2:
            value = node_hash(known[Place(place.level, place.index - 1)], value)
            place = Place(place.level + 1, place.index // 2)
            known[place] = made[place] = value
    return made


def inclusion_spans(index: int, size: int) -> list[Span]:
    """PATH(index, D[0:size]): the subtrees whose hashes prove that the leaf is in the tree, nearest first."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old: int, size: int) -> list[Span]:
    """PROOF(old, D[0:size]): what proves that the first `old` leaves are still the first ones."""
    if not 0 < old <= size:
        raise ValueError("no such size")
    spans: list[Span] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start, whole = middle, False
    if not whole:
        spans.append(Span(start, end))
    return spans[::-1]


def places_of(spans: Iterable[Span]) -> list[Place]:
    return [place for span in spans for place in span.places()]


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2. Raises ProofInvalid."""
    if not 0 <= index < size:
        raise ProofInvalid("the leaf lies outside the tree")
    fn, sn, value = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            raise ProofInvalid("the path is too long")
        if fn % 2 or fn == sn:
            value = node_hash(sibling, value)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = node_hash(value, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or value != root:
        raise ProofInvalid("the path does not lead from the leaf to the root")


def verify_consistency(*, old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """RFC 9162, 2.1.4.2. Raises ProofInvalid."""
    if not 0 < old <= size:
        raise ProofInvalid("the older tree is not the smaller one")
    if old == size and (proof or old_root != root):
        raise ProofInvalid("two trees of one size differ")
    if old == size:
        return
    first, second, sn = _fold_consistency(old, old_root, size, proof)
    if sn != 0 or first != old_root or second != root:
        raise ProofInvalid("the newer tree does not begin with the older one")


def _fold_consistency(old: int, old_root: bytes, size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes, int]:
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise ProofInvalid("the proof is empty")
    fn, sn = old - 1, size - 1
    while fn % 2:
        fn, sn = fn >> 1, sn >> 1
    first = second = hashes[0]
    for value in hashes[1:]:
        if sn == 0:
            raise ProofInvalid("the proof is too long")
        if fn % 2 or fn == sn:
            first, second = node_hash(value, first), node_hash(value, second)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, value)
        fn, sn = fn >> 1, sn >> 1
    return first, second, sn


def _split(leaves: int) -> int:
    """The largest power of two smaller than the number of leaves."""
    return 1 << ((leaves - 1).bit_length() - 1)
