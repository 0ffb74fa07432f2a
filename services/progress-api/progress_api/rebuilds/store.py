"""Rows of `rebuilds`; the projector claims and fills them."""

from uuid import UUID

import asyncpg
import orjson

from progress_api.rebuilds.use_cases import Rebuild


class SqlRebuilds:
    def __init__(self, connection: asyncpg.Connection | asyncpg.Pool) -> None:
        self._connection = connection

    async def add(self, rebuild_id: UUID, *, requested_by: str, switch: bool) -> Rebuild:
        row = await self._connection.fetchrow(
            "INSERT INTO rebuilds (rebuild_id, requested_by, switch) VALUES ($1, $2, $3) RETURNING *",
            rebuild_id,
            requested_by,
            switch,
        )
        return _rebuild(row)

    async def get(self, rebuild_id: UUID) -> Rebuild | None:
        row = await self._connection.fetchrow("SELECT * FROM rebuilds WHERE rebuild_id = $1", rebuild_id)
        return None if row is None else _rebuild(row)


def _rebuild(row: asyncpg.Record) -> Rebuild:
    values = dict(row)
    values["differences"] = [] if row["differences"] is None else orjson.loads(row["differences"])
    return Rebuild(**values)
