"""What is told of the relay: how much waits in each outbox and for Kafka, since when, and whether it is at work."""

import asyncio
import time
from datetime import datetime

import asyncpg
import structlog
from common.database import Database
from common.events import MalformedEnvelope, decode
from common.positions.retrying import transient
from common.telemetry.closed import is_closed
from common.telemetry.disturbance import disturbed
from common.telemetry.metrics import Age, Told, counter, gauge

WATCH_SECONDS = 5.0
STUCK_SECONDS = 60.0
"""What waits longer than this is no longer on its way."""
_COUNTED = 100_000
"""Rows of an outbox beyond which nobody asks how many exactly."""

_log = structlog.get_logger()
_OF_SERVICE = ("service",)
sequenced = counter("yulu_events_sequenced_total", "Outbox rows moved into the feed.", _OF_SERVICE, told=Told.BY_FEED)
published = counter("yulu_events_published_total", "Feed rows sent to Kafka.", _OF_SERVICE, told=Told.BY_FEED)
_rows = gauge("yulu_outbox_rows", f"Rows that wait in the outbox, at most {_COUNTED}.", _OF_SERVICE, told=Told.BY_FEED)
_oldest = gauge(
    "yulu_outbox_oldest_seconds", "Age of the oldest row of the outbox; 0 where it is empty.", _OF_SERVICE,
    told=Told.BY_FEED,
)  # fmt: skip
_unseen = gauge(
    "yulu_outbox_unseen_seconds",
    "Seconds, in whole minutes, since the outbox was last found empty or moved into the feed.",
    _OF_SERVICE,
    told=Told.ALWAYS,
)
_behind = gauge("yulu_publish_lag_events", "Feed rows not yet sent to Kafka.", _OF_SERVICE, told=Told.BY_FEED)
_behind_seconds = gauge(
    "yulu_publish_lag_seconds",
    "Seconds since the oldest row that is not yet in Kafka entered the feed; 0 where there is none.",
    _OF_SERVICE,
    told=Told.BY_FEED,
)

_WAITING = f"""
SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT {_COUNTED}) o) AS rows,
       (SELECT bytes FROM outbox ORDER BY id LIMIT 1) AS oldest,
       h.position - p.position AS behind,
       (SELECT recorded_at FROM feed WHERE position = p.position + 1) AS unsent_since
FROM feed_head h, publication p
"""


class Watch:
    """Of one service's outbox and feed."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._oldest = Age(_oldest.labels(service))
        self._unsent = Age(_behind_seconds.labels(service))
        self._unseen = Age(_unseen.labels(service), step=60)
        self._unseen.since = time.time()
        self._first: bytes | None = None

    def seen(self) -> None:
        """The sequencer has had its turn."""
        self._unseen.since = time.time()

    async def run(self, database: Database) -> None:
        """Looks at the same pace whatever happens. Database trouble is waited out."""
        while True:
            try:
                self._tell(await (await database.pool()).fetchrow(_WAITING))
            except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
                if not transient(error):
                    raise
                _log.warning("watch-failed", service=self._service, error=type(error).__name__)
            await asyncio.sleep(WATCH_SECONDS)

    def _tell(self, row: asyncpg.Record | None) -> None:
        if row is None:
            raise RuntimeError("feed_head is empty: the event log was not migrated")
        if row["oldest"] != self._first or row["oldest"] is None:
            self.seen()  # by another sequencer, where it was not ours
        self._first = row["oldest"]
        _rows.labels(self._service).set(row["rows"])
        _behind.labels(self._service).set(row["behind"])
        self._oldest.since = None if row["oldest"] is None else _written_at(row["oldest"])
        self._unsent.since = None if row["unsent_since"] is None else row["unsent_since"].timestamp()
        stuck = max(self._oldest.seconds(), self._unsent.seconds()) > STUCK_SECONDS
        disturbed(f"relay-{self._service}", is_closed(self._service) and stuck)


def _written_at(raw: bytes) -> float:
    try:
        return datetime.fromisoformat(decode(raw).time).timestamp()
    except (MalformedEnvelope, ValueError):
        return time.time()  # the row itself waits, and is counted
