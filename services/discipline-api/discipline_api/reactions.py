"""Discipline's reactions to its own facts, as a process of its own: what follows from them is recorded, once."""

import socket
from collections.abc import Sequence
from typing import Any

import httpx
from common.auth import TokenSource
from common.clock import Clock, system_clock
from common.database import Database, Tx
from common.events import EVENTS
from common.feed_api import HttpFeed
from common.http.client import ServiceClient
from common.kafka import Cluster, KafkaFollower
from common.positions import Follower, Received
from common.positions.effects import ParkedEvent
from common.telemetry import bind_correlation_id, unbind_correlation_id
from contracts.discipline_events import TOPIC, DisciplineParkedEventResolved

from discipline_api.honours import consumers as honours
from discipline_api.linkages import consumers as linkages
from discipline_api.settings import DisciplineSettings

SOURCE = "/discipline"


class DisciplineReactions:
    """Fulfils `Effects`, in the database whose feed is followed. `registry` carries its base URL and our token."""

    handles = honours.HANDLES | linkages.HANDLES
    # Our own service's other events: it has written itself what they tell.
    ignores = frozenset(name for name, cls in EVENTS.items() if cls.topic == TOPIC) - handles

    def __init__(self, database: Database, registry: httpx.AsyncClient, clock: Clock = system_clock) -> None:
        self._database, self._registry, self._clock = database, registry, clock

    async def prepare(self, events: Sequence[Received]) -> honours.Answers:
        return await honours.ask_registry(self._database, self._registry, [received.event for received in events])

    async def apply(self, tx: Tx, events: Sequence[Received], prepared: Any) -> None:
        answers: honours.Answers = prepared
        now = self._clock()
        for received in events:
            # What follows has the same cause as what it follows from.
            bound = bind_correlation_id(received.envelope.correlationid)
            try:
                await honours.react(tx, received.event, answers)
                await linkages.react(tx, received.event, now)
            finally:
                unbind_correlation_id(bound)

    def resolved(self, parked: ParkedEvent, outcome: str) -> DisciplineParkedEventResolved:
        return linkages.resolved(parked, outcome)


async def react(settings: DisciplineSettings) -> None:
    """Until cancelled."""
    database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
    auth = TokenSource.from_settings(settings)
    timeout = httpx.Timeout(30, connect=5)
    try:
        async with (
            ServiceClient("discipline", base_url=settings.discipline_url, auth=auth, timeout=timeout) as discipline,
            ServiceClient("registry", base_url=settings.registry_url, auth=auth, timeout=timeout) as registry,
        ):
            follower = Follower(database, DisciplineReactions(database, registry), {TOPIC: HttpFeed(discipline)})
            await KafkaFollower(
                follower,
                (TOPIC,),
                cluster=Cluster.of(settings),
                group=settings.discipline_consumer_group,
                instance=settings.consumer_instance or f"discipline-reactions-{socket.gethostname()}",
            ).run()
    finally:
        await database.close()
