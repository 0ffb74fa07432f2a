"""One PostgreSQL database: an SQLAlchemy engine for state, a raw asyncpg pool for hot reads, one way to commit."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any
from weakref import WeakSet

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import QueuePool

from common.outbox import Outbox
from common.selects import Selects
from common.telemetry.metrics import gauge

RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the same transaction may succeed when run again."""

DATABASE_ERRORS = (
    DBAPIError, PoolTimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError,
)  # fmt: skip
"""Whatever a database that goes away in the middle may raise, through SQLAlchemy or beside it; for loops that go on all
the same. A timeout is an OSError."""

IDLE_LIMIT_SECONDS = 120
"""A transaction that rests for so long between two statements is ended by the server. A process that froze or was cut
off in the middle keeps rows locked and vacuum waiting for as long as its connection seems to live, hours by TCP's
defaults. The longest rests of our own are those of exports and of papers that are drawn: seconds."""

MAY_REST = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""First in a transaction that waits for work elsewhere which takes as long as there are rows."""

LOOK_UP_LIMIT_SECONDS = 15
"""A look-up that takes so long answers nobody any more. Other statements have no limit: an export, a comparison or the
making of an index takes as long as there are rows, and who waits for a lock is not at fault."""

_CLOSE_SECONDS = 5.0
_READ_ONLY = "25006"

SILENT_SECONDS = 15
"""A server whose machine has lost power or network closes nothing. After so long without a sign of its kernel its
connections are given up, and the next ones are opened to whoever has taken over its address; by TCP's own defaults a
request would wait 15 minutes, an answer 2 hours. A statement that takes long is not silence: the kernel answers."""
_ASK_SECONDS = 5

_OF_POOL = ("database", "use")
_in_use = gauge("yulu_database_connections_in_use", "Connections at work, by what they are kept for.", _OF_POOL)
_most = gauge("yulu_database_connections_limit", "Connections that may be at work.", _OF_POOL)
_POOLS = {"transactions": 2, "statements": 1, "look-ups": 1}
"""By use, how many times the size of a pool."""
_open: "defaultdict[str, WeakSet[Database]]" = defaultdict(WeakSet)
"""By name."""


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

    async def may_rest(self) -> None:
        """Without IDLE_LIMIT_SECONDS: it waits for work elsewhere which takes as long as there are rows."""
        await (await self.raw()).execute(MAY_REST)

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
    except DATABASE_ERRORS:
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
    patient: transactions may rest for ever between two statements; for migrations, and what compares two databases.
    """

    def __init__(
        self,
        url: str,
        *,
        source: str,
        search_path: str | None = None,
        pool_size: int = 10,
        durable: bool = True,
        patient: bool = False,
    ) -> None:
        self.url: URL = make_url(url).set(drivername="postgresql+asyncpg")
        self.source = source
        self._settings = {"application_name": f"yulu{source}"}
        if not patient:
            self._settings["idle_in_transaction_session_timeout"] = f"{IDLE_LIMIT_SECONDS}s"
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
            # asyncpg reads the URL itself: SQLAlchemy would hand on what stands behind the question mark (sslmode,
            # sslrootcert) as arguments, which asyncpg does not have.
            async_creator=self._connect_engine,
        )
        # Instead of pool_pre_ping, which costs three round trips per transaction.
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._of_engine: WeakSet[asyncpg.Connection] = WeakSet()
        self._pool: asyncpg.Pool | None = None
        self._pool_size = pool_size
        self._pool_lock = asyncio.Lock()
        look_up = partial(self.connect_raw, statement_timeout=f"{LOOK_UP_LIMIT_SECONDS}s")
        self.selects = Selects(look_up, pool_size)
        """For the hottest reads: single SELECTs, without the pool's task for each."""
        self._tell_connections()

    def _tell_connections(self) -> None:
        """At each scrape, of all that this process has open under this name together."""
        those = _open[self._name]
        those.add(self)
        for use in _POOLS:
            _most.labels(self._name, use).set_function(partial(_sum, those, Database._limit, use))
            _in_use.labels(self._name, use).set_function(partial(_sum, those, Database._in_use, use))

    @property
    def _name(self) -> str:
        return self.source.rpartition("/")[2]

    def _limit(self, use: str) -> int:
        return _POOLS[use] * self._pool_size

    def _in_use(self, use: str) -> int:
        if use == "transactions":
            pool = self.engine.pool
            return pool.checkedout() if isinstance(pool, QueuePool) else 0
        if use == "statements":
            return 0 if self._pool is None else self._pool.get_size() - self._pool.get_idle_size()
        return self.selects.in_use

    @property
    def pool_size(self) -> int:
        """How many connections each use may keep."""
        return self._pool_size

    @property
    def dsn(self) -> str:
        """The URL as asyncpg wants it, password included: never log it."""
        return asyncpg_dsn(self.url)

    async def connect_raw(self, **settings: str) -> asyncpg.Connection:
        """A connection of one's own, with further server settings."""
        return await connect(self.dsn, server_settings=self._settings | settings, timeout=10)

    async def _connect_engine(self) -> asyncpg.Connection:
        connection = await self.connect_raw()
        self._of_engine.add(connection)
        return connection

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
                    connect=connect,
                    reset=_nothing_to_reset,
                )
            return self._pool

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        """A read-only transaction whose statements all see the same state."""
        pool = await self.pool()
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection

    @asynccontextmanager
    async def begin(self, *, tell_lsn: bool = False) -> AsyncIterator[Tx]:
        """One transaction; tell_lsn: read the WAL position after COMMIT, one more round trip."""
        async with self.engine.connect() as connection:
            tx = Tx(connection, self.source)
            try:
                await connection.begin()
                yield tx
                await tx._commit(tell_lsn=tell_lsn)  # noqa: SLF001 -- the one place that commits
            except BaseException as error:
                await _roll_back(connection)
                if sqlstate(error) == _READ_ONLY:
                    # The address led to a standby for a moment of a failover. The session would stay there when it no
                    # longer does, and every write of it would fail: the pool opens another instead.
                    await connection.invalidate()
                raise
            finally:
                await tx.session.close()

    async def ping(self) -> None:
        """Raises when the database does not answer; the readiness check."""
        pool = await self.pool()
        await pool.fetchval("SELECT 1")

    async def close(self) -> None:
        _open[self._name].discard(self)
        async with AsyncExitStack() as stack:  # each is closed, whatever another one's end says
            stack.push_async_callback(self._close_engine)
            stack.push_async_callback(self._close_pool)
            await self.selects.close(_CLOSE_SECONDS)

    async def _close_pool(self) -> None:
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._pool.close()
        except TimeoutError:
            # A server that says nothing any more does not say goodbye either.
            self._pool.terminate()

    async def _close_engine(self) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.engine.dispose()
        except TimeoutError:
            await self.engine.dispose(close=False)  # it forgets them, and their sockets would stay
            for connection in self._of_engine:
                connection.terminate()


