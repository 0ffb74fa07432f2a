"""Correlation ids of ours for those who file: one of theirs would tie a nameless event to what else they did."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class NoOfferedCorrelation:
    """Add it last, so that it is outermost. `concerns` says whose offered id is dropped."""

    def __init__(self, app: ASGIApp, concerns: Callable[[Scope], bool]) -> None:
        self._app, self._concerns = app, concerns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._concerns(scope):
            headers = [pair for pair in scope["headers"] if pair[0] != b"x-correlation-id"]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)
