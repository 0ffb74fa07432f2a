"""Feeds of any length, made by the system's own sequencer from truthful events: `yulu events verify` accepts them.

Lawyers are licensed one after the other and then move, in turn, so that a feed of ten events per lawyer has the shape
that a register of some years has: keys with contiguous versions, and few of them open at a time.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import asyncpg
from common import feed
from common.events import Event, encode
from contracts.regions import REGIONS
from contracts.registry_events import LawyerLicensed, LawyerMoved

from tests.bench import events

BATCH = 20_000
PER_FIRM = 40
_FIRST_DAY = date(2010, 1, 1)
_REGIONS = sorted(set(REGIONS) - {"410000"})


def _id(kind: int, number: int, turn: int = 0) -> UUID:
    """The same for the same; spread, as random ids are, but for nothing to be kept of a million of them."""
    mixed = (number * 0x9E3779B97F4A7C15 + turn * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    return UUID(int=(mixed << 64) | (kind << 56) | ((turn & 0xFF) << 48) | number)


def made(province: int, lawyers: int, number: int) -> Iterator[Event]:
    """So many events of so many lawyers of one province. province: keeps the ids of several apart."""
    shift = province << 40
    for at in range(number):
        turn, lawyer = divmod(at, lawyers)
        key, version = _id(1, shift + lawyer), turn + 1
        firm = (lawyer + 7 * turn) % max(1, lawyers // PER_FIRM)
        region, category = _REGIONS[firm % len(_REGIONS)], 1 + lawyer % 2
        if turn == 0:
            yield LawyerLicensed(
                version=version, region=region, lawyer_id=key, practice_id=_id(2, shift + lawyer, turn),
                firm_id=_id(3, shift + firm), category=category, first_licensed_on=_FIRST_DAY, from_on=_FIRST_DAY,
            )  # fmt: skip
            continue
        before = (lawyer + 7 * (turn - 1)) % max(1, lawyers // PER_FIRM)
        yield LawyerMoved(
            version=version, region=region, lawyer_id=key, closes_practice_id=_id(2, shift + lawyer, turn - 1),
            practice_id=_id(2, shift + lawyer, turn), firm_before=_id(3, shift + before),
            firm_id=_id(3, shift + firm), region_before=_REGIONS[before % len(_REGIONS)], category=category,
            number_changed=False, effective_on=_FIRST_DAY + timedelta(days=180 * turn),
        )  # fmt: skip


async def fill(connection: asyncpg.Connection, stream: Iterator[Event]) -> int:
    """Into the outbox of a migrated database, and from there into its feed; the number."""
    filled = 0
    batch: list[events.Row] = []
    for event in stream:
        batch.append(_row(event, filled + len(batch)))
        if len(batch) == BATCH:
            filled += await _sequenced(connection, batch)
            batch = []
    return filled + await _sequenced(connection, batch)


async def _sequenced(connection: asyncpg.Connection, batch: list[events.Row]) -> int:
    await connection.copy_records_to_table("outbox", records=batch, columns=events.COLUMNS)
    while await feed.sequence(connection):
        pass
    return len(batch)


def _row(event: Event, number: int) -> events.Row:
    event_id = _id(4, number)
    raw = encode(event, source="/registry", correlation_id=None, event_id=event_id)
    return event_id, event.event_type, event.topic, event.key(), event.region, event.version, raw
