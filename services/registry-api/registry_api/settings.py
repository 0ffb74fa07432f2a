"""Settings of the registry: what every service has, the key of the ID numbers and the one that signs."""

from datetime import time
from pathlib import Path
from typing import ClassVar, Literal

from common.development_key import development_key
from common.settings import InvalidSettings, Settings
from pydantic import Field, SecretStr

from registry_api.register.sealing import KEY_BYTES, Sealer
from registry_api.register.signing import KEY_BYTES as SIGNING_KEY_BYTES
from registry_api.register.signing import Signer

SOURCE = "/registry"
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
        return Sealer(self._key("registry_id_key", KEY_BYTES, "it encrypts ID numbers at rest"))

    @property
    def files_at(self) -> time | None:
        return None if self.registry_files_at == "off" else self.registry_files_at

    def signer(self) -> Signer:
        key = self._key("registry_signing_key", SIGNING_KEY_BYTES, "it signs answers and files")
        variable = "REGISTRY_RETIRED_SIGNING_KEYS"
        retired = [text.strip() for text in self.registry_retired_signing_keys.split(",") if text.strip()]
        return Signer(key, [_bytes(variable, text, SIGNING_KEY_BYTES) for text in retired])

    def _key(self, name: str, length: int, purpose: str) -> bytes:
        given: SecretStr | None = getattr(self, name)
        if given is not None:
            return _bytes(name.upper(), given.get_secret_value(), length)
        if self.environment == "production":
            raise InvalidSettings(f"Set {name.upper()} ({length * 2} hex digits): {purpose}.")
        key = development_key(self.data_dir, name.replace("_", "-"), length)
        if len(key) != length:
            path = Path(self.data_dir) / "secrets" / name.replace("_", "-")
            raise InvalidSettings(f"The key file {path} is damaged: it must have {length} bytes.")
        return key


def _bytes(variable: str, text: str, length: int) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        # `from None`: the error quotes the value.
        raise InvalidSettings(f"The environment variable {variable} is not valid: not hex digits.") from None
    if len(value) != length:
        raise InvalidSettings(f"The environment variable {variable} is not valid: not {length * 2} digits.")
    return value
