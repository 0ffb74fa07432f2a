"""Connections for the single SELECTs of the hottest reads.

A pool's acquire and release make a task for every statement: a quarter of the time that a look-up takes. Here a free
connection is taken off a list, and handed to whoever has waited longest.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg


class Selects:
    """Opened when first needed, at most `most`; a statement must leave nothing behind in its session."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], most: int) -> None:
        self._connect, self._most = connect, most
        self._free: list[asyncpg.Connection] = []
        self._open = 0
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._closed = False

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        connection = self._take() or await self._another()
        try:
            rows: list[asyncpg.Record] = await connection.fetch(query, *args)
        except AttributeError as error:
            raise _ended(connection, error) from error
        finally:
            self._put_back(connection)
        return rows

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        connection = self._take() or await self._another()
        try:
            row: asyncpg.Record | None = await connection.fetchrow(query, *args)
        except AttributeError as error:
            raise _ended(connection, error) from error
        finally:
            self._put_back(connection)
        return row

    @property
    def in_use(self) -> int:
        return self._open - len(self._free)

    async def close(self, seconds: float) -> None:
        """Those that answer somebody are ended when he is done. seconds: for all goodbyes; then without."""
        self._closed = True
        self._open -= len(self._free)
        closing, self._free = self._free, []
        goodbyes = (connection.close(timeout=seconds) for connection in closing)
        for connection, told in zip(closing, await asyncio.gather(*goodbyes, return_exceptions=True), strict=True):
            if isinstance(told, TimeoutError):
                connection.terminate()
            elif told is not None:
                raise told

    def _take(self) -> asyncpg.Connection | None:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1  # the server has ended it
        return None

    async def _another(self) -> asyncpg.Connection:
        while True:
            if self._closed:
                raise asyncpg.InterfaceError("the database is closed")
            if self._open < self._most:
                return await self._opened()
            freed: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(freed)
            try:
                connection = await freed
            except asyncio.CancelledError:
                if freed.done() and not freed.cancelled():
                    self._pass_on(freed.result())
                raise
            if connection is not None:
                return connection

    async def _opened(self) -> asyncpg.Connection:
        self._open += 1
        try:
            return await self._connect()
        except BaseException:
            self._open -= 1
            self._pass_on(None)
            raise

    def _put_back(self, connection: asyncpg.Connection) -> None:
        if self._closed:
            connection.terminate()
        if connection.is_closed():
            self._open -= 1
            self._pass_on(None)
        else:
            self._pass_on(connection)

    def _pass_on(self, connection: asyncpg.Connection | None) -> None:
        """To whoever waits: a connection, or (None) room for one."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return
        if connection is not None:
            self._free.append(connection)


def _ended(connection: asyncpg.Connection, error: AttributeError) -> Exception:
    """asyncpg lets go of its protocol when a session ends between preparing a statement and executing it."""
    if not connection.is_closed():
        return error
    ended: Exception = asyncpg.InterfaceError("the session ended before the statement was executed")
    return ended
