"""The code of a result: from it alone follow the place where the result lies and the key that opens it.

What is stored names nobody to whoever has the database and even the server's keys: without the code it stays sealed.
"""

import base64

from common.secrecy.keys import ReceiptKeys, hmac_sm3
from common.secrecy.sealing import open_bytes, seal_bytes

CODE_LENGTH = 26
"""128 bits in base 32."""
_KEY_BYTES = 16


class ResultCodes:
    def __init__(self, keys: ReceiptKeys) -> None:
        # A purpose of its own: a complaint's receipt opens no result, and the reverse.
        self._make = hmac_sm3(keys.receipt, b"query result")
        self._place = hmac_sm3(keys.pepper, b"query result place")
        self._seal = hmac_sm3(keys.pepper, b"query result key")

    def derive(self, client_key: bytes, asked: bytes) -> str:
        """The same request with the same key has the same code, so that a repetition after a crash finds its result."""
        return base64.b32encode(hmac_sm3(self._make, client_key, asked)[:16]).decode().rstrip("=")

    def digest(self, code: str) -> bytes:
        return hmac_sm3(self._place, code.encode())

    def seal(self, code: str, plain: bytes) -> bytes:
        return seal_bytes(self._key(code), plain, self.digest(code))

    def open(self, code: str, sealed: bytes) -> bytes:
        """Raises cryptography.exceptions.InvalidTag where the row was altered."""
        return open_bytes(self._key(code), sealed, self.digest(code))

    def _key(self, code: str) -> bytes:
        return hmac_sm3(self._seal, code.encode())[:_KEY_BYTES]


def tidy(text: str) -> str | None:
    """A code as people type it: any case, spaces and dashes; None where it can be none."""
    code = "".join(text.split()).replace("-", "").upper()
    if len(code) != CODE_LENGTH or not set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        return None
    return code
