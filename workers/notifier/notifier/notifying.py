"""Take, send, report, again. What was taken and not reported is handed out anew: it may be sent twice, never lost."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
import structlog
from common.auth import TokenSource
from common.cancellation import end_if_cancelled
from common.http.client import ServiceClient
from common.telemetry.metrics import counter

from notifier.senders import Message, NotSent, Sender, senders
from notifier.settings import NotifierSettings

_log = structlog.get_logger()
_sent = counter("yulu_notifications_total", "Messages by channel and outcome.", ["channel", "outcome"])
_unreported = counter("yulu_notifications_unreported_total", "Messages sent whose report did not arrive.")
_AWAY_SECONDS = 5.0
_REPORTS = 3


class Notifier:
    """`rights` reaches rights-api with our token; `by_channel` is what stands behind each channel."""

    def __init__(
        self, rights: httpx.AsyncClient, by_channel: Mapping[str, Sender], *, batch: int, send_seconds: float
    ) -> None:
        self._rights, self._senders = rights, by_channel
        self._batch, self._send_seconds = batch, send_seconds
        for channel in by_channel:
            for outcome in ("delivered", "failed"):
                _sent.labels(channel, outcome)  # at 0 from the start: a first failure is an increase, too

    async def step(self) -> int:
        """One round: how many messages were taken. Raises httpx.HTTPError where rights-api or the issuer is away."""
        answer = await self._rights.post("/v1/notifier/leases", json={"limit": self._batch})
        answer.raise_for_status()
        deliveries: list[dict[str, Any]] = answer.json()["deliveries"]
        async with asyncio.TaskGroup() as group:
            for delivery in deliveries:
                group.create_task(self._deliver(delivery))
        return len(deliveries)

    async def _deliver(self, delivery: dict[str, Any]) -> None:
        message = Message(
            delivery_id=UUID(delivery["delivery_id"]),
            channel=delivery["channel"],
            address=delivery["address"],
            template=delivery["template"],
            number=delivery["number"],
            text_zh=delivery["text_zh"],
            text_en=delivery["text_en"],
        )
        outcome, code = await self._send(message)
        _sent.labels(message.channel, outcome).inc()
        _log.info(
            "message_sent" if outcome == "delivered" else "message_failed",
            delivery_id=str(message.delivery_id),
            channel=message.channel,
            code=code,
        )
        await self._report(message.delivery_id, delivery["attempt"], outcome, code)

    async def _send(self, message: Message) -> tuple[str, str]:
        sender = self._senders.get(message.channel)
        if sender is None:
            return "failed", "channel-unknown"
        try:
            async with asyncio.timeout(self._send_seconds):
                return "delivered", await sender.send(message)
        except NotSent as error:
            return "failed", error.code
        except TimeoutError:
            return "failed", "timeout"
        except Exception as error:  # noqa: BLE001 -- one broken gateway must not stop the others' messages
            return "failed", f"error-{type(error).__name__}"[:40]

    async def _report(self, delivery_id: UUID, attempt: int, outcome: str, code: str) -> None:
        body = {"attempt": attempt, "outcome": outcome, "provider_code": code}
        # The same key each time: a report that did arrive counts once.
        headers = {"Idempotency-Key": f"{delivery_id}.{attempt}"}
        for pause in range(1, _REPORTS + 1):
            try:
                answer = await self._rights.post(
                    f"/v1/notifier/deliveries/{delivery_id}/outcome", json=body, headers=headers
                )
            except httpx.HTTPError:
                await asyncio.sleep(pause)
                continue
            if answer.is_success:
                return
            if answer.is_client_error:
                break
            await asyncio.sleep(pause)
        _unreported.inc()
        _log.warning("report_lost", delivery_id=str(delivery_id), attempt=attempt, outcome=outcome)


async def notify(settings: NotifierSettings) -> None:
    """Until cancelled."""
    async with AsyncExitStack() as stack:
        rights = await stack.enter_async_context(
            ServiceClient(
                "rights",
                base_url=settings.url_of("rights"),
                auth=TokenSource.from_settings(settings),
                timeout=httpx.Timeout(30, connect=5),
            )
        )
        gateways = await stack.enter_async_context(httpx.AsyncClient(timeout=settings.notifier_send_seconds))
        notifier = Notifier(
            rights,
            senders(settings, gateways),
            batch=settings.notifier_batch,
            send_seconds=settings.notifier_send_seconds,
        )
        while True:
            try:
                taken = await notifier.step()
            except httpx.HTTPError as error:
                end_if_cancelled(error)
                _log.warning("rights_unavailable", error=type(error).__name__)
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            if taken < settings.notifier_batch:
                await asyncio.sleep(settings.notifier_poll_seconds)
