"""exchange-api and an owner are killed while clients listen: who resumes by Last-Event-ID has everything once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from common.migrations import migrate
from yulu_local.child import wrap
from yulu_local.engines import Postgres

from tests.conftest import RunningIssuer
from tests.integration.exchange.stream.conftest import DEPARTMENT
from tests.integration.exchange.stream.running import Owner, licensed, listening

WAVES = 8
PER_WAVE = 25
CLIENTS = 4


class Process:
    """A service as it is run, on its own port; killed without notice and started again."""

    def __init__(self, module: str, port: int, log: Path, environment: dict[str, str]) -> None:
        self._command = wrap([sys.executable, "-m", module, "serve"])
        self._environment = os.environ | environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{port}"

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=subprocess.STDOUT)

    async def ready(self) -> None:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http, asyncio.timeout(120):
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get("/health/ready")).is_success:
                        return
                assert self._process is not None
                assert self._process.poll() is None, self._log.read_text()[-2000:]
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture
async def processes(
    postgres: Postgres, issuer: RunningIssuer, free_port: Callable[[], int], tmp_path: Path, exchange_dsn: str
) -> AsyncIterator[tuple[Process, Process, Owner]]:
    """registry-api, exchange-api, and the registry's database to write to."""
    dsn = f"{postgres.url}/registry_killed"
    await migrate(dsn, "registry_api")
    ports = free_port(), free_port()
    common = {"OIDC_ISSUER": issuer.url, "DATA_DIR": str(tmp_path), "LOG_LEVEL": "WARNING", "PUBLIC_RATE_LIMIT": "off"}
    registry = Process(
        "registry_api", ports[0], tmp_path / "registry.log",
        common | {"REGISTRY_DATABASE_URL": dsn, "REGISTRY_PORT": str(ports[0]), "REGISTRY_FILES_AT": "off"},
    )  # fmt: skip
    exchange = Process(
        "exchange_api", ports[1], tmp_path / "exchange.log",
        common | {
            "EXCHANGE_DATABASE_URL": exchange_dsn, "EXCHANGE_PORT": str(ports[1]), "REGISTRY_URL": registry.url,
            "EXCHANGE_URL": f"http://127.0.0.1:{ports[1]}", "CLIENT_ID": "exchange-api",
            "CLIENT_SECRET": issuer.client_secret("exchange-api"),
        },
    )  # fmt: skip
    owner = Owner("registry.events", dsn, ports[0], issuer.url)
    for process in (registry, exchange):
        process.start()
    for process in (registry, exchange):
        await process.ready()
    yield registry, exchange, owner
    for process in (registry, exchange):
        process.kill()
    await owner.close()


async def _collect(url: str, headers: dict[str, str], until: int, seen: list[int]) -> int:
    """How often the connection broke off meanwhile."""
    last_id, breaks = None, 0
    while len(seen) < until:
        with suppress(httpx.TransportError, AssertionError):
            async with listening(url, headers, last_id=last_id, source="registry.events") as client:
                while len(seen) < until:
                    kind, data = await client.next()
                    if not kind:
                        break
                    if kind == "event":
                        seen.append(data["position"])
                    last_id = client.last_id
        if len(seen) < until:
            breaks += 1
            await asyncio.sleep(0.05)
    return breaks


async def test_kills_lose_nothing_and_double_nothing(
    processes: tuple[Process, Process, Owner], issuer: RunningIssuer
) -> None:
    registry, exchange, owner = processes
    headers = issuer.headers(**DEPARTMENT)
    until = WAVES * PER_WAVE
    seen: list[list[int]] = [[] for _ in range(CLIENTS)]
    collecting = [asyncio.create_task(_collect(exchange.url, headers, until, mine)) for mine in seen]
    for wave in range(WAVES):
        await owner.write(*(licensed() for _ in range(PER_WAVE)))
        await asyncio.sleep(0.1)
        victim: Any = {2: exchange, 5: registry}.get(wave)
        if victim is not None:
            victim.kill()
            await owner.write(licensed())
            victim.start()
    async with asyncio.timeout(120):
        while min(map(len, seen)) < WAVES * PER_WAVE:
            await asyncio.sleep(0.05)
    breaks = [await task for task in collecting]
    for mine in seen:
        assert mine == list(range(1, WAVES * PER_WAVE + 1))
    assert min(breaks) >= 1, "the clients have not noticed the kill"
