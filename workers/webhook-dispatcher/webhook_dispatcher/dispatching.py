"""Take, send, report, again. What was taken and not reported is handed out anew: it may be sent twice, never lost."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog
from common.auth import TokenSource
from common.cancellation import at_work, end_if_cancelled
from common.certificates import Renewing
from common.http.client import ServiceClient
from common.telemetry.metrics import Told, counter, gauge

from webhook_dispatcher.confirming import Confirmations
from webhook_dispatcher.sending import Answer, Delivery, Sender
from webhook_dispatcher.settings import DispatcherSettings

_log = structlog.get_logger()
# Told always: what is sent has been released to those outside.
_sent = counter(
    "yulu_webhook_deliveries_total", "Attempts to deliver an event, by outcome.", ["outcome"], told=Told.ALWAYS
)
_pending = gauge("yulu_webhook_pending", "Deliveries that wait, over all active endpoints.", told=Told.ALWAYS)
_oldest = gauge("yulu_webhook_oldest_seconds", "Age of the oldest delivery that waits.", told=Told.ALWAYS)
_open = gauge("yulu_webhook_circuit_open", "Active endpoints whose circuit is not closed.", told=Told.ALWAYS)
_AWAY_SECONDS = 5.0
_STATE_SECONDS = 10.0
_TOGETHER = 200
"""Outcomes in one report."""
_MARGIN = 0.25
"""Of a lease: what has not begun to be sent by then is left to the next dispatcher."""


class Dispatcher:
    """`exchange` reaches exchange-api with our token."""

    def __init__(self, exchange: httpx.AsyncClient, sender: Sender, *, parallel: int) -> None:
        self._exchange, self._sender, self._parallel = exchange, sender, parallel
        self._confirmations = Confirmations(exchange)
        self._under_way: set[asyncio.Task[None]] = set()
        self._outcomes: list[dict[str, Any]] = []

    async def step(self, pause: float) -> None:
        """Report what has ended, take what there is room for, wait until something ends or the pause is over.

        Raises httpx.HTTPError where exchange-api or the issuer is away; what has not been reported is kept.
        """
        room = self._parallel - len(self._under_way)
        if room:
            taken = await self._take(room)
        else:
            taken = 0
            await self._report()
        if self._under_way:
            # An answer may free the next event of its key; and there may be more for others.
            await asyncio.wait(self._under_way, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        elif not taken:
            await asyncio.sleep(pause)

    async def finish(self) -> None:
        """Waits for what is under way and reports it."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._report()

    async def _take(self, room: int) -> int:
        asked = time.monotonic()
        outcomes = self._outcomes[:_TOGETHER]
        answer = await self._exchange.post("/v1/dispatcher/leases", json={"limit": room, "outcomes": outcomes})
        answer.raise_for_status()
        del self._outcomes[: len(outcomes)]
        lease = answer.json()
        begin_by = asked + lease["seconds"] * _MARGIN
        for item in lease["deliveries"]:
            task = asyncio.create_task(self._deliver(Delivery.of(item), begin_by))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(lease["deliveries"])

    async def _deliver(self, delivery: Delivery, begin_by: float) -> None:
        # After a long sleep of this process the lease may be over, and the delivery another's.
        if not await self._confirmations.still_due(delivery) or time.monotonic() > begin_by:
            return
        answer, duration_ms = await self._attempt(delivery)
        _sent.labels(answer.reason).inc()
        _log.info(
            "webhook_delivered" if answer.delivered else "webhook_failed",
            delivery_id=str(delivery.delivery_id),
            reason=answer.reason,
            status_class=answer.status_class,
        )
        self._outcomes.append(
            {
                "delivery_id": str(delivery.delivery_id),
                "attempt": delivery.attempt,
                "delivered": answer.delivered,
                "reason": answer.reason,
                "status_class": answer.status_class,
                "retry_after_seconds": answer.retry_after_seconds,
                "duration_ms": duration_ms,
            }
        )

    async def _attempt(self, delivery: Delivery) -> tuple[Answer, int]:
        try:
            return await self._sender.send(delivery)
        except Exception as error:  # noqa: BLE001 -- one odd receiver must not stop the others' events
            _log.warning("webhook_error", delivery_id=str(delivery.delivery_id), error=type(error).__name__)
            return Answer("error"), 0

    async def _report(self) -> None:
        while batch := self._outcomes[:_TOGETHER]:
            answer = await self._exchange.post("/v1/dispatcher/outcomes", json={"outcomes": batch})
            answer.raise_for_status()
            del self._outcomes[: len(batch)]

    async def watch(self) -> None:
        """Metrics over all endpoints, for ever."""
        while True:
            try:
                answer = await self._exchange.get("/v1/dispatcher/state")
                answer.raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(_STATE_SECONDS)
                continue
            state = answer.json()
            _pending.set(state["pending"])
            _open.set(state["circuits_open"])
            oldest = state["oldest_at"]
            age = 0.0 if oldest is None else (datetime.now(UTC) - datetime.fromisoformat(oldest)).total_seconds()
            _oldest.set(max(0.0, age))
            await asyncio.sleep(_STATE_SECONDS)


async def dispatch(settings: DispatcherSettings) -> None:
    """Until cancelled; then what is under way is finished and reported first."""
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(
            ServiceClient(
                "exchange",
                base_url=settings.url_of("exchange"),
                auth=TokenSource.from_settings(settings),
                timeout=httpx.Timeout(30, connect=5),
            )
        )
        trust = Renewing.trusting(settings.dispatcher_ca_file)
        sender = Sender(settings.outbound(), seconds=settings.dispatcher_send_seconds, trust=trust)
        stack.push_async_callback(sender.close)
        dispatcher = Dispatcher(exchange, sender, parallel=settings.dispatcher_parallel)
        await stack.enter_async_context(at_work(dispatcher.watch()))
        try:
            while True:
                try:
                    await dispatcher.step(settings.dispatcher_poll_seconds)
                except httpx.HTTPError as error:
                    end_if_cancelled(error)
                    _log.warning("exchange_unavailable", error=type(error).__name__)
                    await asyncio.sleep(_AWAY_SECONDS)
        except asyncio.CancelledError:
            await dispatcher.finish()
            raise
