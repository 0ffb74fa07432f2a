"""One binding at a time, whichever process carries it out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.database import Database

_LOCK = 0x59554C42  # "YULB"


class Bindings:
    """`app.state.bindings`. Who waits in this process holds no connection: sessions are found by the same few."""

    def __init__(self, database: Database) -> None:
        self._database, self._here = database, asyncio.Lock()

    @asynccontextmanager
    async def one_at_a_time(self) -> AsyncIterator[None]:
        pool = await self._database.pool()
        async with self._here, pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            yield
