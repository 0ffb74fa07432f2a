"""Brings a database to the newest version: any number of processes may ask at once, one does it.

Migrations expand; what narrows waits for a step of its own (`Contract`), so that the version before runs on the same
database beside this one, and again after it. `docs/decisions/0050` says why, `tests/upgrade/migrations.py` checks it.
"""

import asyncio
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import asyncpg
import stamina
from alembic import command, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from common.database import Database, asyncpg_dsn
from common.telemetry import get_logger

_log = get_logger(__name__)

_LOCK = 0x59554D49  # "YUMI"
LOCK_TIMEOUT_SECONDS = 3
"""Whoever waits for a table's lock makes everybody after him wait, readers too. So a migration gives up early, lets
them pass and tries again."""
_ATTEMPTS = 40
_LOCK_NOT_AVAILABLE = "55P03"
_OLDEST = "oldest program: "


@dataclass(frozen=True)
class Contract:
    """`contract = Contract(since="0016", why="…")` in a migration: it takes away what programs no longer use.

    since: the revision that was newest when they stopped; a program whose own newest is older is refused from then on.
    """

    since: str
    why: str


class DatabaseTooNew(RuntimeError):
    """A later version has taken away what this one needs."""


async def migrate(dsn: str, package: str, *, schema: str | None = None) -> None:
    """Create the database where it is missing, then run `<package>/migrations/*.py` up to head.

    A database that a later version has migrated is left as it is: this version can use it, unless DatabaseTooNew says
    otherwise.

    schema: where the tables stand that are not in `public`; it also keeps its own version table.
    """
    await ensure_database(dsn)
    config = configuration(Path(str(files(package))) / "migrations")
    database = Database(dsn, source="/migrate", search_path=schema and f"{schema},public", patient=True)
    try:
        async with database.engine.connect() as connection:
            # Held until the session ends, so that a second process waits and then finds nothing to do. It asks again
            # and again: who waits inside a statement would hold up the making of an index, which waits for him.
            while not await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
                await connection.rollback()
                await asyncio.sleep(0.2)
            if schema is not None:
                await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
            await connection.commit()
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    await connection.run_sync(upgrade, config, schema)
                    await connection.commit()
                    break
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE or attempt == _ATTEMPTS:
                        raise
                    await connection.rollback()
                    _log.warning("migration-waits", package=package, attempt=attempt)
                    await asyncio.sleep(1)
            await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            await connection.commit()
    finally:
        await database.close()


async def ensure_database(dsn: str) -> None:
    url = make_url(dsn)
    if url.database is None:
        raise ValueError("the URL names no database")
    connection = await asyncpg.connect(asyncpg_dsn(url.set(database="postgres")), timeout=10)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", url.database):
            try:
                await connection.execute(f'CREATE DATABASE "{url.database}"')
            except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await asyncio.sleep(0)  # another process was faster
            await _known_everywhere(asyncpg_dsn(url))
    finally:
        await connection.close()


async def _known_everywhere(dsn: str) -> None:
    """Of several addresses asyncpg asks one after another, and gives up at a standby that has not heard of it yet."""
    async for attempt in stamina.retry_context(on=asyncpg.InvalidCatalogNameError, attempts=None, timeout=60):
        with attempt:
            await (await asyncpg.connect(dsn, timeout=10)).close()


def configuration(folder: Path) -> Config:
    """Of the migrations in `folder`."""
    config = Config()
    config.set_main_option("script_location", str(Path(str(files("common"))) / "migrations"))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "newline")
    return config


def upgrade(connection: Connection, config: Config, schema: str | None, to: str = "head") -> None:
    """Up to a revision, each migration in a transaction of its own. There is no way down: see `Contract`."""
    config.attributes.update(connection=connection, schema=schema)
    scripts = ScriptDirectory.from_config(config)
    now = MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()
    ours = [script.revision for script in scripts.walk_revisions()]
    if now is not None and now not in ours:
        _check_usable(connection, schema, now, newest=ours[0])
        return
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
    connection.commit()
    command.upgrade(config, to)
    _tell_oldest(connection, schema, [each for each in map(_contract, scripts.iterate_revisions(to, "base")) if each])


def _contract(script: Script) -> Contract | None:
    contract: Contract | None = getattr(script.module, "contract", None)
    return contract


def _tell_oldest(connection: Connection, schema: str | None, contracts: list[Contract]) -> None:
    """To programs that come later and are older: they know nothing of our migrations."""
    if contracts:
        oldest = max(contract.since for contract in contracts)
        table = f'"{schema or "public"}".alembic_version'
        connection.execute(text(f"COMMENT ON TABLE {table} IS '{_OLDEST}{oldest}'"))


def _check_usable(connection: Connection, schema: str | None, now: str, *, newest: str) -> None:
    """Revisions are numbers of four digits: a later one is the greater string."""
    table = f"{schema or 'public'}.alembic_version"
    said = connection.scalar(text("SELECT obj_description(to_regclass(:table), 'pg_class')"), {"table": table}) or ""
    oldest = said.removeprefix(_OLDEST)
    if now < newest or oldest > newest:
        raise DatabaseTooNew(
            f"数据库已升级到 {now}，其中已没有本版本（{newest}）所需的内容：请运行 {oldest or now} 及以后的版本，"
            f"或恢复备份。 / The database is at {now} and no longer has what this version ({newest}) needs: "
            f"run one that knows {oldest or now}, or restore a backup."
        )
    _log.warning("database-newer", database=now, program=newest)


def index_concurrently(name: str, definition: str) -> None:
    """`CREATE INDEX CONCURRENTLY name definition` in a migration: writers go on while it is made, however long.

    definition: from `ON` on, with UNIQUE left to `name="UNIQUE …"`. What a killed attempt has left is made anew.
    """
    plain = name.removeprefix("UNIQUE ")
    unique = "UNIQUE " if plain != name else ""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for transactions that were there before it, and blocks nobody
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {plain}")
        op.execute(f"CREATE {unique}INDEX CONCURRENTLY {plain} {definition}")
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
