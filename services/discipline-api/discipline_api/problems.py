"""How refusals of discipline reach the caller, and those that concern rights the audit log."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from common.auth import TokenInvalid, caller
from common.clock import now_of
from common.files.problems import install_unfit_handler
from common.http import FieldError, Problem, not_found
from common.http.context import route_template
from common.http.problems import MEDIA_TYPE
from common.http.translations import status_titles
from common.secrecy.receipts import QueueFull
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from discipline_api.audit.attempts import Attempt, Attempts
from discipline_api.display.store import NoLongerShown
from discipline_api.files.store import FileDamaged
from discipline_api.receipts.problems import queue_full
from discipline_api.refusals import BeyondAuthority, NotCompetent, NotFound, Refused, TermOver

Handler = Callable[[Request, Any], Response | Awaitable[Response]]


def refused_problem(error: Refused) -> Problem:
    status = 403 if isinstance(error, NotCompetent) else 409 if error.conflict else 422
    title_zh, title_en = status_titles(status)
    return Problem(
        type=error.code,
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=error.zh,
        detail_en=error.en,
        field=error.field,
        errors=[] if error.field is None else [FieldError(field=error.field, zh=error.zh, en=error.en)],
        headers={"Cache-Control": "no-store"},
        extra=error.extra | ({} if error.case_id is None else {"case_id": str(error.case_id)}),
    )


def term_over_problem(error: TermOver) -> Problem:
    title_zh, title_en = status_titles(410)
    return Problem(
        type="record-term-over",
        status=410,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"该记录自{error.since.isoformat()}起不再提供。",
        detail_en=f"This record is not given out since {error.since.isoformat()}.",
        extra={"gone_since": error.since.isoformat(), "rule": error.rule_id},
    )


def damaged_problem(error: FileDamaged) -> Problem:
    title_zh, title_en = status_titles(500)
    return Problem(
        type="file-damaged",
        status=500,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="封存的文件已损坏或被改动，未予显示；请联系运维并保留现场。",
        detail_en="The sealed file is damaged or has been changed and is not shown; tell the operators.",
        extra={"file_id": str(error.file_id)},
    )


def install_handlers(app: FastAPI) -> None:
    async def on_refused(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, Refused)  # noqa: S101 -- narrows the type Starlette's signature lost
        return refused_problem(exc).response()

    async def on_missing(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, NotFound)  # noqa: S101 -- as above
        response = not_found(exc.zh, exc.en).response()
        response.headers["Cache-Control"] = "no-store"
        return response

    async def on_no_longer_shown(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, NoLongerShown)  # noqa: S101 -- as above
        return Response(exc.tombstone, 410, {"cache-control": "no-store"}, media_type=MEDIA_TYPE)

    async def on_term_over(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, TermOver)  # noqa: S101 -- as above
        return term_over_problem(exc).response()

    async def on_queue_full(_: Request, __: Exception) -> Response:
        return queue_full().response()

    async def on_damaged(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, FileDamaged)  # noqa: S101 -- as above
        return damaged_problem(exc).response()

    app.add_exception_handler(FileDamaged, on_damaged)
    install_unfit_handler(app)
    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(QueueFull, on_queue_full)
    app.add_exception_handler(NotFound, on_missing)
    app.add_exception_handler(TermOver, on_term_over)
    app.add_exception_handler(NoLongerShown, on_no_longer_shown)
    for kind in (HTTPException, Refused):
        app.add_exception_handler(kind, _audited(app.exception_handlers[kind]))


def _audited(handler: Handler) -> Callable[[Request, Exception], Awaitable[Response]]:
    """By the time a handler runs, the refused transaction has been rolled back: its dependency was left first."""

    async def handle(request: Request, exc: Exception) -> Response:
        attempt = _attempt(request, exc)
        if attempt is not None:
            attempts: Attempts = request.app.state.attempts
            await attempts.write(attempt, now_of(request))
        answer = handler(request, exc)
        return answer if isinstance(answer, Response) else await answer

    return handle


def _attempt(request: Request, exc: Exception) -> Attempt | None:
    """What concerns rights: any 403, a 401 that came with a token, an act beyond the authority of its organ."""
    right = None
    if isinstance(exc, BeyondAuthority):
        code = exc.code
    elif isinstance(exc, HTTPException) and (
        exc.status_code == HTTPStatus.FORBIDDEN
        or (exc.status_code == HTTPStatus.UNAUTHORIZED and "authorization" in request.headers)
    ):
        code = exc.type if isinstance(exc, Problem) else str(exc.status_code)
        right = exc.extra.get("right") if isinstance(exc, Problem) else None
    else:
        return None
    cause = exc.__cause__
    return Attempt(
        code=f"{code}: {cause}" if isinstance(cause, TokenInvalid) else code,
        route=f"{request.method} {route_template(request.scope)}",
        right=right,
        principal=caller(request),
        subject=cause.subject if isinstance(cause, TokenInvalid) else None,
        parameters=tuple((name, str(value)) for name, value in request.path_params.items()),
    )
