"""Rounds of mutual evaluation."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for statement in tables_of(7).split("\n\n"):
        op.execute(statement)
