"""The real engines as child processes of this one: for tests, and for whoever wants to kill and freeze them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil

from yulu_local import kafka, keycloak, postgres
from yulu_local.child import wrap
from yulu_local.listeners import Listeners
from yulu_local.ports import free_port, free_ports
from yulu_local.processes import READY_SECONDS

# Engines end with their parent, and for Linux a parent is a thread: one that lives as long as the program.
_PARENT = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parent-of-engines")


class Engine:
    """A process that can be killed, frozen and started again on the same port and data."""

    def __init__(
        self,
        *,
        prepare: Callable[[], None],
        command: list[str],
        ready: Callable[[], bool],
        log: Path,
        seconds: float,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._prepare = prepare
        self._command = command
        self._environment = environment
        self._ready = ready
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("not running")
        return self._process.pid

    def start(self) -> None:
        """Returns when clients are served."""
        deadline = time.monotonic() + self._seconds
        self._prepare()
        while True:
            self._spawn()
            while self._process is not None and self._process.poll() is None:
                if self._ready():
                    return
                if time.monotonic() > deadline:
                    self.kill()
                    raise TimeoutError(f"not ready after {self._seconds:.0f} s:\n{self._log_tail()}")
                time.sleep(0.05)
            # It gave up: children of a killed predecessor may still have been ending.
            if time.monotonic() > deadline:
                raise RuntimeError(f"ended while starting:\n{self._log_tail()}")
            time.sleep(0.5)

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is not for the engine.
            self._process = _PARENT.submit(
                subprocess.Popen,
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environment,
            ).result()

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def _end(self, number: signal.Signals, seconds: float) -> None:
        if self._process is None:
            return
        family = self._family()
        self._process.send_signal(number)
        if number is not signal.SIGKILL:
            self.thaw()
        self._process.wait(seconds)
        psutil.wait_procs(family, timeout=seconds)
        self._process = None

    def stop(self) -> None:
        """Cleanly; SIGKILL if that takes more than 30 s."""
        try:
            self._end(signal.SIGINT, 30)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL of the main process by its id; returns when its children are gone too (they notice by themselves)."""
        family = [] if self._process is None else self._family()
        for member in family:
            if member.status() == psutil.STATUS_STOPPED:
                member.kill()  # a frozen child would never notice
        self._end(signal.SIGKILL, 30)

    def restart(self) -> None:
        """Starts again on the same port and data, stopping first where it still runs."""
        self.stop()
        self.start()

    def _family(self) -> list[psutil.Process]:
        main = psutil.Process(self.pid)
        return [main, *main.children(recursive=True)]

    def _signal_family(self, number: signal.Signals) -> None:
        for member in self._family():
            try:
                os.kill(member.pid, number)
            except ProcessLookupError:
                continue  # a backend whose client went away meanwhile

    def freeze(self) -> None:
        """SIGSTOP of the process and its children."""
        self._signal_family(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_family(signal.SIGCONT)


class Postgres(Engine):
    def __init__(self, data_dir: Path, port: int, *, fsync: bool) -> None:
        super().__init__(
            prepare=lambda: postgres.initialise(data_dir),
            command=postgres.command(data_dir, port, fsync=fsync),
            ready=lambda: postgres.accepts_connections(port),
            log=data_dir.with_name(data_dir.name + ".log"),
            seconds=READY_SECONDS,
        )
        self.data_dir = data_dir
        self.port = port

    @property
    def url(self) -> str:
        """Of the server, without a database."""
        return postgres.url(self.data_dir, self.port)


class Kafka(Engine):
    def __init__(
        self, data_dir: Path, listeners: Listeners, *, heap_mb: int, member: kafka.Member | None = None
    ) -> None:
        """member: where it is one of several brokers."""
        self.bootstrap = kafka.bootstrap(listeners.port)
        self.external = f"{listeners.external_host}:{listeners.external_port}"
        """For others than ourselves: TLS, and a user's name and password."""
        self.ca_file = kafka.certificates(data_dir).authority
        self.refusals = kafka.refusals(data_dir)
        super().__init__(
            prepare=lambda: kafka.initialise(data_dir, listeners, heap_mb=heap_mb, member=member),
            command=kafka.command(data_dir),
            ready=lambda: kafka.accepts_clients(self.bootstrap),
            log=data_dir.with_name(data_dir.name + ".log"),
            seconds=READY_SECONDS,
        )
        self.data_dir = data_dir


class Keycloak(Engine):
    """With the demo persons; people are sent back to the portal at `portal_url`."""

    def __init__(self, data_dir: Path, port: int, *, database_url: str, portal_url: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.issuer = keycloak.issuer(self.url)
        self.data_dir = data_dir
        self.secrets = keycloak.secrets_of(data_dir)
        told = {
            "ENVIRONMENT": "development", "DATA_DIR": str(data_dir), "DATABASE_URL": database_url,
            "KEYCLOAK_PORT": str(port), "KEYCLOAK_URL": self.url, "PORTAL_URL": portal_url,
        }  # fmt: skip
        super().__init__(
            prepare=lambda: None,
            command=wrap([sys.executable, "-m", "yulu_local.keycloak"]),
            ready=lambda: keycloak.answers(self.url),
            log=data_dir / "keycloak.log",
            seconds=600,  # the first time on a machine it is fetched and built
            environment=dict(os.environ) | told,
        )


@contextmanager
def running_keycloak(data_dir: Path, *, database_url: str, portal_url: str) -> Iterator[Keycloak]:
    """On a free port; its database `keycloak` is made on the server of `database_url`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    engine = Keycloak(data_dir.resolve(), free_port(), database_url=database_url, portal_url=portal_url)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()


@contextmanager
def running_postgres(data_dir: Path, port: int = 0, *, fsync: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL server; port 0 takes a free one. Without fsync it still survives SIGKILL, not a power cut."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    engine = Postgres(data_dir.resolve(), port or free_port(), fsync=fsync)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()


@contextmanager
def running_kafka(data_dir: Path, port: int = 0, *, heap_mb: int = 320) -> Iterator[Kafka]:
    """A Kafka node without topics (see `kafka.create_topics`); port 0 takes a free one."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    plain, external = free_ports(2)
    engine = Kafka(data_dir.resolve(), Listeners(port or plain, external), heap_mb=heap_mb)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()
