"""Counties, the legal district, reorganisations, first licences, published grades."""

from alembic import op

from progress_store.ddl import tables_of

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for statement in tables_of(2).split("\n\n"):
        op.execute(statement)
