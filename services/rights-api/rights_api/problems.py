"""How refusals raised below the routes reach the caller."""

from common.files.problems import install_unfit_handler
from common.http import not_found
from common.secrecy.receipts import QueueFull
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from rights_api.attachments.refusals import AttachmentDamaged, OffsetWrong, damaged_problem, offset_wrong_problem
from rights_api.cases.problems import problem
from rights_api.cases.routing import FilingRefused
from rights_api.refusals import NotCompetent, NotFound, Refused, TermOver


def install_rights_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(NotFound, _on_missing)
    app.add_exception_handler(TermOver, _on_term_over)
    app.add_exception_handler(QueueFull, _on_queue_full)
    app.add_exception_handler(OffsetWrong, _on_offset_wrong)
    app.add_exception_handler(AttachmentDamaged, _on_damaged)
    install_unfit_handler(app)
    app.add_exception_handler(FilingRefused, _on_filing_refused)


async def _on_refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refused)  # noqa: S101 -- narrows the type Starlette's signature lost
    status = 403 if isinstance(exc, NotCompetent) else 409 if exc.conflict else 422
    return problem(exc.code, status, exc.zh, exc.en, field=exc.field, extra=exc.extra).response()


async def _on_missing(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, NotFound)  # noqa: S101 -- as above
    response = not_found(exc.zh, exc.en).response()
    response.headers["Cache-Control"] = "no-store"
    return response


async def _on_term_over(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, TermOver)  # noqa: S101 -- narrows the type Starlette's signature lost
    since = exc.since.isoformat()
    return problem(
        "record-term-over",
        410,
        f"该件保存期限已满，自{since}起不再提供。",
        f"The term of this case is over; it is not given out since {since}.",
        extra={"gone_since": since, "rule": exc.rule_id},
    ).response()


async def _on_queue_full(_: Request, __: Exception) -> Response:
    return problem(
        "busy",
        503,
        "当前提交较多，请稍后以同一密钥重试，不会重复立案。",
        "Busy just now; try again with the same key, no second case comes of it.",
        headers={"Retry-After": "2"},
    ).response()


async def _on_filing_refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, FilingRefused)  # noqa: S101 -- narrows the type Starlette's signature lost
    return problem(exc.code, 422, exc.zh, exc.en, field=exc.field).response()


async def _on_offset_wrong(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, OffsetWrong)  # noqa: S101 -- as above
    return offset_wrong_problem(exc).response()


async def _on_damaged(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, AttachmentDamaged)  # noqa: S101 -- as above
    return damaged_problem(exc).response()
