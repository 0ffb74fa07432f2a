"""Open-loop arrivals: each begins at its own moment, whatever became of those before it.

Latency is counted from the moment intended, so that a server (or a generator) that falls behind cannot hide it
(coordinated omission).
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress

from tests.bench.report import percentile

AT_ONCE = 4_000
"""Under way at a time. Beyond it an arrival is a failure: that many waiting is an outage, not a queue."""


class Failed(Exception):
    """An answer that no visitor should have had. `reason` is short and without data: failures are counted by it."""


class Tally:
    """What became of the arrivals of one minute, or of all."""

    def __init__(self) -> None:
        self.took: defaultdict[str, list[float]] = defaultdict(list)
        """Seconds from the intended start, by kind, of those that succeeded."""
        self.failed: Counter[str] = Counter()
        self.failures_of: Counter[str] = Counter()
        self.late: list[float] = []
        """Seconds between the intended start and ours: the generator's own part."""

    @property
    def arrived(self) -> int:
        return sum(map(len, self.took.values())) + self.failed.total()

    def add(self, other: "Tally") -> None:
        for kind, seconds in other.took.items():
            self.took[kind] += seconds
        self.failed += other.failed
        self.failures_of += other.failures_of
        self.late += other.late

    def kinds(self) -> dict[str, dict[str, float]]:
        """Number, failures, and p50, p99 and most in milliseconds, by kind."""
        return {
            kind: {
                "number": len(self.took[kind]) + self.failures_of[kind],
                "failed": self.failures_of[kind],
                **_milliseconds(self.took[kind]),
            }
            for kind in sorted(self.took.keys() | self.failures_of.keys())
        }


def _milliseconds(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {
        "p50_ms": round(percentile(seconds, 0.5) * 1e3, 1),
        "p99_ms": round(percentile(seconds, 0.99) * 1e3, 1),
        "most_ms": round(max(seconds) * 1e3, 1),
    }


def moments(rng: random.Random, hourly: Mapping[str, float], seconds: float) -> Iterator[tuple[float, str]]:
    """Poisson arrivals of all kinds together: seconds from the beginning, in order, and the kind."""
    kinds, weights = list(hourly), list(hourly.values())
    rate, at = sum(weights) / 3600, 0.0
    while True:
        at += rng.expovariate(rate)
        if at >= seconds:
            return
        yield at, rng.choices(kinds, weights)[0]


class Arrivals:
    """`minute` is the tally since it was last taken."""

    def __init__(self, acts: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self._acts = acts
        self.minute = Tally()
        self.total = Tally()
        self._stopping = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def take(self) -> Tally:
        taken, self.minute = self.minute, Tally()
        self.total.add(taken)
        return taken

    def stop(self) -> None:
        """No further arrivals; those under way are waited for."""
        self._stopping.set()

    async def play(self, schedule: Iterator[tuple[float, str]]) -> None:
        """Returns when all of them have ended."""
        began = time.perf_counter()
        for at, kind in schedule:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), max(0.0, began + at - time.perf_counter()))
            if self._stopping.is_set():
                break
            if len(self._under_way) >= AT_ONCE:
                self._fail(kind, "too many under way")
                continue
            task = asyncio.create_task(self._one(kind, began + at))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _one(self, kind: str, intended: float) -> None:
        self.minute.late.append(time.perf_counter() - intended)
        try:
            await self._acts[kind]()
        except Failed as failure:
            self._fail(kind, f"{kind}: {failure}")
            return
        self.minute.took[kind].append(time.perf_counter() - intended)

    def _fail(self, kind: str, reason: str) -> None:
        self.minute.failed[reason] += 1
        self.minute.failures_of[kind] += 1
