"""A system's recorded look-up against bare Starlette + asyncpg: each answer waits for its entry's commit."""

from contextlib import AsyncExitStack

import asyncpg
from yulu_local.ports import free_port

from tests.bench.load import CONCURRENCY
from tests.bench.lookup import LIMITED, Register, Side, describe, load, pairs, say_the_same
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Gate, Report

TARGET = 0.35
_ENTRIES = "SELECT count(*) FROM exchange_log WHERE entry::json ->> 'operation' LIKE 'GET /v1/public/lawyers/%'"


async def measure(plant: Plant, report: Report, *, database: str, rounds: int) -> None:
    register = await Register.of(plant, "exchange-log", plant.dsn(database))
    recorded = plant.data_dir / "paths-recorded"
    token = plant.token("verification-client", organisation_kind="system")
    recorded.write_text("\n".join(f"{path} Authorization: Bearer {token}" for path, _ in register.lines))
    environment = {"REGISTRY_DATABASE_URL": register.dsn, "PUBLIC_CACHE_ENTRIES": "0"} | LIMITED
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(plant.service("registry", name="recorded", **environment))
        port = free_port()
        command = ("tests.bench.bare_http", str(port), register.dsn)
        bare = await stack.enter_async_context(plant.server("recorded-bare", *command, port=port))
        await say_the_same({"ours": ours, "bare": bare}, [path for path, _ in register.lines[:20]])
        sides = {
            "recorded": Side("recorded", ours, "recorded", recorded),
            "bare": Side("bare", bare, "recorded-bare", register.plain),
            "public": Side("ours, without a token", ours, "recorded", register.plain),
        }
        await load(plant, sides.values(), rounds)
        connection = await asyncpg.connect(register.dsn)
        entries: int = await connection.fetchval(_ENTRIES)
        commits = await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM exchange_log")
        await connection.close()
    answered = int(sum(result["answered"] for result in sides["recorded"].results))
    title = f"recorded look-up, {CONCURRENCY} clients, 45,000"
    report.add(
        Comparison(title, "Starlette + asyncpg", "req/s", pairs(sides["recorded"], sides["bare"]), TARGET, "higher")
    )
    report.gates.append(Gate("recorded look-ups answered without an entry", max(0, answered - entries), 0))
    report.note(f"{entries:,} entries in {commits:,} commits, {entries / commits:.1f} calls to a commit")
    describe(report, "recorded look-up", sides.values())
