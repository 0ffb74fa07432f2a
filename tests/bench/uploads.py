"""`python -m tests.bench.uploads [FILES]`: 20 uploads of 50 MB at once, beside 20 of 5 MB: memory and time.

A PostgreSQL server and a public process of its own for each size; what is told is the process's resident memory.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
from common.migrations import migrate
from common.secrecy.boxes import BoxOpener
from rights_api.attachments.domain import MB
from yulu_local.engines import running_postgres
from yulu_local.ports import free_port

FILES = 20
_PIECE = 256 * 1024
_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
_TIMEOUT = 600.0


async def _content(size: int) -> AsyncIterator[bytes]:
    """Sound, made as it is sent: the sender must not need the memory either."""
    piece = (_FRAME * (_PIECE // len(_FRAME) + 1))[:_PIECE]
    for at in range(0, size, _PIECE):
        yield piece[: size - at]


def _memory(process: subprocess.Popen[bytes], name: str) -> float:
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


@contextmanager
def _service(dsn: str, directory: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    environment = os.environ | {
        "RIGHTS_DATABASE_URL": dsn,
        "RIGHTS_PUBLIC_PORT": str(port),
        "RIGHTS_OFFICE_PUBLIC_KEY": BoxOpener(bytes(32)).public.hex(),
        "DATA_DIR": str(directory),
        "FILING_RATE_LIMIT": "off",
        "RECEIPT_RATE_LIMIT": "off",
    }
    process = subprocess.Popen([sys.executable, "-m", "rights_api", "serve-public"], env=environment)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


_FILING = {
    "kind": "COMPLAINT",
    "identity_mode": "named",
    "right": "MEET",
    "respondent": "DETENTION",
    "respondent_level": "city",
    "registration_region": "410100",
    "incident_region": "410300",
    "incident_at": "2026-03-02T09:00:00+08:00",
    "facts": "看守所拒绝安排会见",
    "complainant": {"name": "张三", "licence_number": "14101201010765432", "contact": "13900000000"},
}


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def _session(http: httpx.AsyncClient) -> dict[str, str]:
    filed = (await http.post("/v1/complaints", json=_FILING, headers=_key())).raise_for_status().json()
    opened = await http.post("/v1/receipts/sessions", json={"receipt": filed["receipt"]})
    return {"Receipt-Session": opened.raise_for_status().json()["session"]}


async def _begin(http: httpx.AsyncClient, session: dict[str, str], size: int) -> httpx.Response:
    form = {"media_type": "audio/mpeg", "length": size}
    return await http.post("/v1/receipts/case/attachments", json=form, headers=session | _key())


async def _upload(http: httpx.AsyncClient, session: dict[str, str], size: int) -> None:
    path = (await _begin(http, session, size)).raise_for_status().headers["location"]
    sent = await http.patch(path, content=_content(size), headers=session | {"Upload-Offset": "0"})
    assert sent.raise_for_status().headers["upload-offset"] == str(size)
    (await http.post(f"{path}/completion", json={}, headers=session)).raise_for_status()


async def _measure(dsn: str, directory: Path, size: int, files: int) -> float:
    """The peak of memory above what the process had before."""
    with _service(dsn, directory) as (process, url):
        async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, limits=httpx.Limits(max_connections=64)) as http:
            while True:
                try:
                    (await http.get("/health/live")).raise_for_status()
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
            sessions = [await _session(http) for _ in range(files)]
            before, began = _memory(process, "VmRSS"), time.perf_counter()
            await asyncio.gather(*(_upload(http, session, size) for session in sessions))
            seconds, peak = time.perf_counter() - began, _memory(process, "VmHWM")
            refused = await _begin(http, sessions[0], 51 * MB)
            assert refused.status_code == 413, refused.text
    total = files * size / MB
    print(
        f"{files} files of {size // MB} MB at once: {seconds:.1f} s, {total / seconds:.0f} MB/s; memory before "
        f"{before:.0f} MB, at most {peak:.0f} MB; a file of 51 MB: {refused.status_code}",
        flush=True,
    )
    return peak - before


async def main(files: int) -> None:
    with tempfile.TemporaryDirectory() as place, running_postgres(Path(place) / "data") as server:
        dsn = f"{server.url}/rights_api"
        await migrate(dsn, "rights_api")
        small = await _measure(dsn, Path(place), 5 * MB, files)
        large = await _measure(dsn, Path(place), 50 * MB, files)
    print(f"growth of memory: {small:.0f} MB for 5 MB each, {large:.0f} MB for 50 MB each")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES))
