"""PostgreSQL with two synchronous standbys, and three Kafka brokers: to rehearse failing over on one machine."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from yulu_local import kafka, postgres
from yulu_local.child import wrap
from yulu_local.door import Door
from yulu_local.engines import Kafka, Postgres
from yulu_local.listeners import Listeners
from yulu_local.ports import LOOPBACK, free_ports
from yulu_local.problems import Misfortune
from yulu_local.processes import READY_SECONDS

NODES = ("a", "b", "c")
BROKERS = 3
REPLICAS, MIN_IN_SYNC = 3, 2


class Node(Postgres):
    """One server of the cluster: primary or standby, whatever its data say."""

    def __init__(self, name: str, data_dir: Path, port: int) -> None:
        super().__init__(data_dir, port, fsync=False)
        self.name = name
        # pg_rewind reads blocks of a server at work: they must be whole in its log.
        self._command = [*self._command, "-c", "full_page_writes=on"]

    def configure(self, replication: int, *, standby: bool, synchronous: bool = True) -> None:
        """Writes the node's part of its settings. replication: the port at which the primary of the day is found."""
        password = _password(self.data_dir)
        others = ", ".join(name for name in NODES if name != self.name)
        settings = {
            "cluster_name": self.name,
            "synchronous_standby_names": f"ANY 1 ({others})" if synchronous else "",
            "primary_conninfo": f"host={LOOPBACK} port={replication} user={postgres.SUPERUSER} "
            f"password={password} application_name={self.name}",
            "wal_keep_size": "1GB",
            "wal_receiver_timeout": "2s",
            "wal_sender_timeout": "2s",
            "wal_retrieve_retry_interval": "200ms",
        }
        lines = "".join(f"{key} = '{value}'\n" for key, value in settings.items())
        _write(self.data_dir, "postgresql.auto.conf", lines)
        if standby:
            _write(self.data_dir, "standby.signal", "")


