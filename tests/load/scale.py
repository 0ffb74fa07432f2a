"""`python -m tests.load.scale --lawyers 1000000 --events 10000000`: how a register and a feed of that size behave.

Real processes on real engines: a register is imported file by file as a licensing system sends it (`importing`), one
that is copied into its tables (`tests.bench.million`) is looked up and searched over HTTP; the feed is made by the
system's own sequencer (`feeding`) and read back by the outside verifier; the store is filled by the projector, asked,
and rebuilt beside the live one. Prints times, sizes and memory; status 1 where a count or a hash is wrong.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import httpx
import uvloop
from common.feed_api import HttpFeed
from common.kafka import Cluster, ensure_topics
from yulu.verification import verify
from yulu_local.engines import running_kafka, running_postgres
from yulu_local.kafka import TOPICS
from yulu_local.ports import free_port

from tests.bench import lookup, million
from tests.bench.importing import TEMPLATE
from tests.bench.load import CONCURRENCY
from tests.bench.plant import Plant
from tests.bench.report import percentile
from tests.load.feeding import fill, made
from tests.load.importing import MOST, imported
from tests.load.run import LOCAL, machine
from tests.load.told import Peak, Told, database_mb

LOOK_UPS = 20_000
SEARCHES = 500
SECONDS = 10
_SERVICES = ("registry", "discipline", "rights", "progress")
PATIENCE_SECONDS = 3_600


async def register(plant: Plant, told: Told, *, lawyers: int) -> None:
    """Look-ups at full speed and one search after another."""
    began = time.monotonic()
    await million.make(plant, lawyers)
    told.add("register made, s", time.monotonic() - began)
    told.add("register on disk, MB", await database_mb(plant, million.DATABASE))
    connection = await asyncpg.connect(plant.dsn(million.DATABASE))
    rows = await connection.fetch(f"SELECT name, licence_number FROM lawyers LIMIT {LOOK_UPS}")
    await connection.close()
    unlimited = lookup.LIMITED | {"REGISTRY_DATABASE_URL": plant.dsn(million.DATABASE)}
    async with plant.service("registry", name="registry-at-scale", **unlimited) as url:
        paths = plant.data_dir / "paths"
        paths.write_text("\n".join(f"/v1/public/lawyers/{row['licence_number']}" for row in rows), encoding="utf-8")
        peak = Peak(plant.pid("registry-at-scale"))
        watching = asyncio.create_task(peak.watch())
        found = json.loads(await plant.run("tests.bench.load", url.rpartition(":")[2], str(paths), str(SECONDS)))
        for name in ("rate", "p50_ms", "p99_ms"):
            told.add(f"look-up, {CONCURRENCY} at once, {name}", found[name])
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
            taken = []
            for row in random.Random(1).sample(rows, min(SEARCHES, len(rows))):
                began = time.perf_counter()
                answer = await http.get(f"/v1/public/search/lawyers?name={quote(row['name'])}")
                taken.append((time.perf_counter() - began) * 1e3)
                if not answer.raise_for_status().json()["items"]:
                    raise RuntimeError("a lawyer of the register is not found by his name")
        told.add("search by name over HTTP, p50 ms", percentile(taken, 0.5))
        told.add("search by name over HTTP, p99 ms", percentile(taken, 0.99))
        watching.cancel()
        told.add("registry-api, most memory, MB", peak.bytes / 1e6)
    await plant.drop(million.DATABASE)


async def feeds(plant: Plant, told: Told, *, lawyers: int, number: int) -> None:
    """Sequenced, verified, projected, asked, rebuilt."""
    for service in _SERVICES:
        await plant.migrate(service, service)
    connection = await asyncpg.connect(plant.dsn("registry"))
    began = time.monotonic()
    await fill(connection, made(0, lawyers, number))
    took = time.monotonic() - began
    await connection.execute("VACUUM ANALYZE feed")
    size = await connection.fetchval("SELECT pg_total_relation_size('feed')")
    await connection.close()
    told.add("events made and sequenced, s", took)
    told.add("events made and sequenced, a second", number / took)
    told.add("feed on disk, MB", size / 1e6)
    told.add("feed on disk, bytes an event", size / number)
    async with _serving(plant) as urls:
        await _verified(plant, told, urls["REGISTRY_URL"], number)
        with plant.process("projector", "progress_projector", **urls, **plant.client("progress-projector")):
            peak = Peak(plant.pid("projector"))
            watching = asyncio.create_task(peak.watch())
            told.add("projected from nothing, s", await _projected(plant, number))
            told.add("store on disk, MB", await database_mb(plant, "progress"))
            await _asked(plant, told, urls["PROGRESS_URL"], lawyers)
            await _opened(plant, told, urls)
            told.add("rebuilt beside the live one, s", await _rebuilt(plant, urls["PROGRESS_URL"], number))
            watching.cancel()
            told.add("projector, most memory, MB", peak.bytes / 1e6)


@asynccontextmanager
async def _serving(plant: Plant) -> AsyncIterator[dict[str, str]]:
    async with AsyncExitStack() as stack:
        yield {
            f"{service.upper()}_URL": await stack.enter_async_context(plant.service(service, TIMER_SECONDS="3600"))
            for service in _SERVICES
        }


async def _verified(plant: Plant, told: Told, url: str, number: int) -> None:
    headers = {"Authorization": f"Bearer {plant.token('registry-officer', 'operator', lifetime_seconds=86_400)}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=120, trust_env=False) as http:
        began = time.monotonic()
        found = await verify("registry.events", HttpFeed(http))
        took = time.monotonic() - began
    if found.faults or found.events != number:
        raise RuntimeError(f"the feed of {number} was read as {found.events}, faults {found.faults[:3]}")
    told.add("verified from outside, s", took)
    told.add("verified from outside, events a second", number / took)


async def _projected(plant: Plant, number: int) -> float:
    connection = await asyncpg.connect(plant.dsn("progress"))
    began = time.monotonic()
    query = "SELECT coalesce(sum(last_seq), 0) FROM projected.positions WHERE topic = 'registry.events'"
    while (seen := await connection.fetchval(query)) < number:
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise TimeoutError(f"{seen:,} of {number:,} events are projected")
        await asyncio.sleep(0.5)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return time.monotonic() - began


async def _asked(plant: Plant, told: Told, url: str, lawyers: int) -> None:
    """An indicator and the first page of the rows behind it, as an officer opens it."""
    headers = {"Authorization": f"Bearer {plant.token('plan-reader', 'registry-officer', lifetime_seconds=86_400)}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=300, trust_env=False) as http:
        for path in ("/v1/indicators/H1", "/v1/indicators/H1/evidence?limit=50", "/v1/indicators/M05-I1"):
            taken = []
            for _ in range(5):
                began = time.perf_counter()
                answer = (await http.get(path)).raise_for_status().json()
                taken.append((time.perf_counter() - began) * 1e3)
            told.add(f"{path}, first ms", taken[0])
            told.add(f"{path}, then ms", percentile(taken[1:], 0.5))
            if path == "/v1/indicators/H1" and answer["value"] != lawyers:
                raise RuntimeError(f"H1 is {answer['value']} with {lawyers} lawyers")


async def _opened(plant: Plant, told: Told, urls: dict[str, str]) -> None:
    """The public's page of the plan's indicators."""
    await plant.run("portal", "migrate", PORTAL_DATABASE_URL=plant.dsn("portal"))
    port = free_port()
    told_where = urls | {"PORTAL_PORT": str(port), "PORTAL_URL": f"http://127.0.0.1:{port}"} | plant.client("portal")
    async with (
        plant.server("portal", "portal", "serve", port=port, **told_where) as url,
        httpx.AsyncClient(base_url=url, timeout=300, trust_env=False) as http,
    ):
        taken = []
        for _ in range(6):
            began = time.perf_counter()
            (await http.get("/plan")).raise_for_status()
            taken.append((time.perf_counter() - began) * 1e3)
    told.add("the plan's page, first ms", taken[0])
    told.add("the plan's page, then ms", percentile(taken[1:], 0.5))


async def _rebuilt(plant: Plant, url: str, number: int) -> float:
    token = plant.token("operator", lifetime_seconds=86_400)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=120) as http:
        began = time.monotonic()
        asked = (await http.post("/v1/rebuilds", json={"switch": False})).raise_for_status().json()
        while True:
            state = (await http.get(f"/v1/rebuilds/{asked['rebuild_id']}")).raise_for_status().json()
            if state["state"] in ("done", "failed"):
                break
            await asyncio.sleep(1)
    if state["state"] != "done" or state["differing_rows"]:
        raise RuntimeError(f"the rebuild of {number:,} events ended with {state}")
    return time.monotonic() - began


async def measure(plant: Plant, told: Told, *, lawyers: int, events: int) -> None:
    await ensure_topics(Cluster(plant.kafka.bootstrap), TOPICS)
    async with plant.issuing():
        print("a register that is imported", flush=True)
        await plant.migrate("registry", TEMPLATE)
        await imported(plant, told, lawyers=min(lawyers, MOST))
        print(f"a register of {lawyers:,} lawyers", flush=True)
        await register(plant, told, lawyers=lawyers)
        print(f"a feed of {events:,} events", flush=True)
        await feeds(plant, told, lawyers=min(lawyers, events), number=events)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.load.scale", description=__doc__)
    arguments.add_argument("--lawyers", type=int, default=1_000_000)
    arguments.add_argument("--events", type=int, default=10_000_000)
    arguments.add_argument("--out", type=Path, default=LOCAL / "scale.json")
    asked = arguments.parse_args()
    LOCAL.mkdir(exist_ok=True)
    told = Told()
    with tempfile.TemporaryDirectory(prefix="scale-", dir=LOCAL.resolve()) as directory:
        data_dir = Path(directory)
        with (
            running_postgres(data_dir / "postgres", fsync=True) as postgres,
            running_kafka(data_dir / "kafka") as kafka,
        ):
            plant = Plant(postgres, kafka, data_dir)
            uvloop.run(measure(plant, told, lawyers=asked.lawyers, events=asked.events))
    content = {"machine": machine(), "lawyers": asked.lawyers, "events": asked.events, "figures": told.figures}
    asked.out.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
