"""Settings of progress-api."""

from pathlib import Path
from typing import ClassVar

from common.keys import deployment_key
from common.settings import Settings
from common.signing import KEY_BYTES, Signer, retired_keys
from pydantic import Field, SecretStr


class ProgressSettings(Settings):
    service: ClassVar[str] = "progress"

    recompute_seconds: float = Field(
        default=0.25, gt=0, description="Values for the live stream are computed anew at most this often."
    )
    page_lag_seconds: float = Field(
        default=5.0, ge=0, description="A page of an indicator may be behind the store by so much while events arrive."
    )
    timer_seconds: float = Field(default=30.0, gt=0, description="How often what is due by time is looked for.")
    plans_dir: Path | None = Field(
        default=None, description="A folder of further plans as YAML files, whose catalogues are served, too."
    )
    heartbeat_seconds: float = Field(default=15.0, gt=0)
    progress_signing_key: SecretStr | None = Field(
        default=None,
        description="Ed25519 key of hourly and other signed heads, 64 hex digits; a file in development.",
    )
    progress_retired_signing_keys: str = Field(
        default="", description="Public keys (64 hex digits, comma between) that signed before and stay published."
    )

    def signer(self) -> Signer:
        key = deployment_key(self, "progress_signing_key", KEY_BYTES, "signs hourly heads")
        return Signer(key, retired_keys("PROGRESS_RETIRED_SIGNING_KEYS", self.progress_retired_signing_keys))
