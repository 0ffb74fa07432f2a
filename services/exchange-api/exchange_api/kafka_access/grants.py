"""Who of the outside systems may read what on Kafka: users and access rules, made equal to what is wanted.

Outside systems are users whose names begin with `outside.`, so that no client can be called like one of our own
processes, like a super user or like Kafka's ANONYMOUS. Only such users are touched here, and rules for everybody
(`User:*`), which would reach them too. A DENY that an operator has set by hand stays.
"""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import structlog
from common.kafka import Cluster
from common.kafka.administration import administered
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
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
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError, NoError

_USER_PREFIX = "outside."
_EVERYBODY = "*"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
"""No dots: groups and topics are told apart by them."""
_ITERATIONS = 8192
"""Of SCRAM; a password is 256 random bits, so that more would protect nothing."""
_LOCKED = 4096
"""Of a user whose password nobody knows, to tell it by. Users are never deleted: Kafka 4.3.1, where its log tells of
one that was deleted, may forget the others when it starts."""

_T = TypeVar("_T")

_log = structlog.get_logger()


class NotGrantable(ValueError):
    """Not for this client, whoever asks: an internal topic, another organ's channel, a name that could be mistaken."""


@dataclass(frozen=True, slots=True)
class Grant:
    """`client` may read `topics`, in consumer groups whose names begin with `group_prefix`. Raises NotGrantable."""

    client: str
    organ: str
    """Code of the organ that the client belongs to."""
    topics: frozenset[str]

    def __post_init__(self) -> None:
        for name in (self.client, self.organ):
            if not _CODE.fullmatch(name):
                raise NotGrantable(f"{name!r} is no name of a client or organ: letters, digits, - and _ only")
        for topic in sorted(self.topics - {PUBLIC_CHANNEL, shared_channel(self.organ)}):
            raise NotGrantable(f"{topic!r} cannot be granted to {self.client}, a client of {self.organ}")

    @property
    def user(self) -> str:
        return user_of(self.client)

    @property
    def group_prefix(self) -> str:
        return f"{self.client}."


def user_of(client: str) -> str:
    """The name it gives to Kafka."""
    return f"{_USER_PREFIX}{client}"


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One ALLOW on the broker."""

    user: str
    kind: str
    """`topic`, `group` or another of Kafka's."""
    name: str
    prefixed: bool
    operation: str = "read"
    host: str = "*"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was done; all empty when it was as wanted."""

    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]
    locked: tuple[str, ...]
    """Clients whose password was taken away."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the broker holds for one client."""

    has_password: bool
    topics: frozenset[str]


