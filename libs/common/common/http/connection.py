"""What one connection may take of a process: how much it says before it asks, and how long it keeps us waiting.

uvicorn bounds neither with httptools: a header without an end would fill the memory, and whoever sends a byte a minute
would hold a place for as long as he likes.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 65_536
"""Request line and headers together, give or take one read; nginx takes 32 KB, our longest token is of 8."""
HEAD_SECONDS = 30.0
"""From the first byte of a request, or of a connection, to the end of its headers."""
SILENT_SECONDS = 60.0
"""A body that is still awaited must go on arriving: bytes, however few, within this time..."""
LEAST_BYTES_A_SECOND = 256
"""...and as many of them on average, once it has taken longer than that. A slow line manages a hundred times more."""

_LOOK_SECONDS = 5.0
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
)
_PROBLEM = (
    '{"type":"urn:yulu:problem:headers-too-large","status":431,"title":"请求头过大",'
    '"title_en":"Request Header Fields Too Large","field":"headers"}'
).encode()


class PatientToAPoint(HttpToolsProtocol):
    """uvicorn's protocol, which gives up a connection that exceeds the bounds above."""

    _in_head = True
    _head_bytes = 0
    _body_bytes = 0
    _began = _heard = 0.0
    _looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._began = self._heard = self.loop.time()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        if self._in_head:
            if not self._head_bytes:
                self._began = self._heard
            self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing() or (self._in_head and not self._head_bytes):
            return  # as nearly always: a whole request, in one piece
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES:
            self.transport.write(_REFUSAL % (len(_PROBLEM), _PROBLEM))
            self.transport.close()
        elif self._looking is None:
            self._look()

    def on_headers_complete(self) -> None:
        self._in_head, self._body_bytes = False, 0
        self._began = self.loop.time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._head_bytes = True, 0

    def _look(self) -> None:
        self._looking = None
        if self._keeps_us_waiting(self.loop.time()):
            self.transport.abort()
        elif not self._in_head or self._head_bytes or self.cycle is None:
            self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)

    def _keeps_us_waiting(self, now: float) -> bool:
        if self._in_head:
            # A kept connection that asks nothing is the keep-alive's business.
            return (self._head_bytes > 0 or self.cycle is None) and now - self._began > HEAD_SECONDS
        if self.flow.read_paused:
            self._heard = now  # it is we who do not read
            return False
        slow = now - self._began > SILENT_SECONDS and self._body_bytes < LEAST_BYTES_A_SECOND * (now - self._began)
        return slow or now - self._heard > SILENT_SECONDS
