"""What the consumer tells of itself, and redrives that are tried first."""

from alembic import op
from common.database import consumer_ddl

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    for statement in consumer_ddl(2).split("\n\n"):
        op.execute(statement)
