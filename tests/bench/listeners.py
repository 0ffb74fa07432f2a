"""Listeners on the real chain (outbox → sequencer → feed → hub → event stream): how soon they know, how long they last.

Latency is taken by probes: from the commit of an event to the moment at which a listener has read it, while a generator
writes at its rate.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import httpx
import psutil
from yulu_local.child import wrap

from tests.bench import events
from tests.bench.fanout import TOKEN_SECONDS, many_files, seated
from tests.bench.plant import Plant
from tests.bench.report import Gate, Report, percentile

RATE = 1_000
SECONDS = 10
BESIDE = 10
"""Further listeners, who receive everything too."""
P99_MILLISECONDS = 300

HELD = 1_000
"""Listeners for an hour."""
HELD_RATE = 20
_LISTENER = "plan-reader"
_SERVICES = ("registry", "discipline", "rights", "progress", "exchange")


@dataclass
class Chain:
    dsn: str
    url: str
    token: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@asynccontextmanager
async def _chain(plant: Plant) -> AsyncIterator[Chain]:
    for service in _SERVICES:
        await plant.migrate(service, service)
    async with AsyncExitStack() as stack:
        registry = await stack.enter_async_context(plant.service("registry"))
        exchange = await stack.enter_async_context(
            plant.service(
                "exchange",
                REGISTRY_URL=registry,
                STREAM_LISTENERS_PER_CLIENT=str(2 * HELD),
                **plant.client("exchange-api"),
            )
        )
        stack.enter_context(plant.process("relay", "outbox_relay"))
        yield Chain(plant.dsn("registry"), exchange, plant.token(_LISTENER, lifetime_seconds=TOKEN_SECONDS))


class Ear:
    """One listener of this process: when it has read the event with a given key."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._waited: dict[bytes, asyncio.Future[float]] = {}
        self.listening = asyncio.Event()

    def expect(self, key: str) -> "asyncio.Future[float]":
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waited[key.encode()] = future
        return future

    async def listen(self) -> None:
        headers = {"Authorization": f"Bearer {self._chain.token}", "Accept": "text/event-stream"}
        timeout = httpx.Timeout(60, connect=5)
        async with (
            httpx.AsyncClient(base_url=self._chain.url, headers=headers, timeout=timeout, trust_env=False) as http,
            http.stream("GET", "/v1/events", params={"after": "now"}) as response,
        ):
            response.raise_for_status()
            tail = b""
            async for part in response.aiter_bytes():
                self.listening.set()
                now, whole = time.perf_counter(), tail + part
                for key in [key for key in self._waited if key in whole]:
                    self._waited.pop(key).set_result(now)
                tail = whole[-200:]


async def _probes(chain: Chain, ear: Ear, until: "asyncio.Task[bytes]") -> list[float]:
    connection = await asyncpg.connect(chain.dsn)
    latencies: list[float] = []
    while not until.done():
        practice_id = uuid4()
        read = ear.expect(str(practice_id))
        await connection.execute(events.INSERT, *events.row(practice_id))
        committed = time.perf_counter()
        async with asyncio.timeout(30):
            latencies.append(max(0.0, await read - committed))
        await asyncio.sleep(0.005)
    await connection.close()
    return latencies


@asynccontextmanager
async def _generating(chain: Chain, rate: int, seconds: int) -> AsyncIterator["asyncio.Task[bytes]"]:
    generator = await asyncio.create_subprocess_exec(
        *wrap([sys.executable, "-m", "tests.bench.generator", chain.dsn, str(rate), str(seconds)]),
        stdout=subprocess.PIPE,
    )
    assert generator.stdout is not None
    if await generator.stdout.readline() != b"go\n":
        raise RuntimeError("the generator did not start")
    yield asyncio.create_task(generator.stdout.readline())
    await generator.wait()


async def measure_latency(plant: Plant, report: Report, *, rounds: int) -> None:
    async with _chain(plant) as chain, seated(chain.port, BESIDE, chain.token):
        ear = Ear(chain)
        listening = asyncio.create_task(ear.listen())
        await ear.listening.wait()
        worst = []
        for _ in range(rounds):
            async with _generating(chain, RATE, SECONDS) as finished:
                latencies = await _probes(chain, ear, finished)
            reached = float(await finished)
            worst.append(percentile(latencies, 0.99) * 1e3)
            report.note(
                f"write → listener at {reached:,.0f}/s, {BESIDE + 1} listeners: {len(latencies)} probes, "
                f"p50 {percentile(latencies, 0.5) * 1e3:.0f}, p99 {worst[-1]:.0f}, most {max(latencies) * 1e3:.0f} ms"
            )
        listening.cancel()
    worst.sort()
    report.gates.append(Gate("write → listener, p99, ms", round(worst[(len(worst) - 1) // 2]), P99_MILLISECONDS))


async def measure_hold(plant: Plant, report: Report, *, minutes: float) -> None:
    """All of them receive every event, and none is cut."""
    seconds = int(minutes * 60)
    async with many_files(), _chain(plant) as chain, seated(chain.port, HELD, chain.token) as seats:
        process = psutil.Process(plant.pid("exchange-api"))
        await asyncio.sleep(2)
        before, cpu = process.memory_info().rss, plant.cpu("exchange-api")
        await seats.tell(f"hold {seconds + 5}")
        async with _generating(chain, HELD_RATE, seconds) as finished:
            await finished
        answer = await seats.answer()
        grown = process.memory_info().rss - before
        used = plant.cpu("exchange-api") - cpu
    written = HELD_RATE * seconds
    report.note(
        f"{HELD:,} listeners held {minutes:g} minutes: {written:,} events written, {answer['least']:,} to "
        f"{answer['most']:,} frames received (heartbeats too), memory grown {grown / 1e6:.1f} MB, "
        f"processor {used / seconds:.0%}"
    )
    report.gates.append(Gate(f"listeners broken off in {minutes:g} minutes", answer["broken"], 0))
    report.gates.append(Gate("events that a listener missed", max(0, written - answer["least"]), 0))
