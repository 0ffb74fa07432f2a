"""Engines, databases and processes of one run, apart from any other on this machine."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import httpx
import psutil
from yulu_local.child import wrap
from yulu_local.engines import Kafka, Postgres
from yulu_local.issuer import LIFETIME_SECONDS, Rights, Secrets, mint
from yulu_local.ports import free_port
from yulu_local.processes import PROCESSES

_FOREIGN = {process.replaced_by for process in PROCESSES} | {
    variable for process in PROCESSES for variable, _ in process.ports
}
_READY_SECONDS = 60
_STOP_SECONDS = 15


class Plant:
    def __init__(self, postgres: Postgres, kafka: Kafka, data_dir: Path) -> None:
        self.postgres = postgres
        self.kafka = kafka
        self.data_dir = data_dir
        self._secrets = Secrets(data_dir / "issuer")
        self.issuer_port = free_port()
        self._pids: dict[str, int] = {}
        self.environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN} | {
            "DATABASE_URL": postgres.url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "OIDC_ISSUER": self.issuer,
            "DATA_DIR": str(data_dir),
            "PUBLIC_RATE_LIMIT": "off",
            "REGISTRY_FILES_AT": "off",  # a million rows would be encoded beside what is measured
            "LOG_LEVEL": "WARNING",
        }

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.issuer_port}"

    def dsn(self, database: str) -> str:
        return f"{self.postgres.url}/{database}"

    def client(self, name: str) -> dict[str, str]:
        """The environment of a worker that calls other processes."""
        return {"CLIENT_ID": name, "CLIENT_SECRET": self._secrets.client_secret(name)}

    def token(
        self, *roles: str, organisation_kind: str = "department", lifetime_seconds: float = LIFETIME_SECONDS
    ) -> str:
        rights = Rights("bench", frozenset(roles), "410000", organisation_kind)
        return mint(self._secrets.key(), rights, issuer=self.issuer, lifetime_seconds=lifetime_seconds)

    @contextmanager
    def process(self, name: str, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """`python -m` this; stopped at the end as the supervisor would stop it."""
        log = self.data_dir / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                wrap([sys.executable, "-m", *command]),
                env=self.environment | environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._pids[name] = process.pid
        try:
            yield process
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended by itself:\n{_tail(log)}")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def pid(self, name: str) -> int:
        return self._pids[name]

    def cpu(self, name: str) -> float:
        """Seconds of processor time that a running process, or an engine with its children, has used."""
        pid = {"PostgreSQL": self.postgres.pid, "Kafka": self.kafka.pid}.get(name) or self._pids[name]
        main = psutil.Process(pid)
        return sum(sum(process.cpu_times()[:2]) for process in [main, *main.children(recursive=True)])

    @asynccontextmanager
    async def server(
        self, name: str, *command: str, port: int, ready: str = "/health/ready", **environment: str
    ) -> AsyncIterator[str]:
        """A process that answers HTTP; its address."""
        with self.process(name, *command, **environment) as process:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + _READY_SECONDS
            async with httpx.AsyncClient(trust_env=False) as http:
                while not await _answers(http, url + ready):
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError(f"{name} is not ready:\n{_tail(self.data_dir / f'{name}.log')}")
                    await asyncio.sleep(0.1)
            yield url

    @asynccontextmanager
    async def service(self, service: str, *, name: str | None = None, **environment: str) -> AsyncIterator[str]:
        """`registry`, `discipline` or `rights`, or `rights_public`; workers started later find it by `environment`.

        name: of the process, where several serve the same.
        """
        port = free_port()
        variable = f"{service.upper()}_PORT"
        command = ("rights_api", "serve-public") if service == "rights_public" else (f"{service}_api", "serve")
        async with self.server(
            name or f"{service}-api", *command, port=port, **{variable: str(port)}, **environment
        ) as url:
            yield url

    @asynccontextmanager
    async def issuing(self) -> AsyncIterator[None]:
        async with self.server("issuer", "yulu_local.issuer", port=self.issuer_port, ISSUER_PORT=str(self.issuer_port)):
            yield

    async def run(self, *command: str, **environment: str) -> bytes:
        """A process to its end; what it printed."""
        process = await asyncio.create_subprocess_exec(
            *wrap([sys.executable, "-m", *command]), env=self.environment | environment, stdout=subprocess.PIPE
        )
        out, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}")
        return out

    async def migrate(self, service: str, database: str) -> None:
        await self.run(f"{service}_api", "migrate", **{f"{service.upper()}_DATABASE_URL": self.dsn(database)})

    async def create(self, database: str, *, template: str = "template1") -> str:
        await self._admin(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.dsn(database)

    async def drop(self, database: str) -> None:
        await self._admin(f'DROP DATABASE "{database}" WITH (FORCE)')

    async def settle(self) -> None:
        """Before each side of a comparison: no dirty pages left for the other to write."""
        await self._admin("CHECKPOINT")

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx.TransportError:
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
