"""The correlation id follows one cause through requests, logs, outbox rows and the reactions of other services."""

import os
import re
from contextvars import ContextVar, Token

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{8,64}")
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> str | None:
    return _current.get()


def new_correlation_id(offered: str | None = None) -> str:
    """The caller's own id where it is harmless in logs and headers, else a fresh one."""
    if offered is not None and _ACCEPTABLE.fullmatch(offered):
        return offered
    return os.urandom(16).hex()  # a quarter of uuid4's cost, on every request


def bind_correlation_id(value: str | None) -> Token[str | None]:
    return _current.set(value)


def unbind_correlation_id(token: Token[str | None]) -> None:
    _current.reset(token)
