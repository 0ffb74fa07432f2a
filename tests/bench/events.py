"""Events for the pipelines, and one way to put them into an outbox: raw, the same for both sides."""

from datetime import date
from uuid import UUID, uuid4

from common.events import encode
from contracts.registry_events import LawyerLicensed

COLUMNS = ("event_id", "event_type", "topic", "key", "region", "entity_version", "bytes")
INSERT = f"INSERT INTO outbox ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, $7)"

Row = tuple[UUID, str, str, str, str, int, bytes]


def row(practice_id: UUID | None = None) -> Row:
    event_id = uuid4()
    event = LawyerLicensed(
        version=1, region="410100", lawyer_id=uuid4(), practice_id=practice_id or uuid4(), category=1,
        first_licensed_on=date(2020, 1, 1), from_on=date(2020, 1, 1),
    )  # fmt: skip
    raw = encode(event, source="/registry", correlation_id=None, event_id=event_id)
    return event_id, event.event_type, event.topic, event.key(), event.region, event.version, raw
