"""What is answered at once: a page of each source from where the reader stands, merged by the time it was recorded."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import orjson
from common.positions import FeedUnavailable

from exchange_api.refusals import Refused
from exchange_api.sources.cursor import Cursor
from exchange_api.stream.domain import Item, Selection, Vector, View
from exchange_api.stream.groups import Message
from exchange_api.stream.hub import Hub

_AHEAD_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Page:
    """`shown` with the place behind each; `vector`: where the next page begins, which may be further.

    more: there may be more already. unavailable: sources that could not be read, where the reader has not moved.
    """

    shown: Sequence[tuple[Item, Vector]]
    vector: Vector
    more: bool
    unavailable: tuple[str, ...]

    def cursor(self, hub: Hub) -> str:
        return Cursor(hub.deployment_id, self.vector).encode()

    def json(self, hub: Hub) -> bytes:
        events = b",".join(item.data or b"" for item, _ in self.shown)
        told = {"next": self.cursor(hub), "more": self.more, "unavailable": self.unavailable}
        return b'{"events":[' + events + b"]," + orjson.dumps(told)[1:]

    def ndjson(self, hub: Hub) -> bytes:
        """Each line with its own cursor."""
        return b"".join(
            (item.data or b"{}")[:-1]
            + b',"cursor":'
            + orjson.dumps(Cursor(hub.deployment_id, vector).encode())
            + b"}\n"
            for item, vector in self.shown
        )


async def page(hub: Hub, selection: Selection, vector: Vector, limit: int) -> Page:
    """Each source has its share of the page: one that is busy must not keep the others waiting."""
    names = selection.sources
    share = -(-limit // len(names))
    read = await asyncio.gather(*(_read(hub, name, vector[name], share) for name in names))
    items = [item for found in read for item in found or ()]
    items.sort(key=lambda item: item.record.recorded_at)  # of one source they stand so already
    view, reached, shown = View(selection), dict(vector), []
    for item in items:
        reached[item.source] = item.record.position
        if view.shows(item):
            shown.append((item, dict(reached)))
    return Page(
        shown,
        reached,
        more=any(found is not None and len(found) == share for found in read),
        unavailable=tuple(name for name, found in zip(names, read, strict=True) if found is None),
    )


async def _read(hub: Hub, name: str, after: int, limit: int) -> list[Item] | None:
    try:
        found = await hub.read(name, after, limit)
        if not found and after:
            await refuse_future(hub, {name: after}, "after")
    except FeedUnavailable:
        return None
    return found


async def refuse_future(hub: Hub, vector: Vector, field: str) -> None:
    """Raises Refused where a place lies behind the end: that event does not exist yet, or not any more."""
    for name, position in vector.items():
        try:
            head = await hub.head(name, at_least=position)
        except FeedUnavailable:
            continue  # it is judged when it can be read
        if position > head:
            raise Refused(
                "cursor-ahead", "游标超出了事件流的末端（来源可能已恢复到更早的状态），请从头开始读取",
                "The cursor is beyond the end of a stream, which may have been restored; begin anew", field=field,
            )  # fmt: skip


class Poll:
    """Long polling: an empty page is held back until there is something to show, or for so many seconds."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._over = False

    async def page(
        self, hub: Hub, selection: Selection, vector: Vector, limit: int, *, seconds: float, at_most: float | None
    ) -> Page:
        """at_most: seconds until the reader's token ends, when he is answered whatever has been read until then."""
        found = Page((), vector, more=False, unavailable=())
        try:
            async with asyncio.timeout(at_most), hub.following(selection.sources):
                ends_at = time.monotonic() + seconds
                while True:
                    self._woken.clear()
                    found = await page(hub, selection, found.vector, limit)
                    left = ends_at - time.monotonic()
                    if found.shown or left <= 0 or self._over:
                        return found
                    await self._rest(hub, selection, found, left)
        except TimeoutError:
            return found

    async def _rest(self, hub: Hub, selection: Selection, found: Page, seconds: float) -> None:
        missing = hub.missing(found.vector, selection.sources)
        if missing.ahead:
            await asyncio.sleep(_AHEAD_SECONDS)
        elif not found.more and not missing.items and missing.older is None:
            group = hub.join(self, selection, found.vector)
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._woken.wait()
            finally:
                hub.leave(self, group)

    def end(self, reason: str) -> None:  # noqa: ARG002 -- the page has no room for it; what follows tells
        self._over = True
        self._woken.set()

    def push(self, message: Message) -> None:  # noqa: ARG002 -- it reads the page itself
        self._woken.set()

    def scattered(self, *, lost: bool) -> None:  # noqa: ARG002 -- as above
        self._woken.set()
