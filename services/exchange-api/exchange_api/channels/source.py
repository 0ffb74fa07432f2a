"""A channel as its readers are given it: its rows, with words fetched from their feeds under the rights of the day."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Protocol

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
    async def read_places(self, places: Sequence[tuple[int, int]]) -> Sequence[FeedRecord]: ...


class ChannelSource:
    """Fulfils `Source`. Of a channel that does not exist, or not yet, it tells an empty one."""

    def __init__(self, database: Database, feeds: Mapping[str, Feed], name: str) -> None:
        self._database, self._feeds, self._name = database, feeds, name

    async def heads(self) -> Heads:
        return await store.heads(await self._database.pool(), self._name)

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> list[FeedRecord]:
        """`raw` is None of what was erased at its source, and of what may not be told today, or no longer in the form
        that was chained: that is `withheld`. Raises FeedUnavailable; EventHeldBack where the first one's form is of a
        newer edition of the table than ours. The page ends before any other of these.
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

    def _told(self, rows: Sequence[Row], words: Mapping[Place, bytes | None]) -> Iterator[FeedRecord]:
        for row in rows:
            raw, withheld = words.get(row.place), row.place not in words
            if withheld and (row.edition or 0) > releases().edition:
                if row is rows[0]:
                    raise EventHeldBack(f"{self._name}, position {row.position}: released by a newer version")
                return
            yield FeedRecord(
                row.position, row.partition, row.seq, row.event_type, row.key, row.region, row.entity_version,
                row.recorded_at, row.digest, row.hash, row.partition_hash, raw, withheld,
            )  # fmt: skip

    async def _words(self, rows: Sequence[Row], audience: Audience) -> dict[Place, bytes | None]:
        """In the form that was chained; None of what was erased; nothing of what may not be told in that form."""
        digests = {row.place: row.digest for row in rows if row.event_type in released_types()}
        wanted: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place in digests:
            wanted[place.topic].append((place.partition, place.seq))
        words: dict[Place, bytes | None] = {}
        for topic, places in wanted.items():
            for begin in range(0, len(places), MAX_PLACES):
                for record in await self._feeds[topic].read_places(places[begin : begin + MAX_PLACES]):
                    place = Place(topic, record.partition, record.seq)
                    if record.raw is None:
                        words[place] = None
                        continue
                    form = released(record.raw)
                    if form is not None and form.reaches(audience) and sm3(form.raw) == digests[place]:
                        words[place] = form.raw
        return words


def sources_of(database: Database, feeds: Mapping[str, Feed]) -> Callable[[str], Source | None]:
    """Feeds and channels by name; None where there can be no such one."""

    def find(name: str) -> Source | None:
        if is_channel(name):
            return ChannelSource(database, feeds, name)
        return feeds.get(name)

    return find
