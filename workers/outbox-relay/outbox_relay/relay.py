"""Two loops per database, sequence (PostgreSQL) and publish (Kafka), so that a dead Kafka never delays the feed."""

import asyncio
from collections.abc import Mapping, Sequence

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from common import feed
from common.cancellation import end_if_cancelled, together
from common.database import Database
from common.events import parent_of
from common.kafka import Cluster, FeedLog, Fresh, Publisher, ensure_topics
from common.kafka.connected import Connected
from common.positions.retrying import transient
from common.telemetry.tracing import event_spans, now_ns, tracing_is_on
from opentelemetry.trace import SpanKind

from outbox_relay.watching import Watch, published, sequenced

_DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
SILENT_SECONDS = 30.0
"""After so long without an answer the sequencer's connection is given up."""

_log = structlog.get_logger()


class Relay:
    def __init__(
        self, databases: Mapping[str, Database], topics: Mapping[str, str], *, cluster: Cluster, poll_seconds: float
    ) -> None:
        self._databases = databases
        self._topics = topics
        self._cluster = cluster
        self._poll_seconds = poll_seconds
        self._wake = {service: asyncio.Event() for service in databases}
        self._fresh = {service: Fresh() for service in databases}
        self._connected = Connected("producer")
        self._watches = {service: Watch(service) for service in databases}

    async def run(self) -> None:
        """Until cancelled. Database and Kafka trouble is waited out; anything else ends the process."""
        await together(
            self._publish(),
            *(self._sequence(service) for service in self._databases),
            *(self._watches[service].run(database) for service, database in self._databases.items()),
        )

    async def _sequence(self, service: str) -> None:
        connection: asyncpg.Connection | None = None
        moved: Sequence[feed.FeedRecord] = ()
        try:
            while True:
                try:
                    if connection is None or connection.is_closed():
                        self._fresh[service].clear()
                        connection = await self._databases[service].connect_raw(
                            idle_in_transaction_session_timeout=str(feed.IDLE_LIMIT_MS)
                        )
                    # Where there were rows there are probably more: look without asking first.
                    # A server that vanished without a word would be waited for until somebody restarts us.
                    began = now_ns()
                    hanging = asyncio.get_running_loop().call_later(SILENT_SECONDS, connection.terminate)
                    try:
                        pending = bool(moved) or await self._pending(connection)
                        moved = await feed.sequence(connection) if pending else []
                    finally:
                        hanging.cancel()
                except (*_DATABASE_ERRORS, OSError, TimeoutError) as error:
                    if not transient(error) and not isinstance(error, asyncpg.IdleInTransactionSessionTimeoutError):
                        raise
                    _log.warning("sequence-failed", service=service, error=type(error).__name__)
                    _terminate(connection)
                    connection, moved = None, ()
                    await asyncio.sleep(0.5)
                    continue
                if moved or not pending:  # else another has its turn, or is stuck in it
                    self._watches[service].seen()
                if moved:
                    sequenced.labels(service).inc(len(moved))
                    self._trace("sequence", service, moved, began)
                    self._fresh[service].add(moved)
                    self._wake[service].set()
                else:
                    await asyncio.sleep(self._poll_seconds)
        finally:
            _terminate(connection)

    @staticmethod
    async def _pending(connection: asyncpg.Connection) -> bool:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"))

    async def _publish(self) -> None:
        while True:
            producer = AIOKafkaProducer(
                **self._cluster.options(), acks="all", enable_idempotence=True, linger_ms=1,
                max_batch_size=262_144, request_timeout_ms=10_000,
            )  # fmt: skip
            try:
                await producer.start()
                await ensure_topics(self._cluster, list(self._topics.values()))
                await together(
                    self._connected.probe(producer.client.fetch_all_metadata),
                    *(self._publish_one(service, topic, producer) for service, topic in self._topics.items()),
                )
            except* (KafkaError, OSError, TimeoutError) as errors:
                self._connected.lost()
                _log.warning("kafka-unavailable", error=type(errors.exceptions[0]).__name__)
            finally:
                await _stopped(producer)
            end_if_cancelled()
            await asyncio.sleep(1)

    async def _publish_one(self, service: str, topic: str, producer: AIOKafkaProducer) -> None:
        publisher = Publisher(topic, producer, FeedLog(await self._pool(service)))
        while True:
            self._wake[service].clear()
            try:
                began = now_ns()
                sent = await publisher.step(self._fresh[service])
            except _DATABASE_ERRORS as error:
                if not transient(error):
                    raise
                _log.warning("publish-failed", service=service, error=type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            if sent:
                published.labels(service).inc(len(sent))
                self._trace("send", service, sent, began)
                continue
            try:
                # Woken by our own sequencer; another relay may have sequenced, hence the timeout.
                async with asyncio.timeout(0.2):
                    await self._wake[service].wait()
            except TimeoutError:
                continue

    def _trace(self, verb: str, service: str, records: Sequence[feed.FeedRecord], began: int) -> None:
        """What has just happened, as spans."""
        if tracing_is_on():
            parents = [parent_of(record.raw) for record in records]
            with event_spans(verb, self._topics[service], parents, kind=SpanKind.PRODUCER, began=began):
                pass

    async def _pool(self, service: str) -> asyncpg.Pool:
        while True:
            try:
                return await self._databases[service].pool()
            except (asyncpg.PostgresError, OSError, TimeoutError) as error:
                if not transient(error):
                    raise
                await asyncio.sleep(0.5)


def _terminate(connection: asyncpg.Connection | None) -> None:
    if connection is not None and not connection.is_closed():
        connection.terminate()


async def _stopped(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        _log.warning("kafka-stop-failed", error=type(error).__name__)
