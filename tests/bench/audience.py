"""`python -m tests.bench.audience PORT NUMBER [TOKEN]`: so many open event streams, read with the least that is right.

A process of its own, told what to do by lines: `count EVENTS` waits until every stream has received so many events and
prints how long it took; `moments EVENTS` prints of each event when 50 and 99 of 100 streams had it; `hold SECONDS`
prints how many events the streams have received meanwhile, and how many streams have broken off.
"""

import asyncio
import json
import resource
import sys
import time
from typing import cast

import uvloop

CONNECTING_AT_ONCE = 100
PATIENCE_SECONDS = 120
FILES = 20_000


class Stream(asyncio.Protocol):
    def __init__(self, audience: "Audience") -> None:
        self._audience = audience
        self._ended_with_newline = False
        self._heading = True
        self.events = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._audience.request)

    def data_received(self, data: bytes) -> None:
        if self._heading:
            # Status, headers and the greeting, which comes in a chunk of its own.
            if not data.startswith(b"HTTP/1.1 200") and b"\n\n" not in data:
                self._audience.fail(data[:300])
            if b"\n\n" in data:
                self._heading = False
                self._audience.opened += 1
            return
        events = data.count(b"\n\n")
        # A delivery may be cut anywhere, between these two bytes too.
        if self._ended_with_newline and data.startswith(b"\n") and not data.startswith(b"\n\n"):
            events += 1
        self._ended_with_newline = data.endswith(b"\n") and not data.endswith((b"\n\n", b"\r\n"))
        if events:
            self.events += events
            self._audience.received(self, events)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the protocol's signature
        self._audience.broken += 1


class Audience:
    def __init__(self, port: int, number: int, token: str) -> None:
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        self.request = (
            f"GET /v1/events?after=now HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n"
            f"{authorization}\r\n"
        ).encode()
        self._port, self._number = port, number
        self.opened = self.broken = 0
        self._failed: bytes | None = None
        self._streams: list[Stream] = []
        self._due = 0
        self._complete = asyncio.Event()
        self._moments: list[list[float]] | None = None
        self._total = 0

    def fail(self, answer: bytes) -> None:
        self._failed = answer

    def received(self, stream: Stream, events: int) -> None:
        self._total += events
        if self._moments is not None:
            now = time.perf_counter()
            for event in range(stream.events - events, stream.events):
                self._moments[event].append(now)
        if self._due and self._total >= self._due:
            self._complete.set()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        for first in range(0, self._number, CONNECTING_AT_ONCE):
            until = min(first + CONNECTING_AT_ONCE, self._number)
            made = await asyncio.gather(
                *(loop.create_connection(lambda: Stream(self), "127.0.0.1", self._port) for _ in range(first, until))
            )
            self._streams += [stream for _, stream in made]
            while self.opened < until:
                if self._failed is not None:
                    raise RuntimeError(f"answered {self._failed!r}")
                await asyncio.sleep(0.002)

    def _reset(self) -> None:
        self._total = 0
        self._complete.clear()
        for stream in self._streams:
            stream.events = 0

    async def count(self, events: int) -> dict[str, float]:
        self._reset()
        self._due = events * self._number
        print("go", flush=True)
        began_cpu = time.process_time()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._complete.wait()
        ended = time.perf_counter()
        self._check(events)
        return {"ended": ended, "client_cpu": time.process_time() - began_cpu}

    async def moments(self, events: int) -> list[tuple[float, float]]:
        self._moments = [[] for _ in range(events)]
        await self.count(events)
        found = []
        for each in self._moments:
            each.sort()
            found.append((each[len(each) // 2], each[int(len(each) * 0.99)]))
        self._moments = None
        return found

    async def hold(self, seconds: float) -> dict[str, int]:
        self._reset()
        self._due = 0
        print("go", flush=True)
        await asyncio.sleep(seconds)
        received = [stream.events for stream in self._streams]
        return {"least": min(received), "most": max(received), "broken": self.broken}

    def _check(self, events: int) -> None:
        wrong = sum(1 for stream in self._streams if stream.events != events)
        if wrong or self.broken:
            raise RuntimeError(f"{wrong} streams have received another number of events, {self.broken} have broken off")


async def _main(port: int, number: int, token: str) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    audience = Audience(port, number, token)
    await audience.open()
    print("open", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        what, argument = line.split()
        if what == "count":
            print(json.dumps(await audience.count(int(argument))), flush=True)
        elif what == "moments":
            print(json.dumps(await audience.moments(int(argument))), flush=True)
        else:
            print(json.dumps(await audience.hold(float(argument))), flush=True)


if __name__ == "__main__":
    _, port_text, number_text, *rest = sys.argv
    uvloop.run(_main(int(port_text), int(number_text), rest[0] if rest else ""))
