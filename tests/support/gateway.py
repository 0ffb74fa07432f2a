"""A data-sharing gateway, as its headers: one caller, a court's system, under a key of the tests' own."""

import json
import time
from pathlib import Path
from uuid import uuid4

from common.auth.gateway import sign, to_be_signed

SECRET = "ab" * 32
CALLER = {"subject": "court-system", "organisation_kind": "court", "organisation_id": "hn-gy", "region": "410000",
          "roles": ["stream-client", "no-such-role"]}  # fmt: skip
FILE = {"gateways": {
    name: {"secret": SECRET, "algorithm": algorithm, "callers": {"court": CALLER}}
    for name, algorithm in (("hn", "sm3"), ("nation", "sha256"))
}}  # fmt: skip


def gateways_file(directory: Path) -> str:
    """GATEWAYS_FILE: its path."""
    path = directory / "gateways.json"
    path.write_text(json.dumps(FILE))
    return str(path)


def headers_for(
    method: str = "GET",
    target: str = "/v1/who",
    body: bytes = b"",
    *,
    key: str = "hn",
    algorithm: str = "sm3",
    at: float | None = None,
    nonce: str | None = None,
    caller: str = "court",
    secret: str = SECRET,
) -> dict[str, str]:
    stamp, nonce = str(int(time.time() if at is None else at)), nonce or uuid4().hex
    text = to_be_signed(method, target, body, timestamp=stamp, nonce=nonce, caller=caller)
    return {
        "X-Gateway-Key": key, "X-Gateway-Timestamp": stamp, "X-Gateway-Nonce": nonce, "X-Gateway-Caller": caller,
        "X-Gateway-Signature": sign(bytes.fromhex(secret), algorithm, text),
    }  # fmt: skip
