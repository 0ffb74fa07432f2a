"""Writing a message: bounded, and once for each key of the complainant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rights_api.messages.domain import About, Direction, demand_room


@dataclass(frozen=True, slots=True)
class Once:
    """The complainant's key, and what he sent under it: digests that nobody can test a guess against."""

    key_digest: bytes
    request_digest: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    ordinal: int
    at: datetime


class Messages(Protocol):
    """Of one case, which is locked."""

    async def counts(self) -> dict[Direction, int]: ...

    async def by_key(self, once: Once) -> Kept | None:
        """Raises a problem where the key belongs to something else."""

    async def add(
        self, ordinal: int, direction: Direction, about: About, text: str, *, at: datetime, by: str | Once
    ) -> None: ...


async def write(
    messages: Messages, direction: Direction, about: About, text: str, *, at: datetime, by: str | Once
) -> Kept:
    """`by`: the officer's subject, or the complainant's key. Raises Refused where the case holds too many."""
    if isinstance(by, Once):
        known = await messages.by_key(by)
        if known is not None:
            return known
    counts = await messages.counts()
    demand_room(counts.get(direction, 0))
    ordinal = sum(counts.values()) + 1
    await messages.add(ordinal, direction, about, text, at=at, by=by)
    return Kept(ordinal, at)
