"""Through the outside door: what was granted, nothing else, and every refusal can be read."""

import asyncio
import ssl
import subprocess
from dataclasses import replace
from functools import partial

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    InvalidReplicationFactorError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest
from common.kafka import Cluster, ensure_topics
from common.kafka.administration import AdministrationFailed
from common.settings import InvalidSettings, Settings
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from exchange_api.kafka_access.grants import Grants
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)
from yulu_local.kafka_tools import command

from tests.integration.local.conftest import CHANNELS, COURT, INTERNAL, PROCURATORATE, Door
from tests.support.handshakes import takes_only_what_is_recommended


def console_consumer(door: Door, directory, topic, *, user="outside.court", password=None, group="court.console"):
    """Kafka's own client, started; it ends by itself after one message or when nothing comes."""
    password = password or door.passwords["court"]
    login = "org.apache.kafka.common.security.scram.ScramLoginModule"
    settings = directory / f"{topic}-{user}.properties"
    settings.write_text(
        "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n"
        f'sasl.jaas.config={login} required username="{user}" password="{password}";\n'
        f"ssl.truststore.type=PEM\nssl.truststore.location={door.node.ca_file}\n"
        f"group.id={group}\n"
    )
    line = command(
        "console-consumer",
        f"--bootstrap-server {door.node.external} --topic {topic} --command-config {settings} "
        "--from-beginning --max-messages 1 --timeout-ms 30000".split(),
    )
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_kafkas_own_consumer_reads_what_was_granted_and_is_told_what_was_not(door: Door, tmp_path):
    running = {
        "granted": console_consumer(door, tmp_path, shared_channel(COURT)),
        "another's": console_consumer(door, tmp_path, shared_channel(PROCURATORATE)),
        "wrong password": console_consumer(door, tmp_path, PUBLIC_CHANNEL, password="wrong"),
    }
    said = {name: process.communicate(timeout=60)[0] for name, process in running.items()}
    assert f"of {shared_channel(COURT)}\n" in said["granted"]
    assert f"Not authorized to access topics: [{shared_channel(PROCURATORATE)}]" in said["another's"]
    assert "invalid credentials with SASL mechanism SCRAM-SHA-512" in said["wrong password"]


def test_its_outer_door_takes_tls_1_2_and_1_3_by_recommended_suites_alone(door: Door):
    assert takes_only_what_is_recommended(int(door.node.external.rpartition(":")[2]))


async def test_a_client_sees_and_reads_its_own_channels_only(door: Door):
    court = door.as_client("court")
    assert await door.read(court, PUBLIC_CHANNEL, group="court.first") == [b"of public.events"]
    for topic in (INTERNAL, shared_channel(PROCURATORATE), "__consumer_offsets"):
        with pytest.raises(TopicAuthorizationFailedError):
            await door.read(court, topic)
    async with AIOKafkaConsumer(**court.options()) as consumer:
        assert await consumer.topics() == {PUBLIC_CHANNEL, shared_channel(COURT)}
    assert await door.said("Principal = User:outside.court is Denied operation = DESCRIBE from host = 127.0.0.1")


async def test_who_asks_the_broker_past_his_own_client_learns_no_more(door: Door):
    """A stock client asks only for what it was shown; the requests themselves carry any name. Nor is a head told."""
    host, port = door.node.external.split(":")
    options = {name: value for name, value in door.as_client("court").options().items() if name != "bootstrap_servers"}
    connection = await create_conn(host, int(port), **options)
    try:
        refused = {}
        for topic in (PUBLIC_CHANNEL, INTERNAL, shared_channel(PROCURATORATE)):
            heads = await connection.send(OffsetRequest(-1, 0, [(topic, [(3, -1)])]))
            found = await connection.send(FetchRequest(100, 0, 10_000, 0, [(topic, [(3, 0, 10_000)])]))
            refused[topic] = [answer.topics[0][1][0][1] for answer in (heads, found)]
    finally:
        connection.close()
    not_authorised = TopicAuthorizationFailedError.errno
    assert refused == {PUBLIC_CHANNEL: [0, 0]} | dict.fromkeys(
        (INTERNAL, shared_channel(PROCURATORATE)), [not_authorised] * 2
    )


