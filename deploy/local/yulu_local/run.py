"""`make run`: engines, migrations, topics, every process of the table, and a clean end."""

import asyncio
import errno
import fcntl
import json
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx

from yulu_local import kafka, keycloak, postgres
from yulu_local.assets import build_assets
from yulu_local.child import wrap
from yulu_local.databases import MIGRATED
from yulu_local.issuer import Secrets
from yulu_local.listeners import EXTERNAL_PORT, Listeners
from yulu_local.ports import is_free
from yulu_local.problems import Misfortune
from yulu_local.processes import PROCESSES, READY_SECONDS, Process, Stage, identity_in, number_of
from yulu_local.realm import secret_variable
from yulu_local.supervisor import BACKOFF, FATAL, RUNNING, Program, Supervisor, log_of

_FREE_BYTES_NEEDED = 600_000_000


class Stopped(BaseException):
    """Ctrl-C or SIGTERM; not an Exception, so that nothing takes it for a failure."""


def _raise_stopped(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


@contextmanager
def data_dir_locked(data_dir: Path) -> Iterator[None]:
    """One `make run` per DATA_DIR, for as long as the process lives, however it ends."""
    try:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("a+")
    except OSError as error:
        raise Misfortune(
            f"无法写入 {data_dir}（{error.strerror}）：请更改 DATA_DIR。",
            f"{data_dir} cannot be written ({error.strerror}): change DATA_DIR.",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            pid = lock.read().strip()
            raise Misfortune(
                f"已在运行（进程 {pid}，{data_dir}）：请先停止它，或设置 DATA_DIR 为另一目录并更改各端口。",
                f"Already running (process {pid}, {data_dir}): stop it first, or set DATA_DIR and the ports to others.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        free = shutil.disk_usage(data_dir).free
        if free < _FREE_BYTES_NEEDED:
            raise Misfortune(
                f"{data_dir} 所在磁盘只剩 {free / 1e6:.0f} MB，至少需要 {_FREE_BYTES_NEEDED / 1e6:.0f} MB："
                "请清理磁盘，或更改 DATA_DIR。",
                f"Only {free / 1e6:.0f} MB are free at {data_dir}, {_FREE_BYTES_NEEDED / 1e6:.0f} MB are needed: "
                "make room or change DATA_DIR.",
            )
        yield


class Local:
    """One machine's deployment."""

    def __init__(self, data_dir: Path, *, without: Sequence[str] = ()) -> None:
        self.data_dir = data_dir
        self.environment = dict(os.environ)
        self.identity = identity_in(os.environ)
        self.processes = [
            process
            for process in PROCESSES
            if process.name not in without
            and process.identity in ("", self.identity)
            and not (process.replaced_by and os.environ.get(process.replaced_by))
            and not (process.wanted_by and not os.environ.get(process.wanted_by))
        ]
        self.migrated = [name for name, process in MIGRATED.items() if process not in without]
        self.supervisor: Supervisor | None = None

    def _process(self, name: str) -> Process | None:
        return next((process for process in self.processes if process.name == name), None)

    def _has(self, name: str) -> bool:
        return self._process(name) is not None

    def _port(self, name: str) -> int:
        process = next(process for process in PROCESSES if process.name == name)
        port = process.port_in(self.environment)
        if port is None:
            raise ValueError(f"{name} has no port")
        return port

    def check_ports(self) -> None:
        taken: dict[int, str] = {}
        for process in self.processes:
            for setting in process.ports:
                variable, port = setting[0], number_of(setting, self.environment)
                if port in taken:
                    raise Misfortune(
                        f"{taken[port]} 与 {variable} 都是 {port}：请更改其中之一。",
                        f"{taken[port]} and {variable} are both {port}: change one of them.",
                    )
                taken[port] = variable
                if not is_free(port):
                    raise Misfortune(
                        f"端口 {port} 已被占用（{process.name}）：请设置 {variable} 为另一端口。",
                        f"Port {port} is taken ({process.name}): set {variable} to another one.",
                    )

    def kafka_listeners(self) -> Listeners:
        """Of our own broker, which does not ask our own processes who they are."""
        if self.environment.get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT") != "PLAINTEXT":
            raise Misfortune(
                "KAFKA_SECURITY_PROTOCOL 只用于 KAFKA_BOOTSTRAP_SERVERS 所指的集群：请同时设置，或都不设置。",
                "KAFKA_SECURITY_PROTOCOL is for the cluster of KAFKA_BOOTSTRAP_SERVERS: set both or neither.",
            )
        return Listeners.of(self.environment, self._port("kafka"), number_of(EXTERNAL_PORT, self.environment))

    def install(self) -> None:
        """Fetches and initialises the engines, both at once; later starts only check them."""
        with ThreadPoolExecutor(2) as pool:
            work: list[Callable[[], None]] = []
            if self._has("postgres"):
                work.append(lambda: postgres.initialise(self.data_dir / "postgres"))
            if self._has("kafka"):
                listeners = self.kafka_listeners()
                work.append(lambda: kafka.initialise(self.data_dir / "kafka", listeners, progress=say))
            if self._has("portal"):
                work.append(build_assets)
            for future in [pool.submit(task) for task in work]:
                future.result()

    def settle_environment(self) -> None:
        """What every process is told, beyond what the caller set himself."""
        keycloak_url = self.environment.get("KEYCLOAK_URL") or f"http://127.0.0.1:{self._port('keycloak')}"
        settled = {
            "ENVIRONMENT": "development",
            "DATA_DIR": str(self.data_dir),
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap(self._port("kafka")),
            "KEYCLOAK_URL": keycloak_url,
            "OIDC_ISSUER": (
                keycloak.issuer(keycloak_url)
                if self.identity == "keycloak"
                else f"http://127.0.0.1:{self._port('issuer')}"
            ),
            "PYTHONUNBUFFERED": "1",
        }
        if self._has("postgres"):
            settled["DATABASE_URL"] = postgres.url(self.data_dir / "postgres", self._port("postgres"))
        for service, process in MIGRATED.items():
            settled[f"{service.upper()}_URL"] = f"http://127.0.0.1:{self._port(process)}"
        settled["RIGHTS_PUBLIC_URL"] = f"http://127.0.0.1:{self._port('rights-public')}"
        self.environment |= {name: value for name, value in settled.items() if not self.environment.get(name)}

    def leave_urls(self) -> None:
        """For whoever works at the same DATA_DIR, such as `yulu`: where everything is, whatever ports were chosen."""
        names = ("OIDC_ISSUER", "RIGHTS_PUBLIC_URL", *(f"{service.upper()}_URL" for service in MIGRATED))
        path = self.data_dir / "urls.json"
        made = path.with_suffix(".new")
        made.write_text(json.dumps({name: self.environment[name] for name in names}, indent=1), encoding="utf-8")
        made.replace(path)

    def _program(self, process: Process) -> Program:
        if process.stage is Stage.POSTGRES:
            command = postgres.command(self.data_dir / "postgres", self._port("postgres"))
            return Program(process.name, command, process.stage, stop_signal="INT")
        if process.stage is Stage.KAFKA:
            return Program(process.name, kafka.command(self.data_dir / "kafka"), process.stage)
        own = dict.fromkeys(process.withheld, "")  # empty is not set
        if process.client:
            own |= {"CLIENT_ID": process.name, "CLIENT_SECRET": self._client_secret(process.name)}
        own |= {secret_variable(client): self._client_secret(client) for client in process.also}
        if process.stage in (Stage.SERVICES, Stage.WORKERS, Stage.BACKUP):
            secrets = Secrets(self.data_dir / "issuer")
            own["METRICS_TOKEN"] = secrets.client_secret("metrics")
            own["METRICS_CLOSED_TOKEN"] = secrets.client_secret("metrics-closed")
        if process.stage in (Stage.WORKERS, Stage.BACKUP) and process.port is not None:
            own["METRICS_PORT"] = str(process.port_in(self.environment))
        return Program(process.name, wrap(process.command), process.stage, own)

    def _client_secret(self, client: str) -> str:
        if self._has("issuer") or self._has("keycloak"):
            return Secrets(self.data_dir / "issuer").client_secret(client)
        variable = secret_variable(client)
        secret = os.environ.get(variable)
        if not secret or not secret.isprintable() or '"' in secret:
            raise Misfortune(
                f"已设置 OIDC_ISSUER：请以 {variable} 提供客户端 {client} 的密钥。",
                f"OIDC_ISSUER is set: give the secret of its client {client} in {variable}.",
            )
        return secret

    def start(self) -> None:
        self.settle_environment()
        self.leave_urls()
        programs = [self._program(process) for process in self.processes]
        self.supervisor = Supervisor(self.data_dir, programs, self.environment)
        self.supervisor.start()
        early = [process for process in self.processes if process.stage <= Stage.ISSUER]
        for process in early:
            self.supervisor.start_program(process.name)
        if self._has("postgres"):
            self._await("postgres", lambda: postgres.accepts_connections(self._port("postgres")))
        self._migrate()
        if self._has("kafka"):
            bootstrap = self.environment["KAFKA_BOOTSTRAP_SERVERS"]
            self._await("kafka", lambda: kafka.accepts_clients(bootstrap))
            asyncio.run(kafka.create_topics(bootstrap))
        self._rejoin()
        self._await_all(early)
        services, identity, workers, backup = (
            [process for process in self.processes if process.stage is stage]
            for stage in (Stage.SERVICES, Stage.IDENTITY, Stage.WORKERS, Stage.BACKUP)
        )
        self._start_all(services, apart_from=frozenset({"issuer"} if identity else ()))
        if identity:
            say("公众页面与查询已可用；启动 Keycloak… / What is public is there; starting Keycloak…")
            keycloak.server(progress=say)
            self._start_all(identity)
            self._await_all(services)
        self._start_all(workers)
        self._start_all(backup)

    def _rejoin(self) -> None:
        """After a restore: what Kafka holds beyond it is read and taken out before anybody could apply it."""
        if not (self.data_dir / "rejoin-wanted").exists():
            return
        command = wrap(Process("", Stage.BACKUP, "yulu_backup rejoin").command)
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)  # noqa: S603
        said = (done.stdout or done.stderr).strip()
        if done.returncode != 0:
            raise Misfortune(f"恢复后未能与 Kafka 对齐：{said}", "After the restore Kafka could not be compared.")
        say(said)

    def _start_all(self, processes: Sequence[Process], *, apart_from: frozenset[str] = frozenset()) -> None:
        if self.supervisor is None:
            raise RuntimeError("not started")
        for process in processes:
            self.supervisor.start_program(process.name)
        self._await_all(processes, apart_from=apart_from)

    def _migrate(self) -> None:
        def one(service: str) -> tuple[str, int, Path]:
            log = log_of(f"{service}-migrate", self.data_dir / "logs")
            package = MIGRATED[service].replace("-", "_")
            command = wrap(Process("", Stage.SERVICES, f"{package} migrate").command)
            with log.open("wb") as out:
                result = subprocess.run(  # noqa: S603
                    command, stdout=out, stderr=subprocess.STDOUT, env=self.environment, check=False
                )
            return service, result.returncode, log

        with ThreadPoolExecutor(2) as pool:
            for service, code, log in pool.map(one, self.migrated):
                if code != 0:
                    raise Misfortune(
                        f"{service} 数据库迁移失败：{_last_line(log)}（详见 {log}；数据库由 DATABASE_URL 指定）。",
                        f"The migration of {service} failed: see {log}; the database is set by DATABASE_URL.",
                    )

    def _await_all(self, processes: Sequence[Process], *, apart_from: frozenset[str] = frozenset()) -> None:
        """`apart_from`: checks of readiness that may still fail."""
        with httpx.Client(trust_env=False, timeout=5) as client:
            for process in processes:
                if process.answers_http:
                    url = f"{process.url_in(self.environment)}{process.ready}"
                    self._await(
                        process.name,
                        lambda url=url: _answers(client, url, apart_from),  # type: ignore[misc]
                        seconds=process.seconds,
                    )
                else:
                    self._await(process.name, lambda: True)

    def _await(self, name: str, ready: Callable[[], bool], *, seconds: float = READY_SECONDS) -> None:
        if self.supervisor is None:
            raise RuntimeError("not started")
        deadline = time.monotonic() + seconds
        while True:
            state = self.supervisor.states()[name]
            if state == RUNNING and ready():
                return
            if state in (BACKOFF, FATAL) or time.monotonic() > deadline:
                log = log_of(name, self.data_dir / "logs")
                raise Misfortune(
                    f"{name} 未能启动：{_last_line(log)}（详见 {log}）。", f"{name} did not start: see {log}."
                )
            time.sleep(0.1)

    def table(self) -> str:
        rows = []
        for process in self.processes:
            where = process.url_in(self.environment) if process.answers_http else ""
            if process.port is not None and not process.answers_http:
                where = f"127.0.0.1:{process.port_in(self.environment)}"
            if process.stage in (Stage.WORKERS, Stage.BACKUP) and process.port is not None:
                where = f"{process.url_in(self.environment)}/metrics"
            rows.append(f"  {process.name:<20} {where:<31} {log_of(process.name, self.data_dir / 'logs')}")
            if process.outside_port is not None:
                listeners = self.kafka_listeners()
                where = f"{listeners.external_host}:{listeners.external_port}"
                rows.append(f"  {'kafka SASL_SSL':<20} {where:<31} {kafka.refusals(self.data_dir / 'kafka')}")
        return "\n".join(rows)

    def stay(self) -> None:
        """Until a signal. supervisord restarts what is killed."""
        while self.supervisor is not None and self.supervisor.alive:
            time.sleep(0.5)
        raise Misfortune(
            f"supervisord 已退出：请查看 {self.data_dir / 'logs' / 'supervisord.log'}，然后重新运行 make run。",
            f"supervisord has ended: see {self.data_dir / 'logs' / 'supervisord.log'}, then run `make run` again.",
        )

    def stop(self) -> None:
        if self.supervisor is not None:
            say("正在停止… / Stopping…")
            self.supervisor.stop(
                [
                    [process.name for process in self.processes if process.stage is stage]
                    for stage in sorted(Stage, reverse=True)
                ]
            )


def _answers(client: httpx.Client, url: str, apart_from: frozenset[str]) -> bool:
    try:
        answer = client.get(url)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and apart_from:
            checks: dict[str, str] = answer.json()["checks"]
            return {name for name, outcome in checks.items() if outcome == "failed"} <= apart_from
    except (httpx.HTTPError, KeyError, ValueError):
        return False
    return answer.status_code == httpx.codes.OK


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "无输出"


def run(data_dir: Path, *, without: Sequence[str] = ()) -> int:
    began = time.monotonic()
    # A kafka that is still starting is no news.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    try:
        with data_dir_locked(data_dir):
            local = Local(data_dir, without=without)
            try:
                local.check_ports()
                say("准备 PostgreSQL 与 Kafka… / Preparing PostgreSQL and Kafka…")
                local.install()
                say("启动… / Starting…")
                local.start()
                say(f"\n{local.table()}\n\n{time.monotonic() - began:.1f} s，按 Ctrl-C 停止 / Ctrl-C stops everything")
                say("ready")
                local.stay()
            finally:
                # A second Ctrl-C must not leave anything behind.
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                local.stop()
    except Stopped:
        return 0
    except Misfortune as misfortune:
        say(str(misfortune))
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        say(
            f"无法写入 {error.filename or data_dir}（{error.strerror}）：请清理磁盘或检查权限，或更改 DATA_DIR。\n"
            f"{error.filename or data_dir} cannot be written ({error.strerror}): make room, check rights, "
            "or change DATA_DIR."
        )
        return 1
    return 0
