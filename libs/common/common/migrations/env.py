"""Alembic runs this file for every database; the connection and the schema come from `common.migrations`."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    version_table_schema=context.config.attributes["schema"],
    transaction_per_migration=True,  # a lock is held for one step, not for all that follow
)
with context.begin_transaction():
    context.run_migrations()
