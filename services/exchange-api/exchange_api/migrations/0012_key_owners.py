"""Idempotency keys belong to issuer and subject."""

from alembic import op
from common.database import idempotency_ddl

revision = "0012"
down_revision = "0002"


def upgrade() -> None:
    for statement in idempotency_ddl().split("\n\n"):
        op.execute(statement)
