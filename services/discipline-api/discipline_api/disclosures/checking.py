"""The daily check, and the one by command, that page, list, file and stream tell the same, record for record.

It reads what the routes send, made by the functions that the routes call, all in one snapshot, so that what is
published meanwhile cannot look like a fault. `yulu disclosures check` compares the same from outside, over HTTP.
"""

import asyncio
import time as clock
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import orjson
from common.database import Database, Tx
from common.telemetry import get_logger
from common.telemetry.metrics import Told, gauge
from contracts.disclosure_copy import Change
from contracts.working_days import SHANGHAI

from discipline_api.disclosures.domain import Filters
from discipline_api.disclosures.public_list import body_of, page, place
from discipline_api.disclosures.rendering import change_item, ndjson_line
from discipline_api.disclosures.store import ONE, Checks, Snapshot, changes
from discipline_api.disclosures.use_cases import Comparison, compare

_PAGE: Final = 200
_AT_A_STRETCH: Final = 100
"""Records between two breaths: look-ups are answered meanwhile."""
_log = get_logger(__name__)
# Told always: it is of what everybody may read.
_DIFFERENCES = gauge(
    "disclosure_check_differences",
    "Records on which ways to read disclosures disagreed when last checked.",
    told=Told.ALWAYS,
)
_CHECKED_AT = gauge(
    "disclosure_check_timestamp_seconds",
    "When ways to read disclosures were last compared here.",
    told=Told.ALWAYS,
)


class InOneSnapshot:
    """Fulfils `Ways`."""

    def __init__(self, connection: asyncpg.Connection, now: datetime) -> None:
        self._connection, self._now = connection, now
        self._snapshot = Snapshot(connection, now)

    async def size(self) -> int:
        return await self._snapshot.size()

    async def listed(self) -> AsyncIterator[tuple[UUID, bytes]]:
        cursor: str | None = None
        while True:
            rows, onward = await page(self._connection, Filters(), place(cursor), _PAGE, self._now)
            told = orjson.loads(body_of(rows, onward))
            for row, item in zip(rows, told["items"], strict=True):
                yield UUID(int=row["case_id"].int), orjson.dumps(item)
            cursor = told["next_cursor"]
            if cursor is None:
                return

    async def one(self, record_id: UUID) -> bytes | None:
        row = await self._connection.fetchrow(ONE, self._now, record_id)
        return None if row is None else row["body"]

    async def filed(self) -> AsyncIterator[tuple[UUID, bytes]]:
        size = await self.size()
        async for rows in self._snapshot.rows():
            for number, row in enumerate(rows):
                if number % _AT_A_STRETCH == 0:
                    await asyncio.sleep(0)
                line = orjson.loads(ndjson_line(row, size))
                yield UUID(line["record_id"]), orjson.dumps(line["record"])

    async def changes(self, after: int) -> Sequence[Change]:
        _, rows = await changes(self._connection, after, _AT_A_STRETCH, self._now)
        return [Change.of(orjson.loads(change_item(row))) for row in rows]


async def check(database: Database, now: datetime) -> Comparison:
    async with database.snapshot() as connection:
        comparison = await compare(InOneSnapshot(connection, now), now)
    _DIFFERENCES.set(len(comparison.differences))
    _CHECKED_AT.set(now.timestamp())
    tell = _log.error if comparison.differences else _log.info
    tell(
        "disclosures_compared",
        log_size=comparison.log_size,
        records=comparison.records,
        differences=len(comparison.differences),
        first=comparison.told[:10],
    )
    return comparison


async def check_and_keep(database: Database, now: datetime) -> Comparison:
    """By command, at any time; kept like the daily one."""
    async with database.begin() as tx:
        return await _check_within(tx, database, now, None)


async def _check_within(tx: Tx, database: Database, now: datetime, due_on: date | None) -> Comparison:
    await tx.may_rest()
    began = clock.monotonic()
    comparison = await check(database, now)
    await Checks(tx).add(comparison, due_on, now, now + timedelta(seconds=clock.monotonic() - began))
    return comparison


def daily_check(at: time | None) -> Callable[[Database, datetime], Awaitable[int]]:
    """A timer's task: once a day from this hour of China on, in whichever process comes first; None: never."""

    async def check_disclosures(database: Database, now: datetime) -> int:
        local = now.astimezone(SHANGHAI)
        if at is None or local.time() < at:
            return 0
        async with database.begin() as tx:
            if not await Checks(tx).claim(local.date()):
                return 0
            await _check_within(tx, database, now, local.date())
        return 1

    return check_disclosures
