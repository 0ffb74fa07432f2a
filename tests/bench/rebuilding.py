"""A rebuild of the progress store from 1,000,000 events, compared row for row, against a bare consumer's upserts.

Both start from the same events: ours reads the feed over HTTP, checks every link of its chain, writes, and compares
with the live store; the bare one reads the same bytes from Kafka and upserts them in batches. One round: it takes
minutes.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg
import httpx

from tests.bench import bare_chain, events
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report

NUMBER = 1_000_000
_SERVICES = ("registry", "discipline", "rights", "progress")
_BATCH = 20_000
_PATIENCE_SECONDS = 1_200


async def _until(connection: asyncpg.Connection, query: str, number: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (seen := await connection.fetchval(query)) < number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{query}: {seen} of {number}")
        await asyncio.sleep(0.2)


async def _fill(plant: Plant, number: int) -> None:
    connection = await asyncpg.connect(plant.dsn("registry"))
    for _ in range(0, number, _BATCH):
        rows = [events.row() for _ in range(_BATCH)]
        await connection.copy_records_to_table("outbox", records=rows, columns=events.COLUMNS)
    await connection.close()


async def _bare(plant: Plant, number: int) -> float:
    dsn = await plant.create("bare")
    connection = await asyncpg.connect(dsn)
    await connection.execute(bare_chain.DDL)
    await plant.settle()
    began = time.perf_counter()
    command = ("tests.bench.bare_chain", "project", dsn, plant.kafka.bootstrap, "registry.events")
    with plant.process("bare-projector", *command):
        await _until(connection, "SELECT count(*) FROM practices", number)
        took = time.perf_counter() - began
    await connection.close()
    await plant.drop("bare")
    return took


async def _rebuilt(plant: Plant, url: str, number: int) -> float:
    headers = {"Authorization": f"Bearer {plant.token('operator')}", "Idempotency-Key": uuid4().hex}
    await plant.settle()
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60) as http:
        began = time.perf_counter()
        asked = (await http.post("/v1/rebuilds", json={"switch": False})).raise_for_status().json()
        while True:
            state = (await http.get(f"/v1/rebuilds/{asked['rebuild_id']}")).raise_for_status().json()
            if state["state"] in ("done", "failed"):
                break
            await asyncio.sleep(0.2)
        took = time.perf_counter() - began
    if (state["state"], state["differing_rows"], state["events"]) != ("done", 0, number):
        raise RuntimeError(f"the rebuild ended with {state}")
    return took


async def measure(plant: Plant, report: Report, *, number: int) -> None:
    for service in _SERVICES:
        await plant.migrate(service, service)
    await _fill(plant, number)
    async with AsyncExitStack() as stack:
        urls = {
            f"{service.upper()}_URL": await stack.enter_async_context(plant.service(service, TIMER_SECONDS="3600"))
            for service in _SERVICES
        }
        with plant.process("projector", "progress_projector", **urls, **plant.client("progress-projector")):
            live = await asyncpg.connect(plant.dsn("progress"))
            with plant.process("relay", "outbox_relay", **plant.client("outbox-relay")):
                await _until(live, "SELECT count(*) FROM projected.practices", number)
            await live.close()
            ours = await _rebuilt(plant, urls["PROGRESS_URL"], number)
        bare = await _bare(plant, number)
    for service in _SERVICES:
        await plant.drop(service)
    pair = Pair(number / ours, number / bare)
    report.add(
        Comparison(f"rebuild of {number:,} events", "bare consume and upsert", "events/s", [pair], 0.4, "higher")
    )
