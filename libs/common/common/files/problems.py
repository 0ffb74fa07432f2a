"""What the sender of an unfit file is told."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from common.files.unfit import Unfit
from common.http import FieldError, Problem
from common.http.translations import status_titles


def unfit_problem(error: Unfit, status: int = 422) -> Problem:
    title_zh, title_en = status_titles(status)
    return Problem(
        type=error.code,
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=error.zh,
        detail_en=error.en,
        field=error.field,
        errors=[FieldError(field=error.field, zh=error.zh, en=error.en)],
        headers={"Cache-Control": "no-store"},
    )


def install_unfit_handler(app: FastAPI) -> None:
    async def on_unfit(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, Unfit)  # noqa: S101 -- narrows the type Starlette's signature lost
        return unfit_problem(exc).response()

    app.add_exception_handler(Unfit, on_unfit)