class PostgresCluster:
    """A primary and two standbys, of which one must have every commit before it is acknowledged.

    Clients know `url` only; behind it is the primary of the day. Standbys find it by a door of their own.
    """

    def __init__(self, directory: Path) -> None:
        ports = free_ports(len(NODES))
        self.nodes = [Node(name, directory / name, port) for name, port in zip(NODES, ports, strict=True)]
        self.primary = self.nodes[0]
        self.clients = Door(self.primary.port)
        self.replication = Door(self.primary.port)

    @property
    def url(self) -> str:
        return postgres.url(self.primary.data_dir, self.clients.port)

    @property
    def standbys(self) -> list[Node]:
        return [node for node in self.nodes if node is not self.primary]

    def start(self) -> None:
        self.clients.start()
        self.replication.start()
        postgres.initialise(self.primary.data_dir)
        self.primary.configure(self.replication.port, standby=False)
        self.primary.start()
        for node in self.standbys:
            self._copy(node)
            node.start()
        self.wait_until_synchronous()

    def stop(self) -> None:
        self.clients.stop()
        # Standbys first: a primary that stops waits for them.
        for node in [*self.standbys, self.primary]:
            node.kill()
        self.replication.stop()

    def _copy(self, node: Node) -> None:
        node.data_dir.mkdir(parents=True, mode=0o700)
        owner = self.primary.data_dir.stat()
        os.chown(node.data_dir, owner.st_uid, owner.st_gid)
        password = _password_file(node.data_dir)
        shutil.copy2(_password_file(self.primary.data_dir), password)
        self._tool(
            node, "pg_basebackup", "-D", node.data_dir, "-h", LOOPBACK, "-p", self.primary.port,
            "-U", postgres.SUPERUSER, "-X", "stream", "-c", "fast", "--no-sync",
        )  # fmt: skip
        node.configure(self.replication.port, standby=True)

    def _tool(self, node: Node, name: str, *arguments: object) -> None:
        result = subprocess.run(  # noqa: S603
            wrap([postgres.bin_dir() / name, *map(str, arguments)], owner=node.data_dir),
            env=_environment(self.primary.data_dir), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            raise Misfortune(
                f"{name} 失败（节点 {node.name}）：{result.stderr.strip()[-500:]}",
                f"{name} failed (node {node.name}): {result.stderr.strip()[-500:]}",
            )

    def ask(self, node: Node, query: str) -> str:
        """One value. Raises Misfortune where the node does not answer."""
        result = subprocess.run(  # noqa: S603
            [
                postgres.bin_dir() / "psql", "-h", LOOPBACK, "-p", str(node.port), "-U", postgres.SUPERUSER,
                "-d", "postgres", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", query,
            ],
            env=_environment(self.primary.data_dir), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            raise Misfortune(
                f"节点 {node.name} 没有答复：{result.stderr.strip()}",
                f"Node {node.name} does not answer: {result.stderr.strip()}",
            )
        return result.stdout.strip()

    def furthest(self) -> Node:
        """The standby that has received most of the log: every acknowledged commit is in it."""
        return max(self.standbys, key=self._received)

    def _received(self, node: Node) -> int:
        query = "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn"
        return int(self.ask(node, query))

    def promote(self, node: Node) -> Node:
        """Clients and the other standby are led to it. Returns the former primary, of which nobody asks anything now.

        The doors are closed first: what the former primary still does reaches nobody.
        """
        former = self.primary
        self.clients.silence()
        self.clients.sever()
        self.ask(node, "SELECT pg_promote(true, 60)")
        self.primary = node
        self.replication.switch(node.port)
        self.replication.heal()
        self.clients.switch(node.port)
        self.clients.heal()
        return former

    def is_standby(self, node: Node) -> bool:
        """Whether it follows the primary of the day; False also where it is down."""
        try:
            return self.ask(node, "SELECT pg_is_in_recovery()") == "t"
        except Misfortune:
            return False

    def rejoin(self, node: Node) -> None:
        """A former primary becomes a standby: what it alone has is undone by pg_rewind."""
        node.kill()
        self.ask(self.primary, "CHECKPOINT")  # pg_rewind reads the timeline from the control file
        source = f"host={LOOPBACK} port={self.primary.port} user={postgres.SUPERUSER} dbname=postgres"
        self._tool(node, "pg_rewind", "-D", node.data_dir, f"--source-server={source}", "--no-sync")
        node.configure(self.replication.port, standby=True)
        node.start()

    def wait_until_synchronous(self) -> None:
        """Until both standbys stream from the primary."""
        deadline = time.monotonic() + READY_SECONDS
        query = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        while int(self.ask(self.primary, query)) < len(NODES) - 1:
            if time.monotonic() > deadline:
                raise Misfortune("备库未能跟上主库。", "A standby does not stream from the primary.")
            time.sleep(0.1)

    def set_synchronous(self, *, on: bool) -> None:
        """off is what a department must never do: commits are acknowledged that only the primary has."""
        self.primary.configure(self.replication.port, standby=False, synchronous=on)
        self.ask(self.primary, "SELECT pg_reload_conf()")


def _password_file(data_dir: Path) -> Path:
    return data_dir.with_name(data_dir.name + ".password")


def _password(data_dir: Path) -> str:
    return _password_file(data_dir).read_text().strip()


def _environment(data_dir: Path) -> dict[str, str]:
    # Not on a command line, where every user of the machine reads it.
    return os.environ | {"PGPASSWORD": _password(data_dir)}


def _write(data_dir: Path, name: str, text: str) -> None:
    """A file that the server's user may read, and nobody else."""
    path, owner = data_dir / name, data_dir.stat()
    path.touch(mode=0o600)
    path.write_text(text)
    os.chown(path, owner.st_uid, owner.st_gid)


class Broker(Kafka):
    """One of the cluster, behind doors: a plaintext client comes by one of them, each of the others by two.

    Only TLS has none: nobody in a cluster of this machine comes by it.
    """

    def __init__(self, directory: Path, listeners: Listeners, *, heap_mb: int, member: kafka.Member) -> None:
        super().__init__(directory / f"broker-{member.number}", listeners, heap_mb=heap_mb, member=member)
        self.clients = Door(listeners.port, port=member.door)
        self.address = kafka.bootstrap(member.door)
        """For clients."""
        self.outward = {
            other: [
                Door(ports[other - 1], host=member.line_to(other), port=ports[other - 1])
                for ports in (member.replicas, member.controllers)
            ]
            for other in member.others
        }
        """What it says to each of the others, by number, passes here, and their answers."""
        self.number = member.number

    @property
    def doors(self) -> list[Door]:
        return [self.clients, *(door for doors in self.outward.values() for door in doors)]


class KafkaCluster:
    """Three brokers that are their own controllers; two of them suffice."""

    def __init__(self, directory: Path, *, heap_mb: int = 256) -> None:
        doors, plain, external, replicas, controllers = (tuple(free_ports(BROKERS)) for _ in range(5))
        cluster_id = kafka.new_cluster_id()
        self.brokers = [
            Broker(
                directory, Listeners(plain[index], external[index]), heap_mb=heap_mb,
                member=kafka.Member(index + 1, doors[index], replicas, controllers, cluster_id),
            )
            for index in range(BROKERS)
        ]  # fmt: skip

    @property
    def bootstrap(self) -> str:
        return ",".join(broker.address for broker in self.brokers)

    def between(self, broker: Broker) -> list[Door]:
        """The doors of every line between it and the others, whoever speaks first."""
        inward = [door for other in self.brokers if other is not broker for door in other.outward[broker.number]]
        return [*inward, *(door for doors in broker.outward.values() for door in doors)]

    def start(self) -> None:
        for broker in self.brokers:
            for door in broker.doors:
                door.start()
        # None of them answers before a second one votes.
        with ThreadPoolExecutor(BROKERS) as pool:
            list(pool.map(lambda broker: broker.start(), self.brokers))

    def stop(self) -> None:
        for broker in self.brokers:
            broker.kill()
        for broker in self.brokers:
            for door in broker.doors:
                door.stop()


@contextmanager
def running_postgres_cluster(directory: Path) -> Iterator[PostgresCluster]:
    directory.mkdir(parents=True, exist_ok=True)
    cluster = PostgresCluster(directory.resolve())
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@contextmanager
def running_kafka_cluster(directory: Path) -> Iterator[KafkaCluster]:
    directory.mkdir(parents=True, exist_ok=True)
    cluster = KafkaCluster(directory.resolve())
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
