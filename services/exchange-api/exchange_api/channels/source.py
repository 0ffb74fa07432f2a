"""A channel as its readers are given it: its rows, with words fetched from their feeds under the rights of the day."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic
from typing import NamedTuple, Protocol

from common.database import Database
from common.feed import FeedRecord, Heads, sm3
from common.feed_api import EventHeldBack
from common.feed_api.rights import MAX_PLACES
from contracts.releases import Audience, is_channel, released, released_types, releases

from exchange_api.channels import store
from exchange_api.channels.domain import Place, Row
from exchange_api.sources.feeds import Source, held_back

_LOOK_SECONDS = 0.02
"""How often whoever waits for a channel's next event looks for it."""


class Feed(Source, Protocol):
    async def read_places(self, places: Sequence[tuple[int, int]]) -> Sequence[FeedRecord]:
        """`withheld` is what the owner does not tell us (yet)."""


class _Words(NamedTuple):
    """told: in the form that was chained; None of what was erased; nothing of what may not be told in that form.
    waiting: what its owner withholds.
    """

    told: Mapping[Place, bytes | None]
    waiting: frozenset[Place]


class ChannelSource:
    """Fulfils `Source`. Of a channel that does not exist, or not yet, it tells an empty one."""

    def __init__(self, database: Database, feeds: Mapping[str, Feed], name: str) -> None:
        self._database, self._feeds, self._name = database, feeds, name

    async def heads(self) -> Heads:
        return await store.heads(await self._database.pool(), self._name)

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> list[FeedRecord]:
        """`raw` is None of what was erased at its source, and of what may not be told today, or no longer in the form
        that was chained: that is `withheld`. Raises FeedUnavailable; EventHeldBack where the first one is withheld by
        its owner, or its form is of a newer edition of the table than ours. The page ends before any other of these.
        """
        pool = await self._database.pool()
        channel = await store.channel(pool, self._name)
        until = monotonic() + wait
        while channel is None or not (rows := await store.rows_after(pool, self._name, position, limit)):
            if monotonic() >= until:
                return []
            await asyncio.sleep(_LOOK_SECONDS)
            channel = channel or await store.channel(pool, self._name)
        try:
            return list(self._told(rows, await self._words(rows, channel.audience)))
        except EventHeldBack:
            held_back.labels(self._name).inc()
            raise

    def _told(self, rows: Sequence[Row], words: _Words) -> Iterator[FeedRecord]:
        for row in rows:
            raw, withheld = words.told.get(row.place), row.place not in words.told
            if row.place in words.waiting or (withheld and (row.edition or 0) > releases().edition):
                if row is rows[0]:
                    raise EventHeldBack(f"{self._name}: the event is withheld, or was released by a newer version")
                return
            yield FeedRecord(
                row.position, row.partition, row.seq, row.event_type, row.key, row.region, row.entity_version,
                row.recorded_at, row.digest, row.hash, row.partition_hash, raw, withheld,
            )  # fmt: skip

    async def _words(self, rows: Sequence[Row], audience: Audience) -> _Words:
        digests = {row.place: row.digest for row in rows if row.event_type in released_types()}
        wanted: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place in digests:
            wanted[place.topic].append((place.partition, place.seq))
        told: dict[Place, bytes | None] = {}
        waiting: set[Place] = set()
        for topic, places in wanted.items():
            for begin in range(0, len(places), MAX_PLACES):
                for record in await self._feeds[topic].read_places(places[begin : begin + MAX_PLACES]):
                    place = Place(topic, record.partition, record.seq)
                    if record.withheld:
                        waiting.add(place)
                    elif record.raw is None:
                        told[place] = None
                    elif (
                        (form := released(record.raw)) is not None
                        and form.reaches(audience)
                        and sm3(form.raw) == digests[place]
                    ):
                        told[place] = form.raw
        return _Words(told, frozenset(waiting))


def sources_of(database: Database, feeds: Mapping[str, Feed]) -> Callable[[str], Source | None]:
    """Feeds and channels by name; None where there can be no such one."""

    def find(name: str) -> Source | None:
        if is_channel(name):
            return ChannelSource(database, feeds, name)
        return feeds.get(name)

    return find
