"""A destroyed key is noted for the ledger that a restored backup is held against."""

from alembic import op
from common.database import Erased, recovery_ddl

revision = "0002"
down_revision = "0001"

excused = {"narrowed": "the triggers only note what was erased, and refuse nothing"}

ERASED = (Erased("content_keys", "complaint_id"),)


def upgrade() -> None:
    for statement in recovery_ddl(ERASED):
        op.execute(statement)
