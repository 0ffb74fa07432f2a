"""Answers hot reads ahead of the app: a third of a request's time would go into middlewares that they do not need."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


class RawRoute(Route):
    openapi: Mapping[str, Any]
    raw_endpoint: Endpoint

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(path, *args, **kwargs)
        self._beginning, parameters, rest = path.partition("{")
        self._plain = not parameters
        # The one parameter of a path that ends with it, of the plain kind.
        self._last = rest[:-1] if rest.endswith("}") and not set(rest[:-1]) & {"{", ":", "/"} else None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # Each request asks each raw route: most are told apart by their beginnings, the hot ones need no pattern.
        if not scope.get("root_path"):
            path: str = scope["path"]
            if not path.startswith(self._beginning):
                return Match.NONE, {}
            if self._plain and path != self._beginning:
                return Match.NONE, {}
            if self._plain and scope["method"] in (self.methods or ()):
                return Match.FULL, {"endpoint": self.endpoint, "path_params": {}, "route": self}
            given = path[len(self._beginning) :]
            if self._last is not None and given and "/" not in given and scope["method"] in (self.methods or ()):
                return Match.FULL, {"endpoint": self.endpoint, "path_params": {self._last: given}, "route": self}
        match, child = super().matches(scope)
        if match is not Match.NONE:
            child["route"] = self  # for metrics; Starlette itself does not say which route matched
        return match, child


async def answered_raw(scope: Scope, receive: Receive, send: Send) -> bool:
    """Whether a raw route has answered. What it raises is turned into a problem by the app's own handlers."""
    app = scope["app"]
    for route in app.state.raw_routes:
        match, child = route.matches(scope)
        if match is not Match.FULL:
            continue
        scope.update(child)
        request = Request(scope, receive, send)
        try:
            response = await route.raw_endpoint(request)
        except Exception as error:  # noqa: BLE001 -- raised again where nothing handles it
            response = await _handled(request, error)
        await response(scope, receive, send)
        return True
    return False


async def refused_at_the_gate(scope: Scope, receive: Receive, send: Send) -> bool:
    """Whether `app.state.gate`, where there is one, does not let this request on, whatever its route.

    It gives a problem, an error of the database, or None.
    """
    gate: Callable[[Scope], Exception | None] | None = getattr(scope["app"].state, "gate", None)
    refusal = None if gate is None else gate(scope)
    if refusal is None:
        return False
    response = await _handled(Request(scope, receive, send), refusal)
    await response(scope, receive, send)
    return True


async def _handled(request: Request, error: Exception) -> Response:
    """By the app's own handlers. Raises the error where there is none for it."""
    handlers = request.app.exception_handlers
    handler = next((handlers[c] for c in type(error).__mro__ if c in handlers), None)
    if handler is None:
        raise error
    response: Response = await handler(request, error)
    return response
