"""The service as a process of its own, killed while complaints are filed."""

import asyncio
import os
import random
import subprocess
import sys
from uuid import uuid4

import httpx
import pytest
from common.secrecy.boxes import BoxOpener

from tests.integration.rights.conftest import filing
from tests.support.kills import killed_while_sending

LEAST_KILLS = 2
LEAST_CUT = 6
"""Filings that a kill left without an answer."""


@pytest.fixture
def start(dsn, tmp_path, free_port):
    port = free_port()
    environment = os.environ | {
        "RIGHTS_DATABASE_URL": dsn,
        "RIGHTS_PUBLIC_PORT": str(port),
        "DATA_DIR": str(tmp_path),
        "FILING_RATE_LIMIT": "off",
        "RIGHTS_OFFICE_PUBLIC_KEY": BoxOpener(bytes(32)).public.hex(),
    }
    running = []

    def launch():
        with (tmp_path / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "rights_api", "serve-public"], env=environment, stdout=log, stderr=log
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
    keys: list[str] = []
    receipts: dict[str, str] = {}

    async def file(key):
        answer = await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        assert receipts.setdefault(key, answer.json()["receipt"]) == answer.json()["receipt"]

    async def file_another():
        keys.append(str(uuid4()))
        await file(keys[-1])

    kills = cut = 0
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        while kills < LEAST_KILLS or cut < LEAST_CUT:
            process = await start_service(http)
            cut += await killed_while_sending(process, file_another, chance.randint(1, 20))
            kills += 1
        await start_service(http)
        for key in keys:
            await file(key)
    assert len(set(receipts.values())) == len(keys)
    assert await sql.fetchval("SELECT count(*) FROM complaints") == len(keys)
    # Each case with its event, neither without the other.
    assert await sql.fetchval("SELECT count(*) FROM outbox JOIN complaints ON key = complaint_id::text") == len(keys)
    assert await sql.fetchval("SELECT count(*) FROM outbox") == len(keys)
