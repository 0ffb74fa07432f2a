"""What both processes of the rights channel are given."""

from common.keys import deployment_key
from common.secrecy.keys import KEK_BYTES, RECEIPT_KEY_BYTES, ReceiptKeys
from common.settings import Settings
from common.signing import KEY_BYTES, Signer, retired_keys
from pydantic import Field, SecretStr

PURPOSE = "protects complainants"
PUBLIC_KEY_FILE = "rights-office-public-key"
"""Under DATA_DIR/secrets, in development: the office writes it beside its own key, which nobody else reads."""


class ChannelSettings(Settings):
    rights_kek: SecretStr | None = Field(
        default=None, description="SM4 key that wraps the cases' data keys, 32 hex digits; a file in development."
    )
    rights_receipt_key: SecretStr | None = Field(
        default=None, description="Root of the receipts' keys, 64 hex digits, never rotated; a file in development."
    )

    rights_signing_key: SecretStr | None = Field(
        default=None,
        description="Ed25519 key of proofs of filing and of hourly heads, 64 hex digits; a file in development.",
    )
    rights_retired_signing_keys: str = Field(
        default="", description="Public keys (64 hex digits, comma between) that signed before and still count."
    )

    def kek(self) -> bytes:
        return deployment_key(self, "rights_kek", KEK_BYTES, PURPOSE)

    def receipt_keys(self) -> ReceiptKeys:
        return ReceiptKeys(deployment_key(self, "rights_receipt_key", RECEIPT_KEY_BYTES, PURPOSE))

    def signer(self) -> Signer:
        key = deployment_key(self, "rights_signing_key", KEY_BYTES, "signs proofs of filing and hourly heads")
        return Signer(key, retired_keys("RIGHTS_RETIRED_SIGNING_KEYS", self.rights_retired_signing_keys))
