"""Open answers: one task each, which waits for the client to leave. Events are sent by whoever has them."""

import asyncio
import time
from collections.abc import Coroutine, Generator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

import structlog
from common.http import sse
from common.http.sse import FAREWELL_SECONDS
from common.positions import FeedUnavailable
from common.telemetry.metrics import counter
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from exchange_api.sources.cursor import Cursor
from exchange_api.stream.domain import Item, Selection, Vector, View
from exchange_api.stream.groups import Group, Message, body, frames
from exchange_api.stream.hub import Hub
from exchange_api.stream.places import Holder, Listeners

ENDS: Mapping[str, tuple[str, str]] = {
    **sse.ENDS,
    "system-suspended": ("接入已被暂停", "This system has been suspended"),
    "too-slow": ("接收过慢，请从最后的游标继续", "The client is too slow; resume from its last cursor"),
    "source-set-back": (
        "来源已恢复到更早的状态，原游标不再有效",
        "A source was restored to an earlier state: start anew",
    ),
    "failed": ("服务内部错误，请从最后的游标继续", "An internal error; resume from the last cursor"),
}
"""Why a stream ends: the last event says which."""

RECONNECT_MILLISECONDS = 2_000
_PAUSE_SECONDS = 1.0
_AHEAD_SECONDS = 0.02
_DOUBTFUL_AFTER = 250
"""Looks at a tail that is behind its listener, before its source is asked whether it was set back."""
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would keep the events in its buffer
)

_log = structlog.get_logger()
_ended = counter("yulu_stream_ended_total", "Event streams ended by the server.", ["reason"])


