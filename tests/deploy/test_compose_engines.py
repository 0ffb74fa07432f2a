"""The engines of the compose file, run by its own scripts: who may log in, and what he reaches then."""

import asyncio
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from common.certificates import SUITES
from common.kafka import Cluster, ensure_topics
from common.kafka.administration import AdministrationFailed
from exchange_api.kafka_access.grants import Grants
from pydantic import SecretStr
from sqlalchemy import make_url
from yulu_local import kafka_tools, postgres
from yulu_local.databases import MIGRATED
from yulu_local.engines import Engine, Postgres
from yulu_local.kafka import TOPICS
from yulu_local.ports import LOOPBACK, free_port, free_ports
from yulu_local.processes import READY_SECONDS

from tests.deploy.declared import DEPLOY, OURS, SECRETS, script_of, secrets_of
from tests.support.handshakes import takes_only_what_is_recommended

COMPOSE = DEPLOY / "compose"
USERS = {process for process in OURS if "KAFKA_PASSWORD" in secrets_of(process)}
ROLES = {
    "keycloak",
    *(
        each.removesuffix("_DATABASE_URL").lower()
        for own in map(secrets_of, OURS)
        for each in own
        if "_DATABASE_" in each
    ),
}


class Server(Postgres):
    """PostgreSQL with compose's rules of who may enter. The wheel's has no TLS: `hostssl` is `host` here."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        super().__init__(folder / "data", free_port(), fsync=False)
        changes = (("hostssl", "host   "), ("peer", "trust"))  # who runs the test is not called postgres
        rules = script_of("postgres/pg_hba.conf", folder, *changes)
        rules.chmod(0o644)
        self._roles = script_of("postgres/roles.sh", folder, ("/run/secrets", str(secrets / "postgres")))
        self._rules = rules
        options = {"unix_socket_directories": self.data_dir, "hba_file": self.data_dir / "compose.conf"}
        self._command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def start(self) -> None:
        postgres.initialise(self.data_dir)
        (self.data_dir / "compose.conf").write_bytes(self._rules.read_bytes())
        (self.data_dir / "compose.conf").chmod(0o644)
        super().start()

    def make_roles(self) -> None:
        place = {"PGHOST": str(self.data_dir), "PGPORT": str(self.port)}
        path = {"PATH": f"{postgres.bin_dir()}:{os.environ['PATH']}"}
        subprocess.run(["/bin/bash", self._roles], env=os.environ | place | path, check=True, capture_output=True)


@pytest.fixture(scope="module")
def server(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("pg"), secrets)
    try:
        server.start()
        server.make_roles()
        yield server
    finally:
        server.stop()


def password_of(secrets: Path, role: str) -> str:
    return (secrets / "postgres" / f"POSTGRES_{role.upper()}_PASSWORD").read_text()


async def connected(server: Server, role: str, password: str, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(host=LOOPBACK, port=server.port, user=role, password=password, database=database)


def test_over_the_network_nobody_enters_without_tls_and_a_password():
    lines = [line.split() for line in (COMPOSE / "postgres" / "pg_hba.conf").read_text("utf-8").splitlines()]
    rules = [line for line in lines if not line[0].startswith("#")]
    network = [line for line in rules if line[0] != "local"]
    assert network[0] == ["host", "all,replication", "postgres", "all", "reject"]
    assert network[1] == ["hostssl", "all", "backup", "all", "reject"]
    assert all(line[0] == "hostssl" and line[-1] == "scram-sha-256" for line in network[2:])
    assert [line[2] for line in network[2:] if line[1] == "replication"] == ["backup"]


def test_postgresql_is_told_to_take_no_old_or_weak_tls():
    """The wheel's has no TLS to try it with."""
    script = (COMPOSE / "postgres" / "start.sh").read_text("utf-8")
    assert "-c ssl=on " in script
    assert "-c ssl_min_protocol_version=TLSv1.2 " in script
    assert f"-c ssl_ciphers={SUITES} " in script


async def test_the_superuser_is_refused_over_the_network_with_the_right_password(server):
    password = make_url(server.url).password
    for database in ("postgres", *ROLES):
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match=r"pg_hba\.conf rejects"):
            await connected(server, "postgres", password, database)


async def test_each_role_enters_its_own_database_and_no_other_of_ours(server, secrets):
    for role in ROLES:
        password = password_of(secrets, role)
        own = await connected(server, role, password, role)
        try:
            [row] = await own.fetch("SELECT * FROM pg_roles WHERE rolname = current_user")
            assert not any(row[f"rol{may}"] for may in ("super", "createdb", "createrole", "replication", "bypassrls"))
            assert await own.fetchval("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole") == 0
        finally:
            await own.close()
        for other in ROLES - {role}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                await connected(server, role, password, other)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connected(server, role, make_url(server.url).password, role)


