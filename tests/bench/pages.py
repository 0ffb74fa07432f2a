"""A page of H1 with its 18 regions at 1,000,000 lawyers, while nothing happens and while events arrive.

One request after another over one connection: the client's own time is in it, which only makes it longer.
"""

import asyncio
import time

import asyncpg
import httpx
from contracts.regions import REGIONS
from progress_store import SCHEMA

from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report, median, percentile

DATABASE = "pages"
REQUESTS = 1_500
MOST_MS = 20.0
EVENTS_PER_SECOND = 20
_LAWYERS = """
INSERT INTO practices (practice_id, lawyer_id, firm_id, region, category, from_on, first_licensed_on)
SELECT md5('p' || n)::uuid, md5('l' || n)::uuid, md5('f' || n % ({number} / 40))::uuid,
       ($1::text[])[1 + n % 18], 1, date '2000-01-01' + n % 9000, date '2000-01-01' + n % 9000
FROM generate_series(1, {number}) n
"""
_FIRMS = """
INSERT INTO firm_periods (period_id, firm_id, kind, region, from_on)
SELECT md5('q' || n)::uuid, md5('f' || n)::uuid, 'general-partnership', ($1::text[])[1 + n % 18], date '2000-01-01'
FROM generate_series(0, {number} / 40 - 1) n
"""
_FOLLOWED = """
INSERT INTO positions (topic, partition, epoch, last_seq, last_partition_hash)
SELECT 'registry.events', p, 'bench', 0, '\\x00' FROM generate_series(0, 11) p
"""


async def _make(plant: Plant, number: int) -> None:
    await plant.create(DATABASE)
    await plant.migrate("progress", DATABASE)
    connection = await asyncpg.connect(plant.dsn(DATABASE), server_settings={"search_path": f"{SCHEMA},public"})
    await connection.execute("SET synchronous_commit = off")
    for statement in (_LAWYERS, _FIRMS):
        await connection.execute(statement.format(number=number), list(REGIONS))
    await connection.execute(_FOLLOWED)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _arriving(dsn: str) -> None:
    """Lawyers licensed one by one, as the projector would write them."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": f"{SCHEMA},public"})
    try:
        while True:
            async with connection.transaction():
                await connection.execute(
                    "INSERT INTO practices (practice_id, lawyer_id, region, category, from_on, first_licensed_on) "
                    "VALUES (gen_random_uuid(), gen_random_uuid(), '410100', 1, '2026-01-05', '2026-01-05')"
                )
                await connection.execute("UPDATE positions SET last_seq = last_seq + 1 WHERE partition = 0")
            await asyncio.sleep(1 / EVENTS_PER_SECOND)
    finally:
        await connection.close()


async def _pages(http: httpx.AsyncClient, number: int) -> list[float]:
    taken = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        answer = await http.get("/v1/indicators/H1")
        taken.append(time.perf_counter() - began)
        shown = answer.raise_for_status().json()
        if shown["value"] < number or len(shown["regions"]) < len(REGIONS):
            raise RuntimeError("the page does not show the number with its regions")
    return taken


async def measure(plant: Plant, report: Report, *, number: int, rounds: int) -> None:
    await _make(plant, number)
    dsn = plant.dsn(DATABASE)
    headers = {"Authorization": f"Bearer {plant.token('plan-reader')}"}
    quiet, moving = [], []
    async with (
        plant.service("progress", PROGRESS_DATABASE_URL=dsn, TIMER_SECONDS="3600") as url,
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60) as http,
    ):
        for _ in range(rounds):
            await http.get("/v1/indicators/H1")
            taken = await _pages(http, number)
            quiet.append(Pair(percentile(taken, 0.99) * 1e3, MOST_MS))
            report.note(f"page of H1, at rest: p50 {median(taken) * 1e3:.1f} ms")
            arriving = asyncio.create_task(_arriving(dsn))
            try:
                taken = await _pages(http, number)
            finally:
                arriving.cancel()
                await asyncio.gather(arriving, return_exceptions=True)
            moving.append(Pair(percentile(taken, 0.99) * 1e3, MOST_MS))
            report.note(f"page of H1, {EVENTS_PER_SECOND} events/s: p50 {median(taken) * 1e3:.1f} ms")
    await plant.drop(DATABASE)
    title = f"page of H1 with 18 regions at {number:,} lawyers, p99"
    report.add(
        Comparison(f"{title}, at rest", "the limit", "ms", quiet, 1, "lower"),
        Comparison(f"{title}, {EVENTS_PER_SECOND} events/s", "the limit", "ms", moving, 1, "lower"),
    )
