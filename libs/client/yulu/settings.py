from pathlib import Path
from typing import Any, ClassVar

import orjson
from common.settings import DEVELOPMENT_ISSUER, InvalidSettings, Settings
from pydantic import Field, SecretStr, model_validator

SERVICES = ("registry", "discipline", "rights", "progress", "exchange")
"""Each with a feed. Complainants reach the rights channel elsewhere: RIGHTS_PUBLIC_URL."""


URLS_FILE = "urls.json"
"""Under DATA_DIR: addresses by the names of their variables."""


class ClientSettings(Settings):
    """Where the deployment is, as variables say or else `make run` of this DATA_DIR; and who calls: YULU_TOKEN, or
    CLIENT_ID and CLIENT_SECRET, or the development client.
    """

    service: ClassVar[str] = "yulu"

    yulu_token: SecretStr | None = Field(default=None, description="A bearer token to send as it is.")

    @model_validator(mode="before")
    @classmethod
    def _as_run_has_left_them(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Addresses that `make run` has left under DATA_DIR, but for those that are set; none in production."""
        path = Path(given.get("data_dir", cls.model_fields["data_dir"].default)) / URLS_FILE
        if given.get("environment") == "production" or not path.is_file():
            return given
        try:
            left = {name.lower(): url for name, url in orjson.loads(path.read_bytes()).items()}
        except (ValueError, AttributeError):
            raise InvalidSettings(f"{path} is not valid: JSON, addresses by the names of their variables.") from None
        return left | given

    def development_secret(self) -> str | None:
        """The secret of the development issuer's client `dev`, which `make run` leaves under DATA_DIR."""
        if self.environment == "production" or self.oidc_issuer != self._development_issuer():
            return None
        path = Path(self.data_dir) / "issuer" / "dev.secret"
        return path.read_text(encoding="ascii").strip() if path.exists() else None

    def _development_issuer(self) -> str:
        # Another port is still this machine; another host is somebody's real issuer.
        return self.oidc_issuer if self.oidc_issuer.startswith("http://127.0.0.1:") else DEVELOPMENT_ISSUER
