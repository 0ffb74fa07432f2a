"""Migrating while others work, by programs of different ages."""

import asyncio
import secrets
import sys

import asyncpg
import pytest
from common.migrations import DatabaseTooNew, migrate

STEP = """
from alembic import op
from common.migrations import Contract, index_concurrently

revision = {revision!r}
down_revision = {before!r}
{says}


def upgrade():
    {does}
"""
TABLE = "op.execute('CREATE TABLE cases (id integer PRIMARY KEY, note text)')"
COLUMN = "op.execute('ALTER TABLE cases ADD COLUMN at date')"
INDEX = "index_concurrently('cases_note', 'ON cases (note)')"
DROP = "op.execute('ALTER TABLE cases DROP COLUMN note')"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a package with these migrations; `says` goes into the last one."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(*steps: str, says: str = "") -> str:
        package = f"trial_{secrets.token_hex(4)}"
        folder = tmp_path / package / "migrations"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").touch()
        for number, does in enumerate(steps, 1):
            told = says if number == len(steps) else ""
            text = STEP.format(
                revision=f"{number:04}", before=f"{number - 1:04}" if number > 1 else None, says=told, does=does
            )
            (folder / f"{number:04}_step.py").write_text(text)
        return package

    yield make
    for name in [name for name in sys.modules if name.startswith("trial_")]:
        del sys.modules[name]


@pytest.fixture
def dsn(postgres):
    return f"{postgres.url}/upgrade_{secrets.token_hex(4)}"


async def version(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT version_num FROM alembic_version")
    finally:
        await connection.close()


async def test_an_older_program_leaves_a_newer_database_as_it_is(dsn, program):
    await migrate(dsn, program(TABLE, COLUMN))
    await migrate(dsn, program(TABLE))
    assert await version(dsn) == "0002"


async def test_a_program_whose_columns_are_gone_is_told_so(dsn, program):
    says = "contract = Contract(since='0002', why='nobody reads notes any more')"
    await migrate(dsn, program(TABLE, COLUMN, DROP, says=says))
    await migrate(dsn, program(TABLE, COLUMN))
    with pytest.raises(
        DatabaseTooNew, match="no longer has what this version \\(0001\\) needs: run one that knows 0002"
    ):
        await migrate(dsn, program(TABLE))
    assert await version(dsn) == "0003"


async def test_a_database_of_something_else_is_no_newer_one(dsn, program):
    await migrate(dsn, program(TABLE))
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE alembic_version SET version_num = '0000'")
    await connection.close()
    with pytest.raises(DatabaseTooNew):
        await migrate(dsn, program(TABLE))


async def test_who_comes_after_a_migration_does_not_wait_behind_it(dsn, program):
    """A long report holds the table; the migration waits for it, gives way to readers, and comes through after it."""
    await migrate(dsn, program(TABLE))
    report, reader = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        transaction = report.transaction()
        await transaction.start()
        await report.fetch("SELECT * FROM cases")
        migration = asyncio.create_task(migrate(dsn, program(TABLE, COLUMN)))
        while not await reader.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"):
            assert not migration.done()
            await asyncio.sleep(0.01)
        await asyncio.wait_for(reader.fetch("SELECT * FROM cases"), 60)  # though the report goes on and on
        assert not migration.done()
        await transaction.commit()
        await migration
        assert await version(dsn) == "0002"
    finally:
        await report.close()
        await reader.close()


async def test_several_make_an_index_at_once_and_what_a_killed_one_left_is_made_anew(dsn, program):
    await migrate(dsn, program(TABLE))
    connection = await asyncpg.connect(dsn)
    try:
        # As CREATE INDEX CONCURRENTLY leaves it when it is ended in the middle.
        await connection.execute("INSERT INTO cases VALUES (1, 'a'), (2, 'a')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("CREATE UNIQUE INDEX CONCURRENTLY cases_note ON cases (note)")
        package = program(TABLE, INDEX)
        await asyncio.gather(*(migrate(dsn, package) for _ in range(3)))
        assert await connection.fetch(
            "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'cases_note'::regclass"
        ) == [(True, False)]
    finally:
        await connection.close()
