"""Fan-out of the merged stream against a bare one that writes the same bytes, both measured by the same clients."""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psutil
from yulu_local.child import wrap
from yulu_local.ports import free_port

from tests.bench.audience import FILES
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report, median

SIZES = (1_000, 10_000)
DELIVERIES = 400_000
"""Per throughput round: about 2 to 4 seconds of a bare fan-out."""

PACED = 8
TARGET = 0.8
TOKEN_SECONDS = 5_000
_LISTENER = "plan-reader"


class Seats:
    """The clients of one server, in a process of their own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> str:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the clients have ended")
        return line.decode().strip()

    async def tell(self, what: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n".encode())
        await self._process.stdin.drain()
        if (line := await self.line()) != "go":
            raise RuntimeError(line)

    async def answer(self) -> Any:
        return json.loads(await self.line())


@asynccontextmanager
async def seated(port: int, number: int, token: str = "") -> AsyncIterator[Seats]:
    process = await asyncio.create_subprocess_exec(
        *wrap([sys.executable, "-m", "tests.bench.audience", str(port), str(number), token]),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    seats = Seats(process)
    try:
        if (line := await seats.line()) != "open":
            raise RuntimeError(line)
        yield seats
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def many_files() -> AsyncIterator[None]:
    """Children inherit it: each listener is an open file."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Figures:
    def __init__(self) -> None:
        self.rates: list[float] = []
        self.together: list[float] = []
        self.moments: list[float] = []
        self.bytes_each: list[float] = []


async def _measure_one(plant: Plant, name: str, url: str, number: int, token: str, figures: Figures) -> None:
    port = int(url.rpartition(":")[2])
    server = psutil.Process(plant.pid(name))
    before = server.memory_info().rss
    async with (
        seated(port, number, token) as seats,
        httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as http,
    ):
        await asyncio.sleep(1)
        figures.bytes_each.append((server.memory_info().rss - before) / number)
        events = DELIVERIES // number

        async def rate(**asked: int) -> float:
            await seats.tell(f"count {events}")
            began = (await http.post("/rain", params={"events": events, "pause": 0} | asked)).json()[0]
            return events * number / ((await seats.answer())["ended"] - began)

        await rate()  # warm
        figures.rates.append(await rate())
        if token:
            figures.together.append(await rate(together=1))
        await seats.tell(f"moments {PACED}")
        sent_at = (await http.post("/rain", params={"events": PACED, "pause": 0.6})).json()
        had = await seats.answer()
        figures.moments.append(median([p99 - at for (_, p99), at in zip(had, sent_at, strict=True)]) * 1e3)


async def measure(plant: Plant, report: Report, *, rounds: int) -> None:
    await plant.migrate("exchange", "exchange")
    token = plant.token(_LISTENER, lifetime_seconds=TOKEN_SECONDS)
    async with many_files():
        for number in SIZES:
            ours, bare = Figures(), Figures()
            for _ in range(rounds):
                await _round(plant, number, token, ours, bare)
            report.add(
                Comparison(
                    f"fan-out to {number:,} listeners", "bare ASGI fan-out", "deliveries/s",
                    [Pair(a, b) for a, b in zip(ours.rates, bare.rates, strict=True)], TARGET, "higher",
                ),
                Comparison(
                    f"one event to all of {number:,}, p99", "bare ASGI fan-out", "ms",
                    [Pair(a, b) for a, b in zip(ours.moments, bare.moments, strict=True)], 1 / TARGET, "lower",
                ),
            )  # fmt: skip
            report.note(
                f"{number:,} listeners: {median(ours.bytes_each) / 1e3:.1f} kB each, "
                f"bare {median(bare.bytes_each) / 1e3:.1f} kB; "
                f"events that come together: {median(ours.together):,.0f} deliveries/s"
            )


async def _round(plant: Plant, number: int, token: str, ours: Figures, bare: Figures) -> None:
    port = free_port()
    environment = {
        "EXCHANGE_PORT": str(port), "HEARTBEAT_SECONDS": "3600", "STREAM_LISTENERS": "20000",
        "STREAM_LISTENERS_PER_CLIENT": "20000",
        **plant.client("exchange-api"),
    }  # fmt: skip
    async with plant.server("fanout", "tests.bench.fanout_server", port=port, **environment) as url:
        frame = await _frame(url, token)
        await _measure_one(plant, "fanout", url, number, token, ours)
    with tempfile.NamedTemporaryFile(dir=plant.data_dir) as file:
        file.write(frame)
        file.flush()
        port = free_port()
        async with plant.server("bare", "tests.bench.bare_fanout", str(port), file.name, port=port) as url:
            await _measure_one(plant, "bare", url, number, "", bare)


async def _frame(url: str, token: str) -> bytes:
    """One of our events as it is sent: the bare side sends the same bytes."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, headers=headers) as http,
        http.stream("GET", "/v1/events", params={"after": "now"}) as response,
    ):
        parts = response.aiter_bytes()
        await anext(parts)
        await http.post("/rain", params={"events": 1, "pause": 0.1})
        return await anext(parts)
