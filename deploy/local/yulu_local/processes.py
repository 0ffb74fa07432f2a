"""What runs on one machine, in starting order; it is stopped in the opposite one. To add a process, add a row."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from yulu_local.problems import Misfortune


class Stage(IntEnum):
    """All of one stage start together, once the stage before is ready."""

    POSTGRES = 1
    KAFKA = 2
    ISSUER = 3
    SERVICES = 4
    WORKERS = 5


@dataclass(frozen=True)
class Process:
    name: str
    stage: Stage
    module: str = ""
    """`python -m` this; the engines have none, they are no Python."""
    port: tuple[str, int] | None = None
    """The variable that sets it, and the default. A worker serves its metrics there."""
    replaced_by: str = ""
    """Where this variable is set, the process is somewhere else already and not started here."""
    client: bool = False
    """Calls other processes with a token: CLIENT_ID is its name, CLIENT_SECRET from the issuer's files."""

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", *self.module.split()]

    @property
    def answers_http(self) -> bool:
        return self.port is not None and self.stage in (Stage.ISSUER, Stage.SERVICES)

    def port_in(self, environment: Mapping[str, str]) -> int | None:
        if self.port is None:
            return None
        variable, default = self.port
        text = environment.get(variable) or str(default)
        if not text.isdecimal() or not 0 < int(text) <= 65535:  # noqa: PLR2004
            raise Misfortune(f"{variable}={text} 不是端口号（1–65535）。", f"{variable}={text} is no port (1-65535).")
        return int(text)

    def url_in(self, environment: Mapping[str, str]) -> str:
        return f"http://127.0.0.1:{self.port_in(environment)}"


PROCESSES = (
    Process("postgres", Stage.POSTGRES, port=("POSTGRES_PORT", 8105), replaced_by="DATABASE_URL"),
    Process("kafka", Stage.KAFKA, port=("KAFKA_PORT", 9092), replaced_by="KAFKA_BOOTSTRAP_SERVERS"),
    Process("issuer", Stage.ISSUER, "yulu_local.issuer", port=("ISSUER_PORT", 8109), replaced_by="OIDC_ISSUER"),
    Process("registry-api", Stage.SERVICES, "registry_api serve", port=("REGISTRY_PORT", 8101)),
    Process("discipline-api", Stage.SERVICES, "discipline_api serve", port=("DISCIPLINE_PORT", 8102)),
    Process("rights-api", Stage.SERVICES, "rights_api serve", port=("RIGHTS_PORT", 8103)),
    Process("progress-api", Stage.SERVICES, "progress_api serve", port=("PROGRESS_PORT", 8104)),
    Process("registry-reactions", Stage.WORKERS, "registry_api react", ("REACTIONS_METRICS_PORT", 8111), client=True),
    Process("outbox-relay", Stage.WORKERS, "outbox_relay", ("RELAY_METRICS_PORT", 8112), client=True),
    Process("progress-projector", Stage.WORKERS, "progress_projector", ("PROJECTOR_METRICS_PORT", 8113), client=True),
    Process(
        "discipline-reactions", Stage.WORKERS, "discipline_api react", ("DISCIPLINE_REACTIONS_METRICS_PORT", 8114),
        client=True,
    ),
)  # fmt: skip

MIGRATED = ("registry", "discipline", "rights", "progress")
"""Services with a database: `python -m <service>_api migrate`, before any of them starts."""
