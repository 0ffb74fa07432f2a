"""Files of the services, passed on as they come."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import orjson
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from portal.apis import Apis, Refused, Unreachable
from portal.apis.apis import Service

_TOLD = ("Content-Type", "Content-Disposition", "Content-Length", "ETag", "Link", "X-Robots-Tag")
_NEVER_KEPT = "no-store"


async def passed_on(apis: Apis, service: Service, path: str, **params: Any) -> Response:
    """Never held whole in memory. Raises Refused with the service's problem, Unreachable."""
    async with AsyncExitStack() as opened:
        try:
            answer = await opened.enter_async_context(apis.stream(service, path, **params))
            body = await answer.aread() if answer.is_error else b""
        except httpx.HTTPError as error:
            raise Unreachable(service) from error
        if answer.is_error:
            raise Refused(answer.status_code, _problem(body), answer.headers)
        stack = opened.pop_all()
    headers = {name: answer.headers[name] for name in _TOLD if name in answer.headers}
    if "Content-Encoding" in answer.headers:
        headers.pop("Content-Length", None)
    headers["Cache-Control"] = answer.headers.get("Cache-Control", _NEVER_KEPT)
    return StreamingResponse(_bytes(answer), headers=headers, background=BackgroundTask(stack.aclose))


async def _bytes(answer: httpx.Response) -> AsyncIterator[bytes]:
    async for part in answer.aiter_bytes():
        yield part


def _problem(body: bytes) -> Any:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
