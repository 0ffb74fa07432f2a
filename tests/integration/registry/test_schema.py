"""The tables as the code maps them are those that the migrations make."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from registry_api.register.tables import Base

from .conftest import Desk


async def test_tables_and_migrations_agree(desk: Desk):
    mapped = set(Base.metadata.tables)

    def compare(connection):
        options = {"include_name": lambda name, kind, _: kind != "table" or name in mapped, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    async with desk.database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []
