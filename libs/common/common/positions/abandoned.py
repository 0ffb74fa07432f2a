"""Partitions that nobody looks after: a group of Kafka's loses some at times, and nothing says so."""

from collections.abc import Iterable, Mapping

from common.feed import Heads
from common.positions.store import Key, Position


class Abandoned:
    """Of a topic made anew while its group assigns, the partitions can stay unassigned until the next assignment."""

    def __init__(self) -> None:
        self._stood: dict[Key, int] = {}
        """Partitions of others that were behind their head at the last look, and the seq at which they stood."""
        self.found = 0
        """How many the last look found."""

    def among(self, others: Iterable[Key], heads: Mapping[str, Heads], seen: Mapping[Key, Position]) -> set[Key]:
        """Those that are behind their head and have not moved since the last call. A stopped one waits for a person."""
        behind = {
            key: seen[key].seq
            for key in others
            if key[0] in heads and heads[key[0]].partitions[key[1]].seq > seen[key].seq and seen[key].stopped is None
        }
        standing = {key for key, seq in behind.items() if self._stood.get(key) == seq}
        self._stood, self.found = behind, len(standing)
        return standing