class Grants:
    """Administers one cluster, as a user who may alter it. Every method connects anew; raises AdministrationFailed."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def reconcile(self, wanted: Iterable[Grant]) -> Reconciled:
        """Make rules and users what `wanted` says, all of it: a client that is not there loses rules and password.

        Idempotent.
        Read `wanted` and call this under one lock: an older list would take away what a newer one gave.
        """
        grants = {grant.client: grant for grant in wanted}.values()
        rules = {rule for grant in grants for rule in _rules(grant)}
        users = {grant.user for grant in grants}
        return await self._connected(lambda admin: _make(admin, rules, users, only=None))

    async def grant(self, grant: Grant) -> Reconciled:
        """Of this client alone: it may read this and nothing else. Idempotent."""
        rules = set(_rules(grant))
        return await self._connected(lambda admin: _make(admin, rules, {grant.user}, only=grant.user))

    async def revoke(self, client: str) -> Reconciled:
        """Of this client alone: no rules, no password. What it holds open reads nothing more. Idempotent."""
        return await self._connected(lambda admin: _make(admin, set(), set(), only=user_of(client)))

    async def issue_password(self, client: str) -> str:
        """A new password, which ends the old one; it can be read nowhere again. Raises NotGrantable."""
        if not _CODE.fullmatch(client):
            raise NotGrantable(f"{client!r} is no name of a client: letters, digits, - and _ only")
        password = secrets.token_urlsafe(32)
        await self._connected(lambda admin: _set_password(admin, user_of(client), password, _ITERATIONS))
        return password

    async def clients(self) -> Mapping[str, Standing]:
        """What the broker holds, by client."""

        def look(admin: KafkaAdminClient) -> dict[str, Standing]:
            rules, users = _found(admin), _users(admin)
            names = users | {rule.user for rule in rules if rule.user.startswith(_USER_PREFIX)}
            return {
                name.removeprefix(_USER_PREFIX): Standing(
                    name in users,
                    frozenset(rule.name for rule in rules if rule.user == name and rule.kind == "topic"),
                )
                for name in sorted(names)
            }

        return await self._connected(look)

    async def _connected(self, work: Callable[[KafkaAdminClient], _T]) -> _T:
        return await administered(self._cluster, work)


def _make(admin: KafkaAdminClient, rules: set[Rule], kept: Collection[str], *, only: str | None) -> Reconciled:
    """only: the one user to look at; None for all."""
    found = {rule for rule in _found(admin) if only is None or rule.user == only}
    locked = sorted(user for user in _users(admin) if user not in kept and only in (None, user))
    removed, added = sorted(found - rules), sorted(rules - found)
    # What is taken away goes first: a failure on the way leaves too little open, never too much.
    for user in locked:
        _set_password(admin, user, secrets.token_urlsafe(32), _LOCKED)
    if removed:
        for _, _, error in admin.delete_acls([_exactly(rule) for rule in removed]):
            if error is not NoError:
                raise error
    if added and (failed := admin.create_acls([_acl(rule) for rule in added])["failed"]):
        raise failed[0]
    for rule in removed:
        if rule.user == _EVERYBODY:
            _log.error("kafka-was-open-to-everybody", kind=rule.kind, name=rule.name, alarm=True)
    return Reconciled(tuple(added), tuple(removed), tuple(user.removeprefix(_USER_PREFIX) for user in locked))


def _found(admin: KafkaAdminClient) -> set[Rule]:
    """Every ALLOW of an outside system or of everybody. Raises where the cluster has no authorizer."""
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    acls, _ = admin.describe_acls(ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ALLOW, anything))
    rules = {_rule(acl) for acl in acls}
    return {rule for rule in rules if rule.user == _EVERYBODY or rule.user.startswith(_USER_PREFIX)}


def _users(admin: KafkaAdminClient) -> set[str]:
    """Outside systems whose password somebody knows."""
    found = admin.describe_user_scram_credentials()
    return {
        user
        for user, answer in found.items()
        if user.startswith(_USER_PREFIX) and any(one["iterations"] != _LOCKED for one in answer["credential_infos"])
    }


def _set_password(admin: KafkaAdminClient, user: str, password: str, iterations: int) -> None:
    change = UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password, iterations=iterations)
    if (failure := admin.alter_user_scram_credentials([change])[user]) is not None:
        raise KafkaError(failure)


def _rules(grant: Grant) -> Iterable[Rule]:
    for topic in grant.topics:
        yield Rule(grant.user, "topic", topic, prefixed=False)
    if grant.topics:
        yield Rule(grant.user, "group", grant.group_prefix, prefixed=True)


def _rule(acl: ACL) -> Rule:
    pattern = acl.resource_pattern
    return Rule(
        acl.principal.removeprefix("User:"),
        pattern.resource_type.name.lower(),
        pattern.resource_name,
        prefixed=pattern.pattern_type is ACLResourcePatternType.PREFIXED,
        operation=acl.operation.name.lower(),
        host=acl.host,
    )


def _parts(rule: Rule) -> tuple[ResourceType, str, ACLResourcePatternType]:
    pattern = ACLResourcePatternType.PREFIXED if rule.prefixed else ACLResourcePatternType.LITERAL
    return ResourceType[rule.kind.upper()], rule.name, pattern


def _acl(rule: Rule) -> ACL:
    operation = ACLOperation[rule.operation.upper()]
    return ACL(f"User:{rule.user}", rule.host, operation, ACLPermissionType.ALLOW, ResourcePattern(*_parts(rule)))


def _exactly(rule: Rule) -> ACLFilter:
    operation = ACLOperation[rule.operation.upper()]
    resource = ResourcePatternFilter(*_parts(rule))
    return ACLFilter(f"User:{rule.user}", rule.host, operation, ACLPermissionType.ALLOW, resource)
