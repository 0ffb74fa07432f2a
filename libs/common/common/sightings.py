"""When a worker that asks a service for work was last seen: whether it is there, work or none."""

from datetime import datetime, timedelta

import asyncpg

NOTED_EVERY = timedelta(seconds=10)

_NOTE = """
INSERT INTO workers_seen (worker, seen_at) VALUES ($1, $2)
ON CONFLICT (worker) DO UPDATE SET seen_at = excluded.seen_at WHERE workers_seen.seen_at < excluded.seen_at
"""


def sightings_ddl() -> str:
    return "CREATE TABLE workers_seen (worker text PRIMARY KEY, seen_at timestamptz NOT NULL)"


class Sightings:
    """One per process, over its database: noted at most every few seconds, however often the worker asks."""

    def __init__(self) -> None:
        self._noted: dict[str, datetime] = {}

    async def note(self, connection: asyncpg.Connection | asyncpg.Pool, worker: str, at: datetime) -> None:
        last = self._noted.get(worker)
        if last is not None and abs(at - last) < NOTED_EVERY:
            return
        await connection.execute(_NOTE, worker, at)
        self._noted[worker] = at


async def last_seen(connection: asyncpg.Connection | asyncpg.Pool, worker: str) -> datetime | None:
    found: datetime | None = await connection.fetchval("SELECT seen_at FROM workers_seen WHERE worker = $1", worker)
    return found
