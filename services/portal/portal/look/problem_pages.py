"""A problem that no page was made for becomes one: what nobody caught, a body too large, a bad address."""

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.look.failures import failure

_PROBLEM = "application/problem+json"


class ProblemPages:
    """Pure ASGI, outside whatever answers; programs, which ask for no HTML, are told the problem as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        begun: Message | None = None
        body = bytearray()

        async def as_page(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                if not Headers(raw=message["headers"]).get("content-type", "").startswith(_PROBLEM):
                    await send(message)
                    return
                begun = message
            elif begun is None:
                await send(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await _page(scope, begun, bytes(body))(scope, receive, send)

        await self._app(scope, receive, as_page)


def _page(scope: Scope, begun: Message, body: bytes) -> ASGIApp:
    problem = orjson.loads(body)
    status: int = begun["status"]
    page = failure(
        scope["app"],
        status,
        problem.get("detail", ""),
        problem.get("detail_en", ""),
        retry=status in (429, 503),
        correlation=problem.get("correlation_id"),
    )
    for name, value in Headers(raw=begun["headers"]).items():
        if name not in ("content-type", "content-length", "cache-control"):
            page.headers[name] = value
    return page
