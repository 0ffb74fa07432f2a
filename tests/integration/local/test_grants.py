"""What is wanted becomes what is: added, taken away, left alone; and a password is one client's."""

import asyncio
import sys

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError, TopicAuthorizationFailedError
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from exchange_api.kafka_access.grants import Grant, Grants, NotGrantable, Reconciled
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)

from tests.integration.local.conftest import COURT, INTERNAL, PROCURATORATE, Door, wanted

NOTHING = Reconciled((), (), ())
NOT_LET_IN = (AuthenticationFailedError, KafkaConnectionError)


@pytest.fixture
async def grants(door: Door):
    """What others of these tests stand on is as it was afterwards."""
    grants = Grants(door.inside)
    yield grants
    await grants.reconcile(wanted())
    for client in door.passwords:
        if not (await grants.clients())[client].has_password:
            door.passwords[client] = await grants.issue_password(client)


@pytest.fixture
def admin(door: Door):
    with KafkaAdminClient(**door.inside.options()) as admin:
        yield admin


def rule(
    principal,
    name,
    *,
    permission=ACLPermissionType.ALLOW,
    operation=ACLOperation.READ,
    pattern=ACLResourcePatternType.LITERAL,
):
    return ACL(principal, "*", operation, permission, ResourcePattern(ResourceType.TOPIC, name, pattern))


def rules_of(admin, principal):
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return set(admin.describe_acls(ACLFilter(principal, None, ACLOperation.ANY, ACLPermissionType.ANY, anything))[0])


async def test_what_is_as_wanted_is_left_alone(grants, door: Door):
    assert await grants.reconcile(wanted()) == NOTHING
    assert await grants.grant(wanted()[0]) == NOTHING
    standing = await grants.clients()
    assert standing["court"].topics == {PUBLIC_CHANNEL, shared_channel(COURT)}
    assert standing["procuratorate"].topics == {shared_channel(PROCURATORATE)}
    assert all(client.has_password for client in standing.values())


async def test_what_is_not_wanted_is_taken_away(grants, admin, door: Door):
    """Planted: another topic, writing, everything by prefix; for one of the clients, for a forgotten one, for all."""
    planted = [
        rule("User:outside.court", INTERNAL),
        rule("User:outside.court", PUBLIC_CHANNEL, operation=ACLOperation.WRITE),
        rule("User:outside.forgotten", "*"),
        rule("User:*", "r", pattern=ACLResourcePatternType.PREFIXED),
    ]
    assert admin.create_acls(planted)["failed"] == []
    await grants.issue_password("forgotten")
    assert await door.read(door.as_client("court"), INTERNAL)
    done = await grants.reconcile(wanted())
    assert (done.added, len(done.removed), done.locked) == ((), len(planted), ("forgotten",))
    with pytest.raises(TopicAuthorizationFailedError):
        await door.read(door.as_client("court"), INTERNAL)
    assert await grants.reconcile(wanted()) == NOTHING


async def test_a_deny_and_users_of_our_own_are_not_ours_to_rewrite(grants, admin, door: Door):
    kept = {
        rule("User:outside.procuratorate", shared_channel(PROCURATORATE), permission=ACLPermissionType.DENY),
        rule("User:relay", INTERNAL, operation=ACLOperation.WRITE),
    }
    assert admin.create_acls(list(kept))["failed"] == []
    admin.alter_user_scram_credentials([UserScramCredentialUpsertion("relay", "SCRAM-SHA-512", "secret")])
    assert await grants.reconcile(wanted()) == NOTHING
    found = rules_of(admin, "User:relay") | rules_of(admin, "User:outside.procuratorate")
    assert kept <= found
    assert "relay" in admin.describe_user_scram_credentials()
    with pytest.raises(TopicAuthorizationFailedError):
        await door.read(door.as_client("procuratorate"), shared_channel(PROCURATORATE))
    admin.delete_acls(
        [ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, acl.resource_pattern) for acl in kept]
    )


async def test_what_is_revoked_ends_at_once_for_open_connections_too(grants, door: Door):
    court = door.as_client("court")
    async with AIOKafkaConsumer(PUBLIC_CHANNEL, **court.options(), auto_offset_reset="earliest") as consumer:
        assert (await consumer.getone()).value == b"of public.events"
        revoked = await grants.revoke("court")
        assert revoked.locked == ("court",)
        assert len(revoked.removed) == 3
        with pytest.raises(TopicAuthorizationFailedError):
            await consumer.getone()
    with pytest.raises(NOT_LET_IN):
        await door.read(court, PUBLIC_CHANNEL)
    assert "court" not in await grants.clients()
    assert await grants.revoke("court") == NOTHING
    assert await door.read(door.as_client("procuratorate"), shared_channel(PROCURATORATE))


async def test_a_new_password_ends_the_old_one(grants, door: Door):
    old = door.passwords["court"]
    door.passwords["court"] = new = await grants.issue_password("court")
    assert new != old
    with pytest.raises(NOT_LET_IN):
        await door.read(door.as_client("court", old), PUBLIC_CHANNEL)
    assert await door.read(door.as_client("court", new), PUBLIC_CHANNEL)
    with pytest.raises(NOT_LET_IN):
        await door.read(door.as_client("procuratorate", new), shared_channel(PROCURATORATE))
    with pytest.raises(NotGrantable):
        await grants.issue_password("relay.x")


async def test_a_client_without_topics_may_nothing(grants, door: Door):
    done = await grants.grant(Grant("court", COURT, frozenset()))
    assert len(done.removed) == 3
    with pytest.raises(TopicAuthorizationFailedError):
        await door.read(door.as_client("court"), PUBLIC_CHANNEL)


NOT_LET_IN_THERE = """
import asyncio, sys, threading
from common.kafka import Cluster, administration
from exchange_api.kafka_access import grants
from pydantic import SecretStr
administration._TIMEOUT_MS = 1000
for password, ca_file in ((sys.argv[2], sys.argv[3]), ("wrong", sys.argv[4])):
    try:
        asyncio.run(grants.Grants(Cluster(sys.argv[1], "outside.court", SecretStr(password), ca_file)).clients())
    except administration.AdministrationFailed as failed:
        print(failed.retriable, threading.active_count(), failed)
"""


async def test_a_cluster_that_does_not_let_us_in_is_said_to_be_so_and_leaves_nothing_running(door: Door):
    """In a process of its own: the library leaves sockets of failed handshakes to the garbage collector."""
    given = (door.node.external, door.passwords["court"], str(door.foreign_ca), str(door.node.ca_file))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", NOT_LET_IN_THERE, *given, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[0].decode()
    assert said == f"True 1 Kafka: KafkaTimeoutError: KafkaTimeoutError: Unable to bootstrap from {given[0]}\n" * 2
