"""Settings of the rights channel: what every service has, and the keys that protect complainants."""

from pathlib import Path
from typing import ClassVar

from common.development_key import development_key
from common.settings import InvalidSettings, Settings
from pydantic import Field, SecretStr

from rights_api.secrecy.keys import KEK_BYTES, RECEIPT_KEY_BYTES, ReceiptKeys
from rights_api.secrecy.sealing import KeyVault

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
        return KeyVault(self._key("rights_kek", KEK_BYTES))

    def receipt_keys(self) -> ReceiptKeys:
        return ReceiptKeys(self._key("rights_receipt_key", RECEIPT_KEY_BYTES))

    def _key(self, name: str, length: int) -> bytes:
        given: SecretStr | None = getattr(self, name)
        variable = name.upper()
        if given is None:
            if self.environment == "production":
                raise InvalidSettings(f"Set {variable} ({length * 2} hex digits): it protects complainants.")
            key = development_key(self.data_dir, name.replace("_", "-"), length)
            if len(key) != length:
                path = Path(self.data_dir) / "secrets" / name.replace("_", "-")
                raise InvalidSettings(f"The key file {path} is damaged: it must have {length} bytes.")
            return key
        try:
            key = bytes.fromhex(given.get_secret_value())
        except ValueError:
            # `from None`: the error quotes the value.
            raise InvalidSettings(f"The environment variable {variable} is not valid: not hex digits.") from None
        if len(key) != length:
            raise InvalidSettings(f"The environment variable {variable} is not valid: not {length * 2} digits.")
        return key
