"""How an audit log is chained, for who writes one and for who checks it from outside."""

from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes

GENESIS = bytes(32)
HEAD_TYPE = "audit-head+jws"
"""`typ` of a signed head."""


def chained(previous: bytes, seq: int, entry: Mapping[str, Any]) -> bytes:
    """SM3 over the hash before, the place in the chain and the entry as JSON, its keys sorted, its time in UTC."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(previous)
    digest.update(seq.to_bytes(8, "big"))
    digest.update(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z))
    return digest.finalize()
