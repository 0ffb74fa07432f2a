"""What the browser keeps for us and only we can read: answers so far, and the session of a receipt."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from common.clock import Clock
from common.secrecy.keys import KEK_BYTES, hmac_sm3
from common.secrecy.sealing import open_bytes, seal_bytes
from cryptography.exceptions import InvalidTag
from starlette.requests import Request
from starlette.responses import Response

PLACES = {
    "receipt": "/receipts",
    "draft-meeting": "/rights/meeting",
    "draft-rights": "/rights/complaint",
    "draft-complaint": "/complaints/lawyer",
    "draft-clue": "/complaints/clue",
}
"""Each cookie, and the only pages it is sent to."""

_MOST_BYTES = 3900
"""Browsers drop larger cookies without a word."""


class SealedCookies:
    """`app.state.sealed_cookies`. Each is bound to its name, so that none can be passed off as another."""

    def __init__(self, kek: bytes, clock: Clock, *, secure: bool) -> None:
        self._key = hmac_sm3(kek, b"portal cookies")[:KEK_BYTES]
        self._clock, self._secure = clock, secure

    def _sent_as(self, name: str) -> str:
        """`__Host-` would send it with every page; `__Secure-` still keeps who speaks plain http from setting it."""
        return f"__Secure-{name}" if self._secure else name

    def seal(self, name: str, content: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(seal_bytes(self._key, orjson.dumps(content), name.encode())).decode()

    def unseal(self, name: str, sealed: str) -> dict[str, Any] | None:
        """None of what is not of our making."""
        try:
            opened = open_bytes(self._key, base64.urlsafe_b64decode(sealed), name.encode())
        except (InvalidTag, ValueError, binascii.Error):
            return None
        content: dict[str, Any] = orjson.loads(opened)
        return content

    def put(self, response: Response, name: str, content: Mapping[str, Any], until: datetime) -> None:
        """Raises ValueError where it would be too large to be kept."""
        sealed = self.seal(name, {"until": until.timestamp(), "content": content})
        if len(sealed) > _MOST_BYTES:
            raise ValueError("too much for a cookie")
        left = max(0, int(until.timestamp() - self._clock().timestamp()))
        response.set_cookie(
            self._sent_as(name), sealed, max_age=left, path=PLACES[name],
            secure=self._secure, httponly=True, samesite="strict",
        )  # fmt: skip

    def find(self, request: Request, name: str) -> dict[str, Any] | None:
        """None where there is none, or it is over."""
        kept = self.unseal(name, request.cookies.get(self._sent_as(name), ""))
        if kept is None or kept["until"] <= self._clock().timestamp():
            return None
        content: dict[str, Any] = kept["content"]
        return content

    def forget(self, response: Response, name: str) -> None:
        response.delete_cookie(
            self._sent_as(name), path=PLACES[name], secure=self._secure, httponly=True, samesite="strict"
        )


def sealed_cookies(request: Request) -> SealedCookies:
    cookies: SealedCookies = request.app.state.sealed_cookies
    return cookies
