"""When a case, or a watch that became none, was erased at the end of its term; each is noted for the ledger.

The ledger's replay leaves `erased_at` alone: the timer comes to a case of a restored backup again, for its files.
"""

from alembic import op
from common.database import Erased, erasure_trigger

revision = "0022"
down_revision = "0021"

excused = {"narrowed": "the triggers only note what was erased, and refuse nothing"}

_SEALED = ("wrapped_key", "identity_sealed", "facts_sealed")
ERASED = (
    Erased("complaints", "complaint_id", (*_SEALED, "content_form")),
    Erased("refused_meetings", "meeting_id", _SEALED),
)


def upgrade() -> None:
    for table in ("complaints", "refused_meetings"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN erased_at timestamptz")
    for each in ERASED:
        op.execute(erasure_trigger(each))
