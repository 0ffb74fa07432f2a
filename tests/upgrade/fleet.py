"""The whole system with several instances of each process, from any tree of the sources, on one set of engines."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from yulu_local.child import wrap
from yulu_local.databases import MIGRATED
from yulu_local.engines import running_kafka, running_postgres
from yulu_local.issuer import Rights, Secrets, mint
from yulu_local.kafka import create_topics
from yulu_local.ports import LOOPBACK, free_port
from yulu_local.processes import PROCESSES, Process, Stage
from yulu_local.realm import secret_variable

from tests.upgrade.balancer import Balancer

ROOT = Path(__file__).parents[2]
SERVICES = tuple(process for process in PROCESSES if process.stage is Stage.SERVICES)
WORKERS = tuple(process for process in PROCESSES if process.stage is Stage.WORKERS)
READY_SECONDS = 900
"""Only ends what hangs."""
DRAIN_SECONDS = 3.0


def source_path(tree: Path) -> str:
    """PYTHONPATH of the sources in `tree`, before whatever is installed."""
    folders = [tree, *(path for kind in ("libs", "services", "workers") for path in (tree / kind).iterdir())]
    return os.pathsep.join(map(str, [*folders, tree / "deploy" / "local"]))


@dataclass
class Instance:
    """One operating system process."""

    process: Process
    port: int
    log: Path
    environment: Mapping[str, str] = field(repr=False)
    running: subprocess.Popen[bytes] | None = None

    def start(self, tree: Path) -> None:
        environment = {**self.environment, "PYTHONPATH": source_path(tree)}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                wrap(self.process.command), cwd=tree, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    async def ready(self) -> None:
        """A service answers; a worker tells its metrics."""
        path = "/health/ready" if self.process.stage is Stage.SERVICES else "/metrics"
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while True:
                try:
                    status = (await client.get(f"http://{LOOPBACK}:{self.port}{path}")).status_code
                    if status in (200, 401):
                        return
                except httpx.HTTPError:
                    status = 0
                alive = self.running is not None and self.running.poll() is None
                if not alive or time.monotonic() > deadline:
                    tail = self.log.read_text(errors="replace").splitlines()[-15:]
                    raise RuntimeError(f"{self.process.name} is not ready ({status}):\n" + "\n".join(tail))
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        if self.running is None:
            return
        self.running.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self.running.wait, 120)
        self.running = None


class Fleet:
    """`instances[name]` are those of one process; a service is reached at `url(name)`, whichever answers."""

    def __init__(
        self, data_dir: Path, *, each: int, database_url: str, kafka: str, settings: Mapping[str, str]
    ) -> None:
        self.data_dir = data_dir
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        self.database_url = database_url
        self.secrets = Secrets(data_dir / "issuer")
        self.issuer_port = free_port()
        self.issuer_url = f"http://{LOOPBACK}:{self.issuer_port}"
        ports = {process.name: [free_port() for _ in range(each)] for process in (*SERVICES, *WORKERS)}
        self.balancers = {process.name: Balancer(ports[process.name]) for process in SERVICES}
        self.environment = {name: text for name, text in os.environ.items() if name != "YULU_TOKEN"}
        self.environment |= {
            "ENVIRONMENT": "development", "DATA_DIR": str(data_dir), "DATABASE_URL": database_url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka, "OIDC_ISSUER": self.issuer_url, "NO_PROXY": LOOPBACK,
            "PYTHONUNBUFFERED": "1", "IDENTITY": "development", "DRAIN_SECONDS": str(DRAIN_SECONDS),
            "PUBLIC_RATE_LIMIT": "off", "FILING_RATE_LIMIT": "off", "RECEIPT_RATE_LIMIT": "off",
            "RIGHTS_PUBLIC_URL": self.balancers["rights-public"].url,
        }  # fmt: skip
        self.environment |= {f"{name.upper()}_URL": self.balancers[of].url for name, of in MIGRATED.items()} | settings
        self.instances = {
            process.name: [self._instance(process, number, port) for number, port in enumerate(ports[process.name])]
            for process in (*SERVICES, *WORKERS)
        }
        self._issuer: subprocess.Popen[bytes] | None = None

    def _instance(self, process: Process, number: int, port: int) -> Instance:
        assert process.port is not None
        own = dict.fromkeys(process.withheld, "")
        own["METRICS_TOKEN"] = self.secrets.client_secret("metrics")
        own["METRICS_CLOSED_TOKEN"] = self.secrets.client_secret("metrics-closed")
        if process.client:
            own |= {"CLIENT_ID": process.name, "CLIENT_SECRET": self.secrets.client_secret(process.name)}
        own |= {secret_variable(name): self.secrets.client_secret(name) for name in process.also}
        if process.stage is Stage.WORKERS:
            own |= {"METRICS_PORT": str(port), "CONSUMER_INSTANCE": f"{process.name}-{number}"}
        else:
            own[process.port[0]] = str(port)
        log = self.data_dir / "logs" / f"{process.name}-{number}.log"
        return Instance(process, port, log, self.environment | own)

    def url(self, service: str) -> str:
        """Of a service by its name among databases, of `rights_public` or the `portal`."""
        return self.balancers[self.process_of(service)].url

    @staticmethod
    def process_of(service: str) -> str:
        return "rights-public" if service == "rights_public" else MIGRATED[service]

    def token(
        self, *roles: str, region: str | None = "410000", organisation_kind: str = "department",
        organisation_id: str = "test", subject: str = "test",
    ) -> str:  # fmt: skip
        rights = Rights(subject, frozenset(roles), region, organisation_kind, organisation_id)
        return mint(self.secrets.key(), rights, issuer=self.issuer_url, audience="yulu", lifetime_seconds=3600)

    def migrate(self, tree: Path, services: Iterable[str] = MIGRATED) -> None:
        """As an operator does, before a process of that version starts."""
        for service in services:
            package = MIGRATED[service].replace("-", "_")
            command = wrap([sys.executable, "-m", package, "migrate"])
            told = subprocess.run(
                command, cwd=tree, env=self.environment | {"PYTHONPATH": source_path(tree)}, capture_output=True,
                text=True, check=False,
            )  # fmt: skip
            if told.returncode:
                raise RuntimeError(f"{package} migrate: {told.stdout[-2000:]}{told.stderr[-2000:]}")

    def start_issuer(self) -> None:
        environment = self.environment | {"ISSUER_PORT": str(self.issuer_port), "PYTHONPATH": source_path(ROOT)}
        with (self.data_dir / "logs" / "issuer.log").open("ab") as log:
            self._issuer = subprocess.Popen(
                wrap([sys.executable, "-m", "yulu_local.issuer"]), env=environment, stdout=log, stderr=log
            )

    async def start(self, tree: Path, names: Iterable[str], numbers: Iterable[int] = (0,)) -> None:
        """These instances, from these sources; returns when all are ready."""
        chosen = [self.instances[name][number] for name in names for number in numbers]
        for instance in chosen:
            instance.start(tree)
        await asyncio.gather(*(instance.ready() for instance in chosen))

    async def stop(self) -> None:
        everything = [instance for each in self.instances.values() for instance in each]
        for instance in everything:
            if instance.running is not None:
                instance.running.send_signal(signal.SIGINT)
        for instance in everything:
            if instance.running is not None:
                await asyncio.to_thread(instance.running.wait, 60)
        for balancer in self.balancers.values():
            await balancer.stop()
        if self._issuer is not None:
            self._issuer.terminate()
            await asyncio.to_thread(self._issuer.wait, 30)


@asynccontextmanager
async def running_fleet(data_dir: Path, *, each: int = 2, **settings: str) -> AsyncIterator[Fleet]:
    """Engines, issuer and balancers; which processes run, and of what sources, is up to the caller."""
    with running_postgres(data_dir / "postgres") as postgres, running_kafka(data_dir / "kafka") as kafka:
        await create_topics(kafka.bootstrap)
        async with fleet_on(data_dir, each=each, database_url=postgres.url, kafka=kafka.bootstrap, **settings) as fleet:
            yield fleet


@asynccontextmanager
async def fleet_on(
    data_dir: Path, *, database_url: str, kafka: str, each: int = 2, **settings: str
) -> AsyncIterator[Fleet]:
    """On engines that run already."""
    fleet = Fleet(data_dir, each=each, database_url=database_url, kafka=kafka, settings=settings)
    fleet.start_issuer()
    for balancer in fleet.balancers.values():
        await balancer.start()
    try:
        yield fleet
    finally:
        await fleet.stop()
