"""A page of changes for one reader, and the place from which he goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from registry_api.changes.domain import Happened, Learnt, Reader, rendered

CHUNK: Final = 500
MOST_SCANNED: Final = 20_000
"""Events looked at for one page: where none of them is for this reader, he goes on from there."""


class Feed(Protocol):
    async def after(self, position: int, limit: int) -> Sequence[Happened | Learnt]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: the position to go on from. `more`: there may be more at once; else the reader has caught up."""

    entries: list[tuple[int, dict[str, Any]]]
    next: int
    more: bool


async def page_of_changes(feed: Feed, reader: Reader, *, after: int, limit: int, reads_feed: bool) -> Page:
    """A reader of the feed goes on from its end, anybody else from the last change he was shown.

    Else a cursor that moves although nothing is shown would tell of an event that is withheld.
    """
    entries: list[tuple[int, dict[str, Any]]] = []
    scanned, seen_up_to = 0, after
    while len(entries) < limit and scanned < MOST_SCANNED:
        chunk = await feed.after(seen_up_to, CHUNK)
        for happened in chunk:
            seen_up_to = happened.position
            if (entry := rendered(happened, reader)) is not None:
                entries.append((happened.position, entry))
                if len(entries) == limit:
                    break
        scanned += len(chunk)
        if len(chunk) < CHUNK and len(entries) < limit:
            last_shown = entries[-1][0] if entries else after
            return Page(entries, seen_up_to if reads_feed else last_shown, more=False)
    return Page(entries, seen_up_to, more=True)
