"""The exchange log, operators' acts and the feed's signed hourly heads."""

from alembic import op
from common.database import proof_ddl

revision = "0007"
down_revision = "0004"


def upgrade() -> None:
    for statement in proof_ddl().split("\n\n"):
        op.execute(statement)
