"""ETags: 304 for what the reader has, and no change to what the writer has not seen."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from common.http.problems import Problem
from common.http.translations import status_titles

RawHeaders = Sequence[tuple[bytes, bytes]]
"""Encoded, names in lower case."""

IfMatch = Annotated[str | None, Header(alias="If-Match", description="ETag of the version this change is made to.")]


def etag_of_version(version: int) -> str:
    """For entities: every change raises the version, and one address shows one entity."""
    return f'"v{version}"'


def etag_of_bytes(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether If-None-Match names this version (weak comparison, RFC 9110)."""
    return if_none_match is not None and (
        if_none_match == etag or "*" in (tags := _tags(if_none_match)) or etag in {t.removeprefix("W/") for t in tags}
    )


def known_tags(request: Request) -> list[str]:
    """The ETags that the reader names, for a statement that leaves out what he has."""
    if_none_match = request.headers.get("if-none-match")
    return [] if if_none_match is None else [tag.removeprefix("W/") for tag in _tags(if_none_match)]


def require_match(if_match: str | None, etag: str) -> None:
    """Call with the row locked. Raises a 428 problem without If-Match, a 412 one where it names another version."""
    if if_match is None:
        raise _problem(
            428,
            "precondition-required",
            "请在 If-Match 头中给出所读版本的 ETag。",
            "Send the ETag of the version you read in If-Match.",
        )
    # Strong comparison: a weak tag never matches.
    if not {"*", etag} & set(_tags(if_match)):
        raise _problem(
            412,
            "version-mismatch",
            "该内容已被他人修改，请重新读取后再试。",
            "It has changed since you read it; read it again and repeat.",
        )


def bytes_response(
    request: Request,
    body: bytes,
    *,
    etag: str,
    valid_until: datetime | None = None,
    media_type: str = "application/json",
) -> Response:
    """Rendered bytes, or 304. `valid_until` is the next instant at which the answer changes by itself."""
    # A change may come any time, so caches ask each time; what they may use without asking ends at `valid_until`.
    headers = {"etag": etag, "cache-control": "no-cache, must-revalidate"}
    if valid_until is not None:
        headers["expires"] = format_datetime(valid_until.astimezone(UTC), usegmt=True)
    if is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


class RenderedAnswer(Response):
    """What `bytes_response` answers without a term, at a third of its cost: for the hottest reads.

    `headers`: raw ones in place of those that let caches keep the answer and ask each time.
    """

    def __init__(self, request: Request, body: bytes, etag: str, headers: RawHeaders | None = None) -> None:
        # Not by `request.headers`: that makes an object of them first.
        named = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
        known = bool(named) and is_known(named[0].decode("latin-1"), etag)
        self.status_code = 304 if known else 200
        self.background = None
        self.body = b"" if known else body
        self.raw_headers = [(b"etag", etag.encode("latin-1")), *(_ASK_EACH_TIME if headers is None else headers)]
        if not known:
            self.raw_headers += (_JSON, (b"content-length", b"%d" % len(body)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


_ASK_EACH_TIME = ((b"cache-control", b"no-cache, must-revalidate"),)
_JSON = (b"content-type", b"application/json")


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def _problem(status: int, kind: str, zh: str, en: str) -> Problem:
    title_zh, title_en = status_titles(status)
    return Problem(
        type=kind,
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=zh,
        detail_en=en,
        field="If-Match",
    )
