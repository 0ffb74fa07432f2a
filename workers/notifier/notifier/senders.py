"""The one port to telephones and mailboxes, and what stands behind it: a sink, a mail server, a gateway over HTTP."""

import asyncio
import os
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from uuid import UUID

import httpx
import orjson

from notifier.settings import NotifierSettings

_SHOWN = 2
CHANNELS = ("sms", "voice", "email", "wecom")


@dataclass(frozen=True, slots=True)
class Message:
    """`delivery_id` stays the same when it is sent again: whoever can drop repetitions does so by it."""

    delivery_id: UUID
    channel: str
    address: str = field(repr=False)
    template: str
    number: str
    text_zh: str
    text_en: str


class NotSent(Exception):
    """The provider refused or did not answer. `code` tells which, and nothing else."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sender(Protocol):
    async def send(self, message: Message) -> str:
        """The provider's code. Raises NotSent."""


def masked(address: str) -> str:
    """Its last two characters, enough to see in a sink that the right one was meant."""
    return "*" * 6 + address[-_SHOWN:] if len(address) > 2 * _SHOWN else "*" * 6


class Sink:
    """Writes each message to a file instead of sending it: for development and tests."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, message: Message) -> str:
        line = {
            "delivery_id": str(message.delivery_id),
            "channel": message.channel,
            "to": masked(message.address),
            "template": message.template,
            "number": message.number,
            "text_zh": message.text_zh,
            "text_en": message.text_en,
            "at": datetime.now(UTC).isoformat(),
        }
        await asyncio.to_thread(self._append, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        return "sink"

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # One write of a whole line: notifiers beside each other do not mix theirs.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


class Nothing:
    """Where a channel has no gateway in production: a message that went nowhere was not sent."""

    async def send(self, message: Message) -> str:
        raise NotSent(f"no-gateway-{message.channel}")


class Gateway:
    """Any provider behind a small service of the operator's own: POST of JSON, `Idempotency-Key` the delivery's id."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str | None) -> None:
        self._client, self._url = client, url
        self._headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}

    async def send(self, message: Message) -> str:
        body = {
            "delivery_id": str(message.delivery_id),
            "channel": message.channel,
            "to": message.address,
            "template": message.template,
            "number": message.number,
            "text": message.text_zh,
        }
        headers = self._headers | {"Idempotency-Key": str(message.delivery_id)}
        try:
            answer = await self._client.post(self._url, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotSent(f"unreachable-{type(error).__name__}"[:40]) from None
        if not answer.is_success:
            raise NotSent(f"http-{answer.status_code}")
        return f"http-{answer.status_code}"


@dataclass(frozen=True, slots=True)
class MailServer:
    """E-mail by the standard library, in a thread: it knows no asyncio."""

    host: str
    port: int
    sender: str
    starttls: bool
    user: str | None
    password: str | None = field(repr=False)
    seconds: float

    async def send(self, message: Message) -> str:
        try:
            await asyncio.to_thread(self._send, self.mail(message))
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"smtp-{error.smtp_code}") from None
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise NotSent(f"smtp-{code}") from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # Their messages may hold the address.
            raise NotSent(f"unreachable-{type(error).__name__}"[:40]) from None
        return "smtp-250"

    def mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self.sender, message.address
        mail["Subject"] = "豫律值班提醒"
        mail["Message-ID"] = f"<{message.delivery_id}@yulu.invalid>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(f"{message.text_zh}\n{message.text_en}\n")
        return mail

    def _send(self, mail: EmailMessage) -> None:
        server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        try:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user is not None:
                server.login(self.user, self.password or "")
            server.send_message(mail)
            # What it answers now changes nothing: it has the message.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()


def senders(settings: NotifierSettings, client: httpx.AsyncClient) -> Mapping[str, Sender]:
    """What stands behind each channel."""
    otherwise: Sender = Nothing() if settings.environment == "production" else Sink(settings.sink)
    found: dict[str, Sender] = dict.fromkeys(CHANNELS, otherwise)
    for channel in ("sms", "voice", "wecom"):
        url, secret = getattr(settings, f"notifier_{channel}_url"), getattr(settings, f"notifier_{channel}_secret")
        if url is not None:
            found[channel] = Gateway(client, url, None if secret is None else secret.get_secret_value())
    if settings.notifier_smtp_host is not None and settings.notifier_smtp_from is not None:
        password = settings.notifier_smtp_password
        found["email"] = MailServer(
            host=settings.notifier_smtp_host,
            port=settings.notifier_smtp_port,
            sender=settings.notifier_smtp_from,
            starttls=settings.notifier_smtp_starttls,
            user=settings.notifier_smtp_user,
            password=None if password is None else password.get_secret_value(),
            seconds=settings.notifier_send_seconds,
        )
    return found
