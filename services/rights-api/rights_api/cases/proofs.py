"""A filing's proof: the complainant can show later that and when he complained, and what; it names nobody.

Signed is a commitment alone: SM3(salt ‖ time of filing ‖ SM3(what he sent)). Only he has the salt and his text; who
holds the commitment, the database included, can test no guess against it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import orjson
from common.feed import sm3
from common.secrecy.keys import ReceiptKeys, hmac_sm3
from common.signing import Signer
from pydantic import BaseModel

PROOF_TYPE = "yulu-filing-proof"
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class FilingProof:
    """`salt` is derived from the complainant's key, so that a repetition gives the same proof."""

    time: str
    salt: bytes
    commitment: bytes
    signature: str


class FilingProofView(BaseModel):
    """Kept by the complainant with the text he sent: it proves that and when he filed, and names nobody."""

    time: str
    salt: str
    commitment: str
    signature: str

    @classmethod
    def of(cls, proof: FilingProof) -> Self:
        return cls(time=proof.time, salt=proof.salt.hex(), commitment=proof.commitment.hex(), signature=proof.signature)


class FilingProofs:
    def __init__(self, signer: Signer, keys: ReceiptKeys) -> None:
        self.signer, self._key = signer, keys.proof

    def commitment(self, client_key: bytes, at: datetime, sent: bytes) -> bytes:
        return sm3(self._salt(client_key) + _canonical_time(at).encode() + sm3(canonical_json(sent)))

    def proof(self, client_key: bytes, at: datetime, commitment: bytes) -> FilingProof:
        """Of what was committed to at filing. Ed25519 signs the same with the same."""
        signature = self.signer.jws({"commitment": commitment.hex(), "digest": "SM3"}, PROOF_TYPE)
        return FilingProof(_canonical_time(at), self._salt(client_key), commitment, signature)

    def is_ours(self, commitment: str, signature: str) -> bool:
        """Whether we signed this commitment at a filing. Nothing is looked up: it tells of no case."""
        payload = self.signer.verified(signature, PROOF_TYPE)
        return payload is not None and payload.get("commitment") == commitment

    def _salt(self, client_key: bytes) -> bytes:
        return hmac_sm3(self._key, client_key)


def canonical_json(sent: bytes) -> bytes:
    """Members in order of their names, no spaces, UTF-8: any JSON library makes it from the same content."""
    return orjson.dumps(orjson.loads(sent), option=orjson.OPT_SORT_KEYS)


def _canonical_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_TIME)
