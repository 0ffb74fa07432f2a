"""Reconciliations of the register with the licensing system."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in tables_of(3).split("\n\n"):
        op.execute(statement)
