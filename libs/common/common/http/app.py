"""Builds a service's app: FastAPI with our problems, headers, metrics, health and offline pages."""

import asyncio
import html
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from common.http.body_limit import BodyLimit
from common.http.context import RequestContext
from common.http.database_errors import install_database_error_handlers
from common.http.idempotency import Replay
from common.http.problems import Problem, install_problem_handlers
from common.http.rate_limit import RateLimit
from common.http.routes import REFUSALS, document_raw_routes, json_response
from common.http.translations import status_titles
from common.metrics_server import exposition_for
from common.settings import Settings
from common.telemetry import get_logger
from common.telemetry.closed import is_closed, leave_untold
from common.telemetry.metrics import CONTENT_TYPE_LATEST, exposition, operators_exposition

_log = get_logger(__name__)

Check = Callable[[], Awaitable[object]]
"""Raises where the process cannot do its work; its result is ignored."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]

_CHECK_SECONDS = 2.0


def create_app(
    *,
    title: str,
    settings: Settings,
    lifespan: Lifespan | None = None,
    checks: Mapping[str, Check] | None = None,
    version: str = "1",
    description: str = "",
    untold: Sequence[str] = (),
) -> FastAPI:
    """untold: beginnings of paths that are called when something happens in a closed feed.

    `app.state` then holds `settings`, `checks`, `rate_limit`, `leaving` and `stopping`; a lifespan adds `database`.
    """
    app = FastAPI(
        title=title,
        version=version,
        description=description,
        lifespan=lifespan,
        # FastAPI's own pages load scripts from a CDN.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Stated here so that FastAPI does not document its own 422, which we never send.
        responses=dict(REFUSALS),
        redirect_slashes=False,
        # We have metrics and correlation ids of our own; asking for a provider costs each hot read 5 µs.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    leave_untold(*untold)
    app.state.settings = settings
    app.state.checks = dict(checks or {})
    app.state.raw_routes = []
    app.state.leaving = False  # set by the server, some time before `stopping`: new requests should go elsewhere
    app.state.stopping = asyncio.Event()  # set by the server; ends event streams
    app.state.rate_limit = RateLimit(settings.public_rate_limit)
    install_problem_handlers(app)
    install_database_error_handlers(app)
    app.add_exception_handler(Replay, _replay)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestContext)  # added last: outermost
    _install_openapi(app)
    app.add_route("/health/live", _live, include_in_schema=False)
    app.add_route("/health/ready", _ready, include_in_schema=False)
    app.add_route("/metrics", _metrics, include_in_schema=False)
    app.add_route("/openapi.json", _openapi, include_in_schema=False)
    app.add_route("/docs", _docs, include_in_schema=False)
    return app


def add_check(app: FastAPI, name: str, check: Check) -> None:
    """Registers what `/health/ready` asks, typically in the lifespan once the thing exists."""
    app.state.checks[name] = check


def _install_openapi(app: FastAPI) -> None:
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document_raw_routes(app, generate())
        schema = app.openapi_schema
        assert schema is not None  # noqa: S101 - generate() has just set it
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend the schema


async def _replay(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, Replay)  # noqa: S101 - narrows the type Starlette's signature lost
    return exc.response


async def _live(_: Request) -> Response:
    return json_response({"status": "live"})


async def _ready(request: Request) -> Response:
    """`?without=NAME` leaves a check out: what all replicas share is no reason to send requests to another one."""
    without = request.query_params.getlist("without")
    every: dict[str, Check] = request.app.state.checks
    checks = {name: check for name, check in every.items() if name not in without}
    outcomes = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
    report = {name: "ok" if passed else "failed" for name, passed in zip(checks, outcomes, strict=True)}
    if request.app.state.leaving:
        report["staying"] = "failed"
    elif all(outcomes):
        return json_response({"status": "ready", "checks": report})
    title_zh, title_en = status_titles(503)
    failed = [name for name, outcome in report.items() if outcome == "failed"]
    problem = Problem(
        type="not-ready",
        status=503,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"未就绪：{'、'.join(failed)}。",
        detail_en=f"Not ready: {', '.join(failed)}.",
        extra={"checks": report},
        headers={"Retry-After": "1"},
    )
    return problem.response()


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises means not ready; it is logged
        _log.warning("check_failed", check=name, exc_info=error)
        return False
    return True


async def _metrics(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    guard: Callable[[Request], Awaitable[None]] | None = getattr(request.app.state, "metrics_guard", None)
    closed = is_closed(settings.service)
    told = exposition_for(request.headers.get("authorization", ""), settings, closed=closed)
    if told is None and guard is not None:
        await guard(request)
        # Who may read an open service's feed is an operator, and may not read the closed ones.
        told = exposition() if closed else operators_exposition(closed=False)
    if told is None:
        if settings.metrics_token is not None:
            raise _no_scraper()
        told = operators_exposition(closed=closed)
    return Response(told, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _no_scraper() -> Problem:
    title_zh, title_en = status_titles(401)
    return Problem(
        type="unauthenticated",
        status=401,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="运行指标须凭采集令牌读取。",
        detail_en="Metrics are read with the scraper's token.",
        headers={"WWW-Authenticate": "Bearer"},
    )


async def _openapi(request: Request) -> Response:
    return json_response(request.app.openapi())


async def _docs(request: Request) -> Response:
    schema = request.app.openapi()
    rows = []
    for path, operations in sorted(schema.get("paths", {}).items()):
        for method, operation in operations.items():
            cells = (method.upper(), path, operation.get("summary", ""), operation.get("description", ""))
            rows.append("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>")
    title = html.escape(schema["info"]["title"])
    page = (
        f"<!doctype html><html lang='zh-CN'><meta charset='utf-8'><title>{title}</title>"
        "<style>body{font:16px/1.5 sans-serif;margin:2rem}td,th{padding:.3rem .8rem;text-align:left;"
        "vertical-align:top;border-bottom:1px solid #ccc}td:nth-child(-n+2){font-family:monospace}</style>"
        f"<h1>{title}</h1><p>接口说明 / API: <a href='openapi.json'>openapi.json</a></p>"
        "<table><tr><th>方法 Method</th><th>路径 Path</th><th>概要 Summary</th><th>说明 Description</th></tr>"
        f"{''.join(rows)}</table></html>"
    )
    return HTMLResponse(page)
