"""Sealed boxes: whoever seals cannot open again; only the holder of the private key can.

X25519 with a fresh key for each box, HKDF-SM3, SM4-GCM. Layout: version byte 2, fresh public key, sealed bytes.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.secrecy.keys import KEK_BYTES
from common.secrecy.sealing import open_bytes, seal_bytes

PRIVATE_KEY_BYTES = PUBLIC_KEY_BYTES = 32
_VERSION = b"\x02"
_CONTEXT = b"yulu sealed box 2"


class BoxSealer:
    """Has the public key only."""

    def __init__(self, public: bytes) -> None:
        self._public, self._key = public, X25519PublicKey.from_public_bytes(public)

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        fresh = X25519PrivateKey.generate()
        ours = fresh.public_key().public_bytes_raw()
        key = _derived(fresh.exchange(self._key), ours, self._public)
        return _VERSION + ours + seal_bytes(key, plain, bound_to)


class BoxOpener:
    def __init__(self, private: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()

    def open(self, box: bytes, bound_to: bytes) -> bytes:
        """Raises cryptography.exceptions.InvalidTag where bytes, place or key are not those of the sealing."""
        body_from = len(_VERSION) + PUBLIC_KEY_BYTES
        theirs = box[len(_VERSION) : body_from]
        try:
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(theirs))
        except ValueError:
            raise InvalidTag from None  # cut short, or a point that shares nothing
        return open_bytes(_derived(shared, theirs, self.public), box[body_from:], bound_to)


def _derived(shared: bytes, fresh: bytes, public: bytes) -> bytes:
    """Both public keys are in, so that a box fits one recipient and one sealing."""
    return HKDF(hashes.SM3(), KEK_BYTES, salt=None, info=_CONTEXT + fresh + public).derive(shared)
