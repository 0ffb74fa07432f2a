"""Server-sent events with heartbeats; a stream ends at once when its client leaves or the process stops."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from fastapi.sse import format_sse_event
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True)
class ServerEvent:
    """`data` is rendered already; `id` is what a reader sends back as Last-Event-ID."""

    data: bytes | str
    id: str | None = None
    event: str | None = None

    def encode(self) -> bytes:
        data = self.data if isinstance(self.data, str) else self.data.decode()
        return format_sse_event(data_str=data, event=self.event, id=self.id)


Heartbeat = Callable[[], Awaitable[ServerEvent]]


def last_event_id(request: Request) -> str | None:
    """Where a reconnecting reader stopped. A browser cannot set the header the first time: hence the parameter."""
    return request.headers.get("last-event-id") or request.query_params.get("last_event_id")


class EventStream(Response):
    """Answers with what `events` yields; `heartbeat` makes what is sent when nothing was yielded for a while.

    A route returns it: `return EventStream(request, tail(position), heartbeat=head_and_age)`. Where `events` fails, the
    connection breaks and the reader reconnects with Last-Event-ID.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        request: Request,
        events: AsyncGenerator[ServerEvent],
        *,
        heartbeat: Heartbeat | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-cache, no-transform"
        # nginx would keep the events in its buffer.
        self.headers["x-accel-buffering"] = "no"
        self._stopping: asyncio.Event = request.app.state.stopping
        self._events, self._heartbeat, self._seconds = events, heartbeat, heartbeat_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        gone = asyncio.create_task(_disconnected(receive))
        stopping = asyncio.create_task(_set(self._stopping))
        async with aclosing(self._events):
            upcoming = asyncio.create_task(_next(self._events))
            try:
                while True:
                    done, _ = await asyncio.wait(
                        {gone, stopping, upcoming}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED
                    )
                    if gone in done:
                        return
                    if stopping in done:
                        break
                    if upcoming not in done:
                        await _send(send, await self._beat())
                    elif (event := upcoming.result()) is None:
                        break
                    else:
                        await _send(send, event.encode())
                        upcoming = asyncio.create_task(_next(self._events))
            finally:
                tasks = (gone, stopping, upcoming)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _beat(self) -> bytes:
        if self._heartbeat is None:
            return b": heartbeat\n\n"
        return (await self._heartbeat()).encode()


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _next(events: AsyncGenerator[ServerEvent]) -> ServerEvent | None:
    return await anext(events, None)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _set(event: asyncio.Event) -> None:
    await event.wait()
