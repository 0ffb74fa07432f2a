"""Settings of progress-api."""

from typing import ClassVar

from common.settings import Settings
from pydantic import Field


class ProgressSettings(Settings):
    service: ClassVar[str] = "progress"

    recompute_seconds: float = Field(
        default=0.25, gt=0, description="Values for the live stream are computed anew at most this often."
    )
    heartbeat_seconds: float = Field(default=15.0, gt=0)
