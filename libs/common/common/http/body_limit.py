"""Refuses a request body beyond its limit while it arrives, before anything is parsed."""

from collections.abc import Callable
from typing import TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.http.problems import Problem
from common.http.translations import status_titles

DEFAULT_BYTES = 1_000_000
_ATTRIBUTE = "__body_limit__"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., object])


def body_limit(limit_bytes: int) -> Callable[[_Endpoint], _Endpoint]:
    """Decorates an endpoint that takes more (or less) than the default of 1 MB.

    FastAPI's own `max_body_size` is not used: it answers in plain text and overwrites the problem.
    """

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _ATTRIBUTE, limit_bytes)
        return endpoint

    return mark


def too_large(limit: int) -> Problem:
    title_zh, title_en = status_titles(413)
    return Problem(
        type="content-too-large",
        status=413,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"请求正文不得超过 {limit} 字节。",
        detail_en=f"The body may have at most {limit} bytes.",
        field="body",
        # The rest of the body is not read.
        headers={"Connection": "close"},
        extra={"limit_bytes": limit},
    )


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            # Asked only now: by the first read the router has put the endpoint into the scope.
            limit: int = getattr(scope.get("endpoint"), _ATTRIBUTE, DEFAULT_BYTES)
            if received == 0 and _declared_length(scope) > limit:
                raise too_large(limit)
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise too_large(limit)
            return message

        await self._app(scope, limited, send)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
