"""The receipt: derived from the client's secret key, shown, never stored; found again by a slow hash of it.

53 bits are few: whoever steals the database must run Argon2id once per guess, with a pepper he has not stolen.
"""

import asyncio
import re
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2.low_level import Type, hash_secret_raw

from common.secrecy.keys import ReceiptKeys, hmac_sm3

DIGITS = 16
MEMORY_KIB = 19 * 1024
ROUNDS = 2
LANES = 1

FILING_QUEUE = 48
SESSION_QUEUE = 24
"""Fewer than for filing, so that a flood of guesses cannot keep a complaint from being filed."""

_KEY = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class QueueFull(Exception):
    """More receipts wait to be hashed than one process takes on."""


def parse_client_key(text: str) -> bytes | None:
    """The 128 bits of an Idempotency-Key: 32 hex digits or a UUID; None where it is neither."""
    lowered = text.lower()
    return bytes.fromhex(lowered.replace("-", "")) if _KEY.fullmatch(lowered) else None


class Receipts:
    """Derives receipts and recognises them; hashes one at a time per process, off the event loop."""

    def __init__(self, keys: ReceiptKeys) -> None:
        self._keys = keys
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="receipt")
        self._waiting = 0

    def derive(self, client_key: bytes) -> str:
        """The same key gives the same receipt, so that a repetition after a crash shows it again."""
        return f"{int.from_bytes(hmac_sm3(self._keys.receipt, client_key), 'big') % 10**DIGITS:0{DIGITS}d}"

    def key_digest(self, client_key: bytes) -> bytes:
        return hmac_sm3(self._keys.idempotency, client_key)

    def request_digest(self, client_key: bytes, body: bytes) -> bytes:
        """Bound to the client's key: not even the server's own keys let a guess about the body be tested."""
        return hmac_sm3(self._keys.request, client_key, body)

    def new_session(self) -> tuple[str, bytes]:
        """A token, and the digest that is stored of it."""
        token = secrets.token_urlsafe(32)
        return token, self.session_digest(token)

    def session_digest(self, token: str) -> bytes:
        return hmac_sm3(self._keys.session, token.encode())

    async def digest(self, receipt: str, *, queue: int) -> bytes:
        """What a receipt is looked up by. Raises QueueFull where `queue` hashes are under way or waiting."""
        if self._waiting >= queue:
            raise QueueFull
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._digest, receipt)
        # Counted until the thread is done with it, even where the caller has gone.
        future.add_done_callback(self._one_less)
        return await asyncio.shield(future)

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _one_less(self, _: "asyncio.Future[bytes]") -> None:
        self._waiting -= 1

    def _digest(self, receipt: str) -> bytes:
        slow = hash_secret_raw(
            receipt.encode(),
            self._keys.salt,
            time_cost=ROUNDS,
            memory_cost=MEMORY_KIB,
            parallelism=LANES,
            hash_len=32,
            type=Type.ID,
        )
        return hmac_sm3(self._keys.pepper, slow)
