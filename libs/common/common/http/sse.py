"""Server-sent events with heartbeats; a stream ends when its client leaves, its token ends or the process stops."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from types import MappingProxyType

import orjson
from fastapi.sse import format_sse_event
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

EVENT_STREAM = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
FAREWELL_SECONDS = 1.0
"""Who takes nothing is not waited for longer: his connection ends without a last event."""

ENDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "token-expired": ("令牌已到期，请换取新令牌后从最后的游标继续", "The token has expired; resume with a new one"),
        "stopping": ("服务即将停止，请从最后的游标继续", "The process is stopping; resume from the last cursor"),
    }
)
"""Why any stream may end."""


@dataclass(frozen=True)
class ServerEvent:
    """`data` is rendered already; `id` is what a reader sends back as Last-Event-ID."""

    data: bytes | str
    id: str | None = None
    event: str | None = None

    def encode(self) -> bytes:
        data = self.data if isinstance(self.data, str) else self.data.decode()
        return format_sse_event(data_str=data, event=self.event, id=self.id)


Heartbeat = Callable[[], Awaitable[ServerEvent | None]]
"""None where there is nothing to tell yet: then a comment keeps the connection."""


def last_event_id(request: Request) -> str | None:
    """Where a reconnecting reader stopped. A browser cannot set the header the first time: hence the parameter."""
    return request.headers.get("last-event-id") or request.query_params.get("last_event_id")


def farewell(reason: str, told: tuple[str, str], *, cursor: str | None = None) -> ServerEvent:
    """The last event of a stream that the server ends. told: why, in Chinese and English."""
    zh, en = told
    return ServerEvent(data=orjson.dumps({"reason": reason, "zh": f"{zh}。", "en": f"{en}."}), id=cursor, event="end")


class EventStream(Response):
    """Answers with what `events` yields; `heartbeat` makes what is sent when nothing was yielded for a while.

    A route returns it: `return EventStream(request, tail(position), expires_at=principal.expires_at)`. Where `events`
    fails, the connection breaks and the reader reconnects with Last-Event-ID.

    expires_at: seconds since 1970 at which the reader's token ends, None of a reader without one. Then, and when the
    process stops, a last event `end` says why. cursor: where that reader goes on, after all that he was sent.
    """

    media_type = EVENT_STREAM

    def __init__(
        self,
        request: Request,
        events: AsyncGenerator[ServerEvent],
        *,
        expires_at: float | None,
        cursor: Callable[[], str | None] = lambda: None,
        heartbeat: Heartbeat | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-cache, no-transform"
        # nginx would keep the events in its buffer.
        self.headers["x-accel-buffering"] = "no"
        self._stopping: asyncio.Event = request.app.state.stopping
        self._events, self._expires_at, self._cursor = events, expires_at, cursor
        self._heartbeat, self._seconds = heartbeat, heartbeat_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        gone = asyncio.create_task(_disconnected(receive))
        stopping = asyncio.create_task(_set(self._stopping))
        # Apart, so that a client who takes nothing holds up neither the end of his token nor that of the process.
        telling = asyncio.create_task(self._tell(send))
        tasks = (gone, stopping, telling)
        left = None if self._expires_at is None else max(0.0, self._expires_at - time.time())
        try:
            done, _ = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if gone in done:
            return
        if telling in done:
            telling.result()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        reason = "stopping" if stopping in done else "token-expired"
        last = farewell(reason, ENDS[reason], cursor=self._cursor()).encode()
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _tell(self, send: Send) -> None:
        async with aclosing(self._events):
            upcoming = asyncio.create_task(_next(self._events))
            try:
                while True:
                    done, _ = await asyncio.wait({upcoming}, timeout=self._seconds)
                    if not done:
                        await _send(send, await self._beat())
                    elif (event := upcoming.result()) is None:
                        return
                    else:
                        await _send(send, event.encode())
                        upcoming = asyncio.create_task(_next(self._events))
            finally:
                upcoming.cancel()
                await asyncio.gather(upcoming, return_exceptions=True)

    async def _beat(self) -> bytes:
        told = None if self._heartbeat is None else await self._heartbeat()
        return b": heartbeat\n\n" if told is None else told.encode()


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _next(events: AsyncGenerator[ServerEvent]) -> ServerEvent | None:
    return await anext(events, None)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _set(event: asyncio.Event) -> None:
    await event.wait()
