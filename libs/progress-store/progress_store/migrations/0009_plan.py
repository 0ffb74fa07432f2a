"""Reports, national statistics, inspections, and what was shown."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for statement in tables_of(9).split("\n\n"):
        op.execute(statement)
