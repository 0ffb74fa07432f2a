"""Public look-up by licence number over HTTP: ours, bare Starlette + asyncpg, FastAPI + ORM."""

import json
import random
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import httpx
from yulu_local.ports import free_port

from tests.bench.load import CONCURRENCY
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report, median

SECONDS = 2
PROCESSES = {"ours": "registry-api", "bare": "lookup-bare", "orm": "lookup-orm"}
SIDES = tuple(PROCESSES)
PUBLIC_NUMBERS = "SELECT licence_number FROM licence_numbers JOIN public_lawyers USING (lawyer_id)"


async def _paths(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("VACUUM ANALYZE")
        rows = await connection.fetch(PUBLIC_NUMBERS)
    finally:
        await connection.close()
    return [f"/v1/public/lawyers/{row['licence_number']}" for row in random.Random(1).sample(rows, len(rows))]


async def _say_the_same(urls: dict[str, str], paths: list[str]) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for path in paths:
            answers = {side: (await http.get(url + path)).raise_for_status() for side, url in urls.items()}
            if answers["ours"].content != answers["bare"].content or answers["ours"].json() != answers["orm"].json():
                raise RuntimeError(f"the sides do not answer the same: {[a.text for a in answers.values()]}")


async def measure(plant: Plant, report: Report, *, database: str, rounds: int) -> None:
    dsn = plant.dsn(database)
    paths = await _paths(dsn)
    file = Path(plant.data_dir) / "paths.txt"
    file.write_text("\n".join(paths))
    ports = {"bare": free_port(), "orm": free_port()}
    async with AsyncExitStack() as stack:
        urls = {"ours": await stack.enter_async_context(plant.service("registry", REGISTRY_DATABASE_URL=dsn))}
        for side, port in ports.items():
            urls[side] = await stack.enter_async_context(
                plant.server(f"lookup-{side}", f"tests.bench.{side}_http", str(port), dsn, port=port)
            )
        await _say_the_same(urls, paths[:20])
        seen: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for _ in range(rounds):
            for side in SIDES:
                port_text, process = urls[side].rpartition(":")[2], PROCESSES[side]
                cpu = plant.cpu(process)
                out = await plant.run("tests.bench.load", port_text, str(file), str(SECONDS))
                result = json.loads(out)
                seen[side].append(result | {"server_us": (plant.cpu(process) - cpu) / result["answered"] * 1e6})
    rates = {side: [result["rate"] for result in results] for side, results in seen.items()}
    title = f"licence look-up, {CONCURRENCY} clients"
    report.add(
        Comparison(
            title, "Starlette + asyncpg", "req/s",
            [Pair(a, b) for a, b in zip(rates["ours"], rates["bare"], strict=True)], 0.7, "higher",
        ),
        Comparison(
            title, "FastAPI + ORM", "req/s",
            [Pair(a, b) for a, b in zip(rates["ours"], rates["orm"], strict=True)], 8, "higher",
        ),
    )  # fmt: skip
    for side in SIDES:
        p50, p99, client, server = (
            median([r[key] for r in seen[side]]) for key in ("p50_ms", "p99_ms", "client_cpu", "server_us")
        )
        report.note(
            f"look-up, {side}: p50 {p50:.1f} ms, p99 {p99:.1f} ms; "
            f"the server used {server:.0f} µs of CPU per request, the client {client:.0%} of a core"
        )
