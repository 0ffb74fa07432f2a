"""What somebody who files or follows is told is wrong. None repeats what was sent."""

from common.http import FieldError, Problem
from common.http.translations import status_titles

NO_STORE = {"Cache-Control": "no-store"}


def _problem(
    kind: str, status: int, zh: str, en: str, *, field: str | None = None, after: int | None = None
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
        headers=NO_STORE if after is None else NO_STORE | {"Retry-After": str(after)},
    )


def key_problem(*, missing: bool) -> Problem:
    """The receipt is derived from this key: it must be one nobody can guess."""
    return _problem(
        "idempotency-key-missing" if missing else "idempotency-key-invalid",
        400,
        "请在 Idempotency-Key 头中给出随机生成的128位密钥（32位十六进制或UUID），并妥善保管：同一密钥可重新取得回执。",
        "Send 128 random bits in Idempotency-Key (32 hex digits or a UUID) and keep them: they show the receipt again.",
        field="Idempotency-Key",
    )


def key_reused() -> Problem:
    return _problem(
        "idempotency-key-reused",
        422,
        "该密钥已用于另一份内容不同的提交；新的提交请使用新的密钥。",
        "This key belongs to something else that was sent; use a new key for something new.",
        field="Idempotency-Key",
    )


def receipt_taken() -> Problem:
    return _problem(
        "receipt-taken",
        409,
        "由该密钥生成的回执号已被占用，请更换密钥后重新提交。",
        "The receipt derived from this key is taken; file again with a new key.",
        field="Idempotency-Key",
    )


def receipt_unknown() -> Problem:
    return _problem("receipt-unknown", 404, "回执号不正确。", "This is no receipt of ours.", field="receipt")


def session_invalid() -> Problem:
    return _problem(
        "receipt-session-invalid",
        401,
        "查询会话无效或已过期，请重新输入回执号。",
        "The session is not valid, or no longer; enter the receipt again.",
        field="Receipt-Session",
    )


def queue_full() -> Problem:
    return _problem(
        "busy",
        503,
        "当前提交较多，请稍后以同一密钥重试，不会重复立案。",
        "Busy just now; try again with the same key, no second case comes of it.",
        after=2,
    )
