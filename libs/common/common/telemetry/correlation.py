"""The correlation id follows one cause through requests, logs, outbox rows and the reactions of other services."""

import os
import random
import re
from contextvars import ContextVar, Token

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{8,64}")
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> str | None:
    return _current.get()


_ids = random.Random(os.urandom(32))  # noqa: S311 -- no secret


def new_correlation_id(offered: str | None = None) -> str:
    """The caller's own id where it is harmless in logs and headers, else a fresh one."""
    if offered is not None and _ACCEPTABLE.fullmatch(offered):
        return offered
    # Unique, not secret: asking the system for each would cost a tenth of a hot read.
    return f"{_ids.getrandbits(128):032x}"


def bind_correlation_id(value: str | None) -> Token[str | None]:
    return _current.set(value)


def unbind_correlation_id(token: Token[str | None]) -> None:
    _current.reset(token)
