"""`python -m tests.bench.fanout_server`: exchange-api over one feed that is in memory, so that only the fan-out works.

`POST /rain?events=N&pause=S` lets N events come; `together=1` all at once, as after a pause. Without it each is read,
rendered and sent alone, as the bare side sends them.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from common.events import partition_of
from common.feed import FeedRecord, Heads, sm3
from common.http.server import serve
from contracts.entitlements import REGISTRY
from exchange_api import app as exchange
from exchange_api.settings import ExchangeSettings
from fastapi import Request

from tests.bench import events

HELD = 1_000
"""Events, over and over: making them must not be measured."""


class Memory:
    """Fulfils `Source`."""

    def __init__(self) -> None:
        self._rows = [events.row() for _ in range(HELD)]
        self._there = asyncio.Event()
        self.position = 0
        self.at_once = 1

    async def heads(self) -> Heads:
        return Heads("bench", self.position, bytes(32), datetime.now(UTC), {})

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> Sequence[FeedRecord]:
        if position >= self.position and wait:
            self._there.clear()
            async with asyncio.timeout(None):
                await self._there.wait()
        last = min(position + min(limit, self.at_once), self.position)
        return [self._record(number) for number in range(position + 1, last + 1)]

    def add(self, number: int) -> None:
        self.position += number
        self._there.set()

    def _record(self, position: int) -> FeedRecord:
        _, event_type, _, key, region, version, raw = self._rows[position % HELD]
        return FeedRecord(
            position, partition_of(key), position, event_type, key, region, version, datetime.now(UTC), sm3(raw),
            bytes(32), bytes(32), raw,
        )  # fmt: skip


def main() -> None:
    memory = Memory()

    async def feeds(*_: object, **__: object) -> dict[str, Memory]:
        return {REGISTRY: memory}

    settings = ExchangeSettings.load()
    with mock.patch.object(exchange, "open_feeds", feeds), mock.patch.object(exchange, "tasks_of", return_value=()):
        app = exchange.build_app(settings)

        @app.post("/rain")
        async def rain(request: Request) -> list[float]:
            asked: Any = request.query_params
            number, pause = int(asked["events"]), float(asked["pause"])
            memory.at_once = 500 if asked.get("together") else 1
            if not pause:
                began = time.perf_counter()
                memory.add(number)
                return [began]
            sent_at = []
            for _ in range(number):
                sent_at.append(time.perf_counter())
                memory.add(1)
                await asyncio.sleep(pause)
            return sent_at

        serve(app, settings)


if __name__ == "__main__":
    main()
