"""Giving an undertaking, reading in bulk under it, and whether all ways to read the disclosures agree."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.disclosure_copy import Change, Copy, Disagreement, NotAsCommitted, digest, disagreements

from discipline_api.disclosures.domain import Client, Reader, Undertaking, owed, undertake
from discipline_api.refusals import Refused


class Readers(Protocol):
    async def enter(self, client: Client) -> Reader:
        """Locked; made where it is not there yet."""

    async def get_for_update(self, client: Client) -> Reader | None:
        """Raises Refused while another file is being made for this client."""

    async def last(self, reader_id: UUID) -> Undertaking | None: ...
    async def in_force(self, reader_id: UUID, now: datetime) -> bool: ...
    async def add(self, undertaking: Undertaking, contact: str) -> None: ...
    async def oldest_unread_tombstone(self, reader: Reader) -> datetime | None: ...


async def give_undertaking(
    readers: Readers, client: Client, *, organisation_name: str, text_version: int, contact: str, now: datetime
) -> Undertaking:
    reader = await readers.enter(client)
    last = await readers.last(reader.reader_id)
    undertaking = undertake(reader.reader_id, organisation_name, text_version, last, now)
    await readers.add(undertaking, contact)
    return undertaking


async def reader_in_good_standing(readers: Readers, client: Client, now: datetime) -> Reader:
    """Locked, so that one client has one file made at a time. Raises Refused."""
    reader = await readers.get_for_update(client)
    if reader is None or not await readers.in_force(reader.reader_id, now):
        raise Refused(
            "undertaking-needed",
            "批量读取须先承诺到期删除：POST /v1/disclosure-undertakings",
            "undertake to delete at term first: POST /v1/disclosure-undertakings",
            conflict=True,
        )
    if (refusal := owed(reader, await readers.oldest_unread_tombstone(reader), now)) is not None:
        raise refusal
    return reader


class Ways(Protocol):
    """One snapshot of the disclosures, read in every way there is."""

    async def size(self) -> int: ...
    def listed(self) -> AsyncIterator[tuple[UUID, bytes]]: ...
    async def one(self, record_id: UUID) -> bytes | None: ...
    def filed(self) -> AsyncIterator[tuple[UUID, bytes]]: ...
    async def changes(self, after: int) -> Sequence[Change]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    log_size: int
    records: int
    differences: list[Disagreement]

    @property
    def told(self) -> list[dict[str, object]]:
        """As it is kept and shown: ids alone."""
        return [
            {"record_id": str(each.record_id), "missing_in": list(each.missing_in), "different": each.different}
            for each in self.differences
        ]


async def compare(ways: Ways, now: datetime) -> Comparison:
    """Each record of the list is read on its own, too; of all that is read only digests are held."""
    size = await ways.size()
    listed = {record_id: digest(body) async for record_id, body in ways.listed()}
    filed = {record_id: digest(body) async for record_id, body in ways.filed()}
    copy = await copied(ways, now)
    single: dict[UUID, bytes] = {}
    for record_id in {*listed, *filed, *copy}:
        if (body := await ways.one(record_id)) is not None:
            single[record_id] = digest(body)
    told: Mapping[str, Mapping[UUID, bytes]] = {"list": listed, "record": single, "bulk": filed, "changes": copy}
    return Comparison(size, len(single), disagreements(told))


async def copied(ways: Ways, now: datetime) -> dict[UUID, bytes]:
    """What a client holds that has read the stream from its beginning: the digests."""
    copy = Copy(digests_only=True)
    while changes := await ways.changes(copy.after):
        for change in changes:
            try:
                copy.apply(change)
            except NotAsCommitted:
                copy.leave_out(change)  # as a client would: the other ways tell what this one lacks
    copy.forget_due(now)
    return {record_id: held.record for record_id, held in copy.records.items()}
