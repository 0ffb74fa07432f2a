"""Another exchange-api over the same database, as a second machine would run it."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from yulu_local.child import wrap
from yulu_local.issuer import Secrets
from yulu_local.ports import free_port
from yulu_local.processes import PROCESSES

from tests.faults.officers import PATIENCE_SECONDS
from tests.support.system import System

NAME = "exchange-api"


@asynccontextmanager
async def second_exchange(system: System) -> AsyncIterator[str]:
    """Its address, once it is ready. It reads the exchange's feed from itself: the first one may be frozen."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = system.environment | {
        "ENVIRONMENT": "development",
        "DATABASE_URL": system.postgres,
        "KAFKA_BOOTSTRAP_SERVERS": system.kafka,
        "OIDC_ISSUER": system.issuer_url,
        "CLIENT_ID": NAME,
        "CLIENT_SECRET": Secrets(system.data_dir / "issuer").client_secret(NAME),
        "EXCHANGE_PORT": str(port),
        "EXCHANGE_URL": url,
    }
    command = next(process.command for process in PROCESSES if process.name == NAME)
    log_path = system.logs / "second-exchange.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(wrap(command), env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            await _ready(http, process, log_path)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _ready(http: httpx.AsyncClient, process: subprocess.Popen[bytes], log_path: object) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(httpx.TransportError):
                if (await http.get("/health/ready")).is_success:
                    return
            assert process.poll() is None, f"it ended while starting: {log_path}"
            await asyncio.sleep(0.1)
