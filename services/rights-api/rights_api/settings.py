"""Settings of the rights channel: what every service has, and the keys that protect complainants."""

from typing import ClassVar

from common.keys import deployment_key
from common.secrecy.keys import KEK_BYTES, RECEIPT_KEY_BYTES, ReceiptKeys
from common.secrecy.sealing import KeyVault
from common.settings import Settings
from pydantic import Field, SecretStr

_PURPOSE = "protects complainants"
_RATE = r"^(off|[1-9]\d*/(second|minute|hour))$"


class RightsSettings(Settings):
    service: ClassVar[str] = "rights"

    rights_kek: SecretStr | None = Field(
        default=None, description="SM4 key that wraps the cases' data keys, 32 hex digits; a file in development."
    )
    rights_receipt_key: SecretStr | None = Field(
        default=None, description="Root of the receipts' keys, 64 hex digits, never rotated; a file in development."
    )
    receipt_rate_limit: str = Field(
        default="20/minute", pattern=_RATE, description="Receipts tried per client address, per process; or `off`."
    )
    filing_rate_limit: str = Field(
        default="600/minute", pattern=_RATE, description="Filings per client address, per process; or `off`."
    )

    def vault(self) -> KeyVault:
        return KeyVault(deployment_key(self, "rights_kek", KEK_BYTES, _PURPOSE))

    def receipt_keys(self) -> ReceiptKeys:
        return ReceiptKeys(deployment_key(self, "rights_receipt_key", RECEIPT_KEY_BYTES, _PURPOSE))
