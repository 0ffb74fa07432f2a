"""The projected tables, with positions and parked events of the projector."""

from alembic import op
from common.database import consumer_ddl

from progress_store.ddl import tables_of

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in [*consumer_ddl().split("\n\n"), *tables_of(1).split("\n\n")]:
        op.execute(statement)
