"""Databases cloned from migrated templates, and a feed read straight from its database."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from uuid import UUID

import asyncpg
from common import feed
from common.database import Database, event_log_ddl
from common.events import Event, decode, partition_of
from common.feed import FeedRecord, Heads, sm3
from common.migrations import migrate
from common.positions import FeedUnavailable
from progress_store import SCHEMA
from sqlalchemy import make_url

SOURCE, STORE = "template_source", "template_store"

# `entities` is the state that a service would have: one row per key, locked before an event is built.
_ENTITIES = "CREATE TABLE entities (id text PRIMARY KEY, version bigint NOT NULL)"
DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
_numbers = count(1)


def with_database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


class Server:
    """A PostgreSQL server with templates; what is cloned from them is gone when `cloned` ends."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(with_database(self.url, "postgres"))
        try:
            yield connection
        finally:
            await connection.close()

    async def _has(self, name: str) -> bool:
        async with self._admin() as admin:
            return bool(await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name))

    async def prepare(self) -> None:
        """The templates, once per server."""
        if not await self._has(SOURCE):
            await self.execute(f'CREATE DATABASE "{SOURCE}"')
            connection = await asyncpg.connect(with_database(self.url, SOURCE))
            await connection.execute(event_log_ddl())
            await connection.execute(_ENTITIES)
            await connection.close()
        if not await self._has(STORE):
            # The store's own events go out like any service's, so its outbox stands beside the projected schema.
            await migrate(with_database(self.url, STORE), "progress_api")
            await migrate(with_database(self.url, STORE), "progress_store", schema=SCHEMA)

    async def execute(self, *statements: str) -> None:
        """Against the server itself; creating from one template at a time."""
        async with self._lock, self._admin() as admin:
            for statement in statements:
                await admin.execute(statement)

    async def clone(self, template: str, name: str | None = None) -> str:
        name = name or f"{template.removeprefix('template_')}_{next(_numbers)}"
        await self._alone(template, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    async def rename(self, name: str, to: str) -> None:
        await self._alone(name, f'ALTER DATABASE "{name}" RENAME TO "{to}"', then=to)

    async def drop(self, name: str) -> None:
        await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _alone(self, name: str, statement: str, *, then: str | None = None) -> None:
        """While nobody is connected: pools connect again as soon as they are thrown out."""
        await self.execute(
            f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",
            statement,
            f'ALTER DATABASE "{then or name}" ALLOW_CONNECTIONS true',
        )

    def database(self, name: str, *, source: str = "/test", search_path: str | None = None) -> Database:
        return Database(with_database(self.url, name), source=source, search_path=search_path, pool_size=4)

    def store(self, name: str) -> Database:
        return self.database(name, source="/progress", search_path=f"{SCHEMA},public")


class DatabaseFeed:
    """Fulfils `FeedSource` without HTTP. `available` and `epoch` are the test's to change."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.available = True
        self.epoch: str | None = None
        self.reads = 0

    async def _pool(self) -> asyncpg.Pool:
        if not self.available:
            raise FeedUnavailable("switched off by the test")
        self.reads += 1
        return await self.database.pool()

    async def heads(self) -> Heads:
        try:
            heads = await feed.heads(await self._pool())
        except DATABASE_ERRORS as error:
            raise FeedUnavailable(repr(error)) from error
        return heads if self.epoch is None else replace(heads, epoch=self.epoch)

    async def recorded_at(self, partition: int, seq: int) -> datetime | None:
        found = [record for record in await self.read(partition, seq - 1, 1) if record.seq == seq]
        return found[0].recorded_at if found else None

    async def read(self, partition: int, after_seq: int, limit: int) -> Sequence[FeedRecord]:
        try:
            return await feed.read_partition(await self._pool(), partition, after_seq, limit)
        except DATABASE_ERRORS as error:
            raise FeedUnavailable(repr(error)) from error


async def lock_and_change(connection: asyncpg.Connection, event: Event) -> None:
    """As a service does: the entity's row is locked before the event is written that was built on it."""
    known = await connection.fetchval("SELECT version FROM entities WHERE id = $1 FOR UPDATE", event.key())
    assert (known or 0) + 1 == event.version, f"{event.key()}: {known} in the database, {event.version} to come"
    await connection.execute(
        "INSERT INTO entities VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET version = $2", event.key(), event.version
    )


async def write(database: Database, *events: Event) -> list[UUID]:
    async with database.begin() as tx:
        raw = await tx.raw()
        for event in events:
            await lock_and_change(raw, event)
            tx.outbox.add(event)
    return tx.outbox.event_ids


async def sequence_all(database: Database, *, limit: int = feed.BATCH) -> int:
    """Sequence until the outbox is empty."""
    connection = await database.connect_raw(idle_in_transaction_session_timeout=str(feed.IDLE_LIMIT_MS))
    try:
        moved = 0
        while step := await feed.sequence(connection, limit=limit):
            moved += len(step)
        return moved
    finally:
        await connection.close()


async def records_of(database: Database) -> list[FeedRecord]:
    return await feed.read_after(await database.pool(), 0, 1_000_000)


def by_partition(topic: str, records: Sequence[FeedRecord]) -> dict[tuple[str, int], list[FeedRecord]]:
    """What one poll of Kafka would deliver."""
    batches: dict[tuple[str, int], list[FeedRecord]] = {}
    for record in records:
        batches.setdefault((topic, record.partition), []).append(record)
    return batches


async def verify_feed(database: Database) -> list[FeedRecord]:
    """Contiguity, partitions, both chains and the heads, computed here anew from the bytes alone."""
    records = await records_of(database)
    last, partitions = bytes(32), {partition: (0, bytes(32)) for partition in range(12)}
    recorded_at = None
    for position, record in enumerate(records, start=1):
        assert record.raw is not None
        assert record.position == position
        assert record.digest == sm3(record.raw)
        assert decode(record.raw).subject == record.key
        assert record.partition == partition_of(record.key)
        seq, partition_last = partitions[record.partition]
        seq += 1
        assert record.seq == seq
        last = sm3(last + struct.pack(">QHQ", position, record.partition, seq) + record.digest)
        partition_last = sm3(partition_last + struct.pack(">Q", seq) + record.digest)
        assert (record.hash, record.partition_hash) == (last, partition_last)
        partitions[record.partition] = (seq, partition_last)
        assert recorded_at is None or recorded_at <= record.recorded_at
        recorded_at = record.recorded_at
    heads = await feed.heads(await database.pool())
    assert (heads.position, heads.hash, heads.recorded_at) == (len(records), last, recorded_at)
    assert {p: (h.seq, h.hash) for p, h in heads.partitions.items()} == partitions
    return records
