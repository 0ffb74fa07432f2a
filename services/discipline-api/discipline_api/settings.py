"""Settings of discipline: what every service has, and how often ended terms are looked for."""

from typing import ClassVar

from common.settings import Settings
from pydantic import Field


class DisciplineSettings(Settings):
    service: ClassVar[str] = "discipline"

    erasure_seconds: float = Field(
        default=60, gt=0, description="Pause between searches for records whose term is over; reads obey it at once."
    )
