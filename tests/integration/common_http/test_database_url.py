"""What stands behind the question mark of a database's URL is obeyed by every connection made of it."""

import asyncpg
import pytest
from common.database import Database
from common.migrations import ensure_database
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError


async def _by_all(url: str) -> None:
    database = Database(url, source="/trial", pool_size=1)
    try:
        async with database.engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
        await (await database.connect_raw()).close()
        assert await (await database.pool()).fetchval("SELECT 1") == 1
    finally:
        await database.close()


async def test_tls_is_asked_for_by_the_url(postgres):
    """The packaged server has no certificate: where it is told to prove itself, nothing connects."""
    await _by_all(f"{postgres.url}/postgres?sslmode=disable")
    for asked in ("sslmode=require", "sslmode=verify-full"):
        for connects in (_by_all, ensure_database):
            with pytest.raises((OSError, asyncpg.InterfaceError, DBAPIError)) as refused:
                await connects(f"{postgres.url}/postgres?{asked}")
            assert "SSL" in str(refused.value) or "root.crt" in str(refused.value)
