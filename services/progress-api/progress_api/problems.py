"""How refusals raised below the routes reach the caller."""

from common.files.problems import install_unfit_handler
from common.http import FieldError, Problem, not_found
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from progress_api.refusals import NotCompetent, NotFound, Refused


def install_progress_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(NotFound, _on_missing)
    install_unfit_handler(app)


async def _on_refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refused)  # noqa: S101 -- narrows the type Starlette's signature lost
    field = exc.field or (exc.faults[0].field if exc.faults else None)
    return Problem(
        type=exc.code,
        status=403 if isinstance(exc, NotCompetent) else 409 if exc.conflict else 422,
        title_zh="当前状态不允许" if exc.conflict else "请求内容不符合要求",
        title_en="Not possible in this state" if exc.conflict else "The request is not valid",
        detail_zh=f"{exc.zh}。",
        detail_en=f"{exc.en}.",
        field=field,
        errors=[FieldError(field=fault.field, zh=fault.zh, en=fault.en) for fault in exc.faults]
        or ([] if field is None else [FieldError(field=field, zh=exc.zh, en=exc.en)]),
    ).response()


async def _on_missing(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, NotFound)  # noqa: S101 -- as above
    return not_found(exc.zh, exc.en).response()
