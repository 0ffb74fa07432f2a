"""The page for what went wrong: what happened, whether anything was lost, what to do now."""

from common.http.translations import status_titles
from common.telemetry import correlation_id, get_logger
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal.apis import Refused, Unreachable
from portal.look.pages import Look
from portal.visitors import PUBLIC

_log = get_logger(__name__)


def failure(
    app: FastAPI,
    status: int,
    zh: str = "",
    en: str = "",
    *,
    retry: bool = False,
    until: str | None = None,
    correlation: str | None = None,
) -> HTMLResponse:
    """Needs no service and no session, so that nothing can go wrong in it. until: of a record that is gone, its day.

    correlation: of the request, where it is over already.
    """
    look: Look = app.state.look
    title_zh, title_en = status_titles(status)
    body = look.render(
        "failure.html",
        visitor=PUBLIC,
        path="",
        here="",
        theme="",
        large=False,
        part=False,
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=zh,
        detail_en=en,
        retry=retry,
        until=until,
        correlation=correlation or correlation_id(),
    )
    return HTMLResponse(body, status, {"Cache-Control": "no-store"})


def install_failure_pages(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(Unreachable, _on_unreachable)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_refused(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refused)  # noqa: S101 - narrows the type Starlette's signature lost
    if exc.type == "receipt-session-invalid":
        return RedirectResponse("/receipts?ended=true", 303, {"Cache-Control": "no-store"})
    _log.info("refused_by_service", status=exc.status, problem=exc.type)
    detail, detail_en = exc.problem.get("detail", ""), exc.problem.get("detail_en", "")
    return failure(request.app, exc.status, detail, detail_en, retry=exc.status in (429, 503))


async def _on_unreachable(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Unreachable)  # noqa: S101 - as above
    _log.warning("service_unreachable", service=exc.service)
    zh, en = "后台服务暂时没有回应，请稍后重试。", "The service does not answer just now; please try again."
    return failure(request.app, 503, zh, en, retry=True)


async def _on_http_exception(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101 - as above
    zh = getattr(exc, "detail_zh", None) or ""
    en = getattr(exc, "detail_en", None) or ""
    answer = failure(request.app, exc.status_code, zh, en)
    answer.headers.update(exc.headers or {})
    return answer
