"""One PostgreSQL database: an SQLAlchemy engine for state, a raw asyncpg pool for hot reads, one way to commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from common.outbox import Outbox
from common.selects import Selects

RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the same transaction may succeed when run again."""


class Tx:
    """One transaction. Nothing else commits: `Database.begin` flushes, writes the outbox and commits when it exits."""

    def __init__(self, connection: AsyncConnection, source: str) -> None:
        self._connection = connection
        self.session = AsyncSession(bind=connection, expire_on_commit=False, autoflush=True)
        self.outbox = Outbox(source)
        self.commit_lsn: str | None = None
        """WAL position after COMMIT; a replica that has reached it shows this transaction."""

    async def raw(self) -> asyncpg.Connection:
        """The asyncpg connection inside this transaction, for bulk statements and COPY."""
        if not self._connection.in_transaction():
            await self._connection.begin()
        driver = await _driver_connection(self._connection)
        if not driver.is_in_transaction():
            # SQLAlchemy's adapter sends BEGIN with its first statement only.
            await self._connection.exec_driver_sql("SELECT 1")
        return driver

    async def _commit(self, *, tell_lsn: bool) -> None:
        await self.session.flush()
        driver = await self.raw()
        await self.outbox.write(driver)
        await self._connection.commit()
        if tell_lsn:
            self.commit_lsn = str(await driver.fetchval("SELECT pg_current_wal_lsn()::text"))


async def _roll_back(connection: AsyncConnection) -> None:
    try:
        await connection.rollback()
    except DBAPIError:
        # The session is gone, and its transaction with it; the error that brought us here says why.
        await connection.invalidate()


async def _driver_connection(connection: AsyncConnection) -> asyncpg.Connection:
    fairy = await connection.get_raw_connection()
    driver = fairy.driver_connection
    if not isinstance(driver, asyncpg.Connection):
        raise TypeError("not an asyncpg connection")
    return driver


class Database:
    """A database of one service.

    url: postgresql://…; source: the CloudEvents source of events written here, such as `/registry`;
    search_path: for the progress store, whose tables stand in a schema of their own.
    durable: False where a crash may undo the last commits because positions would then be undone with their effects,
    and the feed is asked again.
    """

    def __init__(
        self,
        url: str,
        *,
        source: str,
        search_path: str | None = None,
        pool_size: int = 10,
        durable: bool = True,
    ) -> None:
        self.url: URL = make_url(url).set(drivername="postgresql+asyncpg")
        self.source = source
        self._settings = {"application_name": f"yulu{source}"}
        if not durable:
            self._settings["synchronous_commit"] = "off"
        if search_path is not None:
            self._settings["search_path"] = search_path
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            hide_parameters=True,  # they hold names and numbers of persons
            connect_args={"server_settings": self._settings, "timeout": 10},
        )
        # Instead of pool_pre_ping, which costs three round trips per transaction.
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._pool: asyncpg.Pool | None = None
        self._pool_size = pool_size
        self._pool_lock = asyncio.Lock()
        self.selects = Selects(self.connect_raw, pool_size)
        """For the hottest reads: single SELECTs, without the pool's task for each."""

    @property
    def dsn(self) -> str:
        """The URL as asyncpg wants it, password included: never log it."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def connect_raw(self, **settings: str) -> asyncpg.Connection:
        """A connection of one's own, with further server settings."""
        return await asyncpg.connect(self.dsn, server_settings=self._settings | settings, timeout=10)

    async def pool(self) -> asyncpg.Pool:
        """For statements that leave nothing behind in their session; locks, LISTEN and SET belong to `connect_raw`."""
        if self._pool is not None:
            return self._pool
        async with self._pool_lock:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self.dsn,
                    min_size=1,
                    max_size=self._pool_size,
                    server_settings=self._settings,
                    timeout=10,
                    reset=_nothing_to_reset,
                )
            return self._pool

    @asynccontextmanager
    async def begin(self, *, tell_lsn: bool = False) -> AsyncIterator[Tx]:
        """One transaction; tell_lsn: read the WAL position after COMMIT, one more round trip."""
        async with self.engine.connect() as connection:
            tx = Tx(connection, self.source)
            try:
                await connection.begin()
                yield tx
                await tx._commit(tell_lsn=tell_lsn)  # noqa: SLF001 -- the one place that commits
            except BaseException:
                await _roll_back(connection)
                raise
            finally:
                await tx.session.close()

    async def ping(self) -> None:
        """Raises when the database does not answer; the readiness check."""
        pool = await self.pool()
        await pool.fetchval("SELECT 1")

    async def close(self) -> None:
        await self.selects.close()
        if self._pool is not None:
            await self._pool.close()
        await self.engine.dispose()


def _refuse_closed(connection: DBAPIConnection, _record: object, _fairy: object) -> None:
    """The driver has heard that the server ended this connection: the pool opens another in its place."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


async def _nothing_to_reset(_connection: object) -> None:
    """Asyncpg rolls back what is open; asking the server to reset the rest would be a round trip per use."""


def unaware(error: BaseException) -> bool:
    """Whether the driver was told that its session has ended but was used before it saw the connection close."""
    if isinstance(error, DBAPIError):
        return isinstance(getattr(error.orig, "__cause__", None), asyncpg.InternalClientError)
    return isinstance(error, asyncpg.InternalClientError)


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of a database error, whether raised by asyncpg or wrapped by SQLAlchemy."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)
    if isinstance(error, DBAPIError):
        original: Any = error.orig
        state = getattr(original, "sqlstate", None)
        return state if isinstance(state, str) else None
    return None


def event_log_ddl() -> str:
    """DDL of outbox, feed and relay state, version 1; for a service's first migration. Frozen: later changes append."""
    return files("common").joinpath("event_log_v1.sql").read_text(encoding="utf-8")


def consumer_ddl() -> str:
    """DDL of positions and parked events, version 1; for a database that consumes. Frozen like the above."""
    return files("common").joinpath("consumer_v1.sql").read_text(encoding="utf-8")
