"""An import that is certainly under way when its process is killed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_GATE = 7_002


@asynccontextmanager
async def held_at(connection: "asyncpg.Connection[asyncpg.Record]", rows: int) -> AsyncIterator[None]:
    """An import that has done so many rows waits with its next batch: no machine is faster than the kill.

    connection: of the registry's database, held all the while.
    """
    await connection.execute(f"""
        SELECT pg_advisory_lock({_GATE});
        CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_advisory_xact_lock_shared({_GATE}); RETURN NEW; END';
        CREATE TRIGGER gate BEFORE UPDATE ON imports FOR EACH ROW
            WHEN (OLD.rows_done >= {rows} AND NEW.rows_done > OLD.rows_done) EXECUTE FUNCTION wait_at_the_gate()""")
    try:
        yield
    finally:
        await connection.execute(f"SELECT pg_advisory_unlock({_GATE})")
        await connection.execute("DROP TRIGGER gate ON imports; DROP FUNCTION wait_at_the_gate")
