"""Sanctions that are lawfully withheld from publication."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for statement in tables_of(5).split("\n\n"):
        op.execute(statement)
