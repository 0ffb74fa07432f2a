"""A form with one file, read while it arrives and passed on at once: no evidence touches our disk or stays in memory.

The file is the form's last part. Its length is what the whole body is declared to have, less what stands before and
behind it: so the service can be told before the first byte.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

FILE = "file"
_MOST_BEFORE = 64 * 1024
"""Bytes of the form that stand before its file."""
_SILENCE_SECONDS = 60.0
_LONGEST_BOUNDARY = 70
"""RFC 2046, section 5.1.1."""


class NotAForm(Exception):
    """What was sent is no form of ours, or ended early."""


@dataclass
class SentFile:
    """fields: what stood before the file. Of a file that was not chosen, `length` is 0."""

    fields: dict[str, str]
    name: str
    media_type: str
    length: int
    _rest: AsyncIterator[bytes] = field(repr=False)
    _body: AsyncIterator[bytes] = field(repr=False)
    _passed: int = field(default=0, init=False)
    _sm3: Any = field(default_factory=lambda: hashlib.new("sm3"), init=False, repr=False)

    async def content(self, skip: int = 0) -> AsyncIterator[bytes]:
        """From the byte `skip` on. Raises NotAForm where it ends early."""
        async for piece in self._rest:
            fresh = piece[max(0, skip - self._passed) :]
            self._passed += len(piece)
            self._sm3.update(piece)
            if fresh:
                yield fresh
        if self._passed != self.length:
            raise NotAForm

    async def sm3(self) -> str:
        """Of the whole file, whatever of it has been passed on. Raises NotAForm where it ends early."""
        async for _ in self.content():
            pass
        return str(self._sm3.hexdigest())

    async def drain(self) -> None:
        """A browser listens to no answer before it has sent everything."""
        with suppress(NotAForm):
            async for _ in self._body:
                pass


class _Parts:
    """Where the parser stands; callbacks collect until the file's content begins."""

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.name = self.media_type = ""
        self.in_file = self.ended = False
        self.content: list[bytes] = []
        self._part, self._header, self._value = "", b"", b""
        self._text: list[bytes] = []
        self._headers: dict[str, str] = {}
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._content_begins,
                "on_part_data": self._data,
                "on_part_end": self._part_ends,
            },
        )

    def _part_begins(self) -> None:
        self._headers, self._text = {}, []

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._header = self._value = b""

    def _content_begins(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        self._part = options.get(b"name", b"").decode("utf-8", "replace")
        if self._part == FILE:
            self.in_file = True
            self.name = options.get(b"filename", b"").decode("utf-8", "replace")
            self.media_type = self._headers.get("content-type", "")

    def _data(self, data: bytes, start: int, end: int) -> None:
        (self.content if self._part == FILE else self._text).append(data[start:end])

    def _part_ends(self) -> None:
        if self._part == FILE:
            self.ended = True
        else:
            self.fields[self._part] = b"".join(self._text).decode("utf-8", "replace").strip()


async def sent_file(request: Request) -> SentFile:
    """Raises NotAForm."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary, declared = options.get(b"boundary", b""), request.headers.get("content-length", "")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= _LONGEST_BOUNDARY or not declared.isdecimal():
        raise NotAForm
    parts, seen = _Parts(boundary), 0
    body = _pieces(request)
    async for piece in body:
        for at in range(len(piece)):
            # Byte by byte up to the file: only so it is known where exactly it begins.
            _feed(parts, piece[at : at + 1])
            seen += 1
            if parts.in_file:
                behind = len(b"\r\n--" + boundary + b"--\r\n")
                length = max(0, int(declared) - seen - behind)
                rest = _rest(parts, piece[at + 1 :], body)
                return SentFile(parts.fields, parts.name, parts.media_type, length, rest, body)
            if seen > _MOST_BEFORE:
                raise NotAForm
    raise NotAForm


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Raises NotAForm where the sender goes away or falls silent."""
    body = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                piece = await anext(body)
        except StopAsyncIteration:
            return
        except (ClientDisconnect, TimeoutError):
            raise NotAForm from None
        yield piece


async def _rest(parts: _Parts, first: bytes, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    _feed(parts, first)
    while True:
        for piece in parts.content:
            yield piece
        parts.content.clear()
        try:
            _feed(parts, await anext(body))
        except StopAsyncIteration:
            break
    if not parts.ended:
        raise NotAForm


def _feed(parts: _Parts, data: bytes) -> None:
    try:
        parts.parser.write(data)
    except ValueError as error:  # the parser's own errors are of this kind
        raise NotAForm from error
