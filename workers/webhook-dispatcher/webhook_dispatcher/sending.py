"""One attempt: the address checked, one of its checked addresses called, and nothing believed of the answer but its
status and how long to wait."""

import asyncio
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
from common.outbound import Address, AddressRefused, Outbound, Target

from webhook_dispatcher.connections import Connections

_READ_BYTES = 16_384
"""Of an answer; a receiver that sends more loses its connection, not its success."""
_GONE = 410
_CLASSES = range(1, 6)


@dataclass(frozen=True, slots=True)
class Delivery:
    delivery_id: UUID
    attempt: int
    url: str
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, item: dict[str, Any]) -> "Delivery":
        return cls(UUID(item["delivery_id"]), item["attempt"], item["url"], item["headers"], item["body"].encode())


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason`: `delivered`, or in one word why not; never anything that the receiver has written."""

    reason: str
    status_class: int | None = None
    retry_after_seconds: int | None = None

    @property
    def delivered(self) -> bool:
        return self.reason == "delivered"


class Sender:
    """Redirects are not followed and proxies of the environment not used: both would call what was not checked."""

    def __init__(self, outbound: Outbound, *, seconds: float, trust: ssl.SSLContext) -> None:
        self._outbound, self._seconds = outbound, seconds
        self.connections = Connections(seconds=seconds, trust=trust)

    async def send(self, delivery: Delivery) -> tuple[Answer, int]:
        """And how long it took, in milliseconds."""
        start = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._send(delivery)
        except TimeoutError:
            answer = Answer("timeout")
        return answer, int((time.monotonic() - start) * 1000)

    async def close(self) -> None:
        await self.connections.close()

    async def _send(self, delivery: Delivery) -> Answer:
        try:
            target = await self._outbound.check(delivery.url)
        except AddressRefused as error:
            return Answer(error.code)
        async with self.connections.to(target) as client:
            return await self._try_each_address(client, target, delivery)

    async def _try_each_address(self, client: httpx.AsyncClient, target: Target, delivery: Delivery) -> Answer:
        unreachable = Answer("unreachable")
        for address in target.addresses:
            try:
                return await self._post(client, target, address, delivery)
            except httpx.ConnectError as error:
                # Nothing was said yet: the next of its addresses may answer.
                unreachable = Answer("tls" if _is_tls(error) else "unreachable")
            except httpx.TimeoutException:
                return Answer("timeout")
            except httpx.HTTPError:
                return Answer("broken-off")
        return unreachable

    async def _post(self, client: httpx.AsyncClient, target: Target, address: Address, delivery: Delivery) -> Answer:
        request = client.build_request(
            "POST",
            target.at(address),
            headers={**delivery.headers, "host": target.url.netloc.decode(), "user-agent": "yulu-webhooks/1"},
            content=delivery.body,
            extensions={"sni_hostname": target.url.raw_host.decode()},
        )
        response = await client.send(request, stream=True)
        try:
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > _READ_BYTES:
                    break
        finally:
            await response.aclose()
        status_class = _status_class(response.status_code)
        if response.is_success:
            return Answer("delivered", status_class)
        return Answer(
            "gone" if response.status_code == _GONE else "status",
            status_class,
            retry_after(response.headers.get("retry-after"), datetime.now(UTC)),
        )


def _status_class(status: int) -> int | None:
    """None beyond 599: any three digits come through, and nobody but the receiver knows what such a number means."""
    found = status // 100
    return found if found in _CLASSES else None


def retry_after(text: str | None, now: datetime) -> int | None:
    """Seconds from now, of either form that RFC 9110 knows; None where it is neither."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 9:  # noqa: PLR2004 -- more is no pause, and no int4 either
        return int(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0, int(((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()))


def _is_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
