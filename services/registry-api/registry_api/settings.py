"""Settings of the registry: what every service has, the key of the ID numbers and the one that signs."""

from datetime import time
from typing import ClassVar, Literal

from common.keys import deployment_key
from common.settings import Settings
from common.signing import KEY_BYTES as SIGNING_KEY_BYTES
from common.signing import Signer, retired_keys
from pydantic import Field, SecretStr

from registry_api.register.sealing import KEY_BYTES, Sealer

SOURCE = "/registry"
OF_CLOSED_FEEDS = ("/v1/recognitions/held", "/v1/standing-conflicts")
"""Paths that are called when something has happened in discipline's feed: neither counted for operators nor traced."""
"""Of the CloudEvents written here."""


class RegistrySettings(Settings):
    service: ClassVar[str] = "registry"

    registry_id_key: SecretStr | None = Field(
        default=None, description="SM4 key of ID numbers at rest, 32 hex digits; a file under DATA_DIR in development."
    )
    registry_signing_key: SecretStr | None = Field(
        default=None, description="Ed25519 key of signed answers and files, 64 hex digits; a file in development."
    )
    registry_retired_signing_keys: str = Field(
        default="", description="Public keys (64 hex digits, comma between) that signed before and stay published."
    )
    registry_files_at: time | Literal["off"] = Field(
        default=time(2, 30), description="When the daily whole-register files are made, on the clock of China; or off."
    )
    registry_files_kept: int = Field(default=3, ge=1, le=100, description="Complete editions of the files kept.")
    public_cache_entries: int = Field(
        default=50_000, ge=0, description="Public rows kept in each process, about 1.5 kB each; 0 for none."
    )
    consumer_group: str = "registry-reactions"
    consumer_instance: str | None = Field(
        default=None, description="Stable and unique per process; default: the host's name."
    )

    def sealer(self) -> Sealer:
        return Sealer(deployment_key(self, "registry_id_key", KEY_BYTES, "encrypts ID numbers at rest"))

    @property
    def files_at(self) -> time | None:
        return None if self.registry_files_at == "off" else self.registry_files_at

    def signer(self) -> Signer:
        key = deployment_key(self, "registry_signing_key", SIGNING_KEY_BYTES, "signs answers and files")
        return Signer(key, retired_keys("REGISTRY_RETIRED_SIGNING_KEYS", self.registry_retired_signing_keys))
