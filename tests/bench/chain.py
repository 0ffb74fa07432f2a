"""Outbox → progress store, latency at a steady rate and throughput of a backlog, against a bare chain."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self
from uuid import uuid4

import asyncpg
from common.database import event_log_ddl
from yulu_local.child import wrap

from tests.bench import bare_chain, events
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report, median, percentile

RATE = 1_000
SECONDS = 10
BACKLOG = 40_000
WARM_UP = 2_000
LOST_AFTER_SECONDS = 2
_TIMEOUT_SECONDS = 120


@dataclass
class Side:
    name: str
    source: str
    target: str
    table: str
    relay: tuple[str, ...]
    projector: tuple[str, ...]
    relay_environment: dict[str, str] = field(default_factory=dict)
    projector_environment: dict[str, str] = field(default_factory=dict)
    loses: bool = False
    """Probes may never arrive; then they are counted and left out."""
    latencies: list[list[float]] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    generated: list[float] = field(default_factory=list)
    backlog_cpu: list[dict[str, float]] = field(default_factory=list)
    steady_cpu: list[dict[str, float]] = field(default_factory=list)
    lost: int = 0


class Round:
    """One side, running."""

    def __init__(self, plant: Plant, side: Side, relay: subprocess.Popen[bytes]) -> None:
        self._plant = plant
        self._side = side
        self._relay = relay
        self._processes = {
            "relay": f"{side.name}-relay", "projector": f"{side.name}-projector",
            "PostgreSQL": "PostgreSQL", "Kafka": "Kafka",
        }  # fmt: skip
        self._connections: list[asyncpg.Connection] = []

    async def __aenter__(self) -> Self:
        for dsn in (self._side.source, self._side.target):
            self._connections.append(await asyncpg.connect(dsn))
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            await connection.close()

    async def _load(self, number: int) -> None:
        rows = [events.row() for _ in range(number)]
        await self._connections[0].copy_records_to_table("outbox", records=rows, columns=events.COLUMNS)

    async def _count(self) -> int:
        count: int = await self._connections[1].fetchval(f"SELECT count(*) FROM {self._side.table}")
        return count

    async def _until(self, number: int) -> None:
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while (seen := await self._count()) < number:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._side.name}: {seen} of {number} arrived")
            await asyncio.sleep(0.03)

    async def warm_up(self) -> None:
        """Until three waves in a row arrive at once: processes, pools and the consumer group have settled."""
        await self._load(WARM_UP)
        await self._until(WARM_UP)
        prompt = 0
        while prompt < 3:
            before = await self._count()
            began = time.monotonic()
            await self._load(100)
            await self._until(before + 100)
            prompt = prompt + 1 if time.monotonic() - began < 0.5 else 0

    def _cpu(self) -> dict[str, float]:
        return {name: self._plant.cpu(process) for name, process in self._processes.items()}

    def _cpu_since(self, before: dict[str, float]) -> dict[str, float]:
        return {name: used - before[name] for name, used in self._cpu().items()}

    async def throughput(self) -> None:
        self._relay.send_signal(signal.SIGSTOP)
        try:
            before = await self._count()
            await self._load(BACKLOG)
            await self._plant.settle()
            if (arrived := await self._count() - before) > 0:
                raise RuntimeError(f"{self._side.name}: {arrived} events passed a frozen relay")
            cpu = self._cpu()
        finally:
            began = time.perf_counter()
            self._relay.send_signal(signal.SIGCONT)
        await self._until(before + BACKLOG)
        self._side.rates.append(BACKLOG / (time.perf_counter() - began))
        self._side.backlog_cpu.append(self._cpu_since(cpu))

    async def latency(self) -> None:
        """Probes one after another while the generator writes at its rate."""
        generator = await asyncio.create_subprocess_exec(
            *wrap([sys.executable, "-m", "tests.bench.generator", self._side.source, str(RATE), str(SECONDS)]),
            stdout=subprocess.PIPE,
        )
        assert generator.stdout is not None
        if await generator.stdout.readline() != b"go\n":
            raise RuntimeError("the generator did not start")
        finished = asyncio.create_task(generator.stdout.readline())
        cpu = self._cpu()
        latencies = []
        while not finished.done():
            seconds = await self._probe()
            if seconds is None:
                self._side.lost += 1
            else:
                latencies.append(seconds)
        self._side.steady_cpu.append(self._cpu_since(cpu))
        self._side.generated.append(float(await finished))
        self._side.latencies.append(latencies)
        await generator.wait()

    async def _probe(self) -> float | None:
        writer, reader = self._connections
        practice_id = uuid4()
        await writer.execute(events.INSERT, *events.row(practice_id))
        began = time.perf_counter()
        query = f"SELECT 1 FROM {self._side.table} WHERE practice_id = $1"
        while not await reader.fetchval(query, practice_id):
            await asyncio.sleep(0.001)
            waited = time.perf_counter() - began
            if self._side.loses and waited > LOST_AFTER_SECONDS:
                return None
            if waited > _TIMEOUT_SECONDS:
                raise TimeoutError(f"{self._side.name}: a probe never arrived")
        return time.perf_counter() - began


@asynccontextmanager
async def _running(plant: Plant, side: Side) -> AsyncIterator[Round]:
    connection = await asyncpg.connect(side.target)
    # Counting the rows that have arrived must not cost more from round to round.
    await connection.execute(f"TRUNCATE {side.table}")
    await connection.close()
    await plant.settle()
    with (
        plant.process(f"{side.name}-relay", *side.relay, **side.relay_environment) as relay,
        plant.process(f"{side.name}-projector", *side.projector, **side.projector_environment),
    ):
        async with Round(plant, side, relay) as round_:
            await round_.warm_up()
            yield round_


async def _release_lease(dsn: str) -> None:
    """The relay of the round before has ended; the next need not wait for its lease to lapse."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE publication SET lease_until = '-infinity'")
    await connection.close()


