"""Brings a database to the newest version: any number of processes may ask at once, one does it."""

import asyncio
from importlib.resources import files
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text

from common.database import Database

_LOCK = 0x59554D49  # "YUMI"


async def migrate(dsn: str, package: str, *, schema: str | None = None) -> None:
    """Create the database where it is missing, then run `<package>/migrations/*.py` up to head.

    schema: where the tables stand that are not in `public`; it also keeps its own version table.
    """
    await _create_database(dsn)
    database = Database(dsn, source="/migrate", search_path=schema and f"{schema},public")
    try:
        async with database.engine.connect() as connection:
            # Held until the session ends, so that a second process waits and then finds nothing to do.
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            if schema is not None:
                await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
            await connection.commit()
            await connection.run_sync(_upgrade, package, schema)
            await connection.commit()
            await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            await connection.commit()
    finally:
        await database.close()


async def _create_database(dsn: str) -> None:
    url = make_url(dsn)
    if url.database is None:
        raise ValueError("the URL names no database")
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(server, timeout=10)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", url.database):
            try:
                await connection.execute(f'CREATE DATABASE "{url.database}"')
            except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await asyncio.sleep(0)  # another process was faster
    finally:
        await connection.close()


def _upgrade(connection: Connection, package: str, schema: str | None) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(files("common"))) / "migrations"))
    config.set_main_option("version_locations", str(Path(str(files(package))) / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(connection=connection, schema=schema)
    command.upgrade(config, "head")