@pytest.mark.parametrize("group", ["procuratorate.first", "court", "court-2.first", "progress-projector"])
async def test_a_foreign_group_is_refused(door: Door, group):
    with pytest.raises(GroupAuthorizationFailedError):
        await door.read(door.as_client("court"), PUBLIC_CHANNEL, group=group)


async def test_a_client_writes_nothing_and_administers_nothing(door: Door):
    court = door.as_client("court")
    async with AIOKafkaProducer(**court.options()) as producer:
        for topic in (PUBLIC_CHANNEL, shared_channel(COURT)):
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic, b"planted", partition=0)
    grants = Grants(court)
    attempts = (grants.clients, partial(grants.issue_password, "court"), partial(grants.revoke, "procuratorate"))
    for attempt in attempts:
        with pytest.raises(AdministrationFailed, match=r"Authoriz|permission") as refused:
            await attempt()
        assert not refused.value.retriable
    assert await door.read(door.as_client("procuratorate"), shared_channel(PROCURATORATE))


async def test_nobody_enters_without_a_name(door: Door):
    """TLS alone makes User:ANONYMOUS, who rules on the loopback listener; here he gets no answer at all."""
    trusting = ssl.create_default_context(cafile=door.node.ca_file)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=door.node.external, security_protocol="SSL", ssl_context=trusting, request_timeout_ms=2000
    )
    with pytest.raises(KafkaConnectionError):
        await consumer.start()
    await consumer.stop()
    for user in ("ANONYMOUS", "outside.ANONYMOUS", "User:ANONYMOUS", ""):
        with pytest.raises((AuthenticationFailedError, KafkaConnectionError)):
            await door.read(door.as_user(user, "anything"), INTERNAL)


async def test_a_certificate_opens_nothing(door: Door, tmp_path):
    """Neither a stranger's nor one that our own authority has signed: names come from SASL."""
    for store in (door.foreign_ca.with_name("server.pem"), door.node.ca_file.with_name("server.pem")):
        presenting = ssl.create_default_context(cafile=door.node.ca_file)
        presenting.load_cert_chain(store)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=door.node.external, security_protocol="SSL", ssl_context=presenting
        )
        with pytest.raises(KafkaConnectionError):
            await consumer.start()
        await consumer.stop()


async def test_wrong_password_wrong_authority_and_plaintext_are_refused_named_and_do_no_harm(door: Door):
    with pytest.raises((AuthenticationFailedError, KafkaConnectionError)):
        await door.read(door.as_client("court", "wrong"), PUBLIC_CHANNEL)
    assert await door.said("invalid credentials with SASL mechanism SCRAM-SHA-512")
    host, port = door.node.external.split(":")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        await asyncio.open_connection(host, int(port), ssl=ssl.create_default_context(cafile=door.foreign_ca))
    stranger = door.as_user("outside.court", door.passwords["court"], door.foreign_ca)
    with pytest.raises(KafkaConnectionError):
        await door.read(stranger, PUBLIC_CHANNEL)
    plain = AIOKafkaConsumer(bootstrap_servers=door.node.external, request_timeout_ms=2000)
    with pytest.raises(KafkaConnectionError):
        await plain.start()
    await plain.stop()
    assert await door.said("(SSL handshake failed)")
    assert await door.read(door.as_client("court"), PUBLIC_CHANNEL)


