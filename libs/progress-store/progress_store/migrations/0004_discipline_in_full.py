"""Proceedings, impostor cases, talks, supervisors, and which sanctions befell the honoured."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for statement in tables_of(4).split("\n\n"):
        op.execute(statement)
