"""Settings of the public process: it seals to the office, and refuses to be given what would open that again."""

from pathlib import Path
from typing import ClassVar, Self

from common.keys import key_from_hex
from common.secrecy.boxes import PUBLIC_KEY_BYTES, BoxSealer
from common.settings import InvalidSettings
from pydantic import Field, SecretStr, model_validator

from rights_api.cases.proofs import FilingProofs
from rights_api.channel_settings import PUBLIC_KEY_FILE, ChannelSettings
from rights_api.keys.vault import CaseVault

_RATE = r"^(off|[1-9]\d*/(second|minute|hour))$"


class PublicSettings(ChannelSettings):
    service: ClassVar[str] = "rights_public"

    rights_office_public_key: str | None = Field(
        default=None,
        description="X25519 key that identity and facts are sealed to, 64 hex digits; a file in development.",
    )
    receipt_rate_limit: str = Field(
        default="20/minute", pattern=_RATE, description="Receipts tried per client address, per process; or `off`."
    )
    filing_rate_limit: str = Field(
        default="600/minute", pattern=_RATE, description="Filings per client address, per process; or `off`."
    )
    evaluation_rate_limit: str = Field(
        default="20/minute", pattern=_RATE, description="Answers to evaluations per client address; or `off`."
    )
    rights_office_key: SecretStr | None = Field(default=None, description="Refused: the office's process alone has it.")
    rights_keys_database_url: SecretStr | None = Field(
        default=None, description="Refused: the office's process alone has it."
    )

    @model_validator(mode="after")
    def _without_what_opens(self) -> Self:
        for name in ("rights_office_key", "rights_keys_database_url"):
            if getattr(self, name) is not None:
                raise ValueError(
                    f"{name.upper()} must not be given to the public process: it would open what is sealed"
                )
        if self.environment == "production" and self.database_url is not None:
            raise ValueError(
                "DATABASE_URL must not be given to the public process in production: it reaches every database of the"
                " server; set RIGHTS_DATABASE_URL"
            )
        return self

    @property
    def dsn(self) -> str:
        """The cases' database, which both processes share."""
        return self.dsn_of("rights")

    def vault(self) -> CaseVault:
        return CaseVault(self.kek(), BoxSealer(self._office_public_key()))

    def filing_proofs(self) -> FilingProofs:
        return FilingProofs(self.signer(), self.receipt_keys())

    def _office_public_key(self) -> bytes:
        if self.rights_office_public_key is not None:
            return key_from_hex("RIGHTS_OFFICE_PUBLIC_KEY", self.rights_office_public_key, PUBLIC_KEY_BYTES)
        if self.environment == "production":
            raise InvalidSettings(
                "Set RIGHTS_OFFICE_PUBLIC_KEY (64 hex digits): `python -m rights_api office-public-key` prints it."
            )
        path = Path(self.data_dir) / "secrets" / PUBLIC_KEY_FILE
        if not path.exists():
            raise InvalidSettings(f"{path} is missing: run `python -m rights_api migrate` first, which makes it.")
        return key_from_hex(str(path), path.read_text(encoding="ascii").strip(), PUBLIC_KEY_BYTES)
