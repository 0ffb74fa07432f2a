"""ID numbers at rest: SM4-GCM under a key of the deployment, and a keyed digest that recognises the same number.

Also cursors that tell no count: they need a key that all processes share.
"""

import base64
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

    def key_for(self, purpose: bytes) -> bytes:
        """A key (16 bytes, as of SM4) of its own for another purpose, the same in every process of the deployment."""
        return self._derive(purpose)[:KEY_BYTES]

    def _derive(self, label: bytes) -> bytes:
        mac = hmac.HMAC(self._key, hashes.SM3())
        mac.update(label)
        return mac.finalize()


class Places:
    """Positions of the feed as opaque cursors: the same position makes the same cursor, and nobody can count with it.

    One block of SM4: how far apart two cursors are tells nothing of how many events lie between, seen or withheld.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._cipher = Cipher(algorithms.SM4(sealer.key_for(b"yulu registry change cursors")), modes.ECB())  # noqa: S305

    def cursor(self, position: int) -> str:
        encryptor = self._cipher.encryptor()
        block = encryptor.update(position.to_bytes(8, "big") + bytes(8)) + encryptor.finalize()
        return base64.urlsafe_b64encode(block).rstrip(b"=").decode()

    def position(self, cursor: str) -> int:
        """Raises ValueError on what is no cursor of ours."""
        block = base64.b64decode(cursor.encode() + b"==", altchars=b"-_", validate=True)
        decryptor = self._cipher.decryptor()
        text = decryptor.update(block) + decryptor.finalize()
        if text[8:] != bytes(8):
            raise ValueError("not a cursor of this feed")
        return int.from_bytes(text[:8], "big")