async def measure(plant: Plant, report: Report, *, rounds: int) -> None:
    for service in ("registry", "discipline", "rights", "progress"):
        await plant.migrate(service, service)
    bare_dsn = await plant.create("bare")
    connection = await asyncpg.connect(bare_dsn)
    await connection.execute(event_log_ddl())
    await connection.execute(bare_chain.DDL)
    await connection.close()
    async with AsyncExitStack() as stack:
        urls = {
            f"{service.upper()}_URL": await stack.enter_async_context(plant.service(service))
            for service in ("registry", "discipline", "rights", "progress")
        }
        ours = Side(
            "ours", plant.dsn("registry"), plant.dsn("progress"), "projected.practices",
            ("outbox_relay",), ("progress_projector",),
            projector_environment=urls | plant.client("progress-projector"),
        )  # fmt: skip
        program = "tests.bench.bare_chain"
        bare = Side(
            "bare", bare_dsn, bare_dsn, "practices",
            (program, "relay", bare_dsn, plant.kafka.bootstrap), (program, "project", bare_dsn, plant.kafka.bootstrap),
            loses=True,
        )  # fmt: skip
        for _ in range(rounds):
            await _release_lease(ours.source)
            for side in (ours, bare):
                async with _running(plant, side) as round_:
                    await round_.throughput()
                    await asyncio.sleep(1)
                    await round_.latency()
    _judge(report, ours, bare)


def _judge(report: Report, ours: Side, bare: Side) -> None:
    def milliseconds(side: Side, share: float) -> list[float]:
        return [percentile(values, share) * 1e3 for values in side.latencies]

    report.add(
        Comparison(
            f"write → visible at {RATE:,}/s, p99", "bare chain", "ms",
            [Pair(a, b) for a, b in zip(milliseconds(ours, 0.99), milliseconds(bare, 0.99), strict=True)], 4, "lower",
        ),
        Comparison(
            f"backlog of {BACKLOG:,} events", "bare chain", "events/s",
            [Pair(a, b) for a, b in zip(ours.rates, bare.rates, strict=True)], 0.5, "higher",
        ),
    )  # fmt: skip
    for side in (ours, bare):
        report.note(
            f"write → visible, {side.name}: p50 {median(milliseconds(side, 0.5)):.1f} ms; "
            f"{sum(map(len, side.latencies))} probes, {side.lost} lost; generator {median(side.generated):,.0f}/s"
        )
        report.note(f"  CPU seconds, {SECONDS} s at {RATE:,}/s: {_medians(side.steady_cpu)}")
        report.note(f"  CPU seconds, backlog: {_medians(side.backlog_cpu)}")


def _medians(used: list[dict[str, float]]) -> str:
    return ", ".join(f"{name} {median([one[name] for one in used]):.1f}" for name in used[0])
