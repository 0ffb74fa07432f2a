"""Reads questions without a model per item: ten thousand of them come in one call, and each fault names its place."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from common.http import FieldError, Problem
from common.http.translations import status_titles
from contracts.identifiers import CreditCode, InvalidIdentifier

from registry_api.verification.domain import Question, plain_number

MOST_QUESTIONS = 10_000
_LONGEST = {"licence_number": 64, "name": 100, "firm_name": 200, "credit_code": 64, "reference": 100}
_REQUIRED = ("licence_number", "name")
_FIELDS = frozenset(_LONGEST) | {"as_of"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EARLIEST = date(1979, 1, 1)

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": list(_REQUIRED),
    "additionalProperties": False,
    "properties": {
        "licence_number": {"type": "string", "maxLength": 64, "description": "17位；曾用证号亦可 / former ones too."},
        "name": {"type": "string", "maxLength": 100, "description": "律师姓名 / of the lawyer."},
        "firm_name": {"type": "string", "maxLength": 200, "description": "该日所在律所现名 / its present name."},
        "credit_code": {"type": "string", "maxLength": 64, "description": "该日所在律所 / of the firm on that day."},
        "as_of": {"type": "string", "format": "date", "description": "默认今日，不晚于今日 / today by default."},
        "reference": {"type": "string", "maxLength": 100, "description": "原样返回 / returned unchanged."},
    },
}


class AtFault(Exception):
    """What is wrong with one question."""

    def __init__(self, code: str, field: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code, self.field, self.zh, self.en = code, field, zh, en

    @classmethod
    def because(cls, error: InvalidIdentifier, field: str) -> "AtFault":
        return cls(error.reason_code, field, error.zh, error.en)

    def problem(self, at: str = "") -> Problem:
        field = f"{at}.{self.field}" if at and self.field else at or self.field or "body"
        title_zh, title_en = status_titles(422)
        return Problem(
            type=self.code,
            status=422,
            title_zh=title_zh,
            title_en=title_en,
            detail_zh=f"{field}：{self.zh}。",
            detail_en=f"{field}: {self.en}.",
            field=field,
            errors=[FieldError(field=field, zh=self.zh, en=self.en)],
        )


def read_question(item: object, today: date) -> Question:
    """Raises AtFault."""
    if not isinstance(item, dict):
        raise AtFault("validation-failed", "", "应为对象", "must be an object")
    if unknown := item.keys() - _FIELDS:
        raise AtFault("validation-failed", min(unknown)[:80], "没有这个字段", "is not a field here")
    texts = {name: _text(item, name, longest) for name, longest in _LONGEST.items()}
    for name in _REQUIRED:
        if not texts[name]:
            raise AtFault("validation-failed", name, "必须填写", "is required")
    return Question(
        number=plain_number(texts["licence_number"] or ""),
        name=texts["name"] or "",
        as_of=_day(item.get("as_of"), today),
        firm_name=texts["firm_name"] or None,
        credit_code=_credit_code(texts["credit_code"]),
        reference=texts["reference"],
    )


def read_batch(body: object) -> list[Any]:
    """Raises AtFault where the body as a whole is none."""
    if not isinstance(body, dict) or not isinstance(items := body.get("items"), list):
        raise AtFault("validation-failed", "items", "应为数组", "must be a list")
    if unknown := body.keys() - {"items"}:
        raise AtFault("validation-failed", min(unknown)[:80], "没有这个字段", "is not a field here")
    if not items:
        raise AtFault("validation-failed", "items", "不能为空", "must not be empty")
    if len(items) > MOST_QUESTIONS:
        raise AtFault(
            "batch-too-large",
            "items",
            f"每次最多核验 {MOST_QUESTIONS} 条，收到 {len(items)} 条，请分批",
            f"a call takes at most {MOST_QUESTIONS} questions, {len(items)} were given; send them in parts",
        )
    return items


def reference_of(item: object) -> str | None:
    """Of a question at fault, so that its sender finds it again."""
    given = item.get("reference") if isinstance(item, dict) else None
    if not isinstance(given, str) or len(given) > _LONGEST["reference"] or not _storable(given):
        return None
    return given


def _text(item: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = item.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise AtFault("validation-failed", name, "应为文字", "must be text")
    if len(value) > longest:
        raise AtFault("validation-failed", name, f"最多{longest}个字符", f"has at most {longest} characters")
    if not _storable(value):
        raise AtFault("validation-failed", name, "含有无效字符", "holds characters that are not valid")
    return value if name == "reference" else value.strip()


def _storable(text: str) -> bool:
    """PostgreSQL takes no NUL, and half of a surrogate pair is no character."""
    if text.isprintable():
        return True
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _day(value: object, today: date) -> date:
    if value is None:
        return today
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise AtFault("validation-failed", "as_of", "应为日期，如 2026-03-01", "must be a date such as 2026-03-01")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise AtFault("validation-failed", "as_of", "没有这一天", "is no day of the calendar") from None
    if not _EARLIEST <= day <= today:
        raise AtFault(
            "as-of-out-of-range",
            "as_of",
            f"应在{_EARLIEST.isoformat()}至今日（{today.isoformat()}）之间",
            f"lies between {_EARLIEST.isoformat()} and today ({today.isoformat()})",
        )
    return day


def _credit_code(text: str | None) -> str | None:
    if not text:
        return None
    try:
        # One genuine code fails its check digit; a mistyped one simply does not match.
        return str(CreditCode.parse(text, allow_wrong_check_digit=True))
    except InvalidIdentifier as error:
        raise AtFault.because(error, "credit_code") from error
