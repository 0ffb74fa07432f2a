"""What the caller of this feature is told is wrong. None repeats what was sent."""

from typing import Any

from common.http import FieldError, Problem
from common.http.translations import status_titles

NO_STORE = {"Cache-Control": "no-store"}


def problem(
    kind: str,
    status: int,
    zh: str,
    en: str,
    *,
    field: str | None = None,
    headers: dict[str, str] | None = None,
    extra: dict[str, Any] | None = None,
) -> Problem:
    title_zh, title_en = status_titles(status)
    return Problem(
        type=kind,
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=zh,
        detail_en=en,
        field=field,
        errors=[] if field is None else [FieldError(field=field, zh=zh, en=en)],
        headers=NO_STORE | (headers or {}),
        extra=extra,
    )


def key_problem(*, missing: bool) -> Problem:
    """The receipt is derived from this key: it must be one nobody can guess."""
    return problem(
        "idempotency-key-missing" if missing else "idempotency-key-invalid",
        400,
        "请在 Idempotency-Key 头中给出随机生成的128位密钥（32位十六进制或UUID），并妥善保管：同一密钥可重新取得回执。",
        "Send 128 random bits in Idempotency-Key (32 hex digits or a UUID) and keep them: they show the receipt again.",
        field="Idempotency-Key",
    )


def key_reused() -> Problem:
    return problem(
        "idempotency-key-reused",
        422,
        "该密钥已用于另一份内容不同的投诉；新投诉请使用新的密钥。",
        "This key belongs to a complaint of other content; use a new key for a new complaint.",
        field="Idempotency-Key",
    )


def receipt_taken() -> Problem:
    return problem(
        "receipt-taken",
        409,
        "由该密钥生成的回执号已被占用，请更换密钥后重新提交。",
        "The receipt derived from this key is taken; file again with a new key.",
        field="Idempotency-Key",
    )


def not_assessed() -> Problem:
    """RR19; PIPL 55: before, not after."""
    return problem(
        "impact-assessment-missing",
        503,
        "本渠道尚未登记准予开通的个人信息保护影响评估（个人信息保护法第五十五条），暂不能提交；请直接联系注册地律师协会。",
        "No impact assessment that permits this channel is on record (PIPL 55); turn to your association directly.",
    )


def receipt_unknown() -> Problem:
    return problem(
        "receipt-unknown",
        404,
        "回执号不正确。",
        "This is no receipt of ours.",
        field="receipt",
    )


def session_invalid() -> Problem:
    return problem(
        "receipt-session-invalid",
        401,
        "查询会话无效或已过期，请重新输入回执号。",
        "The session is not valid, or no longer; enter the receipt again.",
        field="Receipt-Session",
    )


def no_case_yet() -> Problem:
    return problem(
        "no-case-yet",
        409,
        "该回执对应会见被拒的计时，尚未成为案件；请查询 /v1/receipts/meeting。",
        "This receipt is of a watch over a refused meeting, no case yet: see /v1/receipts/meeting.",
    )
