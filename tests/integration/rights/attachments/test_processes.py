"""The service as a process of its own: killed in the middle of an upload, and its memory while many come in."""

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from common.secrecy.boxes import BoxOpener
from rights_api.attachments.domain import MB

from tests.integration.rights.attachments.conftest import sound
from tests.integration.rights.conftest import filing


@pytest.fixture
def service(dsn, sql, tmp_path, free_port, issuer):
    """Starts the service anew each time; ends by their ids whatever still runs."""
    port = free_port()
    environment = os.environ | {
        "RIGHTS_DATABASE_URL": dsn,
        "RIGHTS_PUBLIC_PORT": str(port),
        "RIGHTS_OFFICE_PUBLIC_KEY": BoxOpener(bytes(32)).public.hex(),
        "DATA_DIR": str(tmp_path),
        "OIDC_ISSUER": issuer.url,
        "FILING_RATE_LIMIT": "off",
        "RECEIPT_RATE_LIMIT": "off",
    }
    running = []

    async def start(http):
        with (tmp_path / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "rights_api", "serve-public"], env=environment, stdout=log, stderr=log
            )
        running.append(process)
        async with asyncio.timeout(120):
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


async def session_of(http):
    filed = await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": uuid4().hex})
    opened = await http.post("/v1/receipts/sessions", json={"receipt": filed.json()["receipt"]})
    return {"Receipt-Session": opened.json()["session"]}


async def begin(http, session, length, key=None):
    return await http.post(
        "/v1/receipts/case/attachments",
        json={"media_type": "audio/mpeg", "length": length},
        headers=session | {"Idempotency-Key": key or uuid4().hex},
    )


async def test_killed_in_the_middle_an_upload_goes_on_after_the_last_acknowledged_block(service, sql):
    start, url = service
    content = sound(8 * MB)
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        process = await start(http)
        session, key, killed = await session_of(http), uuid4().hex, asyncio.Event()
        path = (await begin(http, session, len(content), key)).headers["location"]

        async def slowly():
            for piece in range(0, len(content), 256 * 1024):
                if piece + 256 * 1024 >= len(content):
                    await killed.wait()  # on no machine is it whole before the kill
                yield content[piece : piece + 256 * 1024]
                await asyncio.sleep(0.02)

        sending = asyncio.create_task(http.patch(path, content=slowly(), headers=session | {"Upload-Offset": "0"}))
        acknowledged = 0
        while acknowledged < 2 * MB:
            acknowledged = int((await http.head(path, headers=session)).headers["upload-offset"])
        process.kill()
        process.wait()
        killed.set()
        with pytest.raises(httpx.TransportError):
            await sending
        await start(http)
        # A client that lost the answer begins again with its key, and finds the same upload.
        assert (await begin(http, session, len(content), key)).headers["location"] == path
        found = int((await http.head(path, headers=session)).headers["upload-offset"])
        assert acknowledged <= found < len(content)
        acknowledged = found
        rest = content[acknowledged:]
        sent = await http.patch(path, content=rest, headers=session | {"Upload-Offset": str(acknowledged)})
        assert sent.status_code == 204, sent.text
        done = await http.post(f"{path}/completion", json={}, headers=session)
        assert done.json()["sm3"] == hashlib.new("sm3", content).hexdigest()
    assert await sql.fetchval("SELECT count(*) FROM attachments") == 1
    assert await sql.fetchval("SELECT count(*) FROM complaints") == 1


def peak_of(process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


async def test_memory_does_not_grow_with_the_size_of_files(service):
    start, url = service
    peaks = []
    for size in (2 * MB, 20 * MB):
        content = sound(size)
        async with httpx.AsyncClient(base_url=url, timeout=120) as http:
            process = await start(http)
            sessions = [await session_of(http) for _ in range(5)]

            async def upload(http, session, content):
                path = (await begin(http, session, len(content))).headers["location"]
                sent = await http.patch(path, content=content, headers=session | {"Upload-Offset": "0"})
                assert sent.status_code == 204, sent.text
                done = await http.post(f"{path}/completion", json={}, headers=session)
                assert done.status_code == 200, done.text

            await asyncio.gather(*(upload(http, session, content) for session in sessions))
            peaks.append(peak_of(process))
            process.kill()
            process.wait()
    assert peaks[1] - peaks[0] < 25 * MB, f"5 files of 20 MB and of 2 MB: {[peak // MB for peak in peaks]} MB"