def _sum(those: "WeakSet[Database]", ask: Callable[[Database, str], int], use: str) -> int:
    return sum(ask(each, use) for each in those)


def asyncpg_dsn(url: URL) -> str:
    """The URL as asyncpg wants it, password included: never log it.

    A server with standbys may be named by all its addresses, `postgresql://user@/name?host=a:5432&host=b:5432` with
    `&target_session_attrs=primary`, as SQLAlchemy reads it; asyncpg would connect to the last one only.
    """
    hosts = url.query.get("host")
    if isinstance(hosts, tuple):
        url = url.update_query_dict({"host": ",".join(hosts)})
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


async def connect(*args: Any, **kwargs: Any) -> asyncpg.Connection:
    """A connection that notices within SILENT_SECONDS that nobody is there any more."""
    connection = await asyncpg.connect(*args, **kwargs)
    # asyncpg neither sets these nor takes a socket on which they are set.
    transport = connection._transport  # noqa: SLF001
    options = {"TCP_KEEPIDLE": _ASK_SECONDS, "TCP_KEEPINTVL": _ASK_SECONDS, "TCP_USER_TIMEOUT": SILENT_SECONDS * 1000}
    # Of uvloop's transport one has no socket, only its number; the options belong to what both numbers stand for.
    with socket.socket(fileno=socket.dup(transport.get_extra_info("socket").fileno())) as itself:
        itself.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in options.items():
            if hasattr(socket, name) and itself.family != socket.AF_UNIX:  # on one machine no network falls silent
                itself.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return connection


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


def consumer_ddl(version: int = 1) -> str:
    """DDL of positions and parked events, one version; for a database that consumes. Frozen like the above."""
    return files("common").joinpath(f"consumer_v{version}.sql").read_text(encoding="utf-8")


def idempotency_ddl() -> str:
    """DDL that brings `idempotency_table` to version 2; for a migration of every service. Frozen like the above."""
    return files("common").joinpath("idempotency_v2.sql").read_text(encoding="utf-8")


def proof_ddl() -> str:
    """DDL of the exchange log, operators' acts and hourly heads, version 1; one migration of each service. Frozen."""
    return files("common").joinpath("proof_v1.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Erased:
    """Which change of a table erases: a DELETE, or the UPDATE after which `when` holds and did not before.

    key: columns of ids, which name nobody; columns: those in which it is erased.
    """

    relation: str
    key: str
    columns: tuple[str, ...] = ()
    when: str = "{row}.erased_at IS NOT NULL"


def recovery_ddl(erased: Sequence[Erased]) -> list[str]:
    """DDL of erasures and restorations, version 1, with a trigger for each; one migration of each database. Frozen.

    The trigger notes an erasure in its own transaction, for the ledger that a restored backup is held against.
    """
    statements = files("common").joinpath("recovery_v1.sql").read_text(encoding="utf-8").split("\n\n")
    return [*statements, *map(erasure_trigger, erased)]


def erasure_trigger(each: Erased) -> str:
    """For a table that comes to be erased from after recovery_ddl has been run."""
    said = f"'{each.key}', '{' '.join(each.columns)}'"
    if each.columns:
        before, after = each.when.format(row="OLD"), each.when.format(row="NEW")
        event = f"UPDATE ON {each.relation} FOR EACH ROW WHEN ({after} AND NOT ({before}))"
    else:
        event = f"DELETE ON {each.relation} FOR EACH ROW"
    return f"CREATE TRIGGER {each.relation}_erased AFTER {event} EXECUTE FUNCTION note_erasure({said})"


FEED_ERASED = Erased("feed", "event_id", ("bytes",), "{row}.bytes IS NULL")
"""An event whose bytes were taken out of the feed; its digest stays in the chain."""
