"""What a reader is shown of the stream: what he may read, of that what he asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from common.auth import Principal
from common.feed import FeedRecord
from contracts.entitlements import TOPICS, may_read_event


class Item(NamedTuple):
    """An event as everybody is shown it who is: `data` is JSON, made once; None of what was erased by law."""

    source: str
    record: FeedRecord
    data: bytes | None


def rendered(source: str, record: FeedRecord) -> Item:
    if record.raw is None:
        return Item(source, record, None)
    told = {
        "source": source,
        "position": record.position,
        "partition": record.partition,
        "partition_seq": record.seq,
        "recorded_at": record.recorded_at,
        "digest": record.digest.hex(),
        "hash": record.hash.hex(),
        "partition_hash": record.partition_hash.hex(),
        "event": orjson.Fragment(record.raw),
    }
    return Item(source, record, orjson.dumps(told))


@dataclass(frozen=True, slots=True)
class Selection:
    """Equal selections are shown the same: they share one group of listeners.

    `reader` has only what decides about rights (kind of organisation, region, roles), None is the public. `types` empty
    means all.
    """

    sources: tuple[str, ...]
    reader: Principal | None
    types: frozenset[str] = frozenset()
    region: str | None = None
    key: str | None = None


def reader_of(principal: Principal | None) -> Principal | None:
    """The caller without his name."""
    if principal is None:
        return None
    return Principal(
        subject="", organisation_kind=principal.organisation_kind, region=principal.region, roles=principal.roles
    )


class View:
    """Decides once per kind of event, not once per event: there are few pairs of type and region."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._decided: dict[tuple[str, str, str], bool] = {}

    def shows(self, item: Item) -> bool:
        """A filter never tells more of an event than reading it would: rights come first."""
        if item.data is None:
            return False
        selection, record = self._selection, item.record
        if selection.key is not None and record.key != selection.key:
            return False
        kind = (item.source, record.event_type, record.region)
        decided = self._decided.get(kind)
        if decided is None:
            decided = self._decided[kind] = self._decide(*kind)
        return decided

    def _decide(self, source: str, event_type: str, region: str) -> bool:
        selection = self._selection
        # What stands in a channel was released to its readers; of a feed each event is judged.
        return (
            (source not in TOPICS or may_read_event(selection.reader, event_type, region))
            and (not selection.types or event_type in selection.types)
            and selection.region in (None, region)
        )


Vector = Mapping[str, int]
"""Source → position of the last event that was given, or passed over."""
