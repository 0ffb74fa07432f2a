"""Public look-up by licence number over HTTP: ours with and without its cache, bare Starlette + asyncpg, FastAPI + ORM.

Ours has ETags, metrics and the limiter on. At 45,000 and at 1,000,000 lawyers, all sides one after another in a round.
"""

import json
import random
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
from yulu_local.ports import free_port

from tests.bench.load import CONCURRENCY
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report, median

SECONDS = 2
PUBLIC_NUMBERS = (
    "SELECT licence_number FROM licence_numbers JOIN public_lawyers USING (lawyer_id) WHERE etag IS NOT NULL"
)
_WITH_ETAGS = PUBLIC_NUMBERS.replace("SELECT licence_number", "SELECT licence_number, etag")
_MOST_PATHS = 45_000
LIMITED = {"PUBLIC_RATE_LIMIT": "1000000000/second"}
"""On, and never reached."""


@dataclass
class Side:
    name: str
    url: str
    process: str
    paths: Path
    results: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Register:
    """`known`: the paths with the ETags that a client has."""

    label: str
    dsn: str
    lines: list[tuple[str, str]]
    plain: Path
    known: Path

    @classmethod
    async def of(cls, plant: Plant, label: str, dsn: str) -> "Register":
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute("VACUUM ANALYZE")
            rows = await connection.fetch(_WITH_ETAGS)
        finally:
            await connection.close()
        chosen = random.Random(1).sample(rows, min(len(rows), _MOST_PATHS))
        lines = [(f"/v1/public/lawyers/{row['licence_number']}", row["etag"]) for row in chosen]
        register = cls(label, dsn, lines, plant.data_dir / f"paths-{label}", plant.data_dir / f"known-{label}")
        register.plain.write_text("\n".join(path for path, _ in lines))
        register.known.write_text("\n".join(f"{path} {etag}" for path, etag in lines))
        return register


async def say_the_same(urls: dict[str, str], paths: list[str]) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for path in paths:
            for _ in range(2):  # the second may come from the cache
                answers = {side: (await http.get(url + path)).raise_for_status() for side, url in urls.items()}
                alike = {answers[side].content for side in answers if side != "orm"}
                if len(alike) != 1 or ("orm" in answers and answers["ours"].json() != answers["orm"].json()):
                    raise RuntimeError(f"the sides do not answer the same: {[a.text for a in answers.values()]}")


async def _serve(
    stack: AsyncExitStack, plant: Plant, register: Register, sides: tuple[str, ...]
) -> dict[str, tuple[str, str]]:
    """Side → its address and the name of its process."""
    served = {}
    for side in sides:
        name = f"lookup-{side}-{register.label}"
        if side in ("ours", "cached"):
            entries = str(2 * _MOST_PATHS if side == "cached" else 0)
            url = await stack.enter_async_context(
                plant.service(
                    "registry", name=name, REGISTRY_DATABASE_URL=register.dsn, PUBLIC_CACHE_ENTRIES=entries, **LIMITED
                )
            )
        else:
            port = free_port()
            url = await stack.enter_async_context(
                plant.server(name, f"tests.bench.{side}_http", str(port), register.dsn, port=port)
            )
        served[side] = (url, name)
    return served


async def measure(plant: Plant, report: Report, *, database: str, million: str, rounds: int) -> None:
    small = await Register.of(plant, "45k", plant.dsn(database))
    large = await Register.of(plant, "1M", plant.dsn(million))
    async with AsyncExitStack() as stack:
        at_small = await _serve(stack, plant, small, ("ours", "cached", "bare", "orm"))
        at_large = await _serve(stack, plant, large, ("ours", "bare"))
        for register, served in ((small, at_small), (large, at_large)):
            await say_the_same({side: url for side, (url, _) in served.items()}, [p for p, _ in register.lines[:20]])
        sides = {
            "ours": Side("ours", *at_small["ours"], small.plain),
            "bare": Side("bare", *at_small["bare"], small.plain),
            "cached": Side("ours, cached", *at_small["cached"], small.plain),
            "orm": Side("orm", *at_small["orm"], small.plain),
            "ours-1M": Side("ours, 1M", *at_large["ours"], large.plain),
            "bare-1M": Side("bare, 1M", *at_large["bare"], large.plain),
            "ours-304": Side("ours, 304", *at_small["ours"], small.known),
            "cached-304": Side("ours, cached, 304", *at_small["cached"], small.known),
        }
        await _fill(plant, sides["cached"])
        await load(plant, sides.values(), rounds)
    _judge(report, sides)


async def load(plant: Plant, sides: Iterable[Side], rounds: int) -> None:
    """All sides one after another in each round."""
    for _ in range(rounds):
        for side in sides:
            port, cpu = side.url.rpartition(":")[2], plant.cpu(side.process)
            out = await plant.run("tests.bench.load", port, str(side.paths), str(SECONDS))
            result = json.loads(out)
            used = (plant.cpu(side.process) - cpu) / result["answered"] * 1e6
            side.results.append(result | {"server_us": used})


async def _fill(plant: Plant, side: Side) -> None:
    """A cache that has been serving for a while."""
    async with httpx.AsyncClient(base_url=side.url, trust_env=False) as http:
        for path in side.paths.read_text().splitlines():
            (await http.get(path)).raise_for_status()


def pairs(ours: Side, other: Side, key: str = "rate") -> list[Pair]:
    return [Pair(a[key], b[key]) for a, b in zip(ours.results, other.results, strict=True)]


def describe(report: Report, what: str, sides: Iterable[Side]) -> None:
    for side in sides:
        rate, p50, slow, client, server = (
            median([r[key] for r in side.results]) for key in ("rate", "p50_ms", "p99_ms", "client_cpu", "server_us")
        )
        report.note(
            f"{what}, {side.name}: {rate:,.0f} req/s, p50 {p50:.1f} ms, p99 {slow:.1f} ms; "
            f"the server used {server:.0f} µs of CPU per request, the client {client:.0%} of a core"
        )


def _judge(report: Report, sides: dict[str, Side]) -> None:
    def of(ours: str, other: str) -> list[Pair]:
        return pairs(sides[ours], sides[other])

    title, bare = f"licence look-up, {CONCURRENCY} clients", "Starlette + asyncpg"
    slower = pairs(sides["ours-1M"], sides["ours"], "p99_ms")
    report.add(
        Comparison(f"{title}, 45,000", bare, "req/s", of("ours", "bare"), 0.75, "higher"),
        Comparison(f"{title}, 1,000,000", bare, "req/s", of("ours-1M", "bare-1M"), 0.75, "higher"),
        Comparison("p99 at 1,000,000 lawyers", "at 45,000", "ms", slower, 1.3, "lower"),
        Comparison(f"{title}, with its cache", bare, "req/s", of("cached", "bare"), 1.8, "higher"),
        Comparison(f"{title}, 45,000", "FastAPI + ORM", "req/s", of("ours", "orm"), 8, "higher"),
    )
    describe(report, "look-up", sides.values())
