"""Answers as they are sent, plain or signed. A signed one is what the register showed at `iat`: not a certificate."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from common.signing import Signer
from contracts import legal_day
from contracts.working_days import local_date

from registry_api.verification.domain import MEANINGS, STATUS_MEANINGS, Answer, Question, Result, Status

SIGNED_TYPE = "verification+jws"
NOT_A_CERTIFICATE = (
    "登记信息核验结果，不是证明；仅反映签发时刻的登记信息。",
    "The result of a check against the register, not a certificate; it shows what the register held when it was made.",
)


def plain(question: Question, result: Result) -> dict[str, Any]:
    """Codes alone; what they mean stands once beside them."""
    answer: dict[str, Any] = {"answer": result.answer.value, "as_of": question.as_of}
    if question.reference is not None:
        answer["reference"] = question.reference
    if result.status is not None:
        answer["status"] = result.status.value
        answer["number_is_former"] = result.number_is_former
    return answer


def meanings(answers: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    used = {answer.get(key) for answer in answers for key in ("answer", "status")}
    known: list[tuple[Answer | Status, tuple[str, str]]] = [*MEANINGS.items(), *STATUS_MEANINGS.items()]
    return {code.value: {"zh": zh, "en": en} for code, (zh, en) in known if code.value in used}


def signed(
    signer: Signer, *, issuer: str, asked: bytes, answer: Mapping[str, Any], now: datetime, position: int | None
) -> str:
    """The question is bound by its digests and not repeated: what was asked about whom stays with who asked."""
    return signer.jws(
        {
            "iss": issuer,
            "iat": int(now.timestamp()),
            "kind_zh": NOT_A_CERTIFICATE[0],
            "kind_en": NOT_A_CERTIFICATE[1],
            "question_digest": {
                "sm3": hashlib.new("sm3", asked).hexdigest(),
                "sha-256": hashlib.sha256(asked).hexdigest(),
            },
            "answer": answer,
            # No later than this a suspension or an end may begin; what is recorded before is not announced either.
            "valid_until": legal_day.end_of(local_date(now)),
            **({} if position is None else {"position": position}),
        },
        SIGNED_TYPE,
    )
