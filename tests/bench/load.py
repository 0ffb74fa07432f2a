"""`python -m tests.bench.load PORT PATHS SECONDS`: keep-alive HTTP/1.1 clients with the least parsing that is right.

A line of PATHS is a path, or a path and the ETag that the client has: then it must be told that nothing has changed;
or a path and a header, such as `Receipt-Session:…`.
A process of its own; one request under way per connection. Prints requests per second and latencies as JSON.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

from tests.bench.report import percentile

CONCURRENCY = 32
WARM_UP_SECONDS = 0.5


class Connection(asyncio.Protocol):
    def __init__(
        self, requests: list[bytes], status: bytes, latencies: list[float], failed: asyncio.Future[None]
    ) -> None:
        self._requests = requests
        self._status = status
        self._latencies = latencies
        self._failed = failed
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._whole = 0
        """Length of the answer under way, once its header is there."""
        self._sent_at = 0.0
        self.counting = False
        self.answered = 0
        """Warm-up included."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(random.choice(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._whole:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if self._buffer[9:12] != self._status:
                self._fail(f"answered {self._buffer[:200]!r}")
                return
            at = self._buffer.lower().find(b"content-length:", 0, end)
            length = int(self._buffer[at + 15 : self._buffer.find(b"\r\n", at)]) if at >= 0 else 0
            self._whole = end + 4 + length
        if len(self._buffer) < self._whole:
            return
        self.answered += 1
        if self.counting:
            self._latencies.append(time.perf_counter() - self._sent_at)
        self._buffer, self._whole = b"", 0
        self._send()

    def _fail(self, reason: str) -> None:
        if not self._failed.done():
            self._failed.set_exception(RuntimeError(reason))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server closed a connection: {exc}")


def _request(port: int, path: str, etag: str | None = None) -> bytes:
    header = "" if etag is None else f"If-None-Match: {etag}\r\n" if etag.startswith('"') else f"{etag}\r\n"
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n".encode()


async def _load(port: int, paths: list[str], seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    requests = [_request(port, *path.split(maxsplit=1)) for path in paths]
    status = b"304" if b"If-None-Match" in requests[0] else b"200"
    latencies: list[float] = []
    failed: asyncio.Future[None] = loop.create_future()
    connections = []
    for _ in range(CONCURRENCY):
        _, connection = await loop.create_connection(
            lambda: Connection(requests, status, latencies, failed), "127.0.0.1", port
        )
        connections.append(connection)
    await asyncio.wait([failed], timeout=WARM_UP_SECONDS)
    for connection in connections:
        connection.counting = True
    began, used = time.perf_counter(), time.process_time()
    await asyncio.wait([failed], timeout=seconds)
    took = time.perf_counter() - began
    if failed.done():
        failed.result()
    for connection in connections:
        connection.counting = False
    return {
        "answered": sum(connection.answered for connection in connections),
        "rate": len(latencies) / took,
        "p50_ms": percentile(latencies, 0.5) * 1e3,
        "p99_ms": percentile(latencies, 0.99) * 1e3,
        "client_cpu": (time.process_time() - used) / took,
    }


if __name__ == "__main__":
    _, port_text, file, seconds_text = sys.argv
    print(json.dumps(uvloop.run(_load(int(port_text), Path(file).read_text().splitlines(), float(seconds_text)))))
