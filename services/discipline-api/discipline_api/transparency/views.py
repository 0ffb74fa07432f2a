"""Proofs as JSON: hashes in hex, nearest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from discipline_api.transparency.domain import Leaf, Logged, TreeHead
from discipline_api.transparency.use_cases import Consistency, Inclusion


def head(of: TreeHead, jws: str) -> dict[str, Any]:
    return of.payload() | {"jws": jws}


def inclusion(of: Inclusion) -> dict[str, Any]:
    return {"leaf": of.leaf.item(), "leaf_hash": of.leaf.hash.hex()} | _path(of)


def consistency(of: Consistency) -> dict[str, Any]:
    return {
        "from": of.old,
        "to": of.size,
        "from_root": of.old_root.hex(),
        "to_root": of.root.hex(),
        "proof": _hex(of.proof),
    }


def entries(leaves: Sequence[Leaf], first: int, size: int) -> dict[str, Any]:
    after = first + len(leaves)
    return {
        "entries": [leaf.item() for leaf in leaves],
        "tree_size": size,
        "next": after if after < size else None,
    }


def record(logged: Logged, of: Inclusion, at: datetime) -> dict[str, Any]:
    opened = {"record_id": str(logged.record_id)} | logged.opened(at)
    return opened | {"leaf": of.leaf.item(), "leaf_hash": of.leaf.hash.hex()} | _path(of)


def _path(of: Inclusion) -> dict[str, Any]:
    return {"tree_size": of.size, "root": of.root.hex(), "path": _hex(of.path)}


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [each.hex() for each in hashes]
