"""The tables as the code describes them are those that the migrations make; and what the database itself refuses."""

import asyncpg
import pytest
from rights_api.cases.tables import Base
from rights_api.messages.store import Base as OfMessages


async def test_the_code_describes_the_migrated_tables(sql):
    for table in (*Base.metadata.tables.values(), *OfMessages.metadata.tables.values()):
        rows = await sql.fetch(
            "SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = $1", table.name
        )
        described = {column.name: column.nullable for column in table.columns}
        assert {row["column_name"]: row["is_nullable"] == "YES" for row in rows} == described


@pytest.mark.parametrize(
    "change",
    [
        "status = 'LOST'",
        "status = 'REFUSED'",
        "status = 'REPLIED'",
        "status = 'WITH_PROC', accepted_at = now()",
        "status = 'CLOSED'",
        "status = 'CLUE'",
        "owner_region = '320100'",
        "identity_sealed = NULL",
        "kind = 'DISCIPLINE'",
        "version = 0",
    ],
)
async def test_a_contradictory_case_cannot_be_stored(file, sql, change):
    await file()
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(f"UPDATE complaints SET {change}")
