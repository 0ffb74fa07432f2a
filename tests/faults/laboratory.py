"""The whole pipeline in one process: real PostgreSQL and Kafka, the relay, the projector; each behind a line to cut.

Producers write a random world's changes; faults strike meanwhile; `check` says whether anything was lost or doubled.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from uuid import UUID

from common.database import Database
from common.kafka import Cluster, KafkaFollower, ensure_topics
from common.positions import Follower
from common.positions.retrying import transient
from contracts.discipline_events import TOPIC as DISCIPLINE
from contracts.registry_events import TOPIC as REGISTRY
from contracts.rights_events import TOPIC as RIGHTS
from outbox_relay.relay import Relay
from progress_projector.rebuild import Rebuilder
from progress_store import SCHEMA
from progress_store.projection import Projection
from yulu_local.cluster import MIN_IN_SYNC, REPLICAS, KafkaCluster, PostgresCluster
from yulu_local.engines import Kafka

from tests.faults.counts import difference, expected, projected
from tests.faults.proxy import Proxy
from tests.faults.sources import (
    DATABASE_ERRORS,
    SOURCE,
    STORE,
    DatabaseFeed,
    Server,
    lock_and_change,
    verify_feed,
    with_database,
)
from tests.faults.world import Change, World

TOPICS = (REGISTRY, DISCIPLINE, RIGHTS)
SETTLE_SECONDS = 180
_WRITERS = 3


class Lost(AssertionError):
    """Something acknowledged is missing, doubled, or counted wrongly."""


@dataclass(frozen=True)
class Engines:
    """Of several servers each. kafka: None where the brokers are not ours to lose."""

    postgres: PostgresCluster
    kafka: KafkaCluster | None = None


class Window:
    """How long clients were refused: from the start of the first request that failed to the next that succeeded."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._longest = 0.0

    def failed(self, begun: float) -> None:
        self._since = begun if self._since is None else min(self._since, begun)

    def succeeded(self) -> None:
        if self._since is not None:
            self.note(time.monotonic() - self._since)
            self._since = None

    @property
    def open(self) -> bool:
        """Whether somebody has been refused, and nobody answered since."""
        return self._since is not None

    def note(self, seconds: float) -> None:
        self._longest = max(self._longest, seconds)

    def take(self) -> float:
        """In seconds, the longest since it was last taken; 0 where nothing failed."""
        longest, self._longest = self._longest, 0.0
        return longest


class RelayActor:
    """The production relay. `kill` is SIGKILL's equal: its connections die, nothing it held is finished."""

    def __init__(self, proxy: Proxy, names: Mapping[str, str], topics: Mapping[str, str], bootstrap: str) -> None:
        self.proxy = proxy
        self._names, self._topics, self._bootstrap = names, topics, bootstrap
        self._databases: list[Database] = []
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.proxy.heal()
        databases = {
            topic: Database(with_database(self.proxy.url, name), source="/relay", pool_size=3)
            for topic, name in self._names.items()
        }
        self._databases = list(databases.values())
        relay = Relay(databases, self._topics, cluster=Cluster(self._bootstrap), poll_seconds=0.01)
        self.task = asyncio.create_task(relay.run())

    async def kill(self) -> None:
        self.proxy.sever()
        await _ended(self.task)
        self.task = None
        for database in self._databases:
            await database.close()
        self._databases = []


class ProjectorActor:
    """The production follower over Kafka and the pull path."""

    def __init__(
        self, proxy: Proxy, name: str, feeds: Mapping[str, DatabaseFeed], bootstrap: str, instance: str, group: str
    ) -> None:
        self.proxy = proxy
        self._name, self._feeds, self._bootstrap = name, feeds, bootstrap
        self._instance, self._group = instance, group
        self._database: Database | None = None
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.proxy.heal()
        url = with_database(self.proxy.url, self._name)
        self._database = Database(url, source="/progress", search_path=f"{SCHEMA},public", pool_size=4)
        kafka = KafkaFollower(
            Follower(self._database, Projection(), self._feeds),
            tuple(self._feeds),
            cluster=Cluster(self._bootstrap),
            group=self._group,
            instance=self._instance,
            heads_seconds=0.5,
        )
        self.task = asyncio.create_task(kafka.run())

    async def kill(self) -> None:
        self.proxy.sever()
        await _ended(self.task)
        self.task = None
        if self._database is not None:
            await self._database.close()


