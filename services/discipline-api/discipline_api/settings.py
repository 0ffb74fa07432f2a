"""Settings of discipline: what every service has, its keys, and how often it looks at the time."""

from datetime import date, time
from typing import ClassVar, Literal

from common.keys import deployment_key
from common.secrecy.keys import KEK_BYTES, RECEIPT_KEY_BYTES, ReceiptKeys
from common.secrecy.sealing import KeyVault
from common.settings import Settings
from common.signing import KEY_BYTES, Signer, retired_keys
from pydantic import Field, SecretStr

_RATE = r"^(off|[1-9]\d*/(second|minute|hour))$"


class DisciplineSettings(Settings):
    service: ClassVar[str] = "discipline"

    timer_seconds: float = Field(
        default=60, gt=0, description="Pause between looks for what is due or over; reads obey both at once."
    )
    discipline_check_at: time | Literal["off"] = Field(
        default=time(3, 30), description="When page, list, file and stream are compared each day, in China; or off."
    )
    discipline_cases_from: date | None = Field(
        default=None,
        description="Decisions of cases filed on this day or later come from a case handled here and are not recorded "
        "by hand; default: any may be, as before the first case.",
    )
    discipline_kek: SecretStr | None = Field(
        default=None, description="SM4 key that wraps the files' data keys, 32 hex digits; a file in development."
    )
    discipline_receipt_key: SecretStr | None = Field(
        default=None, description="Root of the receipts' keys, 64 hex digits, never rotated; a file in development."
    )
    discipline_signing_key: SecretStr | None = Field(
        default=None, description="Ed25519 key of tree heads and query results, 64 hex digits; a file in development."
    )
    discipline_retired_signing_keys: str = Field(
        default="", description="Public keys (64 hex digits, comma between) that signed before and stay published."
    )
    discipline_public_url: str | None = Field(
        default=None,
        description="Where the public reaches this service, as named in what it signs; default: DISCIPLINE_URL.",
    )

    receipt_rate_limit: str = Field(
        default="20/minute", pattern=_RATE, description="Receipts tried per client address, per process; or `off`."
    )
    filing_rate_limit: str = Field(
        default="600/minute", pattern=_RATE, description="Filings per client address, per process; or `off`."
    )

    result_rate_limit: str = Field(
        default="120/minute",
        pattern=_RATE,
        description="Query results made or checked per client address, per process; or `off`.",
    )

    discipline_consumer_group: str = "discipline-reactions"
    consumer_instance: str | None = Field(
        default=None, description="Stable and unique per process; default: the host's name."
    )

    @property
    def check_at(self) -> time | None:
        return None if self.discipline_check_at == "off" else self.discipline_check_at

    @property
    def public_url(self) -> str:
        return (self.discipline_public_url or self.discipline_url).rstrip("/")

    def vault(self) -> KeyVault:
        return KeyVault(deployment_key(self, "discipline_kek", KEK_BYTES, "seals files"))

    def receipt_keys(self) -> ReceiptKeys:
        return ReceiptKeys(deployment_key(self, "discipline_receipt_key", RECEIPT_KEY_BYTES, "protects complainants"))

    def signer(self) -> Signer:
        key = deployment_key(self, "discipline_signing_key", KEY_BYTES, "signs tree heads and query results")
        return Signer(key, retired_keys("DISCIPLINE_RETIRED_SIGNING_KEYS", self.discipline_retired_signing_keys))
