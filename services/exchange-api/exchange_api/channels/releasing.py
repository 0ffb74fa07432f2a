"""Fills the channels: what a follower of the feeds does with each event."""

from collections.abc import Sequence
from typing import Any

from common.clock import Clock
from common.database import Tx
from common.events import EVENTS, Event
from common.feed import sm3
from common.positions import Received
from common.positions.effects import ParkedEvent
from common.telemetry.metrics import counter
from contracts.exchange_events import ExchangeParkedEventResolved
from contracts.regions import PROVINCE
from contracts.releases import Released, released, released_types, releases

from exchange_api.channels import store
from exchange_api.channels.domain import Place

_released = counter("yulu_events_released_total", "Events put into a channel.", ["channel"])


class Releasing:
    """Fulfils `Effects`. Feeds of which nothing is ever released are not followed at all: no channel can depend on
    what happens there, not even in time.
    """

    handles = frozenset(released_types())
    ignores = frozenset(t for t, cls in EVENTS.items() if cls.topic in releases().topics) - handles

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def prepare(self, events: Sequence[Received]) -> None:  # noqa: ARG002 -- nothing has to be asked
        return None

    async def apply(self, tx: Tx, events: Sequence[Received], prepared: Any) -> None:  # noqa: ARG002 -- as above
        """Append to every channel that an event reaches; channels are locked in order, for this transaction."""
        connection = await tx.raw()
        forms = [(each, form) for each in events if (form := released(each.raw)) is not None]
        due: dict[str, list[tuple[Received, Released]]] = {}
        for channel in await store.channels(connection):
            if reached := [(each, form) for each, form in forms if form.reaches(channel.audience)]:
                due[channel.name] = reached
        chains = await store.lock(connection, list(due))
        digests = {form.raw: sm3(form.raw) for _, form in forms}
        now = self._clock()
        for name, reached in due.items():
            chain = chains[name]
            rows = [
                chain.link(
                    Place(each.topic, each.partition, each.seq),
                    digests[form.raw],
                    event_type=each.envelope.type,
                    key=each.envelope.subject,
                    region=each.envelope.region,
                    entity_version=each.envelope.entityversion,
                    at=now,
                    edition=releases().edition,
                )
                for each, form in reached
            ]
            await store.append(connection, name, chain, rows)
            _released.labels(name).inc(len(rows))

    def resolved(self, parked: ParkedEvent, outcome: str) -> Event:
        return parked_event_resolved(parked, outcome)


def parked_event_resolved(parked: ParkedEvent, outcome: str) -> Event:
    return ExchangeParkedEventResolved(
        version=parked.version + 1,
        region=parked.region or PROVINCE,
        parked_id=parked.parked_id,
        outcome=outcome,
        source_topic=parked.topic,
        source_partition=parked.partition,
        source_seq=parked.seq,
    )
