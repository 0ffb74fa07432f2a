"""The whole system as `make run` starts it: every process, on free ports, with a data directory of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from yulu_local import kafka, postgres
from yulu_local.child import wrap
from yulu_local.databases import MIGRATED
from yulu_local.issuer import DEV_CLIENT, Issuer, Rights, Secrets, mint
from yulu_local.listeners import EXTERNAL_PORT
from yulu_local.ports import free_ports
from yulu_local.processes import PROCESSES


class System:
    """Processes by their names in `yulu_local.processes`; whatever is killed, the supervisor starts again."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str], *, without: Collection[str] = ()) -> None:
        self.data_dir = data_dir
        self.logs = data_dir / "logs"
        replaced = {process.replaced_by for process in PROCESSES} | {"YULU_TOKEN", "CLIENT_ID", "CLIENT_SECRET"}
        variables = [variable for process in PROCESSES for variable, _ in process.ports]
        numbers = dict(zip(variables, free_ports(len(variables)), strict=True))
        self.ports = {process.name: numbers[process.port[0]] for process in PROCESSES if process.port is not None}
        self.kafka_external_port = numbers[EXTERNAL_PORT[0]]
        self.environment = {name: value for name, value in os.environ.items() if name not in replaced}
        self.environment |= {"DATA_DIR": str(data_dir), "NO_PROXY": "127.0.0.1", "IDENTITY": "development"}
        self.environment |= {variable: str(number) for variable, number in numbers.items()}
        for service in MIGRATED:
            self.environment[f"{service.upper()}_URL"] = self.url(service)
        self.environment["RIGHTS_PUBLIC_URL"] = self.url("rights_public")
        self.issuer_url = f"http://127.0.0.1:{self.ports['issuer']}"
        self.environment |= settings
        self._command = wrap([sys.executable, "-m", "yulu_local", *(f"--without={name}" for name in without)])
        self._process: subprocess.Popen[str] | None = None
        self._secrets = Secrets(data_dir / "issuer")

    def start(self) -> None:
        """Returns when everything is ready."""
        # As a child it ends with us, however we end.
        self._process = subprocess.Popen(
            self._command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if line == "ready\n":
                return
        raise AssertionError("".join(said))

    def stop(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        self._process.send_signal(signal.SIGINT)
        self._process.stdout.read()
        self._process.stdout.close()
        self._process.wait(60)
        self._process = None

    def url(self, service: str) -> str:
        """Of a service, of the complainant's side of rights, `rights_public`, or of the `portal`."""
        name = "rights-public" if service == "rights_public" else MIGRATED[service]
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def postgres(self) -> str:
        """Of the server, without a database: the system's own, or the one of its settings."""
        own = self.environment.get("DATABASE_URL")
        return own or postgres.url(self.data_dir / "postgres", self.ports["postgres"])

    def dsn(self, service: str) -> str:
        return f"{self.postgres}/{service}"

    @property
    def kafka(self) -> str:
        return self.environment.get("KAFKA_BOOTSTRAP_SERVERS") or kafka.bootstrap(self.ports["kafka"])

    def token(
        self,
        *roles: str,
        region: str | None = "410000",
        organisation_kind: str = "department",
        organisation_id: str = "test",
        subject: str = "test",
        audience: str = "yulu",
        lifetime_seconds: float = 3600,
        secrets: Secrets | None = None,
    ) -> str:
        """As the issuer would sign it; with other `secrets`, as a stranger would."""
        rights = Rights(subject, frozenset(roles), region, organisation_kind, organisation_id)
        key = (secrets or self._secrets).key()
        return mint(key, rights, issuer=self.issuer_url, audience=audience, lifetime_seconds=lifetime_seconds)

    @property
    def outside(self) -> dict[str, str]:
        """The environment of somebody at a shell of this machine: for the `yulu` command line."""
        return self.environment | {"OIDC_ISSUER": self.issuer_url}

    def dev_issuer(self) -> Issuer:
        """Its clients and their secrets; `DEV_CLIENT` may ask for any rights."""
        assert self._secrets.client_secret(DEV_CLIENT)
        return Issuer(url=self.issuer_url, secrets=self._secrets)

    def scraper(self, *, closed: bool = False) -> dict[str, str]:
        """The header of whoever scrapes metrics; closed: who may read the closed feeds too."""
        return {"Authorization": f"Bearer {self._secrets.client_secret('metrics-closed' if closed else 'metrics')}"}

    def process(self, name: str) -> psutil.Process:
        """The running process itself, not what supervises it."""
        if name == "postgres":
            return psutil.Process(int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
        module = next(process.module for process in PROCESSES if process.name == name)
        assert self._process is not None
        wanted = ["-m", *module.split()]
        for child in psutil.Process(self._process.pid).children(recursive=True):
            try:
                command = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            if command[1:] == wanted or (name == "kafka" and command[-2:-1] == ["kafka.Kafka"]):
                return child
        raise LookupError(f"{name} is not running")


@contextmanager
def running_system(data_dir: Path, **settings: str) -> Iterator[System]:
    """Settings are environment variables that every process gets."""
    system = System(data_dir, settings)
    try:
        system.start()
        yield system
    finally:
        system.stop()
