"""A register of any size through the API: file by file, as a licensing system sends one."""

import time
from asyncio import create_task

import asyncpg
import httpx
from yulu.client import Service
from yulu.demo.province import Province, firms_csv, lawyers_csv, make
from yulu.imports import run_import

from tests.bench.importing import TEMPLATE
from tests.bench.plant import Plant
from tests.load.told import Peak, Told, database_mb

MOST = 999_000
"""A licence number's serial has six digits, and the made-up province gives each lawyer one of his own."""
PER_FILE = 45_000
_DATABASE = "imported"


async def imported(plant: Plant, told: Told, *, lawyers: int) -> None:
    """TEMPLATE is migrated. Raises RuntimeError where a file ends with an error, or a lawyer is missing."""
    province = make(lawyers=lawyers)
    dsn = await plant.create(_DATABASE, template=TEMPLATE)
    token = plant.token("licensing-system", organisation_kind="system", lifetime_seconds=86_400)
    process, taken = "registry-imports", []
    async with (
        plant.service("registry", name=process, REGISTRY_DATABASE_URL=dsn) as url,
        httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120, trust_env=False
        ) as http,
    ):
        peak = Peak(plant.pid(process))
        watching = create_task(peak.watch())
        files = [("firms", firms_csv(province))] + [
            ("lawyers", lawyers_csv(Province((), province.lawyers[first : first + PER_FILE])))
            for first in range(0, len(province.lawyers), PER_FILE)
        ]
        for kind, content in files:
            began = time.monotonic()
            done = await run_import(Service("registry", http), f"{kind}.csv", content, kind)
            taken.append(time.monotonic() - began)
            if done.state != "done" or done.errors or not done.created:
                raise RuntimeError(f"the import of {kind} ended with {done}")
        watching.cancel()
    connection = await asyncpg.connect(dsn)
    found = await connection.fetchval("SELECT count(*) FROM lawyers")
    await connection.close()
    if found != lawyers:
        raise RuntimeError(f"{found} of {lawyers} lawyers are in the register")
    told.add("imported, lawyers", lawyers)
    told.add("imported, s", sum(taken))
    told.add("imported, lawyers a second", lawyers / sum(taken[1:]))
    # The last file is a smaller one.
    told.add("in the first file, lawyers a second", min(lawyers, PER_FILE) / taken[1])
    told.add("in the last file, lawyers a second", ((lawyers - 1) % PER_FILE + 1) / taken[-1])
    told.add("imported register on disk, MB", await database_mb(plant, _DATABASE))
    told.add("importing registry-api, most memory, MB", peak.bytes / 1e6)
    await plant.drop(_DATABASE)
