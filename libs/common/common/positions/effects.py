"""What a consumer is given and what it must offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from common.database import Tx
from common.events import Envelope, Event
from common.feed import Heads, Linked


class Received(NamedTuple):
    """A decoded event with its place in the feed."""

    topic: str
    partition: int
    seq: int
    envelope: Envelope
    event: Event
    raw: bytes = b""
    """The bytes that its digest covers, for effects that pass it on."""


class FeedUnavailable(ConnectionError):
    """The feed's owner could not be asked just now: try again, never park."""


class FeedForked(RuntimeError):
    """The feed no longer holds what has been applied from it: its owner was restored to an earlier state."""


class FeedSource(Protocol):
    """The pull path to one topic's feed. Raises FeedUnavailable on any network or server trouble."""

    async def heads(self) -> Heads: ...

    async def read(self, partition: int, after_seq: int, limit: int) -> Sequence[Linked]: ...

    async def recorded_at(self, partition: int, seq: int) -> datetime | None:
        """When this event entered the feed; None where the feed does not hold it."""


class Effects(Protocol):
    """What happens to a consumer's own tables. Must be a pure function of the events and of `prepare`'s answer.

    `handles` and `ignores` together name every event type of the followed topics: a type in neither is parked.
    """

    handles: frozenset[str]
    ignores: frozenset[str]

    async def prepare(self, events: Sequence[Received]) -> Any:
        """Ask other services, outside the transaction. Raise FeedUnavailable where they do not answer."""

    async def apply(self, tx: Tx, events: Sequence[Received], prepared: Any) -> None:
        """Write the effects inside the position-guarded transaction, rows in key order."""

    def resolved(self, parked: "ParkedEvent", outcome: str) -> Event:
        """The event that tells that a parked event was redriven or discarded."""


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that failed twice on the same input, or follows one of the same key that did."""

    parked_id: Any
    topic: str
    partition: int
    seq: int
    key: str
    event_type: str
    region: str | None
    raw: bytes
    version: int
