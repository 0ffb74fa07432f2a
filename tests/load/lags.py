"""How far each consumer is behind, by its position and the feed itself: closed feeds are told of by nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import asyncpg

from tests.support.system import System

CONSUMERS = {
    "registry-reactions": ("registry", "public", ("discipline",)),
    "discipline-reactions": ("discipline", "public", ("discipline",)),
    "progress-projector": ("progress", "projected", ("registry", "discipline", "rights", "progress")),
    "exchange-releases": ("exchange", "public", ("registry", "progress")),
}
"""Consumer → database and schema of its positions, and the services whose feeds it follows."""
_POSITIONS = "SELECT partition, last_seq FROM {}.positions WHERE topic = $1"
_HEADS = "SELECT max(partition_seq) FROM feed WHERE partition = $1"
_OLDEST = (
    "SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float8 FROM feed"
    " WHERE partition = $1 AND partition_seq = $2 + 1"
)

_TABLES = (
    ("registry", "feed"), ("progress", "projected.practices"), ("exchange", "channel_events"),
    ("exchange", "exchange_log"),
)  # fmt: skip


@dataclass(frozen=True)
class Lag:
    events: float
    seconds: float
    """Age of the oldest event not applied."""


class Lags:
    """Closed with `async with`. One connection per database, kept, as a monitor of the department keeps one."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._connections: dict[str, asyncpg.Connection] = {}

    async def __aenter__(self) -> Self:
        for service in ("registry", "discipline", "rights", "progress", "exchange"):
            self._connections[service] = await asyncpg.connect(self._system.dsn(service))
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections.values():
            await connection.close()

    async def read(self) -> dict[str, Lag]:
        """By consumer and topic."""
        return {
            f"{consumer} {service}.events": await self._of(database, schema, service)
            for consumer, (database, schema, services) in CONSUMERS.items()
            for service in services
        }

    async def _of(self, database: str, schema: str, service: str) -> Lag:
        feed = self._connections[service]
        rows = await self._connections[database].fetch(_POSITIONS.format(schema), f"{service}.events")
        events, oldest = 0, 0.0
        for partition, applied in rows:
            head = await feed.fetchval(_HEADS, partition) or 0
            if head > applied:
                events += head - applied
                oldest = max(oldest, await feed.fetchval(_OLDEST, partition, applied) or 0.0)
        return Lag(events, round(oldest, 3))

    async def bytes_a_row(self) -> dict[str, float]:
        """On disk with indexes, of what grows with use; `register`: of the registry's database but its feed, by lawyer;
        `kafka`: of the brokers' logs, by event of all feeds.
        """
        found = {
            table.rpartition(".")[2]: await self._connections[service].fetchval(
                f"SELECT pg_total_relation_size('{table}')::float8 / greatest(1, (SELECT count(*) FROM {table}))"
            )
            for service, table in _TABLES
        }
        registry = self._connections["registry"]
        found["register"] = await registry.fetchval(
            "SELECT (pg_database_size(current_database()) - pg_total_relation_size('feed'))::float8"
            " / greatest(1, (SELECT count(*) FROM lawyers))"
        )
        events = [await connection.fetchval("SELECT count(*) FROM feed") for connection in self._connections.values()]
        log = self._system.data_dir / "kafka" / "log"
        found["kafka"] = sum(file.stat().st_blocks * 512 for file in log.rglob("*.log")) / max(1, sum(events))
        return found

    async def sizes(self) -> Mapping[str, int]:
        """Bytes on disk, by database."""
        any_one = next(iter(self._connections.values()))
        rows = await any_one.fetch("SELECT datname, pg_database_size(datname) FROM pg_database WHERE NOT datistemplate")
        return {row[0]: row[1] for row in rows}
