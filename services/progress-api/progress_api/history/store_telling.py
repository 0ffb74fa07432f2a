"""When a day has ended, what its values were is told: an event for every indicator that differs from the last time."""

from collections.abc import Mapping
from datetime import date, datetime

import asyncpg
import orjson
from common.database import Database, Tx
from contracts.entitlements import is_closed_indicator
from contracts.report_events import ShownFigure
from contracts.working_days import local_date
from progress_store.queries import Figures

from progress_api.figures import figures_on
from progress_api.history.domain import Told, days_to_tell, news
from progress_api.readings.domain import Readings
from progress_api.readings.store import official


async def when_a_day_has_ended_tell_its_values(database: Database, now: datetime) -> int:
    """Any number of processes may try; one tells each day. Returns how many events were told."""
    pool = await database.pool()
    told_until = await pool.fetchval("SELECT told_until FROM shown_progress")
    total = 0
    for day in days_to_tell(told_until, local_date(now)):
        async with database.snapshot() as connection:
            found, readings = await figures_on(connection, day), await official(connection, day)
        async with database.begin() as tx:
            told = await _tell(tx, day, found, readings)
        if told is None:
            break
        total += told
    return total


async def _tell(tx: Tx, day: date, found: Mapping[str, Figures], readings: Readings) -> int | None:
    """None where another process is telling, or has told, this day."""
    raw = await tx.raw()
    row = await raw.fetchrow("SELECT told_until FROM shown_progress FOR UPDATE SKIP LOCKED")
    if row is None or (row["told_until"] is not None and row["told_until"] >= day):
        return None
    closed = {item for item in found if is_closed_indicator(item) or readings.tells_suspended(item)}
    events = news(day, found, await _told(raw), closed)
    for event in events:
        tx.outbox.add(event)
    await raw.executemany(
        "INSERT INTO shown_last (indicator_id, version, figures) VALUES ($1, $2, $3::jsonb) "
        "ON CONFLICT (indicator_id) DO UPDATE SET version = excluded.version, figures = excluded.figures",
        [(e.indicator_id, e.version, orjson.dumps([f.model_dump() for f in e.figures]).decode()) for e in events],
    )
    await raw.execute("UPDATE shown_progress SET told_until = $1", day)
    return len(events)


async def _told(raw: asyncpg.Connection) -> dict[str, Told]:
    return {
        row["indicator_id"]: Told(
            row["version"], tuple(ShownFigure.model_validate(item) for item in orjson.loads(row["figures"]))
        )
        for row in await raw.fetch("SELECT indicator_id, version, figures::text FROM shown_last")
    }
