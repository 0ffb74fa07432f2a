"""Limits public reads per client address, in fixed windows: counted in memory, so per process."""

import functools
import math
import time
from collections.abc import Awaitable, Callable
from ipaddress import AddressValueError, IPv6Address
from typing import Any

from limits import parse
from starlette.requests import Request
from starlette.responses import Response

from common.http.problems import Problem
from common.http.translations import status_titles


class RateLimit:
    """`off` or `<n>/<second|minute|hour>`. Behind a proxy uvicorn must trust its headers, or all share one address."""

    def __init__(self, limit: str) -> None:
        self._item = None if limit == "off" else parse(limit)
        self._seconds = 0 if self._item is None else self._item.get_expiry()
        self._most = 0 if self._item is None else self._item.amount
        self._counts: dict[str, int] = {}
        self._ends = float("-inf")

    def check(self, request: Request) -> None:
        if self._item is None:
            return
        now = time.monotonic()
        if now >= self._ends:
            # One window for all addresses: nothing is left of those who never come again.
            self._counts = {}
            self._ends = now + self._seconds
        client = request.scope.get("client")
        address = _counted_as(client[0]) if client else "unknown"
        count = self._counts[address] = self._counts.get(address, 0) + 1
        if count <= self._most:
            return
        seconds = max(1, math.ceil(self._ends - now))
        title_zh, title_en = status_titles(429)
        raise Problem(
            type="too-many-requests",
            status=429,
            title_zh=title_zh,
            title_en=title_en,
            detail_zh=f"请在 {seconds} 秒后重试；限额为每个地址 {self._item}。",
            detail_en=f"Try again in {seconds} s; the limit is {self._item} per address.",
            headers={"Retry-After": str(seconds)},
        )

    def guard(self, endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(endpoint)
        async def guarded(request: Request) -> Response:
            self.check(request)
            return await endpoint(request)

        return guarded


def _counted_as(address: str) -> str:
    """A line is given a whole IPv6 network, 2**64 addresses: those count as one."""
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address)
    except AddressValueError:
        return address
    return str(parsed.ipv4_mapped or IPv6Address(parsed.packed[:8] + bytes(8)))


async def public_rate_limit(request: Request) -> None:
    """For FastAPI routes: `dependencies=[Depends(public_rate_limit)]`."""
    limit: Any = request.app.state.rate_limit
    limit.check(request)
