"""What the proof of a filing commits to; none of cases filed before."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE complaints ADD COLUMN commitment bytea"
        " CONSTRAINT complaints_commitment CHECK (octet_length(commitment) = 32)"
    )
