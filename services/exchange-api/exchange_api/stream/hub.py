"""Joins tails and listeners: every batch goes to every group in turn, so that all members of one see one order."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from common.cancellation import end
from common.clock import Clock
from common.telemetry.closed import is_closed
from common.telemetry.disturbance import disturbed

from exchange_api.sources.feeds import Source
from exchange_api.stream.domain import Item, Selection, Vector, rendered
from exchange_api.stream.groups import Group, Member, Message, body
from exchange_api.stream.tails import PAGE, Tail

STRIDE = 256
"""Members served before others have a turn of the loop: about 2 ms."""

OLDER_AT_ONCE = 16
"""Pages of old events read at the same time for listeners far behind: replays must not crowd out what is new."""

IDLE_SECONDS = 60.0
"""A tail that nobody listens to ends after this time."""

READY_SECONDS = 3.0
"""How long a new listener waits for a source that nobody listened to; then it begins without."""


class Hub:
    """`sources`: name → source, None where there is no such one."""

    def __init__(
        self, sources: Callable[[str], Source | None], deployment_id: UUID, clock: Clock, *, heartbeat_seconds: float
    ) -> None:
        self.deployment_id = deployment_id
        self._sources, self._clock = sources, clock
        self.heartbeat_seconds = heartbeat_seconds
        self._tails: dict[str, Tail] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._users: Counter[str] = Counter()
        self._unused_since: dict[str, float] = {}
        self._groups: dict[tuple[Selection, tuple[tuple[str, int], ...]], Group] = {}
        self._turn = asyncio.Lock()
        self._older = asyncio.Semaphore(OLDER_AT_ONCE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Hub"]:
        beating = asyncio.create_task(self._beat_for_ever())
        try:
            yield self
        finally:
            await end([beating, *self._running.values()])

    def known(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if self._sources(name) is not None)

    @asynccontextmanager
    async def following(self, names: Collection[str]) -> AsyncIterator[None]:
        """These sources have tails meanwhile; new ones are waited for a moment."""
        new = []
        for name in names:
            self._users[name] += 1
            if name not in self._tails:
                tail = self._tails[name] = Tail(name, self._source(name), deliver=self._deliver)
                self._running[name] = asyncio.create_task(tail.run(self._started, self._lost))
            if not self._tails[name].ready:
                new.append(self._tails[name].became_ready.wait())
        try:
            if new:
                with suppress(TimeoutError):
                    async with asyncio.timeout(READY_SECONDS):
                        await asyncio.gather(*new)
            yield
        finally:
            for name in names:
                self._users[name] -= 1

    def _source(self, name: str) -> Source:
        source = self._sources(name)
        if source is None:
            raise LookupError(name)
        return source

    async def _deliver(self, tail: Tail, items: list[Item]) -> None:
        async with self._turn:
            # At one blow: whoever joins from now on has these events from the ring.
            tail.take(items)
            due = [
                (message, list(group.members))
                for group in self._groups.values()
                if tail.name in group.vector and (message := group.take(tail.name, items)) is not None
            ]
            for message, members in due:
                await _broadcast(message, members)

    async def _started(self, tail: Tail) -> None:
        """Who waited for it in the dark catches up, each from where he stood."""
        await self._scatter(lambda group: tail.name in group.dark, lost=False)

    async def _lost(self, tail: Tail) -> None:
        """Cursors of this source mean nothing any more: listeners come again, and are told."""
        await self._scatter(lambda group: tail.name in group.vector, lost=True)

    async def _scatter(self, wanted: Callable[[Group], bool], *, lost: bool) -> None:
        async with self._turn:
            for key, group in list(self._groups.items()):
                if wanted(group):
                    del self._groups[key]
                    members, group.members = list(group.members), {}
                    for member in members:
                        member.scattered(lost=lost)

    def missing(self, vector: Vector, names: Iterable[str]) -> "Missing":
        """What the tails have that a listener at this place has not: nothing of sources that could not be read yet."""
        missing = Missing([], None, ahead=False)
        for name in names:
            tail = self._tails[name]
            if not tail.ready:
                continue
            items = tail.since(vector[name])
            if items is None:
                missing = missing._replace(older=missing.older or name)
            elif vector[name] > tail.position:
                missing = missing._replace(ahead=True)
            else:
                missing.items.extend(items)
        return missing

    async def read(self, name: str, after: int, limit: int = PAGE) -> list[Item]:
        """From the ring where it reaches so far back, else from the owner. Raises FeedUnavailable."""
        tail = self._tails.get(name)
        if tail is not None and tail.reachable and (items := tail.since(after, limit)) is not None:
            return items
        async with self._older:
            records = await self._source(name).read_after(after, limit)
        return [rendered(name, record) for record in records]

    async def head(self, name: str, *, at_least: int = 0) -> int:
        """Position of the last event; asks the owner unless that of our tail is enough. Raises FeedUnavailable."""
        tail = self._tails.get(name)
        if tail is not None and tail.ready and tail.reachable and tail.position >= at_least:
            return tail.position
        return (await self._source(name).heads()).position

    def join(self, member: Member, selection: Selection, vector: Vector) -> Group:
        """The member has what the tails have, no less and no more; from now on it is sent what comes."""
        dark = {name: vector[name] for name in selection.sources if not self._tails[name].ready}
        key = (selection, tuple(dark.items()))
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(selection, vector, dark, self.deployment_id)
        group.members[member] = None
        return group

    def leave(self, member: Member, group: Group) -> None:
        group.members.pop(member, None)
        if not group.members:
            key = (group.selection, tuple(group.dark.items()))
            if self._groups.get(key) is group:
                del self._groups[key]

    def heartbeat(self, names: Iterable[str], cursor: str) -> bytes:
        """Time and heads, of the sources that this reader may read alone."""
        now = self._clock()
        sources = {}
        for name in names:
            tail = self._tails[name]
            told: dict[str, Any] = {"reachable": tail.reachable}
            if tail.ready and tail.head is not None:
                recorded_at = tail.head.recorded_at
                age = None if recorded_at is None else round(max(0.0, (now - recorded_at).total_seconds()), 3)
                told |= {"position": tail.position, "hash": tail.head.hash.hex(), "newest_age_seconds": age}
            sources[name] = told
        data = orjson.dumps({"time": now, "sources": sources})
        return b"id: %s\nevent: heartbeat\ndata: %s\n\n" % (cursor.encode(), data)

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.heartbeat_seconds)
            async with self._turn:
                for group in list(self._groups.values()):
                    message = body(self.heartbeat(group.selection.sources, group.cursor()))
                    await _broadcast(message, list(group.members))
            for tail in self._tails.values():
                tail.forget()
            disturbed("streams", any(is_closed(tail.name) and tail.held_back for tail in self._tails.values()))
            self._end_idle_tails()

    def _end_idle_tails(self) -> None:
        now = time.monotonic()
        for name in list(self._running):
            if self._users[name]:
                self._unused_since.pop(name, None)
            elif now - self._unused_since.setdefault(name, now) > IDLE_SECONDS:
                self._running.pop(name).cancel()
                del self._tails[name], self._unused_since[name]


class Missing(NamedTuple):
    """`older`: a source whose ring does not reach back so far; `ahead`: of one source the listener knows more."""

    items: list[Item]
    older: str | None
    ahead: bool


async def _broadcast(message: Message, members: list[Member]) -> None:
    for number, member in enumerate(members, 1):
        member.push(message)
        if not number % STRIDE:
            await asyncio.sleep(0)