class Listener:
    """A member of its group while it has everything; else it catches up in a task of its own, at the client's pace.

    There is no queue: a client that does not take an event at once leaves the group, and is cut where it takes nothing
    for `write_seconds`.
    """

    __slots__ = (
        "_end", "_ends_at", "_group", "_hub", "_scope", "_selection", "_send", "_sent_at", "_vector", "_view",
        "_work", "_write_seconds",
    )  # fmt: skip

    def __init__(
        self, hub: Hub, selection: Selection, vector: Vector, *, expires_at: float | None, write_seconds: float
    ) -> None:
        self._hub, self._selection, self._write_seconds = hub, selection, write_seconds
        self._vector = dict(vector)
        self._ends_at = expires_at
        self._group: Group | None = None
        self._view: View | None = None
        self._work: asyncio.Task[None] | None = None
        self._scope: asyncio.Timeout | None = None
        self._end = ""
        self._sent_at = 0.0

    async def serve(self, receive: Receive, send: Send) -> None:
        self._send = send
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        async with self._hub.following(self._selection.sources):
            await send(self._greeting())
            try:
                async with asyncio.timeout_at(self._loop_time()) as self._scope:
                    self._catch_up_from(None)
                    await _left(receive)
            except TimeoutError:
                self._leave()
                await self._say_farewell(self._end or "token-expired")
            finally:
                self._leave()

    def end(self, reason: str) -> None:
        """The stream ends with a last event that says why; one of ENDS."""
        if self._scope is not None and not self._scope.expired():
            self._end = reason
            self._scope.reschedule(0)

    def push(self, message: Message) -> None:
        if self._group is None:
            return
        # Nearly always it can be written at once: then no task need be woken for it.
        sending: Any = self._send(message)  # type: ignore[arg-type] # nobody changes it: it is everybody's
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 -- one broken answer must not stop the others
            _log.exception("stream-send-failed")
            self.end("failed")
            return
        self._vector = dict(self._group.vector)
        self._hub.leave(self, self._group)
        self._group = None
        self._catch_up_from(_Begun(sending, waits_for))

    def scattered(self, *, lost: bool) -> None:
        if self._group is None:
            return
        self._vector = dict(self._group.vector)
        self._group = None
        if lost:
            self.end("source-set-back")
        else:
            self._catch_up_from(None)

    def _catch_up_from(self, begun: "_Begun | None") -> None:
        self._work = asyncio.create_task(self._catch_up(begun))
        self._work.add_done_callback(self._caught_up)

    def _caught_up(self, work: "asyncio.Task[None]") -> None:
        if self._work is work:
            self._work = None
        if not work.cancelled() and (error := work.exception()) is not None:
            if isinstance(error, TimeoutError):
                self.end("too-slow")
            else:
                _log.error("stream-failed", exc_info=error)
                self.end("failed")

    async def _catch_up(self, begun: "_Begun | None") -> None:
        """Until nothing is missing and the client takes what it is sent. Raises TimeoutError where it does not."""
        self._view = View(self._selection)
        if begun is not None:
            async with asyncio.timeout(self._write_seconds):
                await begun
        self._sent_at, ahead = time.monotonic(), 0
        while True:
            missing = self._hub.missing(self._vector, self._selection.sources)
            items = missing.items
            if missing.older is not None:
                older = await self._older(missing.older)
                items += older
                if not older:
                    await self._rest(_PAUSE_SECONDS)
            elif missing.ahead:
                # Another process has shown him what our tail is about to see; or it never will, which only the source
                # can tell: a tail may be behind for as long as its source is away.
                ahead += 1
                if not ahead % _DOUBTFUL_AFTER and await self._is_beyond_the_end():
                    self.end("source-set-back")
                await self._rest(_AHEAD_SECONDS)
            elif not items:
                # Nothing was awaited since we looked: the group stands where we stand.
                self._view = None
                self._group = self._hub.join(self, self._selection, self._vector)
                return
            if chunk := frames(items, self._view, self._vector, self._hub.deployment_id):
                await self._write(chunk)
            await asyncio.sleep(0)

    async def _is_beyond_the_end(self) -> bool:
        for name in self._selection.sources:
            with suppress(FeedUnavailable):
                if await self._hub.head(name, at_least=self._vector[name]) < self._vector[name]:
                    return True
        return False

    async def _older(self, name: str) -> list[Item]:
        try:
            return await self._hub.read(name, self._vector[name])
        except FeedUnavailable:
            return []

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if time.monotonic() - self._sent_at > self._hub.heartbeat_seconds:
            await self._write(self._hub.heartbeat(self._selection.sources, self._cursor()))

    async def _write(self, chunk: bytes) -> None:
        async with asyncio.timeout(self._write_seconds):
            await self._send(_own(body(chunk)))
        self._sent_at = time.monotonic()

    def _greeting(self) -> MutableMapping[str, Any]:
        """A client that is cut before the first event knows where to go on, too."""
        beat = self._hub.heartbeat(self._selection.sources, self._cursor())
        return _own(body(b"retry: %d\n%s" % (RECONNECT_MILLISECONDS, beat)))

    def _cursor(self) -> str:
        return Cursor(self._hub.deployment_id, self._vector).encode()

    def _loop_time(self) -> float | None:
        return None if self._ends_at is None else asyncio.get_running_loop().time() + self._ends_at - time.time()

    def _leave(self) -> None:
        if self._group is not None:
            self._hub.leave(self, self._group)
            self._group = None
        if self._work is not None:
            self._work.cancel()

    async def _say_farewell(self, reason: str) -> None:
        _ended.labels(reason).inc()
        last = sse.farewell(reason, ENDS[reason]).encode()
        # Who takes nothing is not waited for: its connection breaks.
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                if self._work is not None:
                    await asyncio.wait({self._work})
                await self._send(_own(body(last, more=False)))


class _Begun:
    """A coroutine that has run to its first wait, as something to await."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine, self._waits_for = coroutine, waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        try:
            # What a coroutine yields is the future that it waits for, marked as awaited: our own task takes it over.
            yield self._waits_for
        except BaseException:
            self._coroutine.close()
            raise
        return (yield from self._coroutine.__await__())


async def end_all_when_stopping(stopping: asyncio.Event, listeners: Listeners) -> None:
    await stopping.wait()
    listeners.end_all("stopping")


class Listening(Response):
    """The answer that a listener is."""

    def __init__(self, listeners: Listeners, listener: Listener, holder: Holder) -> None:
        super().__init__()
        self._listeners, self._listener, self._holder = listeners, listener, holder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        with self._listeners.entered(self._listener, self._holder):
            await self._listener.serve(receive, send)


def _own(message: Message) -> MutableMapping[str, Any]:
    return dict(message)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