def test_with_what_it_is_given_each_service_migrates_its_database(server, secrets, tmp_path):
    for database, owner in MIGRATED.items():
        urls = {}
        for url in (secrets / owner).glob("*_DATABASE_URL"):
            role = url.name.removesuffix("_DATABASE_URL").lower()
            urls[url.name] = f"postgresql://{role}:{password_of(secrets, role)}@{LOOPBACK}:{server.port}/{role}"
        assert f"{database.upper()}_DATABASE_URL" in urls
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | urls
        line = [sys.executable, "-m", OURS[owner].module.split()[0], "migrate"]
        environment["DATA_DIR"] = str(tmp_path)
        ended = subprocess.run(line, env=environment, check=False, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr[-2000:]


async def test_a_password_is_changed_by_running_the_script_again(server, secrets):
    file = secrets / "postgres" / "POSTGRES_KEYCLOAK_PASSWORD"
    former = file.read_text()
    file.unlink()
    file.write_text("quite 'another' one")
    await asyncio.to_thread(server.make_roles)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connected(server, "keycloak", former, "keycloak")
    await (await connected(server, "keycloak", "quite 'another' one", "keycloak")).close()
    file.write_text(former)
    await asyncio.to_thread(server.make_roles)
    await (await connected(server, "keycloak", former, "keycloak")).close()


class Node(Engine):
    """One of the three, alone: what a quorum needs is put to one; users, rules and doors are compose's own."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        clients, controller, nodes = free_ports(3)
        self.clients, self.nodes = f"localhost:{clients}", f"localhost:{nodes}"
        tools = folder / "bin"
        tools.mkdir()
        for name, main in (
            ("storage", "kafka.tools.StorageTool"), ("server-start", "kafka.Kafka"),
            ("configs", "kafka.admin.ConfigCommand"), ("acls", "org.apache.kafka.tools.AclCommand"),
        ):  # fmt: skip
            java, *line = [part.replace("-Xmx128m", "-Xmx320m") for part in kafka_tools.command("acls", [])[:-1]]
            run = f'{shlex.join([*line, main])} "$@"'
            cache = tools / f"{name}.aot"
            (tools / f"kafka-{name}.sh").write_text(
                f"#!/usr/bin/env bash\n"
                f"if [[ -e {cache} ]]; then exec {java} -XX:AOTCache={cache} {run}\n"
                f"else exec {java} -XX:AOTCacheOutput={cache} {run}; fi\n"
                if name in {"configs", "acls"}  # one process for each user and rule: the first prepares those after it
                else f"#!/usr/bin/env bash\nexec {java} {run}\n"
            )
            (tools / f"kafka-{name}.sh").chmod(0o755)
        places = (
            ("/run/secrets", str(secrets / "kafka")), ("/tmp/", f"{folder}/"),  # noqa: S108 - the container's
            ("/opt/kafka/bin", str(tools)),
        )  # fmt: skip
        voters = "1@kafka-1:9093,2@kafka-2:9093,3@kafka-3:9093"
        start = script_of(
            "kafka/start.sh", folder, *places,
            ("/var/lib/kafka/data", str(folder / "log")), (voters, f"1@localhost:{controller}"),
            ("CLIENTS://:9092", f"CLIENTS://localhost:{clients}"), ("NODES://:9094", f"NODES://localhost:{nodes}"),
            ("CONTROLLER://:9093", f"CONTROLLER://localhost:{controller}"),
            ("kafka-$NODE_ID:9092", self.clients), ("kafka-$NODE_ID:9094", self.nodes),
        )  # fmt: skip
        start.write_text(re.sub(r"(factor|replicas|isr)=\d$", r"\1=1", start.read_text("utf-8"), flags=re.MULTILINE))
        self._rules = folder / "rules"
        self._users = script_of(
            "kafka/users.sh", folder, *places, ("/etc/kafka/rules", str(self._rules)),
            ("kafka-1:9094,kafka-2:9094,kafka-3:9094", self.nodes),
        )  # fmt: skip
        super().__init__(
            prepare=lambda: None, command=["bash", str(start)], ready=self._listens, log=folder / "kafka.log",
            seconds=READY_SECONDS,
            environment=os.environ | {"NODE_ID": "1", "CLUSTER_ID": "MkU3OEVBNTcwNTJENDM2Qg"},
        )  # fmt: skip

    def _listens(self) -> bool:
        host, port = self.clients.split(":")
        with socket.socket() as door:
            return door.connect_ex((LOOPBACK if host == "localhost" else host, int(port))) == 0

    def make_users(self, *arguments: str, of: str = "") -> None:
        """All, or those whose line begins with `of`."""
        lines = (COMPOSE / "kafka" / "rules").read_text("utf-8").splitlines(keepends=True)
        self._rules.write_text("".join(line for line in lines if line.startswith(of)), "utf-8")
        ended = subprocess.run(["/bin/bash", self._users, *arguments], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def node(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("kafka"), secrets)
    try:
        node.start()
        node.make_users()
        yield node
    finally:
        node.stop()


@pytest.fixture
def enter(node, secrets):
    """A process as it logs in: its own user, and the password that its container is given."""

    def enter(process: str, *, user: str | None = None, password: str | None = None) -> Cluster:
        known = password or (secrets / process / "KAFKA_PASSWORD").read_text()
        return Cluster(
            node.clients, user or f"yulu-kafka-{process}", SecretStr(known), str(secrets / process / "ca.pem")
        )

    return enter


@pytest.fixture
async def filled(enter):
    """The relay makes the topics and writes to each."""
    relay = enter("outbox-relay")
    await ensure_topics(relay, TOPICS)
    async with AIOKafkaProducer(**relay.options(), acks="all", enable_idempotence=True) as producer:
        for topic in TOPICS:
            await producer.send_and_wait(topic, b"of the relay", partition=0)


async def read(who: Cluster, topic: str, group: str | None) -> bytes:
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(topic, **who.options(), group_id=group, **options)
    try:
        await consumer.start()
        async with asyncio.timeout(120):
            record = await consumer.getone()
        if group is not None:
            await consumer.commit()
        return bytes(record.value)
    finally:
        await consumer.stop()


def rules_of(process: str) -> set[str]:
    """The topics that it may read, by compose's own list."""
    lines = [line.split() for line in (COMPOSE / "kafka" / "rules").read_text("utf-8").splitlines()]
    mine = [line for line in lines if line[0] == process and line[1] == "topic" and "Read" in line[3]]
    return {name for line in mine for name in line[2].split(",")}


@pytest.mark.parametrize("process", sorted(USERS - {"outbox-relay", "exchange-api"}))
async def test_a_follower_reads_what_is_listed_in_its_own_group_and_writes_nothing_of_it(process, enter, filled):
    me = enter(process)
    for topic in TOPICS:
        if topic in rules_of(process):
            assert await read(me, topic, process) == b"of the relay"
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await read(me, topic, process)
    with pytest.raises(GroupAuthorizationFailedError):
        await read(me, min(rules_of(process) & {*TOPICS}), "of-somebody-else")
    async with AIOKafkaProducer(**me.options()) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(min(TOPICS), b"planted", partition=0)
    if process != "exchange-releases":  # it keeps the users of those outside
        with pytest.raises(AdministrationFailed, match=r"Authoriz|permission"):
            await Grants(me).clients()


async def test_who_keeps_outside_users_reads_no_feed(enter, filled):
    gateway, releases = enter("exchange-api"), enter("exchange-releases")
    assert await Grants(gateway).issue_password("court")
    assert "court" in await Grants(releases).clients()
    with pytest.raises(TopicAuthorizationFailedError):
        await read(gateway, "rights.events", None)
    await ensure_topics(releases, ["public.events", "shared.zz-court.events"])
    async with AIOKafkaProducer(**releases.options(), acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait("shared.zz-court.events", b"released", partition=0)


def test_kafka_takes_tls_1_2_and_1_3_by_recommended_suites_alone(node):
    for door in (node.clients, node.nodes):
        assert takes_only_what_is_recommended(int(door.rpartition(":")[2])), door


async def test_there_is_no_user_for_all_and_no_way_in_by_another_name(node, enter, secrets):
    known = (secrets / "outbox-relay" / "KAFKA_PASSWORD").read_text()
    for user in ("yulu", "node", "yulu-kafka-notifier", "yulu-kafka-webhook-dispatcher", "yulu-kafka-exchange-api"):
        with pytest.raises((AuthenticationFailedError, KafkaConnectionError)):
            await read(enter("outbox-relay", user=user, password=known), "rights.events", None)
    script = (COMPOSE / "kafka" / "start.sh").read_text("utf-8")
    assert re.findall(r"^super\.users=(.*)$", script, re.MULTILINE) == ["User:node"]
    options = enter("outbox-relay").options() | {"bootstrap_servers": node.nodes, "sasl_mechanism": "PLAIN"}
    between = AIOKafkaConsumer(**options)
    try:
        with pytest.raises((AuthenticationFailedError, KafkaConnectionError)):
            await between.start()
    finally:
        await between.stop()
    assert {path.name for path in (secrets / "kafka").glob("KAFKA_*")} == {
        "KAFKA_NODES_PASSWORD", *(f"KAFKA_{process.upper().replace('-', '_')}_PASSWORD" for process in USERS),
    }  # fmt: skip


async def test_a_user_is_taken_away_with_his_rules_and_given_again(node, enter, filled):
    await asyncio.to_thread(node.make_users, "remove", of="registry-reactions ")
    with pytest.raises((AuthenticationFailedError, KafkaConnectionError)):
        await read(enter("registry-reactions"), "discipline.events", None)
    assert await read(enter("discipline-reactions"), "discipline.events", None) == b"of the relay"
    await asyncio.to_thread(node.make_users, of="registry-reactions ")
    assert await read(enter("registry-reactions"), "discipline.events", None) == b"of the relay"


def test_every_process_with_a_user_is_in_the_rules():
    lines = (COMPOSE / "kafka" / "rules").read_text("utf-8").splitlines()
    assert {line.split()[0] for line in lines if not line.startswith("#")} == USERS
    assert {"KAFKA_PASSWORD"} & set(SECRETS["every"]) == set()
