"""Beginning and renewing a watch; telling its owner, and whoever has read a record, what has changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from discipline_api.display.shown import Change
from discipline_api.refusals import Refused
from discipline_api.watches.domain import (
    Changed,
    Target,
    Watch,
    What,
    begin,
    check_number,
    notices_kept_from,
    read_since,
    renew,
)
from discipline_api.watches.keys import WatchKeys

BATCH = 200


class Watches(Protocol):
    async def forget_ended(self, owner: bytes, now: datetime) -> None: ...

    async def count(self, owner: bytes) -> int: ...

    async def is_shown(self, target: Target, now: datetime) -> bool: ...

    async def add(self, watch: Watch) -> None:
        """Raises Refused where its owner has the same one; joins it to what is on display of its subject."""

    async def save(self, watch: Watch) -> None: ...


class Delivery(Protocol):
    async def claim(self) -> int: ...

    async def advance(self, next_leaf: int) -> None: ...

    async def changes(self, first: int, limit: int) -> Sequence[Changed]: ...

    async def match(self, changed: Changed, subject: bytes, now: datetime) -> None: ...

    async def watchers(self, changed: Changed) -> Sequence[bytes]: ...

    async def readers(self, changed: Changed, since: datetime) -> Sequence[tuple[str, str, str]]: ...

    async def tell(self, changed: Changed, told: Mapping[bytes, tuple[bool, bool]], now: datetime) -> None: ...

    async def supersede(self, record_id: UUID) -> None: ...

    async def part(self, record_id: UUID) -> None: ...

    async def remind(self, now: datetime) -> int: ...

    async def forget(self, now: datetime, notices_before: datetime) -> int: ...


async def begin_watch(watches: Watches, owner: bytes, target: Target, now: datetime) -> Watch:
    await watches.forget_ended(owner, now)
    check_number(await watches.count(owner))
    if target.what is What.RECORD and not await watches.is_shown(target, now):
        raise Refused("record-not-shown", "没有公示这条记录", "no such record is on display", field="record_id")
    watch = begin(owner, target, now)
    await watches.add(watch)
    return watch


async def renew_watch(watches: Watches, locked: Watch, now: datetime) -> Watch:
    renewed = renew(locked, now)
    await watches.save(renewed)
    return renewed


async def deliver(delivery: Delivery, keys: WatchKeys, now: datetime) -> int:
    """Up to a batch of leaves, in their order, each once; after the last of them reminders and what is to be forgotten.

    How much there was: less than a batch means that nothing is left.
    """
    first = await delivery.claim()
    changes = await delivery.changes(first, BATCH)
    for changed in changes:
        await _tell(delivery, keys, changed, now)
    if changes:
        await delivery.advance(changes[-1].leaf_index + 1)
    if len(changes) == BATCH:
        return BATCH
    reminded = await delivery.remind(now)
    forgotten = await delivery.forget(now, notices_kept_from(now))
    return min(BATCH - 1, len(changes) + reminded + forgotten)


async def _tell(delivery: Delivery, keys: WatchKeys, changed: Changed, now: datetime) -> None:
    if changed.subject is not None:
        await delivery.match(changed, keys.subject(*changed.subject), now)
    watching = set(await delivery.watchers(changed))
    reading: set[bytes] = set()
    if changed.change is not Change.PUBLISHED:
        reading = {keys.owner(*reader) for reader in await delivery.readers(changed, read_since(changed.at))}
    if changed.is_last:
        # Who has not fetched the earlier ones has nothing left to fetch, and they would outlive the record.
        await delivery.supersede(changed.record_id)
    if told := {owner: (owner in watching, owner in reading) for owner in sorted(watching | reading)}:
        await delivery.tell(changed, told, now)
    if changed.is_last:
        await delivery.part(changed.record_id)
