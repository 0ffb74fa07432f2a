"""What a process opens at most is what the chart reckons with (tests/deploy/test_connections.py)."""

import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg
import common.database
from common.database import Database

SIZE, USES = 2, 4
GATE = 7_113
PATIENCE_SECONDS = 60
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"


async def test_of_each_pool_as_many_as_told_are_open_and_no_more(postgres):
    url = f"{postgres.url}/postgres"
    source = f"/pool-{uuid4().hex[:8]}"
    database, release = Database(url, source=source, pool_size=SIZE), asyncio.Event()
    admin = await asyncpg.connect(url)
    await admin.execute(f"SELECT pg_advisory_lock({GATE})")

    async def transaction():
        async with database.begin() as tx:
            await tx.raw()
            await release.wait()

    async def statement():
        async with (await database.pool()).acquire():
            await release.wait()

    async def look_up():
        await database.selects.fetch(f"SELECT pg_advisory_lock_shared({GATE})::text")

    async def opened():
        return await admin.fetchval(OPEN, f"yulu{source}")

    try:
        asking = [asyncio.create_task(use()) for use in (transaction, statement, look_up) for _ in range(3 * SIZE)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await opened() < USES * SIZE:
                await asyncio.sleep(0.01)
        assert await opened() == USES * SIZE
        release.set()
        await admin.execute(f"SELECT pg_advisory_unlock({GATE})")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(task.done() for task in asking):
                assert await opened() <= USES * SIZE
                await asyncio.sleep(0.01)
        await asyncio.gather(*asking)
    finally:
        await admin.close()
        await database.close()


def test_nobody_keeps_a_pool_beside_those():
    root = Path(__file__).parents[3]
    ours = [path for top in ("libs", "services", "workers", "deploy") for path in (root / top).rglob("*.py")]
    keeping = [path for path in ours if "create_pool(" in path.read_text(encoding="utf-8")]
    assert [path.name for path in keeping] == [Path(common.database.__file__).name], keeping
