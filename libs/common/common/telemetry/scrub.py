"""Removes what must not leave the process in a log line or an error text, wherever it got in."""

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "***"

_SECRET_KEY = re.compile(
    r"id_?card|id_?number|authorization|receipt|password|passwd|secret|token|cookie|credential", re.IGNORECASE
)

# A citizen's ID number carries a birth date, which keeps licence numbers and most credit codes out of this net.
_ID_CARD = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
# Libraries quote the values they choked on: SQLAlchemy its parameters, PostgreSQL the row, pydantic the input.
_QUOTED_VALUES = re.compile(
    r"\[parameters: .*|^\s*DETAIL:.*|Key \([^)]*\)=\(.*\)|Failing row contains .*"
    r"|input_value=.*?(?=, input_type=|\]|$)",
    re.MULTILINE,
)


def scrub(text: str) -> str:
    text = _ID_CARD.sub(REDACTED, text)
    text = _JWT.sub(REDACTED, text)
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    return _URL_PASSWORD.sub(rf"\1:{REDACTED}@", text)


def scrub_exception(text: str) -> str:
    return _QUOTED_VALUES.sub(REDACTED, scrub(text))


def scrub_value(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key):
        return REDACTED
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {str(k): scrub_value(str(k), v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [scrub_value("", item) for item in value]
    return value
