"""Events: declared once as a class; the register feeds outbox, consumers, AsyncAPI and the golden tests."""

import re
import secrets
import zlib
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple
from uuid import UUID, uuid4

import orjson
from pydantic import BaseModel, ConfigDict, Field

PARTITIONS = 12
"""Per topic. Stored with every feed row, so a later change cannot re-route old keys."""

_EVENT_TYPE = re.compile(r"^lawyers\.[a-z]{1,40}(\.[a-z][a-z-]{0,39}){1,3}\.v[1-9]\d?$")

EVENTS: dict[str, type["Event"]] = {}
"""Every event class by its type; filled by subclassing."""


class Event(BaseModel):
    """A fact, named by a past participle, that carries ids, codes, dates and numbers, never a name or free text."""

    # Readers ignore fields they do not know: a published event may gain optional ones.
    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: ClassVar[str]
    topic: ClassVar[str]
    key_field: ClassVar[str]

    version: int = Field(ge=1, description="Version of the entity named by the key; contiguous per key.")
    region: str = Field(pattern=r"^\d{6}$", description="GB/T 2260 code of the region the record belongs to.")

    def __init_subclass__(cls, *, event_type: str, topic: str, key: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not _EVENT_TYPE.match(event_type):
            raise TypeError(f"{event_type!r} is not lawyers.<service>.<entity>.<past participle>.v<n>")
        if event_type in EVENTS:
            raise TypeError(f"{event_type} is declared twice")
        cls.event_type, cls.topic, cls.key_field = event_type, topic, key
        EVENTS[event_type] = cls

    def key(self) -> str:
        return str(getattr(self, self.key_field))


def partition_of(key: str) -> int:
    return zlib.crc32(key.encode()) % PARTITIONS


class Envelope(NamedTuple):
    """A CloudEvents 1.0 envelope as read from the feed or from Kafka; `data` is still undecoded."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    region: str
    entityversion: int
    data: dict[str, Any]
    correlationid: str | None = None
    traceparent: str | None = None

    def event(self) -> Event:
        """The typed event. Raises UnknownEventType, or pydantic.ValidationError where `data` is not of that type."""
        cls = EVENTS.get(self.type)
        if cls is None:
            raise UnknownEventType(self.type)
        return cls.model_validate(self.data)


_ATTRIBUTES = itemgetter("id", "source", "type", "subject", "time", "region", "entityversion", "data")


class MalformedEnvelope(ValueError):
    """Bytes that are no envelope of ours."""


class UnknownEventType(LookupError):
    """No class in the register has this type (a newer producer, or a major version we do not know)."""


def encode(
    event: Event,
    *,
    source: str,
    correlation_id: str | None,
    event_id: UUID | None = None,
    traceparent: str | None = None,
) -> bytes:
    """Structured CloudEvents JSON. Made once per event and never again: the salt makes its digest unguessable."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id or uuid4(),
        "source": source,
        "type": event.event_type,
        "subject": event.key(),
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "region": event.region,
        "entityversion": event.version,
        "salt": secrets.token_hex(16),
        "data": event.model_dump(mode="python"),
    }
    if correlation_id is not None:
        envelope["correlationid"] = correlation_id
    if traceparent is not None:
        envelope["traceparent"] = traceparent
    return orjson.dumps(envelope, default=_plain)


def _plain(value: Any) -> str:
    # asyncpg gives a subclass of UUID, which orjson refuses.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot stand in an event")


def parent_of(raw: bytes | None) -> str | None:
    """The trace that wrote an event; None where there is none, or its bytes cannot be read."""
    try:
        return None if raw is None else decode(raw).traceparent
    except MalformedEnvelope:
        return None


def decode(raw: bytes) -> Envelope:
    """Raises MalformedEnvelope. Attributes that we do not know are ignored, as CloudEvents asks."""
    try:
        body = orjson.loads(raw)
        envelope = Envelope._make((*_ATTRIBUTES(body), body.get("correlationid"), body.get("traceparent")))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise MalformedEnvelope(f"{type(error).__name__}: {error}") from error
    texts = (envelope.subject, envelope.type, envelope.region)
    # NUL is legal in JSON, but no database could hold it, not even to park the event.
    if not all(isinstance(text, str) and "\0" not in text for text in texts) or not isinstance(envelope.data, dict):
        raise MalformedEnvelope("type, subject and region must be text, data an object")
    return envelope
