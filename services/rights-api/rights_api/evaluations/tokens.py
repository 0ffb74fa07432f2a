"""One-time codes of invitations: 100 bits, shown to who invites, stored as digests only.

A code is derived from the evaluation under a key of the server, so that a repetition after a crash shows it again.
"""

from uuid import UUID

from common.secrecy.keys import ReceiptKeys, hmac_sm3
from contracts.evaluations import EvaluationSide

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 20
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class InvitationCodes:
    def __init__(self, keys: ReceiptKeys) -> None:
        self._codes = hmac_sm3(keys.receipt, b"codes of evaluations")
        self._digests = hmac_sm3(keys.pepper, b"codes of evaluations")
        self._answers = hmac_sm3(keys.request, b"answers to evaluations")

    def derive(self, evaluation_id: UUID, side: EvaluationSide, ordinal: int) -> str:
        mac = hmac_sm3(self._codes, evaluation_id.bytes, side.value.encode(), ordinal.to_bytes(4, "big"))
        number = int.from_bytes(mac, "big")
        code = "".join(_ALPHABET[(number >> 5 * place) % 32] for place in range(_LENGTH))
        return "-".join(code[i : i + 4] for i in range(0, _LENGTH, 4))

    def digest(self, code: str) -> bytes:
        """However it was typed."""
        return hmac_sm3(self._digests, code.upper().translate(_MISREAD).encode())

    def answer_digest(self, code: str, answer: bytes) -> bytes:
        """Bound to the code, so that not even the server's keys let a guess about an answer be tested."""
        return hmac_sm3(self._answers, code.upper().translate(_MISREAD).encode(), answer)
