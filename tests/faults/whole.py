"""The whole system on clusters that fail over under it: every process of its own, engines as in yulu_local.cluster."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from common.database import Database
from yulu_local.cluster import MIN_IN_SYNC, REPLICAS

from tests.faults.laboratory import TOPICS, Engines, Window
from tests.support.system import System, running_system


class Whole:
    """What failovers need to know of it. Fulfils `failovers.Struck`."""

    def __init__(self, system: System, engines: Engines, seed: int) -> None:
        self.engines: Engines | None = engines
        self.bootstrap = system.kafka
        self.topics = {topic: topic for topic in TOPICS}
        self.sources = {
            topic: Database(system.dsn(topic.partition(".")[0]), source="/faults", pool_size=2) for topic in TOPICS
        }
        self.rng = random.Random(f"{seed}/whole")
        self.window = Window()

    def assert_running(self) -> None:
        """The supervisor starts again whatever ends."""

    async def close(self) -> None:
        for database in self.sources.values():
            await database.close()


@asynccontextmanager
async def whole(system: System, engines: Engines, seed: int) -> AsyncIterator[Whole]:
    struck = Whole(system, engines, seed)
    try:
        yield struck
    finally:
        await struck.close()


@contextmanager
def running_whole_system(directory: Path, engines: Engines, **settings: str) -> Iterator[System]:
    """Without a database server and a broker of its own."""
    assert engines.kafka is not None
    clusters = {
        "DATABASE_URL": engines.postgres.url, "KAFKA_BOOTSTRAP_SERVERS": engines.kafka.bootstrap,
        "KAFKA_REPLICATION_FACTOR": str(REPLICAS), "KAFKA_MIN_INSYNC_REPLICAS": str(MIN_IN_SYNC),
    }  # fmt: skip
    with running_system(directory, **clusters, **settings) as system:
        yield system
