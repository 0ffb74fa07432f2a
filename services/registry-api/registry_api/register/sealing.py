"""ID numbers at rest: SM4-GCM under a key of the deployment, and a keyed digest that recognises the same number."""

import os

from contracts.identifiers import IdCard
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from registry_api.register.lawyer import SealedIdCard

_NONCE_BYTES = 12
_TAG_BYTES = 16
KEY_BYTES = 16


class Sealer:
    """Layout of a sealed number: version byte 1, nonce, tag, ciphertext."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"an SM4 key has {KEY_BYTES} bytes")
        self._key = key
        self._digest_key = self._derive(b"yulu registry id-number digest")

    def seal(self, card: IdCard) -> SealedIdCard:
        nonce = os.urandom(_NONCE_BYTES)
        encryptor = Cipher(algorithms.SM4(self._key), modes.GCM(nonce)).encryptor()
        text = encryptor.update(card.reveal().encode()) + encryptor.finalize()
        return SealedIdCard(b"\x01" + nonce + encryptor.tag + text, self.digest(card))

    def open(self, sealed: bytes) -> IdCard:
        """Raises cryptography.exceptions.InvalidTag where the bytes were altered or another key sealed them."""
        nonce, tag = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES : 1 + _NONCE_BYTES + _TAG_BYTES]
        decryptor = Cipher(algorithms.SM4(self._key), modes.GCM(nonce, tag)).decryptor()
        text = decryptor.update(sealed[1 + _NONCE_BYTES + _TAG_BYTES :]) + decryptor.finalize()
        return IdCard.parse(text.decode())

    def digest(self, card: IdCard) -> bytes:
        mac = hmac.HMAC(self._digest_key, hashes.SM3())
        mac.update(card.reveal().encode())
        return mac.finalize()

    def _derive(self, label: bytes) -> bytes:
        mac = hmac.HMAC(self._key, hashes.SM3())
        mac.update(label)
        return mac.finalize()
