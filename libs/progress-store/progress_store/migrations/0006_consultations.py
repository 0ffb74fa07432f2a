"""Meetings of the organs about practice rights."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for statement in tables_of(6).split("\n\n"):
        op.execute(statement)
