"""Database errors that are no fault of ours: it is away, a race was lost (503), it cannot hold the text (422)."""

import asyncpg
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.requests import Request
from starlette.responses import Response

from common.database import sqlstate, unaware
from common.http.problems import Problem
from common.http.translations import status_titles
from common.telemetry import get_logger

_log = get_logger(__name__)

# serialization failure, deadlock, lock timeout
_LOST_RACE = frozenset({"40001", "40P01", "55P03"})
# 08: connection; 57P: shutdown, crash, starting up; 53: disk full, too many connections; 25006: no primary any more
_AWAY = ("08", "57P", "53", "25006")
# statement timeout
_TOO_SLOW = "57014"
# U+0000 and lone surrogates pass JSON and pydantic, but are no text to PostgreSQL
_NO_TEXT = frozenset({"22021", "22P05"})
_HANDLED = (
    DBAPIError, PoolTimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
    ConnectionError, TimeoutError,
)  # fmt: skip


def install_database_error_handlers(app: FastAPI) -> None:
    for kind in _HANDLED:
        app.add_exception_handler(kind, _on_database_error)


async def _on_database_error(request: Request, exc: Exception) -> Response:
    problem = database_problem(exc)
    if problem is None:
        raise exc
    if sqlstate(exc) in _NO_TEXT:
        problem.field = "query" if request.method in ("GET", "HEAD") else "body"
    _log.warning("database_error", problem=problem.type, error=type(exc).__name__, sqlstate=sqlstate(exc))
    return problem.response()


def database_problem(exc: Exception) -> Problem | None:
    """None where the error is a fault of ours."""
    state = sqlstate(exc) or ""
    if state in _LOST_RACE:
        return _try_again("请求与另一请求冲突，未产生任何效果。", "It met another request and changed nothing.")
    if state == _TOO_SLOW:
        return _try_again("数据库答复过慢。", "The database took too long.")
    if state in _NO_TEXT:
        title_zh, title_en = status_titles(422)
        return Problem(
            type="text-not-storable",
            status=422,
            title_zh=title_zh,
            title_en=title_en,
            detail_zh="文本含有无法保存的字符（如 U+0000）。",
            detail_en="The text holds a character that cannot be stored, such as U+0000.",
        )
    lost = isinstance(exc, DBAPIError) and exc.connection_invalidated
    lost = lost or unaware(exc) or isinstance(exc, asyncpg.InterfaceError)
    if lost or state.startswith(_AWAY) or isinstance(exc, (PoolTimeoutError, ConnectionError, TimeoutError)):
        return _try_again("数据库暂不可用。", "The database is away.")
    return None


def _try_again(zh: str, en: str) -> Problem:
    # Whether a commit got through before the connection broke nobody knows; the key makes repeating safe either way.
    title_zh, title_en = status_titles(503)
    return Problem(
        type="try-again",
        status=503,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"{zh}请稍后重试；写入请使用同一 Idempotency-Key。",
        detail_en=f"{en} Try again; repeat a write with the same Idempotency-Key.",
        headers={"Retry-After": "1"},
    )
