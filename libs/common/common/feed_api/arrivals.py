"""Who waits for the next event of a feed is woken when it is there: one look at the head for all of them."""

import asyncio

from common.cancellation import end_if_cancelled
from common.database import DATABASE_ERRORS, Database

LOOK_SECONDS = 0.015
"""Between two looks: how late a waiter may learn of an event, and one short query each while somebody waits."""


class Arrivals:
    """Of one feed in one process. Waiters are told at once, all of them, when the process stops."""

    def __init__(self, database: Database, stopping: asyncio.Event) -> None:
        self.database = database
        self._stopping = stopping
        self._waiting: set[tuple[int, asyncio.Future[bool]]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def beyond(self, position: int, seconds: float) -> bool:
        """Whether the feed has, within these seconds, gone beyond the position. Raises what the database raises."""
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiter = (position, told)
        self._waiting.add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                return await told
        except TimeoutError:
            if told.done() and not told.cancelled():
                raise  # the database's own
            return False
        finally:
            self._waiting.discard(waiter)

    async def _look(self) -> None:
        """While somebody waits."""
        try:
            pool = await self.database.pool()
            while self._waiting:
                head = await pool.fetchval("SELECT position FROM feed_head")
                for position, told in self._waiting:
                    if not told.done() and (head > position or self._stopping.is_set()):
                        told.set_result(head > position)
                await asyncio.sleep(LOOK_SECONDS)
        except DATABASE_ERRORS as error:
            for _, told in self._waiting:
                if not told.done():
                    told.set_exception(error)
            end_if_cancelled(error)
