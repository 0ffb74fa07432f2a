"""Uploads as they arrive: few at once, not for ever, and with the digest that was declared."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from common.files.unfit import Unfit
from common.http import Problem
from common.http.translations import status_titles

AT_ONCE = 4
"""An upload is held in memory, sealed and copied: some six times its size at the most."""
SECONDS = 120.0
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]+={0,2}):")


class Receiving:
    def __init__(self) -> None:
        self._under_way = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Counted until whoever asked for it is done with it. The endpoint's own limit of bytes applies."""
        if self._under_way >= AT_ONCE:
            raise _later("同时上传过多，请稍后重试。", "Too many uploads at once; try again.", 503)
        self._under_way += 1
        try:
            try:
                async with asyncio.timeout(SECONDS):
                    data = await request.body()
            except TimeoutError:
                raise _later("上传超时，请重试。", "The upload took too long; try again.", 408) from None
            _check_digest(request.headers.get("content-digest"), data)
            yield data
        finally:
            self._under_way -= 1


def _check_digest(declared: str | None, data: bytes) -> None:
    """Content-Digest of RFC 9530; without one nothing was promised."""
    if declared is None:
        return
    found = _DIGEST.search(declared)
    try:
        wanted = b"" if found is None else base64.b64decode(found[1], validate=True)
    except binascii.Error:
        wanted = b""
    if not hmac.compare_digest(wanted, hashlib.sha256(data).digest()):
        raise Unfit(
            "digest-mismatch",
            "内容与 Content-Digest（sha-256）不符，请重新上传",
            "the content is not what Content-Digest (sha-256) says; upload it again",
            field="Content-Digest",
        )


def _later(zh: str, en: str, status: int) -> Problem:
    title_zh, title_en = status_titles(status)
    return Problem(
        type="try-again",
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=zh,
        detail_en=en,
        headers={"Retry-After": "5"},
    )
