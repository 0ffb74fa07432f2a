import asyncio
import os
import shlex
import signal
import subprocess

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from yulu_local.child import wrap
from yulu_local.engines import Engine, Kafka, Postgres, running_postgres
from yulu_local.kafka import PARTITIONS, TOPICS


async def query(server: Postgres, sql: str, *, seconds: float = 60):
    connection = await asyncpg.connect(f"{server.url}/postgres", timeout=seconds)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory):
    """One that may be killed, in a directory other users cannot enter."""
    directory = tmp_path_factory.mktemp("closed")
    directory.chmod(0o700)
    with running_postgres(directory / "data") as server:
        yield server


async def test_postgres_is_version_18_and_speaks_utf8(postgres):
    assert await query(postgres, "SHOW server_version_num") >= "180000"
    assert await query(postgres, "SELECT length('豫律𪚥')") == 3


async def test_what_was_committed_survives_sigkill_without_fsync(own_postgres):
    await query(own_postgres, "CREATE TABLE kept AS SELECT 7 AS n")
    pid = own_postgres.pid
    await asyncio.to_thread(own_postgres.kill)
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset
        await query(own_postgres, "SELECT 1")
    await asyncio.to_thread(own_postgres.restart)
    assert own_postgres.pid != pid
    assert await query(own_postgres, "SELECT n FROM kept") == 7


async def test_a_frozen_postgres_is_silent_until_thawed(own_postgres):
    own_postgres.freeze()
    with pytest.raises(TimeoutError):
        await query(own_postgres, "SELECT 1", seconds=1)
    own_postgres.thaw()
    assert await query(own_postgres, "SELECT 1") == 1


async def test_postgres_asks_for_its_password(own_postgres):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:wrong@127.0.0.1:{own_postgres.port}/postgres")


async def test_kafka_has_our_topics_and_makes_no_others(kafka: Kafka):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        topics = await admin.describe_topics(list(TOPICS))
        assert {topic["topic"]: len(topic["partitions"]) for topic in topics} == dict.fromkeys(TOPICS, PARTITIONS)
        (missing,) = await admin.describe_topics(["nobody.asked"])
        assert missing["error_code"] == 3  # UNKNOWN_TOPIC_OR_PARTITION
        assert "nobody.asked" not in await admin.list_topics()
    finally:
        await admin.close()


async def test_kafka_gives_back_what_it_was_given(kafka: Kafka):
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        sent = await producer.send_and_wait("progress.events", "郑州".encode(), partition=3)
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
        partition = TopicPartition("progress.events", 3)
        consumer.assign([partition])
        consumer.seek(partition, sent.offset)
        assert (await consumer.getone()).value == "郑州".encode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to drop")
def test_the_owner_enters_a_closed_directory_and_is_not_root(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    owned = closed / "owned"
    owned.mkdir()
    os.chown(owned, 65534, 65534)
    program = closed / "program"
    program.write_text(f"#!/bin/sh\ntest -x {program} && id -u && grep CapEff /proc/self/status\n")
    program.chmod(0o755)
    result = subprocess.run(wrap([program], owner=owned), capture_output=True, text=True, check=True)
    uid, capabilities = result.stdout.splitlines()
    assert uid == "65534"
    assert int(capabilities.split()[1], 16) == 1 << 1  # CAP_DAC_OVERRIDE alone


def test_a_child_of_a_background_job_can_be_interrupted():
    child = shlex.join(wrap(["/bin/grep", "SigIgn", "/proc/self/status"]))
    shell = ["/bin/sh", "-c", f"trap '' INT; exec {child}"]
    result = subprocess.run(shell, capture_output=True, text=True, check=True)
    assert int(result.stdout.split()[1], 16) & 1 << (signal.SIGINT - 1) == 0


def test_an_engine_that_cannot_start_says_why(tmp_path):
    log = tmp_path / "log"
    command = ["/bin/sh", "-c", "echo no such thing >&2; exit 3"]
    engine = Engine(prepare=lambda: None, command=command, ready=lambda: False, log=log, seconds=0.1)
    with pytest.raises((RuntimeError, TimeoutError), match="no such thing"):
        engine.start()
