"""Public rows kept in this process, answered from only while it is certain that no acknowledged change is missing.

A background task asks the database every few milliseconds which rows have been committed since the snapshot of its last
question. The cache answers for `TRUSTED_SECONDS` after the *beginning* of the last question that was answered: whatever
had been acknowledged by then was in its snapshot. So an answer is never older than a write's acknowledgement plus that
time, whether the task is slow, hangs or has died; then reads go to the database as without a cache.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from uuid import UUID

from common.cancellation import end_if_cancelled
from common.telemetry import get_logger
from common.telemetry.metrics import counter, gauge

from registry_api.register.public import PublicRow

TRUSTED_SECONDS = 0.1
ASK_EVERY_SECONDS = 0.03
_HANGS_SECONDS = 1.0

Changes = Callable[[], Awaitable[Collection[UUID] | None]]
"""The lawyers whose rows have been committed since the question before; None where that is not known."""

_log = get_logger(__name__)
_asked = counter("yulu_public_cache_total", "Public look-ups, by whether this process's cache answered.", ["outcome"])
_hits, _misses = _asked.labels("hit"), _asked.labels("miss")
_entries = gauge("yulu_public_cache_entries", "Public rows kept in this process.")


class PublicCache:
    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        """size: at most so many numbers; 0: none, every read goes to the database."""
        self._size = size
        self._clock = clock
        self._rows: dict[str, PublicRow] = {}
        self._numbers: dict[UUID, list[str]] = {}
        self._trusted_until = float("-inf")
        self._heard = self._hits = self._misses = 0

    def get(self, number: str, now: datetime) -> PublicRow | None:
        row = self._rows.get(number)
        if (
            row is None
            or self._clock() >= self._trusted_until
            or (row.valid_until is not None and row.valid_until <= now)
        ):
            self._misses += 1
            return None
        self._hits += 1
        return row

    def _count(self) -> None:
        """Counted here and told now and then: a counter's lock would cost each look-up as much as the rest of it."""
        _hits.inc(self._hits)
        _misses.inc(self._misses)
        self._hits = self._misses = 0
        _entries.set(len(self._rows))

    def ticket(self) -> int:
        """Take one before reading the database: what changes are heard of afterwards may be missing in what is read."""
        return self._heard

    def put(self, number: str, row: PublicRow, ticket: int) -> None:
        if ticket != self._heard or not self._size:
            return
        if number in self._rows:
            self._forget(number, self._rows[number].lawyer_id)
        while len(self._rows) >= self._size:
            oldest = next(iter(self._rows))
            self._forget(oldest, self._rows[oldest].lawyer_id)
        self._rows[number] = row
        self._numbers.setdefault(row.lawyer_id, []).append(number)

    def _forget(self, number: str, lawyer_id: UUID) -> None:
        del self._rows[number]
        others = self._numbers[lawyer_id]
        others.remove(number)
        if not others:
            del self._numbers[lawyer_id]

    def heard(self, began: float, changed: Collection[UUID] | None) -> None:
        """began: when the question was sent. None: anything may have changed."""
        if changed is None:
            self._heard += 1
            self._rows.clear()
            self._numbers.clear()
        elif changed:
            self._heard += 1
            for lawyer_id in changed:
                for number in self._numbers.pop(lawyer_id, ()):
                    del self._rows[number]
        self._trusted_until = began + TRUSTED_SECONDS
        self._count()

    async def follow(self, changes: Changes) -> None:
        """Until cancelled. `changes` must answer None first, and after any failure."""
        if not self._size:
            return
        failing = False
        while True:
            began = self._clock()
            try:
                async with asyncio.timeout(_HANGS_SECONDS):
                    changed = await changes()
            except Exception as error:  # noqa: BLE001 -- whatever fails, reads go to the database meanwhile
                end_if_cancelled(error)
                if not failing:
                    _log.warning("public-cache-deaf", error=type(error).__name__)
                failing = True
                await asyncio.sleep(_HANGS_SECONDS)
                continue
            failing = False
            self.heard(began, changed)
            await asyncio.sleep(max(0.0, began + ASK_EVERY_SECONDS - self._clock()))
