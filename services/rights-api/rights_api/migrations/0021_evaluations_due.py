"""A counted evaluation is no erasure for the ledger: a restored backup is counted again, and forgotten, by its timer.

Done again from the ledger, the key alone would go, and answers that were acknowledged could never be counted. Entries
that stand in ledgers are passed over when a backup comes back (yulu_backup.ledger).
"""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("DROP TRIGGER evaluations_erased ON evaluations")