async def _ended(task: asyncio.Task[None] | None) -> None:
    if task is None:
        return
    task.cancel()
    await asyncio.wait([task])
    # What it said with its connections gone is of no interest; what it said before, `check` has asked.
    with suppress(asyncio.CancelledError):
        task.exception()


class Laboratory:
    def __init__(
        self,
        server: Server,
        bootstrap: str,
        seed: int,
        *,
        engine: Kafka | None = None,
        engines: Engines | None = None,
        store_server: Server | None = None,
    ) -> None:
        """engine: Kafka itself, where it may be stopped. engines: the clusters behind both, where they may fail over.

        store_server: where the progress store does not stand beside the producers.
        """
        self.server = server
        self.store_server = store_server or server
        self.bootstrap = bootstrap
        self.engine = engine
        self.engines = engines
        self.window = Window()
        self.rng = random.Random(seed)
        self.world = World(random.Random(seed + 1))
        self.topics = {topic: f"lab-{seed}-{topic}" for topic in TOPICS}
        """The world's topic → this laboratory's own."""
        self.acknowledged: dict[str, list[UUID]] = {topic: [] for topic in TOPICS}
        self.names: dict[str, str] = {}
        self.sources: dict[str, Database] = {}
        self.feeds: dict[str, DatabaseFeed] = {}
        self._stack = AsyncExitStack()
        self._group = f"lab-{seed}"
        self._spare_actors: list[RelayActor | ProjectorActor] = []

    async def __aenter__(self) -> Self:
        cluster = Cluster(self.bootstrap)
        if self.engines is not None and self.engines.kafka is not None:
            cluster = replace(cluster, replication_factor=REPLICAS, min_insync_replicas=MIN_IN_SYNC)
        await ensure_topics(cluster, list(self.topics.values()))
        for topic in TOPICS:
            name = await self._clone(SOURCE)
            self.names[topic] = name
            self.sources[topic] = await self._database(self.server.database(name))
            self.feeds[self.topics[topic]] = DatabaseFeed(self.sources[topic])
        self.store_name = await self._clone(STORE, self.store_server)
        self.store = await self._database(self.store_server.store(self.store_name))
        self.writer = await self._proxy()
        self.writers = {
            topic: await self._database(
                Database(with_database(self.writer.url, name), source=f"/{topic}", pool_size=_WRITERS)
            )
            for topic, name in self.names.items()
        }
        self.relay = await self.new_relay()
        self.projector = await self.new_projector("first")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _clone(self, template: str, server: Server | None = None) -> str:
        server = server or self.server
        name = await server.clone(template)
        self._stack.push_async_callback(server.drop, name)
        return name

    async def _database(self, database: Database) -> Database:
        self._stack.push_async_callback(database.close)
        return database

    async def _proxy(self, server: Server | None = None) -> Proxy:
        return await self._stack.enter_async_context(Proxy((server or self.server).url).running())

    async def new_relay(self) -> RelayActor:
        relay = RelayActor(await self._proxy(), self.names, self.topics, self.bootstrap)
        self._stack.push_async_callback(relay.kill)
        relay.start()
        return relay

    async def new_projector(self, instance: str, *, group: str | None = None) -> ProjectorActor:
        """group: of consumers, where not this laboratory's."""
        projector = ProjectorActor(
            await self._proxy(self.store_server), self.store_name, self.feeds, self.bootstrap,
            f"{self._group}-{instance}", group or self._group,
        )  # fmt: skip
        self._stack.push_async_callback(projector.kill)
        projector.start()
        return projector

    # Load

    async def write(self, changes: int) -> None:
        """Several writers at once; returns when each change is known to have happened or not."""

        async def writer(count: int) -> None:
            for _ in range(count):
                change = self.world.next()
                happened = False
                try:
                    happened = await self._attempt(change)
                finally:
                    self.world.settle(change, accepted=happened)

        async with asyncio.TaskGroup() as group:
            for _ in range(_WRITERS):
                group.create_task(writer(changes // _WRITERS))

    async def _attempt(self, change: Change) -> bool:
        """As a client with an idempotency key: after an error it asks again until it knows."""
        ids: list[UUID] = []
        begun = time.monotonic()
        try:
            async with self.writers[change.topic].begin() as tx:
                raw = await tx.raw()
                for event in change.events:
                    await lock_and_change(raw, event)
                    tx.outbox.add(event)
                ids = tx.outbox.event_ids
        except Exception as error:
            if not transient(error):
                raise
            self.window.failed(begun)
            if not await self._committed(change):
                return False
        self.window.succeeded()
        self.acknowledged[change.topic] += ids
        return True

    async def _committed(self, change: Change) -> bool:
        event = change.events[-1]
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                await asyncio.sleep(0.05)
                try:
                    pool = await self.sources[change.topic].pool()
                    # FOR UPDATE on the key waits for a transaction that is still ending.
                    version = await pool.fetchval("SELECT version FROM entities WHERE id = $1 FOR UPDATE", event.key())
                except DATABASE_ERRORS as error:
                    # What ended the write may end the question about it, too.
                    if not transient(error):
                        raise
                else:
                    return bool(version == event.version)

    # Settling and checking

    def assert_running(self) -> None:
        for name, actor in (("relay", self.relay), ("projector", self.projector)):
            if actor.task is not None and actor.task.done():
                raise Lost(f"the {name} has ended by itself") from actor.task.exception()

    async def settle(self, *, forked: bool = False) -> None:
        """Until the outboxes are empty and the positions stand at the heads."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                self.assert_running()
                behind = [topic for topic in TOPICS if await self._behind(topic, forked=forked)]
                if not behind:
                    return
                await asyncio.sleep(0.05)

    async def _behind(self, topic: str, *, forked: bool) -> bool:
        try:
            pool = await self.sources[topic].pool()
            if await pool.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
                return True
            heads = {row["partition"]: row for row in await pool.fetch("SELECT * FROM feed_partition_heads")}
            store = await self.store.pool()
            rows = await store.fetch("SELECT * FROM positions WHERE topic = $1", self.topics[topic])
        except DATABASE_ERRORS as error:
            if not transient(error):
                raise
            return True
        return len(rows) < len(heads) or any(
            (row["last_seq"], row["last_partition_hash"])
            != (heads[row["partition"]]["seq"], heads[row["partition"]]["hash"])
            for row in rows
            if not (forked and row["stopped"])
        )

    async def check(self) -> None:
        """Every acknowledged write once in the feed, chains, positions, model, live equals rebuilt."""
        await self.settle()
        for topic in TOPICS:
            await verify_feed(self.sources[topic])
            pool = await self.sources[topic].pool()
            rows = await pool.fetch("SELECT event_id, key, entity_version FROM feed ORDER BY position")
            if Counter(row["event_id"] for row in rows) != Counter(self.acknowledged[topic]):
                raise Lost(f"{topic}: the feed does not hold what was acknowledged")
            versions: Counter[str] = Counter()
            for row in rows:
                versions[row["key"]] += 1
                if row["entity_version"] != versions[row["key"]]:
                    raise Lost(f"{topic}: {row['key']} is out of order at version {row['entity_version']}")
        store = await self.store.pool()
        if parked := await store.fetch("SELECT topic, partition, seq, error FROM parked"):
            raise Lost(f"parked: {parked}")
        if stopped := await store.fetch("SELECT topic, partition, stopped FROM positions WHERE stopped IS NOT NULL"):
            raise Lost(f"stopped: {stopped}")
        if wrong := difference(expected(self.world), await projected(store)):
            raise Lost(f"model and store differ: {wrong}")
        outcome = await self.rebuild(switch=False)
        if outcome:
            raise Lost(f"live is not rebuilt: {outcome}")

    async def rebuild(self, *, switch: bool) -> list[object]:
        """The differences found."""
        async with self._rebuilder() as rebuilder:
            return list((await rebuilder._rebuild(switch=switch)).differences)

    @asynccontextmanager
    async def _rebuilder(self) -> AsyncIterator[Rebuilder]:
        yield Rebuilder(self.store, self.feeds)
