"""The one outer middleware, pure ASGI: correlation id, metrics, security headers, commit headers, unhandled errors.

One instead of five, because each wrapper around `send` costs hot reads a few per cent.
"""

import time
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.http.problems import internal_error, not_found
from common.http.raw import answered_raw, refused_at_the_gate
from common.http.recording import Call, NotRecorded, Recorder, unrecorded
from common.telemetry import bind_correlation_id, get_logger, new_correlation_id, unbind_correlation_id
from common.telemetry.disturbance import UNMATCHED, answered
from common.telemetry.metrics import observe_request
from common.telemetry.tracing import begin_server_span

_log = get_logger(__name__)

LATE_HEADERS = "yulu.late_headers"
"""Scope key: headers known only after the endpoint has returned, such as those of the commit."""

_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
]
_CLOSING = [(b"connection", b"close")]
_SECURITY_NAMES = frozenset(name for name, _ in _SECURITY)


_scope: ContextVar[Scope | None] = ContextVar("request_scope", default=None)


def add_late_headers(scope: Scope, headers: Iterable[tuple[str, str]]) -> None:
    late: list[tuple[bytes, bytes]] = scope.setdefault(LATE_HEADERS, [])
    late.extend((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)


class RequestContext:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        correlation = new_correlation_id(_offered(scope))
        token = bind_correlation_id(correlation)
        _scope.set(scope)
        end_span = begin_server_span(scope)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = list(message.get("headers", ()))
                present = {name for name, _ in headers} & _SECURITY_NAMES
                headers.append((b"x-correlation-id", correlation.encode("latin-1")))
                headers.extend(_SECURITY if not present else [pair for pair in _SECURITY if pair[0] not in present])
                headers.extend(scope.get(LATE_HEADERS, ()))
                headers.extend(_CLOSING if scope["app"].state.leaving else ())
            await send(message)

        async def answer(receive: Receive, send: Send) -> None:
            try:
                await self._answer(scope, receive, send)
            except NotRecorded:
                raise
            except Exception:
                _log.exception("request_failed", method=scope["method"], route=route_template(scope))
                if status:
                    # The answer has begun: only a broken connection can tell the client that it is incomplete.
                    raise
                await internal_error().response()(scope, receive, send)

        try:
            call = await _recorded(scope, receive, send_with_headers)
            if call is None:
                await answer(receive, send_with_headers)
            else:
                await _recording(call, answer, send_with_headers)
        finally:
            route = route_template(scope)
            observe_request(scope["method"], route, status, time.perf_counter() - began)
            answered(route, status)
            if end_span is not None:
                end_span(route, status)
            unbind_correlation_id(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "\x00" in scope["path"]:  # no address of ours, and nothing that PostgreSQL could look for
            await not_found().response()(scope, receive, send)
            return
        if await refused_at_the_gate(scope, receive, send) or await answered_raw(scope, receive, send):
            return
        await self._app(scope, receive, send)


async def _recorded(scope: Scope, receive: Receive, send: Send) -> Call | None:
    recorder: Recorder | None = getattr(scope["app"].state, "recorder", None)
    return None if recorder is None else await recorder.begin(scope, receive, send)


async def _recording(call: Call, answer: Callable[[Receive, Send], Awaitable[None]], send: Send) -> None:
    try:
        await answer(call.receive, call.send)
    except NotRecorded:
        if call.begun:
            raise
        for message in unrecorded():
            await send(message)
    finally:
        await call.end()


def _offered(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-correlation-id":
            text: str = value.decode("latin-1")
            return text
    return None


def current_route() -> str | None:
    """Method and template of the request being served, for log lines written far from it."""
    scope = _scope.get()
    return None if scope is None else f"{scope['method']} {route_template(scope)}"


def route_template(scope: Scope) -> str:
    """`/v1/lawyers/{id}`, never the URL: that would be personal data and one time series per lawyer."""
    # Inside an included router FastAPI keeps the prefixed path in a context of its own.
    effective: Any = scope.get("fastapi", {}).get("effective_route_context")
    route = effective if effective is not None else scope.get("route")
    return getattr(route, "path", None) or UNMATCHED
