"""One source, followed for everybody: a ring of its newest events, and whoever wants them told of each batch."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice

import structlog
from common.cancellation import end_if_cancelled
from common.feed import FeedRecord, Heads
from common.feed_api import EventHeldBack
from common.positions import FeedUnavailable
from common.telemetry.closed import is_closed

from exchange_api.sources.feeds import Source
from exchange_api.stream.domain import Item, rendered

RING = 4_096
"""Events kept in memory per source: who is not further behind needs nobody else to catch up."""

RING_SECONDS = 600.0
"""No event is kept longer: what its owner erases meanwhile must be gone here, too."""

PAGE = 500
WAIT_SECONDS = 20.0
"""How long one question to the owner may wait for an event."""

_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0

_log = structlog.get_logger()
_Told = Callable[["Tail"], Awaitable[None]]


class Tail:
    """Once `ready`, `position` and everything else moves only within `take`, in the turn of the hub."""

    def __init__(self, name: str, source: Source, *, deliver: Callable[["Tail", list[Item]], Awaitable[None]]) -> None:
        self.name, self.source = name, source
        self.position = 0
        self.head: FeedRecord | Heads | None = None
        self.reachable = False
        """Whether the last read was answered."""
        self.held_back = False
        """Not reachable because its next event is waited for."""
        self.ready = False
        self.became_ready = asyncio.Event()
        self._trouble: type[Exception] | None = None  # since the last read that was answered
        self._sure = True  # that the source still has what it had
        self._ring: deque[Item] = deque(maxlen=RING)
        self._taken: deque[tuple[float, int]] = deque()  # when, and up to which position
        self._deliver = deliver

    async def run(
        self, started: Callable[["Tail"], Awaitable[None]], lost: Callable[["Tail"], Awaitable[None]]
    ) -> None:
        """Until cancelled. `started`: it is ready; `lost`: the source no longer has what it had (a restore)."""
        pause = _PAUSE_SECONDS
        while True:
            try:
                if not self.ready:
                    await self._begin()
                    self.ready = self._sure = True
                    self.became_ready.set()
                    await started(self)
                await self._follow(lost)
                pause = _PAUSE_SECONDS
            except Exception as error:  # noqa: BLE001 -- listeners wait for this one task: it goes on, whatever comes
                end_if_cancelled(error)
                self._warn(error)
                self.reachable = self._sure = False
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _warn(self, error: Exception) -> None:
        """Once for as long as it lasts. Of a closed feed not that an event is waited for, since the line would have the
        time when it came, and no text of an error, where its positions stand: operators read this log.
        """
        self.held_back, closed = isinstance(error, EventHeldBack), is_closed(self.name)
        lasting, self._trouble = self._trouble is type(error), type(error)
        if (closed and self.held_back) or (lasting and isinstance(error, FeedUnavailable)):
            return
        kind = type(error).__name__
        _log.warning("source-unavailable", source=self.name, error=kind if closed else f"{kind}: {error}"[:200])

    def _answered(self) -> None:
        self.reachable, self.held_back, self._trouble = True, False, None

    async def _begin(self) -> None:
        """The newest events first of all: after a restart everybody comes back at once and wants just those."""
        heads = await self.source.heads()
        self._ring.clear()
        self._taken.clear()
        self.head, self.position = heads, max(0, heads.position - RING)
        while self.position < heads.position:
            try:
                records = await self.source.read_after(self.position, PAGE)
            except EventHeldBack:
                # What stands before it is told all the same. Of a place without an event the hash is not known.
                self.head = self._ring[-1].record if self._ring else None
                self.reachable = False
                return
            self._check(records)
            if not records:
                raise FeedUnavailable(f"{self.name}: nothing after {self.position}, though the head is further")
            self.take([rendered(self.name, record) for record in records])
        self._answered()

    async def _follow(self, lost: _Told) -> None:
        if not self._sure and await self._is_lost():
            self.ready = False
            self.became_ready.clear()
            await lost(self)
            return
        self._sure = True
        began = asyncio.get_running_loop().time()
        # After a silence the answer itself is what is waited for: only it says that the source can be read again.
        records = await self.source.read_after(self.position, PAGE, wait=WAIT_SECONDS if self.reachable else 0.0)
        self._check(records)
        self._answered()
        if records:
            await self._deliver(self, [rendered(self.name, record) for record in records])
        else:
            self._sure = False  # silence may be that of a feed that was set back
            if asyncio.get_running_loop().time() - began < 1:
                # A source that cannot wait, or that is stopping.
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _is_lost(self) -> bool:
        heads = await self.source.heads()
        known = None if self.head is None else self.head.hash
        if heads.position < self.position or (heads.position == self.position and heads.hash != known):
            places = {} if is_closed(self.name) else {"ours": self.position, "theirs": heads.position}
            _log.critical("source-set-back", source=self.name, **places, alarm=True)
            return True
        return False

    def _check(self, records: Sequence[FeedRecord]) -> None:
        if records and records[-1].position != self.position + len(records):
            raise FeedUnavailable(f"{self.name}: positions after {self.position} are not contiguous")

    def take(self, items: Sequence[Item]) -> None:
        self._ring.extend(items)
        self.head = items[-1].record
        self.position = self.head.position
        self._taken.append((time.monotonic(), self.position))
        self.forget()

    def forget(self) -> None:
        now = time.monotonic()
        while self._taken and now - self._taken[0][0] > RING_SECONDS:
            _, until = self._taken.popleft()
            while self._ring and self._ring[0].record.position <= until:
                self._ring.popleft()

    def since(self, position: int, limit: int = PAGE) -> list[Item] | None:
        """The items after this position; None where the ring does not reach back so far, or there is none yet."""
        if not self.ready:
            return None
        behind = self.position - position
        if behind > len(self._ring):
            return None
        first = len(self._ring) - max(0, behind)
        return list(islice(self._ring, first, first + limit))
