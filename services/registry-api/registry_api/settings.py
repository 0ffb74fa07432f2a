"""Settings of the registry: what every service has, and the key of the ID numbers."""

from typing import ClassVar

from common.development_key import development_key
from common.settings import InvalidSettings, Settings
from pydantic import Field, SecretStr

from registry_api.register.sealing import KEY_BYTES, Sealer

SOURCE = "/registry"
"""Of the CloudEvents written here."""


class RegistrySettings(Settings):
    service: ClassVar[str] = "registry"

    registry_id_key: SecretStr | None = Field(
        default=None, description="SM4 key of ID numbers at rest, 32 hex digits; a file under DATA_DIR in development."
    )
    consumer_group: str = "registry-reactions"
    consumer_instance: str | None = Field(
        default=None, description="Stable and unique per process; default: the host's name."
    )

    def sealer(self) -> Sealer:
        if self.registry_id_key is None:
            if self.environment == "production":
                raise InvalidSettings("Set REGISTRY_ID_KEY (32 hex digits): it encrypts ID numbers at rest.")
            return Sealer(development_key(self.data_dir, "registry-id-key", KEY_BYTES))
        try:
            key = bytes.fromhex(self.registry_id_key.get_secret_value())
        except ValueError as error:
            raise InvalidSettings("The environment variable REGISTRY_ID_KEY is not valid: not hex digits.") from error
        if len(key) != KEY_BYTES:
            raise InvalidSettings(f"The environment variable REGISTRY_ID_KEY is not valid: not {KEY_BYTES * 2} digits.")
        return Sealer(key)
