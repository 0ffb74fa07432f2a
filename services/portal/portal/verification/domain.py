"""Signed things by their kind, and what a service's answer means."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.apis.apis import Service

KINDS: Mapping[str, tuple[Service, str]] = {
    "verification+jws": ("registry", "登记信息核验答复"),
    "yulu-files-manifest+jws": ("registry", "登记全量文件清单"),
    "query-result+jws": ("discipline", "公示信息查询结果"),
    "yulu-tree-head+jws": ("discipline", "公示日志树头"),
    "yulu-filing-proof": ("rights_public", "维权投诉提交凭证"),
}
"""`typ` of what the services sign for the public: whose keys check it, and its name."""

ANSWERS = {"match": "good", "mismatch": "bad"}
"""Every other answer says neither."""


@dataclass(frozen=True)
class Signed:
    """A compact JWS taken apart; nothing of it is to be believed before `is_by` has said so."""

    kind: str
    key_id: str
    payload: Mapping[str, Any]
    signing_input: bytes
    signature: bytes

    @classmethod
    def read(cls, text: str) -> "Signed":
        """Raises ValueError."""
        head, payload, signature = "".join(text.split()).split(".")
        header = _object(head)
        if header.get("alg") != "EdDSA":
            raise ValueError("not signed with EdDSA")
        return cls(
            str(header.get("typ", "")),
            str(header.get("kid", "")),
            _object(payload),
            f"{head}.{payload}".encode("ascii"),
            _decoded(signature),
        )

    def is_by(self, keys: Mapping[str, Any]) -> bool:
        """keys: a JWK set as a service publishes it."""
        for key in keys.get("keys", ()):
            if key.get("kid") == self.key_id and key.get("crv") == "Ed25519":
                try:
                    Ed25519PublicKey.from_public_bytes(_decoded(key["x"])).verify(self.signature, self.signing_input)
                except InvalidSignature:
                    return False
                return True
        return False


def _object(part: str) -> Mapping[str, Any]:
    found = orjson.loads(_decoded(part))
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a text that is none, like any other
    return found


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
