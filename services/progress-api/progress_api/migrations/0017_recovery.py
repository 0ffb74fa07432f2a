"""What was erased is noted for the ledger that a restored backup is held against."""

from alembic import op
from common.database import FEED_ERASED, Erased, recovery_ddl

revision = "0017"
down_revision = "0016"

excused = {"narrowed": "the triggers only note what was erased, and refuse nothing"}

ERASED = (
    FEED_ERASED,
    Erased("report_scans", "scan_id", ("original", "copy", "erased_at")),
)


def upgrade() -> None:
    for statement in recovery_ddl(ERASED):
        op.execute(statement)
