"""The follower: links, applies, parks. Kafka and the pull path both end here, so both are proven by the same code."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from time import time
from typing import Any

import stamina
import structlog

from common.database import Database
from common.events import PARTITIONS, UnknownEventType
from common.feed import Heads, Linked, next_partition_hash, sm3
from common.positions import store, told
from common.positions.abandoned import Abandoned
from common.positions.effects import Effects, FeedForked, FeedSource, FeedUnavailable, Received
from common.positions.redrive import Redriver, receive
from common.positions.retrying import transient, worth_retrying
from common.positions.store import Key, Position, PositionMoved
from common.telemetry.tracing import event_spans, tracing_is_on

PULL_LIMIT = 2_000
"""Events per request of the pull path."""
ABREAST = 3
"""Partitions pulled at the same time where all are: one is read and one written while a third is being decoded."""
PARK_LIMIT = 50
"""Failing keys in one batch beyond which the fault is ours, not theirs: the partition stops instead."""

BEHIND = "behind a parked event of its key"

_log = structlog.get_logger()


class Follower:
    """One consumer's hold on its topics. Any number may run: the position guard lets only one move a partition."""

    def __init__(
        self,
        database: Database,
        effects: Effects,
        sources: Mapping[str, FeedSource],
        *,
        without: frozenset[tuple[str, int, int]] = frozenset(),
    ) -> None:
        """without: topic, partition and seq of events that an operator has discarded, for a rebuild to leave out."""
        self._without = without
        self._database = database
        self._effects = effects
        self._sources = sources
        self._positions: dict[Key, Position] = {}
        self._redriver = Redriver(database, effects)
        self._lock = asyncio.Lock()
        self._telling = told.Telling(sources)
        self.abandoned = Abandoned()
        self.pulled_last_round = 0
        """Events that the last `catch_up` had to fetch; lasting values while Kafka is up mean that Kafka is silent."""

    async def start(self) -> None:
        """Read positions, creating those of topics never followed before. Raises FeedUnavailable."""
        self._telling.starts(time())
        for topic, source in self._sources.items():
            known = {key for key in await self._load() if key[0] == topic}
            if len(known) < PARTITIONS:
                heads = await source.heads()
                async with self._database.begin() as tx:
                    await store.create(await tx.raw(), topic, range(PARTITIONS), heads.epoch)
        await self._load()

    async def _load(self) -> dict[Key, Position]:
        async with self._database.begin() as tx:
            self._positions = await store.load(await tx.raw())
        told.tell_stopped(self._positions)
        return self._positions

    def position(self, topic: str, partition: int) -> Position:
        return self._positions[(topic, partition)]

    async def receive(self, batches: Mapping[Key, Sequence[Linked]]) -> None:
        """Apply records that Kafka delivered. Duplicates are dropped, gaps and broken links pulled from the feed."""
        async with self._lock:
            ready: dict[Key, list[Linked]] = {}
            suspect: list[Key] = []
            for key, records in batches.items():
                linked, whole = self._link(key, records)
                if linked:
                    ready[key] = linked
                if not whole:
                    suspect.append(key)
            if ready and not await self._apply(ready):
                suspect.extend(key for key in ready if key not in suspect)
            for key in suspect:
                try:
                    await self._pull(key)
                except FeedUnavailable as error:
                    # A gap that cannot be filled now must not hold up the others: the heads will show it again.
                    _log.warning("gap-remains", topic=key[0], partition=key[1], error=str(error)[:200])

    async def catch_up(self, keys: Iterable[Key] | None = None, *, grace: float = 0.0) -> None:
        """Compare with the heads of the feeds and pull what is missing, a lost last event included.

        keys: what this process looks after; of the others it pulls those that stand still behind their head.
        grace: seconds given to what lags before it is pulled, because Kafka may be about to deliver it. A feed or
        partition that cannot be read raises FeedUnavailable only after all others have been looked at.
        """
        wanted = set(self._positions if keys is None else keys)
        async with self._lock:
            # Read anew: a crash of our database may have undone what we remember as applied.
            seen = dict(await self._load())
        heads, unavailable = await self._heads()
        wanted |= self.abandoned.among(seen.keys() - wanted, heads, seen)
        if grace and any(t in heads and heads[t].partitions[p].seq > seen[(t, p)].seq for t, p in wanted):
            await asyncio.sleep(grace)
        async with self._lock:
            self.pulled_last_round = 0
            whole = set(heads)
            for key in sorted(wanted):
                if key[0] in heads:
                    try:
                        await self._compare(key, heads[key[0]], seen[key])
                    except FeedUnavailable as error:
                        unavailable.append(error)
                        whole.discard(key[0])
            for topic in whole:
                self._telling.compared(topic, time())
            await self._telling.look(self._database, heads, self._positions)
            await self._redriver.redrive()
            await self._redriver.try_out()
        if unavailable:
            raise unavailable[0]

    async def _heads(self) -> tuple[dict[str, Heads], list[FeedUnavailable]]:
        heads: dict[str, Heads] = {}
        unavailable: list[FeedUnavailable] = []
        for topic, source in self._sources.items():
            try:
                heads[topic] = await source.heads()
                self._telling.seen(topic, heads[topic])
            except FeedUnavailable as error:
                unavailable.append(error)
        return heads, unavailable

    async def pull_until(self, vector: Mapping[Key, int]) -> Counter[str]:
        """Pull each partition up to exactly the given seq; a rebuild stops where the live store stands.

        Returns the number of events applied, by topic.
        """
        applied: Counter[str] = Counter()
        waiting = iter(vector.items())

        async def pull_in_turn() -> None:
            for key, until in waiting:
                number = await self._pull_up_to(key, until)
                applied[key[0]] += number  # in one step: the sum must not be read before the others have added theirs

        async with self._lock:
            pulling = [asyncio.create_task(pull_in_turn()) for _ in range(ABREAST)]
            try:
                await asyncio.gather(*pulling)
            finally:
                for task in pulling:
                    task.cancel()
                await asyncio.gather(*pulling, return_exceptions=True)
        return applied

    async def _pull_up_to(self, key: Key, until: int) -> int:
        """The number of events applied."""
        applied = 0
        while (position := self._positions[key]).seq < until and position.stopped is None:
            page = await self._sources[key[0]].read(key[1], position.seq, min(PULL_LIMIT, until - position.seq))
            linked, whole = self._link(key, page)
            if not linked or not whole:
                # Whoever stands at `until` has applied it: asking again cannot bring it back.
                raise FeedForked(f"{key[0]}/{key[1]}: the feed holds no linked event after seq {position.seq}")
            if await self._apply({key: linked}):
                applied += len(linked)
        return applied

    def _link(self, key: Key, records: Sequence[Linked]) -> tuple[list[Linked], bool]:
        """The records that follow our position without a gap and with right hashes; False where the rest does not."""
        position = self._positions[key]
        if position.stopped is not None:
            return [], True
        seq, last = position.seq, position.hash
        linked: list[Linked] = []
        for record in records:
            if record.seq <= seq:
                told.duplicates.labels(key[0]).inc()
                continue
            digest = sm3(record.raw) if record.raw is not None else record.digest
            if record.seq != seq + 1 or digest is None:
                return linked, False
            link = next_partition_hash(last, record.seq, digest)
            if link != record.partition_hash:
                return linked, False
            linked.append(record)
            seq, last = record.seq, link
        return linked, True

    async def _compare(self, key: Key, heads: Heads, seen: Position) -> None:
        """seen: our position before the heads were asked for; it alone can contradict them."""
        position = self._positions[key]
        head = heads.partitions[key[1]]
        if position.stopped is not None:
            await self._tell_lag(key)
            return
        if head.seq < seen.seq or (head.seq == seen.seq and head.hash != seen.hash):
            # Another process of ours may have moved on while we looked: only a fresh position proves a fork.
            position = (await self._load())[key]
            if position.stopped is None and not await self._still_holds(key, position):
                await self._fork(key, position)
                return
        if heads.epoch != position.epoch and not await self._adopt(key, position, heads.epoch):
            return
        if head.seq - position.seq > PULL_LIMIT:
            await self._tell_lag(key)  # it will take a while
        if head.seq > position.seq:
            await self._pull(key)
        await self._tell_lag(key)

    async def _tell_lag(self, key: Key) -> None:
        position = self._positions[key]
        if self._telling.behind(key, position) and not self._telling.knows_oldest(key, position):
            recorded_at = await self._sources[key[0]].recorded_at(key[1], position.seq + 1)
            if recorded_at is not None:
                self._telling.oldest(key, told.Oldest(position.seq + 1, recorded_at))

    async def _still_holds(self, key: Key, position: Position) -> bool:
        """Whether the feed still has the event at our position, with the hash that we saw."""
        if position.seq == 0:
            return True
        records = await self._sources[key[0]].read(key[1], position.seq - 1, 1)
        return bool(records) and records[0].seq == position.seq and records[0].partition_hash == position.hash

    async def _adopt(self, key: Key, position: Position, epoch: str) -> bool:
        if not await self._still_holds(key, position):
            await self._fork(key, position)
            return False
        async with self._database.begin() as tx:
            await store.adopt_epoch(await tx.raw(), key, position, epoch)
        await self._load()
        _log.warning("epoch-adopted", topic=key[0], partition=key[1], epoch=epoch, seq=position.seq)
        return True

    async def _fork(self, key: Key, position: Position) -> None:
        """The producer's history differs from what we applied (a restore): stop, drop nothing, call a person."""
        reason = f"fork: the feed no longer holds seq {position.seq} with the hash that was applied"
        async with self._database.begin() as tx:
            await store.stop(await tx.raw(), key, reason)
        await self._load()
        _log.critical("feed-forked", topic=key[0], partition=key[1], seq=position.seq, alarm=True)

    async def _pull(self, key: Key) -> None:
        while (position := self._positions[key]).stopped is None:
            records = await self._sources[key[0]].read(key[1], position.seq, PULL_LIMIT)
            if not records:
                return
            linked, whole = self._link(key, records)
            if linked:
                told.pulled.labels(key[0]).inc(len(linked))
                self.pulled_last_round += len(linked)
                if not await self._apply({key: linked}):
                    continue
            if not whole:
                # The feed itself does not link to what we applied.
                if not await self._still_holds(key, self._positions[key]):
                    await self._fork(key, self._positions[key])
                    return
                raise FeedUnavailable(f"{key[0]}/{key[1]}: the feed's own hashes do not link")
            if len(records) < PULL_LIMIT:
                return

    async def _apply(self, batches: Mapping[Key, Sequence[Linked]]) -> bool:
        """Apply linked records. False where another owner was faster: positions are read again, nothing was written."""
        try:
            async for attempt in stamina.retry_context(on=worth_retrying, attempts=6, timeout=30, wait_initial=0.05):
                with attempt:
                    await self._transact(batches)
        except PositionMoved:
            await self._load()
            return False
        except Exception as error:
            if transient(error):
                raise
            _log.warning("batch-failed", error=type(error).__name__)
            try:
                for key, records in batches.items():
                    await self._apply_singly(key, records)
            except PositionMoved:
                await self._load()
                return False
        for key, records in batches.items():
            told.applied.labels(key[0]).inc(len(records))
            self._telling.behind(key, self._positions[key])
        return True

    async def _transact(self, batches: Mapping[Key, Sequence[Linked]]) -> None:
        """Guard, parked keys, effects, commit: one transaction over all partitions of the batch."""
        flat = [
            received
            for key in sorted(batches)
            for record in batches[key]
            if record.raw is not None
            and (*key, record.seq) not in self._without
            and (received := self._wanted(receive(key, record.seq, record.raw))) is not None
        ]
        prepared = await self._effects.prepare(flat)
        moves = {
            key: (self._positions[key], self._positions[key].after(records[-1])) for key, records in batches.items()
        }
        with ExitStack() as spans:
            for topic in sorted({received.topic for received in flat}) if tracing_is_on() else ():
                parents = [received.envelope.traceparent for received in flat if received.topic == topic]
                spans.enter_context(event_spans("apply", topic, parents))
            await self._commit(batches, flat, prepared, moves)
        for key, (_, after) in moves.items():
            self._positions[key] = after

    async def _commit(
        self,
        batches: Mapping[Key, Sequence[Linked]],
        flat: list[Received],
        prepared: Any,
        moves: Mapping[Key, tuple[Position, Position]],
    ) -> None:
        async with self._database.begin() as tx:
            raw = await tx.raw()
            await store.guard(raw, moves)
            if blocked := await store.parked_keys(raw):
                behind = {
                    (r.topic, r.partition, r.seq): blocked[(r.topic, r.envelope.subject)]
                    for r in flat
                    if (r.topic, r.envelope.subject) in blocked
                }
                for key, records in batches.items():
                    for state in ("parked", "redrive"):
                        waiting = [(r, BEHIND) for r in records if behind.get((*key, r.seq)) == state]
                        await self._park(raw, key, waiting, state)
                flat = [r for r in flat if (r.topic, r.envelope.subject) not in blocked]
            if flat:
                await self._effects.apply(tx, flat, prepared)

    def _wanted(self, received: Received) -> Received | None:
        if received.envelope.type in self._effects.handles:
            return received
        if received.envelope.type in self._effects.ignores:
            return None
        raise UnknownEventType(f"{received.envelope.type} is neither handled nor declared ignored")

    async def _apply_singly(self, key: Key, records: Sequence[Linked]) -> None:
        """One event at a time; the second failure on the same input parks it."""
        failures = 0
        for record in records:
            if self._positions[key].seq >= record.seq or self._positions[key].stopped is not None:
                continue
            error = await self._failure(key, record)
            if error is None:
                continue
            failures += 1
            if failures > PARK_LIMIT:
                await self._stop(key, f"more than {PARK_LIMIT} events failed in one batch: {error!r}"[:500])
                return
            await self._park_alone(key, record, error)

    async def _failure(self, key: Key, record: Linked) -> Exception | None:
        """What the record alone fails with, twice: the batch may have failed on another one."""
        failure: Exception | None = None
        for _ in range(2):
            try:
                await self._transact({key: [record]})
            except Exception as error:
                if transient(error):
                    raise
                failure = error
            else:
                return None
        return failure

    async def _park_alone(self, key: Key, record: Linked, error: Exception) -> None:
        position = self._positions[key]
        after = position.after(record)
        async with self._database.begin() as tx:
            raw = await tx.raw()
            await store.guard(raw, {key: (position, after)})
            await self._park(raw, key, [(record, f"{type(error).__name__}: {error}"[:2000])])
        self._positions[key] = after

    async def _park(self, raw: Any, key: Key, failed: Sequence[tuple[Linked, str]], state: str = "parked") -> None:
        if failed:
            await store.park(raw, key[0], failed, state)
            told.parked.labels(key[0]).inc(len(failed))
            _log.error("event-parked", topic=key[0], partition=key[1], seqs=[r.seq for r, _ in failed], alarm=True)

    async def _stop(self, key: Key, reason: str) -> None:
        async with self._database.begin() as tx:
            await store.stop(await tx.raw(), key, reason)
        await self._load()
        _log.critical("partition-stopped", topic=key[0], partition=key[1], alarm=True)
