"""Signatures as Standard Webhooks has them: over `id.timestamp.body`, by a shared secret or a key pair of our own."""

import base64
import hmac
import os
from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Scheme = Literal["hmac-sha256", "ed25519"]
_KEY_BYTES = 32


def new_key() -> bytes:
    """Of either scheme."""
    return os.urandom(_KEY_BYTES)


def shown(scheme: Scheme, key: bytes) -> str:
    """What the receiver needs: the shared secret (`whsec_`), or of a key pair the public half (`whpk_`)."""
    if scheme == "hmac-sha256":
        return f"whsec_{base64.b64encode(key).decode()}"
    public = Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
    return f"whpk_{base64.b64encode(public).decode()}"


def headers(scheme: Scheme, keys: Iterable[bytes], message_id: UUID, timestamp: int, body: bytes) -> dict[str, str]:
    """One signature per key, so that a receiver who has not changed to the new one yet finds his. Timestamp: Unix."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(scheme, key, signed) for key in keys),
    }


def _signature(scheme: Scheme, key: bytes, signed: bytes) -> str:
    if scheme == "hmac-sha256":
        return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
    return f"v1a,{base64.b64encode(Ed25519PrivateKey.from_private_bytes(key).sign(signed)).decode()}"
