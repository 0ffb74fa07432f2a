"""Settings of the office's process: the keys that protect complainants, and what opens who they are."""

import os
from datetime import date
from pathlib import Path
from typing import ClassVar

from common.database import Database
from common.keys import deployment_key
from common.secrecy.boxes import PRIVATE_KEY_BYTES, BoxOpener, BoxSealer
from common.settings import InvalidSettings
from pydantic import Field, SecretStr

from rights_api.channel_settings import PUBLIC_KEY_FILE, PURPOSE, ChannelSettings
from rights_api.keys.vault import CaseVault, Office


class RightsSettings(ChannelSettings):
    service: ClassVar[str] = "rights"

    timer_seconds: float = Field(
        default=60, gt=0, description="Pause between looks for what is due or over; reads obey both at once."
    )
    rights_rosters_from: date | None = Field(
        default=None,
        description="From this day on every association and justice organ must have somebody on duty each day; "
        "default: each from the first day of its own roster.",
    )
    rights_office_key: SecretStr | None = Field(
        default=None,
        description="X25519 key that opens identity and facts, 64 hex digits; a file in development. "
        "`python -m rights_api office-public-key` prints what the public process gets.",
    )
    rights_keys_database_url: str | None = Field(
        default=None,
        repr=False,
        description="Database of the keys of identity and facts; default, save in production: `rights_keys` on "
        "DATABASE_URL.",
    )

    rights_attachment_seconds: float = Field(
        default=5, gt=0, description="Pause between looks for files to be scanned and copied."
    )
    rights_clamd: str | None = Field(
        default=None,
        pattern=r"^(/.+|.+:\d{1,5})$",
        description="ClamAV's daemon, `host:port` or the path of its socket; without it files stay unscanned. Its "
        "StreamMaxLength must be 52 MB or more.",
    )
    rights_unscanned_release: bool = Field(
        default=False, description="Whether an officer may decide to open a file that no scanner has seen."
    )

    @property
    def keys_dsn(self) -> str:
        if self.environment == "production" and self.rights_keys_database_url is None:
            raise InvalidSettings("Set RIGHTS_KEYS_DATABASE_URL: keys lie apart from what they open.")
        return self.dsn_of("rights_keys")

    def vault(self) -> CaseVault:
        """Close it: it has connections to the database of keys."""
        kek, opener = self.kek(), self.opener()
        keys = Database(self.keys_dsn, source="/rights-keys", pool_size=min(self.database_pool_size, 4))
        return CaseVault(kek, BoxSealer(opener.public), Office(opener, keys))

    def opener(self) -> BoxOpener:
        return BoxOpener(deployment_key(self, "rights_office_key", PRIVATE_KEY_BYTES, PURPOSE))

    def publish_office_key(self) -> None:
        """In development the public process finds the public key in a file; in production it is told."""
        if self.environment == "production":
            return
        public = self.opener().public.hex()
        path = Path(self.data_dir) / "secrets" / PUBLIC_KEY_FILE
        if path.exists() and path.read_text(encoding="ascii") == public:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(public, encoding="ascii")
        fresh.replace(path)
