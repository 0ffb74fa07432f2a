import socket

from common.settings import Settings
from pydantic import Field

SOURCES = {
    "registry.events": "registry",
    "discipline.events": "discipline",
    "rights.events": "rights",
    "progress.events": "progress",
}
"""Topic → the service that owns its feed."""


class ProjectorSettings(Settings):
    service = "progress"

    consumer_group: str = "progress-projector"
    consumer_instance: str = Field(
        default_factory=lambda: f"progress-projector-{socket.gethostname()}",
        description="Static membership: a restart keeps its partitions. A second one on a host needs another name.",
    )
    heads_seconds: float = Field(default=10.0, gt=0, description="How often the feeds' heads are compared.")
