"""Owners and subjects of watches as digests under a key of the server, and cursors nobody can count with.

A licence number has few digits: whoever holds the database and the key finds a number by trying all. The digests keep
numbers out of dumps, backups and the sight of operators; what protects a person after a record's end is that nothing
joins the two any more.
"""

import base64

from common.secrecy.keys import ReceiptKeys, hmac_sm3
from contracts.discipline_events import SubjectKind
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_PLACE_BYTES = 8


class WatchKeys:
    def __init__(self, keys: ReceiptKeys) -> None:
        self._owners = hmac_sm3(keys.pepper, b"owner of watches")
        self._subjects = hmac_sm3(keys.pepper, b"subject of watches")
        # One block of SM4: equal places make equal cursors, and how far apart two are tells nothing.
        block = algorithms.SM4(hmac_sm3(keys.pepper, b"cursor of notices")[:16])
        self._cipher = Cipher(block, modes.ECB())  # noqa: S305

    def owner(self, kind: str, organisation_id: str, client: str = "") -> bytes:
        return hmac_sm3(self._owners, kind.encode(), organisation_id.encode(), client.encode())

    def subject(self, kind: SubjectKind, unchanging: str) -> bytes:
        """`unchanging`: of a licence number the part that no move rewrites; a credit code as it is."""
        return hmac_sm3(self._subjects, kind.value.encode(), unchanging.encode())

    def cursor(self, owner: bytes, notice_id: int) -> str:
        encryptor = self._cipher.encryptor()
        block = encryptor.update(notice_id.to_bytes(_PLACE_BYTES, "big") + owner[:8]) + encryptor.finalize()
        return base64.urlsafe_b64encode(block).rstrip(b"=").decode()

    def place(self, owner: bytes, cursor: str) -> int:
        """Raises ValueError on what is no cursor of this owner."""
        block = base64.b64decode(cursor.encode("ascii") + b"==", altchars=b"-_", validate=True)
        decryptor = self._cipher.decryptor()
        text = decryptor.update(block) + decryptor.finalize()
        if text[_PLACE_BYTES:] != owner[:8]:
            raise ValueError("not a cursor of this owner")
        return int.from_bytes(text[:_PLACE_BYTES], "big")
