"""What was erased is noted for the ledger that a restored backup is held against."""

from alembic import op
from common.database import FEED_ERASED, Erased, recovery_ddl

revision = "0014"
down_revision = "0013"

excused = {"narrowed": "the triggers only note what was erased, and refuse nothing"}

ERASED = (
    FEED_ERASED,
    Erased("inbox", "item_id", ("wrapped_key", "sealed_content", "sealed_answer", "erased_at")),
)


def upgrade() -> None:
    for statement in recovery_ddl(ERASED):
        op.execute(statement)
