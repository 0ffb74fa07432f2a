"""Sealed text: SM4-GCM under a data key per case, which is itself wrapped under the key-encryption key.

Each sealed value is bound to its case and its place there, so that no row can be passed off as another.
"""

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from common.secrecy.keys import KEK_BYTES, hmac_sm3

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_BODY_FROM = len(_VERSION) + _NONCE_BYTES + _TAG_BYTES


def seal_bytes(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Layout: version byte 1, nonce, tag, ciphertext."""
    nonce = os.urandom(_NONCE_BYTES)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound_to)
    body = encryptor.update(plain) + encryptor.finalize()
    return _VERSION + nonce + encryptor.tag + body


def open_bytes(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Raises cryptography.exceptions.InvalidTag where bytes, place or key are not those of the sealing."""
    nonce, tag = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES : _BODY_FROM]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(bound_to)
    return decryptor.update(sealed[_BODY_FROM:]) + decryptor.finalize()


class CaseSealer:
    """Seals and opens the texts and files of one case."""

    def __init__(self, case_id: UUID, data_key: bytes) -> None:
        self._case, self._key = case_id.bytes, data_key

    def seal(self, place: str, plain: str) -> bytes:
        return self.seal_bytes(place, plain.encode())

    def open(self, place: str, sealed: bytes) -> str:
        return self.open_bytes(place, sealed).decode()

    def seal_bytes(self, place: str, plain: bytes) -> bytes:
        return seal_bytes(self._key, plain, self._case + place.encode())

    def open_bytes(self, place: str, sealed: bytes) -> bytes:
        """Raises cryptography.exceptions.InvalidTag where bytes, place or key are not those of the sealing."""
        return open_bytes(self._key, sealed, self._case + place.encode())


class KeyVault:
    """Makes and opens the data keys of cases. The only place that holds the key-encryption key."""

    def __init__(self, kek: bytes) -> None:
        if len(kek) != KEK_BYTES:
            raise ValueError(f"an SM4 key has {KEK_BYTES} bytes")
        self._kek = kek
        self.kek_id = hmac_sm3(kek, b"key id")[:4].hex()
        """Stored with each wrapped key, so that keys can be wrapped anew under the next one."""

    def new_case(self, case_id: UUID) -> tuple[CaseSealer, bytes]:
        """A sealer, and its data key wrapped."""
        data_key = os.urandom(KEK_BYTES)
        return CaseSealer(case_id, data_key), seal_bytes(self._kek, data_key, case_id.bytes)

    def case(self, case_id: UUID, wrapped_key: bytes) -> CaseSealer:
        return CaseSealer(case_id, open_bytes(self._kek, wrapped_key, case_id.bytes))
