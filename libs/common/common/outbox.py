"""Outbox: events wait here for the end of their transaction, which writes them itself as its last statement."""

from collections.abc import Iterable
from uuid import UUID, uuid4

import asyncpg

from common.events import Event, encode
from common.telemetry import correlation_id
from common.telemetry.closed import is_closed
from common.telemetry.tracing import traceparent

_COLUMNS = ("event_id", "event_type", "topic", "key", "region", "entity_version", "bytes")
_COPY_FROM = 32  # rows; below this one INSERT is a shorter round trip than COPY
_INSERT = """
INSERT INTO outbox (event_id, event_type, topic, key, region, entity_version, bytes)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[])
"""


class Outbox:
    """The events of one transaction, in the order in which their entities were changed.

    The entity's row must be locked before its event is built, so that per key the order of ids is the order of commits.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._rows: list[tuple[UUID, str, str, str, str, int, bytes]] = []

    def add(self, event: Event) -> None:
        event_id = uuid4()
        raw = encode(
            event,
            source=self._source,
            correlation_id=correlation_id(),
            event_id=event_id,
            traceparent=None if is_closed(event.topic) else traceparent(),
        )
        self._rows.append(
            (event_id, event.event_type, event.topic, event.key(), event.region, event.version, raw),
        )

    def add_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self.add(event)

    @property
    def event_ids(self) -> list[UUID]:
        return [row[0] for row in self._rows]

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write all rows; the caller commits next, and does nothing in between."""
        if len(self._rows) >= _COPY_FROM:
            await connection.copy_records_to_table("outbox", records=self._rows, columns=_COLUMNS)
        elif self._rows:
            await connection.execute(_INSERT, *map(list, zip(*self._rows, strict=True)))
