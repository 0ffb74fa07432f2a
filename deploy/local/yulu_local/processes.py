"""What runs on one machine, in starting order; it is stopped in the opposite one. To add a process, add a row."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from yulu_local.listeners import EXTERNAL_PORT
from yulu_local.problems import Misfortune


def number_of(port: tuple[str, int], environment: Mapping[str, str]) -> int:
    """Of a variable and its default. Raises Misfortune."""
    variable, default = port
    text = environment.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= 65535:  # noqa: PLR2004
        raise Misfortune(f"{variable}={text} 不是端口号（1–65535）。", f"{variable}={text} is no port (1-65535).")
    return int(text)


IDENTITIES = ("keycloak", "development")
"""What IDENTITY may be: Keycloak is the default; the development issuer is for tests."""


def identity_in(environment: Mapping[str, str]) -> str:
    """Raises Misfortune."""
    named = environment.get("IDENTITY") or IDENTITIES[0]
    if named not in IDENTITIES:
        known = ", ".join(IDENTITIES)
        raise Misfortune(f"IDENTITY={named} 无效，可用：{known}。", f"IDENTITY={named} is none of {known}.")
    return named


class Stage(IntEnum):
    """All of one stage start together, once the stage before is ready."""

    POSTGRES = 1
    KAFKA = 2
    ISSUER = 3
    SERVICES = 4
    IDENTITY = 5
    """After the services: what needs no login is there before Keycloak is, and without it."""
    WORKERS = 6
    BACKUP = 7
    """Copies what the engines hold, and is asked for."""


READY_SECONDS = 300
"""For one that hangs: what dies is told at once, and a busy machine may take minutes for all of them."""


@dataclass(frozen=True)
class Process:
    name: str
    stage: Stage
    module: str = ""
    """`python -m` this; the engines have none, they are no Python."""
    port: tuple[str, int] | None = None
    """The variable that sets it, and the default. A worker serves its metrics there."""
    outside_port: tuple[str, int] | None = None
    """For others than our own processes, where they have a door of their own."""
    replaced_by: str = ""
    """Where this variable is set, the process is somewhere else already and not started here."""
    wanted_by: str = ""
    """Started only where this variable is set."""
    identity: str = ""
    """Started only where IDENTITY names this kind of issuer."""
    ready: str = "/health/ready"
    """Answers 200 when it serves."""
    seconds: float = READY_SECONDS
    """Within which it has to be ready."""
    withheld: tuple[str, ...] = ()
    """Variables that others are given and this one must not have."""
    client: bool = False
    """Calls other processes with a token: CLIENT_ID is its name, CLIENT_SECRET from the issuer's files."""

    also: tuple[str, ...] = ()
    """Clients whose secrets it is given beside its own, each as NAME_CLIENT_SECRET."""

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", *self.module.split()]

    @property
    def answers_http(self) -> bool:
        return self.port is not None and self.stage in (Stage.ISSUER, Stage.SERVICES, Stage.IDENTITY)

    @property
    def ports(self) -> tuple[tuple[str, int], ...]:
        return tuple(port for port in (self.port, self.outside_port) if port is not None)

    def port_in(self, environment: Mapping[str, str]) -> int | None:
        return None if self.port is None else number_of(self.port, environment)

    def url_in(self, environment: Mapping[str, str]) -> str:
        return f"http://127.0.0.1:{self.port_in(environment)}"


PROCESSES = (
    Process("postgres", Stage.POSTGRES, port=("POSTGRES_PORT", 8105), replaced_by="DATABASE_URL"),
    Process(
        "kafka", Stage.KAFKA, port=("KAFKA_PORT", 9092), outside_port=EXTERNAL_PORT,
        replaced_by="KAFKA_BOOTSTRAP_SERVERS",
    ),
    Process(
        "issuer", Stage.ISSUER, "yulu_local.issuer", port=("ISSUER_PORT", 8109), replaced_by="OIDC_ISSUER",
        identity="development",
    ),
    Process("registry-api", Stage.SERVICES, "registry_api serve", port=("REGISTRY_PORT", 8101)),
    Process("discipline-api", Stage.SERVICES, "discipline_api serve", port=("DISCIPLINE_PORT", 8102)),
    Process("rights-api", Stage.SERVICES, "rights_api serve", port=("RIGHTS_PORT", 8103)),
    Process(
        "rights-public", Stage.SERVICES, "rights_api serve-public", port=("RIGHTS_PUBLIC_PORT", 8106),
        withheld=("RIGHTS_OFFICE_KEY", "RIGHTS_KEYS_DATABASE_URL"),
    ),
    Process("progress-api", Stage.SERVICES, "progress_api serve", port=("PROGRESS_PORT", 8104)),
    Process("exchange-api", Stage.SERVICES, "exchange_api serve", port=("EXCHANGE_PORT", 8107), client=True),
    Process("portal", Stage.SERVICES, "portal serve", port=("PORTAL_PORT", 8100), client=True, also=("identity",)),
    Process(
        "keycloak", Stage.IDENTITY, "yulu_local.keycloak", port=("KEYCLOAK_PORT", 8108), replaced_by="OIDC_ISSUER",
        identity="keycloak", ready="/realms/yulu/.well-known/openid-configuration",
        seconds=600,  # the first time it makes some hundred tables and reads its realms
    ),
    Process("registry-reactions", Stage.WORKERS, "registry_api react", ("REACTIONS_METRICS_PORT", 8111), client=True),
    Process("outbox-relay", Stage.WORKERS, "outbox_relay", ("RELAY_METRICS_PORT", 8112), client=True),
    Process("progress-projector", Stage.WORKERS, "progress_projector", ("PROJECTOR_METRICS_PORT", 8113), client=True),
    Process(
        "discipline-reactions", Stage.WORKERS, "discipline_api react", ("DISCIPLINE_REACTIONS_METRICS_PORT", 8114),
        client=True,
    ),
    Process("notifier", Stage.WORKERS, "notifier", ("NOTIFIER_METRICS_PORT", 8115), client=True),
    Process("exchange-releases", Stage.WORKERS, "exchange_api release", ("RELEASES_METRICS_PORT", 8116), client=True),
    Process("webhook-dispatcher", Stage.WORKERS, "webhook_dispatcher", ("DISPATCHER_METRICS_PORT", 8117), client=True),
    Process("backup", Stage.BACKUP, "yulu_backup follow", ("BACKUP_METRICS_PORT", 8118), wanted_by="BACKUP_DIR"),
)  # fmt: skip
