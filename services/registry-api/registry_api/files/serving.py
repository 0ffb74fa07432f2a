"""Sends a stored file: whole, a range of it, or word that the reader has it already, without touching its content."""

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.http import Problem
from common.http.etag import is_known
from common.http.translations import status_titles
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from registry_api.files.domain import Edition, State, StoredFile
from registry_api.files.encoding import CHUNK

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

ChunkReader = Callable[[UUID, int], Awaitable[bytes | None]]


class Span(NamedTuple):
    """Bytes from `first` to `last`, both included."""

    first: int
    last: int


class Removed(RuntimeError):
    """The edition went while it was being sent: the connection breaks off, so that the reader knows."""


def file_response(request: Request, stored: StoredFile, read: ChunkReader, *, saved_as: str, public: bool) -> Response:
    headers = {
        "etag": stored.etag,
        "cache-control": "no-cache, must-revalidate" if public else "private, no-cache, must-revalidate",
        "accept-ranges": "bytes",
        "content-disposition": f'attachment; filename="{saved_as}"',
        "repr-digest": f"sha-256=:{base64.b64encode(stored.sha256).decode()}:",
    }
    if is_known(request.headers.get("if-none-match"), stored.etag):
        return Response(status_code=304, headers=headers)
    whole = Span(0, stored.length - 1)
    span = _asked(request, stored) or whole
    if span != whole:
        headers["content-range"] = f"bytes {span.first}-{span.last}/{stored.length}"
    headers["content-length"] = str(span.last - span.first + 1)
    status = 200 if span == whole else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=stored.media_type)
    return StreamingResponse(_content(stored, span, read), status, headers, media_type=stored.media_type)


async def _content(stored: StoredFile, span: Span, read: ChunkReader) -> AsyncIterator[bytes]:
    """Chunk by chunk: a slow reader holds no connection of the database between two of them."""
    for ordinal in range(span.first // CHUNK, span.last // CHUNK + 1):
        content = await read(stored.file_id, ordinal)
        if content is None:
            raise Removed(f"chunk {ordinal}")
        begins = ordinal * CHUNK
        yield content[max(span.first - begins, 0) : span.last - begins + 1]


def _asked(request: Request, stored: StoredFile) -> Span | None:
    """One range; several, and those of another version (If-Range), are answered with the whole (RFC 9110)."""
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", stored.etag) != stored.etag:
        return None
    first, last = found.groups()
    if first:
        span = Span(int(first), min(int(last), stored.length - 1) if last else stored.length - 1)
        if last and int(last) < int(first):
            return None
    elif last:
        span = Span(max(stored.length - int(last), 0), stored.length - 1)
    else:
        return None
    if span.first > span.last:
        raise _problem(
            416,
            "range-not-satisfiable",
            f"文件只有 {stored.length} 字节。",
            f"The file has {stored.length} bytes.",
            headers={"Content-Range": f"bytes */{stored.length}"},
        )
    return span


def not_served(edition: Edition | None, what_zh: str, what_en: str) -> Problem:
    """Why there is nothing: never was, not yet, or no longer; the last as a dated tombstone."""
    if edition is not None and edition.state is State.REMOVED:
        return _problem(
            410,
            "edition-removed",
            "这一版文件已由新版取代并移除，请下载最新一版。",
            "This edition has been replaced by newer ones and removed; fetch the latest.",
            extra={
                "edition": str(edition.edition_id),
                "created_at": _instant(edition.completed_at),
                "removed_at": _instant(edition.removed_at),
            },
        )
    return _problem(404, "not-found", f"没有{what_zh}。", f"There is no such {what_en}.")


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _problem(
    status: int,
    kind: str,
    zh: str,
    en: str,
    *,
    headers: dict[str, str] | None = None,
    extra: dict[str, Any] | None = None,
) -> Problem:
    title_zh, title_en = status_titles(status)
    return Problem(
        type=kind,
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=zh,
        detail_en=en,
        headers=headers,
        extra=extra,
    )
