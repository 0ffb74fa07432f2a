"""RFC 9162, section 2.1, against its own recursive definitions."""

import hashlib

import pytest
from common.merkle import (
    EMPTY_ROOT,
    ProofInvalid,
    Span,
    consistency_spans,
    frontier,
    grow,
    inclusion_spans,
    leaf_hash,
    node_hash,
    places_of,
    span_hash,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(1, 40)
ENTRIES = [f"entry {number}".encode() for number in range(40)]


def root_by_definition(entries):
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return node_hash(root_by_definition(entries[:split]), root_by_definition(entries[split:]))


@pytest.fixture(scope="module")
def nodes():
    known = {}
    for size, entry in enumerate(ENTRIES):
        made = grow(size, {place: known[place] for place in frontier(size)}, [leaf_hash(entry)])
        assert not made.keys() & known.keys(), "a node is written once"
        known |= made
    return known


def hashes(spans, nodes):
    return [span_hash(span, {place: nodes[place] for place in places_of([span])}) for span in spans]


def root(size, nodes):
    return span_hash(Span(0, size), nodes)


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_the_definition(size, nodes):
    assert root(size, nodes) == root_by_definition(ENTRIES[:size])


def test_a_batch_grows_the_tree_like_single_steps(nodes):
    made = grow(5, {place: nodes[place] for place in frontier(5)}, [leaf_hash(entry) for entry in ENTRIES[5:40]])
    assert all(nodes[place] == value for place, value in made.items())
    assert root(0, nodes) == EMPTY_ROOT


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proved_and_no_other(size, nodes):
    for index in range(size):
        path = hashes(inclusion_spans(index, size), nodes)
        proof = {"index": index, "size": size, "path": path, "root": root(size, nodes)}
        verify_inclusion(leaf=leaf_hash(ENTRIES[index]), **proof)
        for broken in (
            {"leaf": leaf_hash(b"another")},
            {"path": [*path, bytes(32)]},
            {"root": bytes(32)},
            {"index": index + 1},
        ):
            with pytest.raises(ProofInvalid):
                verify_inclusion(**({"leaf": leaf_hash(ENTRIES[index])} | proof | broken))


@pytest.mark.parametrize("size", SIZES)
def test_every_older_tree_is_proved_and_a_changed_one_is_not(size, nodes):
    for old in range(1, size + 1):
        proof = hashes(consistency_spans(old, size), nodes)
        trees = {"old": old, "old_root": root(old, nodes), "size": size, "root": root(size, nodes), "proof": proof}
        verify_consistency(**trees)
        for broken in ({"old_root": bytes(32)}, {"root": bytes(32)}, {"proof": [*proof, bytes(32)]}):
            with pytest.raises(ProofInvalid):
                verify_consistency(**(trees | broken))
