"""The secrets of the deployment: a key-encryption key, and a receipt key from which every other one is derived."""

from cryptography.hazmat.primitives import hashes, hmac

KEK_BYTES = 16
"""SM4."""
RECEIPT_KEY_BYTES = 32


def hmac_sm3(key: bytes, *parts: bytes) -> bytes:
    """Each part is preceded by its length, so that no two lists of parts give the same input."""
    mac = hmac.HMAC(key, hashes.SM3())
    for part in parts:
        mac.update(len(part).to_bytes(8, "big"))
        mac.update(part)
    return mac.finalize()


class ReceiptKeys:
    """One key per purpose. Changing the receipt key closes every case to its complainant: it is never rotated."""

    def __init__(self, root: bytes) -> None:
        if len(root) != RECEIPT_KEY_BYTES:
            raise ValueError(f"the receipt key has {RECEIPT_KEY_BYTES} bytes")
        self.receipt = hmac_sm3(root, b"receipt")
        self.idempotency = hmac_sm3(root, b"idempotency key")
        self.request = hmac_sm3(root, b"request body")
        self.pepper = hmac_sm3(root, b"receipt pepper")
        self.salt = hmac_sm3(root, b"argon2 salt")[:16]
        self.session = hmac_sm3(root, b"receipt session")
        self.officers = hmac_sm3(root, b"officers' idempotency keys")
        self.proof = hmac_sm3(root, b"filing proof")
        """Of the salts in proofs of filing."""
        self.likeness = hmac_sm3(root, b"likeness of persons")
        """Of names, for finding that two filings are about, or by, the same one."""