def test_the_broker_listens_on_the_loopback_address_only(door: Door):
    listening = {
        connection.laddr
        for connection in psutil.Process(door.node.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    assert {int(door.node.external.split(":")[1]), int(door.node.bootstrap.split(":")[1])} < {
        address.port for address in listening
    }


async def test_topics_for_others_are_kept_thirty_days_and_ours_for_ever(door: Door):
    admin = AIOKafkaAdminClient(**door.inside.options())
    await admin.start()
    try:
        kept = {topic: await _retention(admin, topic) for topic in (INTERNAL, *CHANNELS)}
    finally:
        await admin.close()
    assert kept == {INTERNAL: "-1"} | dict.fromkeys(CHANNELS, str(30 * 86_400_000))


async def _retention(admin, topic):
    return (await _configured(admin, topic))["retention.ms"]


async def _configured(admin, topic):
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    (resource,) = answer.resources
    return {name: value for name, value, *_ in resource[4]}


async def test_topics_are_made_with_as_many_replicas_as_the_settings_say(door: Door, monkeypatch):
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", door.node.bootstrap)
    monkeypatch.setenv("KAFKA_MIN_INSYNC_REPLICAS", "2")
    with pytest.raises(InvalidSettings, match="KAFKA_MIN_INSYNC_REPLICAS must not be more than"):
        Settings.load()
    monkeypatch.setenv("KAFKA_REPLICATION_FACTOR", "2")
    with pytest.raises(InvalidReplicationFactorError):  # there is one broker
        await ensure_topics(Cluster.of(Settings.load()), ["replicated.events"])
    await ensure_topics(replace(door.inside, min_insync_replicas=2), ["guarded.events"])
    admin = AIOKafkaAdminClient(**door.inside.options())
    await admin.start()
    try:
        assert "replicated.events" not in await admin.list_topics()
        assert (await _configured(admin, "guarded.events"))["min.insync.replicas"] == "2"
        assert (await _configured(admin, INTERNAL))["min.insync.replicas"] == "1"
    finally:
        await admin.delete_topics(["guarded.events"])
        await admin.close()


async def test_users_rules_and_certificates_outlive_sigkill_and_restart(door: Door):
    authority = door.node.ca_file.read_bytes()
    grants = Grants(door.inside)
    for leaver in ("leaver", "another-leaver", "one-more"):  # a broker that reads of leavers must not forget who stays
        await grants.issue_password(leaver)
        await grants.revoke(leaver)
    for end in (door.node.kill, door.node.stop):
        await asyncio.to_thread(end)
        await asyncio.to_thread(door.node.start)
        court = door.as_client("court")
        assert await door.read(court, shared_channel(COURT), group="court.second") == [
            f"of shared.{COURT}.events".encode()
        ]
        with pytest.raises(TopicAuthorizationFailedError):
            await door.read(court, INTERNAL)
    assert door.node.ca_file.read_bytes() == authority


async def test_our_own_processes_speak_tls_to_a_cluster_by_the_same_settings(door: Door, monkeypatch):
    """Relay's producer and a follower's consumer, as users of our own, through a listener that asks who they are."""
    relay = "relay"
    with KafkaAdminClient(**door.inside.options()) as admin:
        admin.alter_user_scram_credentials([UserScramCredentialUpsertion(relay, "SCRAM-SHA-512", "a secret of ours")])
        allowed = [(ACLOperation.WRITE, INTERNAL), (ACLOperation.READ, INTERNAL), (ACLOperation.CREATE, "new.events")]
        resources = [(operation, ResourcePattern(ResourceType.TOPIC, topic)) for operation, topic in allowed]
        resources.append((ACLOperation.READ, ResourcePattern(ResourceType.GROUP, "projector")))
        admin.create_acls([ACL(f"User:{relay}", "*", may, ACLPermissionType.ALLOW, what) for may, what in resources])
    settings = {
        "ENVIRONMENT": "production",
        "OIDC_ISSUER": "https://issuer.example",
        "KAFKA_BOOTSTRAP_SERVERS": door.node.external,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_CA_FILE": str(door.node.ca_file),
        "KAFKA_USERNAME": relay,
        "KAFKA_PASSWORD": "a secret of ours",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    cluster = Cluster.of(Settings.load())
    await ensure_topics(cluster, ["new.events"])
    async with AIOKafkaProducer(**cluster.options(), acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(INTERNAL, b"over TLS", partition=5)
    assert b"over TLS" in await door.read(cluster, INTERNAL, group="projector")
