"""Whether what was leased may still go out: its system may have been suspended, or its endpoint disabled, since."""

import asyncio
from collections.abc import Sequence

import httpx
import structlog

from webhook_dispatcher.sending import Delivery

TOGETHER = 200
"""Deliveries in one question."""

_log = structlog.get_logger()


class Confirmations:
    """Asked right before each is sent; those who ask while a question is under way share the next one."""

    def __init__(self, exchange: httpx.AsyncClient) -> None:
        self._exchange = exchange
        self._waiting: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def still_due(self, delivery: Delivery) -> bool:
        """False too where exchange-api does not answer: what is not known to be due is not sent."""
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, told))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await told

    async def _ask(self) -> None:
        while batch := self._waiting[:TOGETHER]:
            del self._waiting[: len(batch)]
            due: set[str] = set()
            try:
                due = await self._due([delivery for delivery, _ in batch])
            except httpx.HTTPError as error:
                _log.warning("webhook_not_confirmed", deliveries=len(batch), error=type(error).__name__)
            finally:
                for delivery, told in batch:
                    if not told.done():
                        told.set_result(str(delivery.delivery_id) in due)

    async def _due(self, deliveries: Sequence[Delivery]) -> set[str]:
        asked = [{"delivery_id": str(each.delivery_id), "attempt": each.attempt} for each in deliveries]
        answer = await self._exchange.post("/v1/dispatcher/confirmations", json={"deliveries": asked})
        answer.raise_for_status()
        return set(answer.json()["due"])
