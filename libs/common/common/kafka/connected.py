"""Whether Kafka can be reached, found by asking all the time: what an event needs would tell when there was one."""

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError

from common.cancellation import end_if_cancelled
from common.telemetry.metrics import Reached, Told, gauge

PROBE_SECONDS = 5.0
_connected = gauge(
    "yulu_kafka_connected",
    "1 while Kafka answers this process, or did within the last minute; by what it is needed for.",
    ("client",),
    told=Told.ALWAYS,
)


class Connected:
    """Told from now on. client: `consumer` or `producer`."""

    def __init__(self, client: str) -> None:
        self._reached = Reached(_connected.labels(client))

    async def probe(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Until cancelled. ask: any request to the cluster that needs no topic, such as for its metadata."""
        while True:
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await ask()
            except (KafkaError, OSError, TimeoutError) as error:
                end_if_cancelled(error)
                self.lost()
            else:
                self._reached.set(there=True)
            await asyncio.sleep(PROBE_SECONDS)

    def lost(self) -> None:
        self._reached.set(there=False)
