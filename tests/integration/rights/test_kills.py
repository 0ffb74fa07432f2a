"""The service as a process of its own, killed while complaints are filed."""

import asyncio
import os
import random
import subprocess
import sys
from uuid import uuid4

import httpx
import pytest

from tests.integration.rights.conftest import filing

FILINGS = 40


@pytest.fixture
def start(dsn, tmp_path, free_port):
    port = free_port()
    environment = os.environ | {
        "RIGHTS_DATABASE_URL": dsn,
        "RIGHTS_PORT": str(port),
        "DATA_DIR": str(tmp_path),
        "FILING_RATE_LIMIT": "off",
    }
    running = []

    def launch():
        with (tmp_path / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "rights_api", "serve"], env=environment, stdout=log, stderr=log
            )
        running.append(process)
        return process

    async def start(http):
        process = launch()
        while True:
            assert process.poll() is None, (tmp_path / "service.log").read_text()
            try:
                if (await http.get("/health/live")).status_code == 200:
                    return process
            except httpx.TransportError:
                await asyncio.sleep(0.05)

    yield start, f"http://127.0.0.1:{port}"
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


async def test_killed_while_filing_every_key_gives_one_case_and_one_receipt(start, sql):
    start_service, url = start
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    keys = [str(uuid4()) for _ in range(FILINGS)]
    receipts: dict[str, str] = {}
    lost = 0

    async def file(http, key):
        nonlocal lost
        try:
            answer = await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})
        except httpx.TransportError:
            lost += 1
            return
        assert answer.status_code == 201, answer.text
        assert receipts.setdefault(key, answer.json()["receipt"]) == answer.json()["receipt"]

    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        for half in (keys[: FILINGS // 2], keys[FILINGS // 2 :]):
            process = await start_service(http)
            under_way = [asyncio.create_task(file(http, key)) for key in half]
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            process.kill()
            process.wait()
            await asyncio.gather(*under_way)
        assert lost
        await start_service(http)
        for key in keys:
            await file(http, key)
    assert len(set(receipts.values())) == FILINGS
    assert await sql.fetchval("SELECT count(*) FROM complaints") == FILINGS
    # Each case with its event, neither without the other.
    assert await sql.fetchval("SELECT count(*) FROM outbox JOIN complaints ON key = complaint_id::text") == FILINGS
    assert await sql.fetchval("SELECT count(*) FROM outbox") == FILINGS
