"""A consumer that writes down what it applied, and fails on demand."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4

from common.database import Database, Tx
from common.events import Event, partition_of
from common.feed import FeedRecord
from common.positions import Follower, Received
from common.positions.effects import ParkedEvent
from contracts.progress_events import ProgressParkedEventResolved

from tests.faults.sources import DatabaseFeed, records_of, sequence_all, write

TOPIC = "ledger.events"


class EntryMade(Event, event_type="lawyers.ledger.entry.made.v1", topic=TOPIC, key="entry_id"):
    """Something has been written down."""

    entry_id: UUID


class EntryForgotten(Event, event_type="lawyers.ledger.entry.forgotten.v1", topic=TOPIC, key="entry_id"):
    """No consumer here knows of it."""

    entry_id: UUID


class Refused(ValueError):
    """The handler's own, deterministic failure."""


class Ledger:
    """Fulfils `Effects`. Each applied event is one row, so that a second application shows as a second row."""

    handles = frozenset({EntryMade.event_type})
    ignores: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.refuses: set[str] = set()
        self.errors: list[Exception] = []
        """Raised one by one by the next applications, whatever they apply."""

    async def prepare(self, events: Sequence[Received]) -> None: ...

    async def apply(self, tx: Tx, events: Sequence[Received], prepared: None) -> None:  # noqa: ARG002
        raw = await tx.raw()
        for received in events:
            await raw.execute(
                "INSERT INTO ledger (topic, partition, seq, key, version) VALUES ($1, $2, $3, $4, $5)",
                received.topic, received.partition, received.seq, received.event.key(), received.event.version,
            )  # fmt: skip
            if received.event.key() in self.refuses:
                raise Refused(received.event.key())
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.sleep(0)

    def resolved(self, parked: ParkedEvent, outcome: str) -> Event:
        return ProgressParkedEventResolved(
            version=parked.version + 1, region="410000", parked_id=parked.parked_id, outcome=outcome,
            source_topic=parked.topic, source_partition=parked.partition, source_seq=parked.seq,
        )  # fmt: skip


class Pair:
    """One producer's database and one consumer's, with whatever stands between them left to the test."""

    def __init__(self, source: Database, store: Database) -> None:
        self.source = source
        self.store = store
        self.feed = DatabaseFeed(source)
        self.effects = Ledger()

    async def follower(self) -> Follower:
        follower = Follower(self.store, self.effects, {TOPIC: self.feed})
        await follower.start()
        return follower

    async def make(self, *keys: UUID, sequenced: bool = True) -> list[FeedRecord]:
        """One entry per key given, the version counting up; the records of the whole feed."""
        pool = await self.source.pool()
        for key in keys:
            known = await pool.fetchval("SELECT version FROM entities WHERE id = $1", str(key))
            await write(self.source, EntryMade(version=(known or 0) + 1, region="410100", entry_id=key))
        if sequenced:
            await sequence_all(self.source)
        return await records_of(self.source)

    async def applied(self) -> list[tuple[str, int]]:
        """Key and version in the order of application."""
        rows = await (await self.store.pool()).fetch("SELECT key, version FROM public.ledger ORDER BY id")
        return [(row["key"], row["version"]) for row in rows]

    async def assert_applied_once(self) -> None:
        """Everything in the feed, each event once, each key in order."""
        applied = await self.applied()
        expected: Counter[tuple[str, int]] = Counter()
        order: dict[str, list[int]] = {}
        pool = await self.source.pool()
        for row in await pool.fetch("SELECT key, entity_version FROM feed ORDER BY position"):
            expected[(row["key"], row["entity_version"])] += 1
            order.setdefault(row["key"], []).append(row["entity_version"])
        assert Counter(applied) == expected
        seen: dict[str, list[int]] = {}
        for key, version in applied:
            seen.setdefault(key, []).append(version)
        assert seen == order

    async def parked(self) -> list[tuple[str, int, str]]:
        """Key, seq and state, in the order of the feed."""
        rows = await (await self.store.pool()).fetch("SELECT key, seq, state FROM parked ORDER BY partition, seq")
        return [(row["key"], row["seq"], row["state"]) for row in rows]

    async def stopped(self) -> dict[int, str]:
        rows = await (await self.store.pool()).fetch(
            "SELECT partition, stopped FROM positions WHERE stopped IS NOT NULL"
        )
        return {row["partition"]: row["stopped"] for row in rows}

    async def decide(self, key: UUID, state: str, *, versions: int | None = None) -> None:
        """As an operator: redrive or discard the first so many of a key's parked events, or all."""
        await (await self.store.pool()).execute(
            "UPDATE parked SET state = $2, version = version + 1, resolved_by = 'test', reason = 'test', "
            "resolved_at = CASE WHEN $2 = 'discarded' THEN clock_timestamp() END "
            "WHERE parked_id IN (SELECT parked_id FROM parked WHERE key = $1 AND state = 'parked' "
            "ORDER BY seq LIMIT $3)",
            str(key), state, versions,
        )  # fmt: skip


def key_in(partition: int) -> UUID:
    """A new key of that partition."""
    while partition_of(str(key := uuid4())) != partition:
        pass
    return key


LEDGER_DDL = """
CREATE TABLE public.ledger (
    id bigint GENERATED ALWAYS AS IDENTITY, topic text, partition int, seq bigint, key text, version bigint
)
"""
