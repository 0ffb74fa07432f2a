"""The HTTP client of our own processes for each other."""

from typing import Any

import httpx

from common.telemetry.tracing import call_span

_IDLE_SECONDS = 2.0
"""Of a kept connection: far less than any server keeps it, so that a request does not cross its closing on the way."""
_AT_MOST = 200


class ServiceClient(httpx.AsyncClient):
    """Tells the other side which trace a call belongs to, or that it belongs to none.

    A service may close a kept connection just when it is used: a read is then asked once more, a write is not.
    """

    def __init__(self, service: str, **kwargs: Any) -> None:
        limits = httpx.Limits(
            max_connections=_AT_MOST, max_keepalive_connections=_AT_MOST, keepalive_expiry=_IDLE_SECONDS
        )
        super().__init__(**{"limits": limits} | kwargs)
        self._service = service

    async def send(self, request: httpx.Request, **kwargs: Any) -> httpx.Response:
        with call_span(request.method, self._service) as traceparent:
            request.headers["traceparent"] = traceparent
            try:
                return await super().send(request, **kwargs)
            except httpx.RemoteProtocolError:
                if request.method != "GET":
                    raise
                return await super().send(request, **kwargs)
