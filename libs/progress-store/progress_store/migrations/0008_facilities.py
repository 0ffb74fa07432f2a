"""Facilities for lawyers at the organs."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for statement in tables_of(8).split("\n\n"):
        op.execute(statement)
