"""How refusals of discipline reach the caller."""

from common.http import FieldError, Problem, not_found
from common.http.translations import status_titles
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from discipline_api.refusals import NotFound, Refused, TermOver


def refused_problem(error: Refused) -> Problem:
    status = 409 if error.conflict else 422
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
        extra={} if error.case_id is None else {"case_id": str(error.case_id)},
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


def install_handlers(app: FastAPI) -> None:
    async def on_refused(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, Refused)  # noqa: S101 -- narrows the type Starlette's signature lost
        return refused_problem(exc).response()

    async def on_missing(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, NotFound)  # noqa: S101 -- as above
        return not_found(exc.zh, exc.en).response()

    async def on_term_over(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, TermOver)  # noqa: S101 -- as above
        return term_over_problem(exc).response()

    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(NotFound, on_missing)
    app.add_exception_handler(TermOver, on_term_over)
