"""What this service's feed tells of an event that the projector had parked."""

from common.events import Event
from common.positions.effects import ParkedEvent
from contracts.progress_events import ProgressParkedEventResolved
from contracts.regions import PROVINCE


def parked_event_resolved(parked: ParkedEvent, outcome: str) -> Event:
    return ProgressParkedEventResolved(
        version=parked.version + 1,
        region=parked.region or PROVINCE,
        parked_id=parked.parked_id,
        outcome=outcome,
        source_topic=parked.topic,
        source_partition=parked.partition,
        source_seq=parked.seq,
    )
