"""Signatures: compact JWS (RFC 7515) with Ed25519; an answer or a file proves where it came from.

The header says `EdDSA` (RFC 8037) because the verifiers of today know that name; RFC 9864 would say `Ed25519`. SM2 has
no registered JWS algorithm; the digests inside signed answers are therefore given in SM3 as well as SHA-256.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from common.keys import key_from_hex

KEY_BYTES = 32


class Signer:
    """`retired` are public keys that sign no more, published so that older signatures can still be checked."""

    def __init__(self, key: bytes, retired: Sequence[bytes] = ()) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key)
        own = _jwk(self._key.public_key())
        self.key_id: str = own["kid"]
        others = [_jwk(Ed25519PublicKey.from_public_bytes(public)) for public in retired]
        self.jwks: Mapping[str, Any] = {"keys": [own, *(key for key in others if key["kid"] != self.key_id)]}

    def jws(self, payload: Mapping[str, Any], typ: str = "JOSE") -> str:
        """`typ` says what the payload is, so that a signed thing of one kind cannot be shown as one of another."""
        header = {"alg": "EdDSA", "kid": self.key_id, "typ": typ}
        signed = f"{_base64url(orjson.dumps(header))}.{_base64url(orjson.dumps(payload))}"
        return f"{signed}.{_base64url(self._key.sign(signed.encode('ascii')))}"

    def verified(self, jws: str, typ: str) -> Mapping[str, Any] | None:
        """The payload, where one of the published keys has signed it as a thing of this kind; else None."""
        try:
            signed, _, signature = jws.rpartition(".")
            head, payload = (_from_base64url(part) for part in signed.split("."))
            header = orjson.loads(head)
            key = next(key for key in self.jwks["keys"] if key["kid"] == header["kid"])
            if (header["alg"], header["typ"]) != ("EdDSA", typ):
                return None
            public = Ed25519PublicKey.from_public_bytes(_from_base64url(key["x"]))
            public.verify(_from_base64url(signature), signed.encode("ascii"))
            found: Mapping[str, Any] = orjson.loads(payload)
        except (ValueError, KeyError, TypeError, StopIteration, InvalidSignature):
            return None
        return found


def retired_keys(variable: str, text: str) -> list[bytes]:
    """Public keys in hex, comma between."""
    return [key_from_hex(variable, part.strip(), KEY_BYTES) for part in text.split(",") if part.strip()]


def _jwk(public: Ed25519PublicKey) -> dict[str, str]:
    """The key id is the thumbprint of RFC 7638, so that it needs no register of its own."""
    needed = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public.public_bytes_raw())}
    thumbprint = hashlib.sha256(orjson.dumps(needed, option=orjson.OPT_SORT_KEYS)).digest()
    return {**needed, "kid": _base64url(thumbprint), "alg": "EdDSA", "use": "sig"}


def _from_base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
