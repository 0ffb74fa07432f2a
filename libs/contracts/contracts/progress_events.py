"""Events of progress-api (feed `progress.events`): what operators did to the progress store."""

from uuid import UUID

from common.events import Event

TOPIC = "progress.events"


class ProgressParkedEventResolved(
    Event, event_type="lawyers.progress.parked-event.resolved.v1", topic=TOPIC, key="parked_id"
):
    """An operator has redriven or discarded an event that the projector had parked; the reason is on file."""

    parked_id: UUID
    outcome: str
    source_topic: str
    source_partition: int
    source_seq: int


class RebuildFinished(Event, event_type="lawyers.progress.rebuild.finished.v1", topic=TOPIC, key="rebuild_id"):
    """The progress store has been rebuilt from the feeds and compared with the live one.

    events: those of registry.events only; a total would tell how long the closed feeds are.
    """

    rebuild_id: UUID
    events: int
    differing_rows: int
    switched: bool
