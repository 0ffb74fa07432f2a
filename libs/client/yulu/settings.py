from pathlib import Path
from typing import ClassVar

from common.settings import DEVELOPMENT_ISSUER, Settings
from pydantic import Field, SecretStr

SERVICES = ("registry", "discipline", "rights", "progress")


class ClientSettings(Settings):
    """Where the deployment is, and who calls: YULU_TOKEN, or CLIENT_ID and CLIENT_SECRET, or the development client."""

    service: ClassVar[str] = "yulu"

    yulu_token: SecretStr | None = Field(default=None, description="A bearer token to send as it is.")

    def development_secret(self) -> str | None:
        """The secret of the development issuer's client `dev`, which `make run` leaves under DATA_DIR."""
        if self.environment == "production" or self.oidc_issuer != self._development_issuer():
            return None
        path = Path(self.data_dir) / "issuer" / "dev.secret"
        return path.read_text(encoding="ascii").strip() if path.exists() else None

    def _development_issuer(self) -> str:
        # Another port is still this machine; another host is somebody's real issuer.
        return self.oidc_issuer if self.oidc_issuer.startswith("http://127.0.0.1:") else DEVELOPMENT_ISSUER
