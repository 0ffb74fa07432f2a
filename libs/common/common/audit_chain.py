"""How an audit log is chained, for who writes one and for who checks it from outside."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

GENESIS = bytes(32)
_SM3 = hashlib.new("sm3")
HEAD_TYPE = "audit-head+jws"
"""`typ` of a signed head."""


def chained(previous: bytes, seq: int, entry: Mapping[str, Any]) -> bytes:
    """SM3 over the hash before, the place in the chain and the entry as JSON, its keys sorted, its time in UTC."""
    return linked(previous, seq, canonical(entry))


def canonical(entry: Mapping[str, Any]) -> bytes:
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def linked(previous: bytes, seq: int, raw: bytes) -> bytes:
    """Of an entry whose bytes are kept as they were chained."""
    digest = _SM3.copy()
    digest.update(previous + seq.to_bytes(8, "big") + raw)
    return digest.digest()
