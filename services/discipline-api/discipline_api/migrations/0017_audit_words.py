"""What officers say in their own words, beside the audit log and not in its chain: they go with their file."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("""
CREATE TABLE audit_words (
    words_id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL
)""")
    op.execute("CREATE INDEX audit_words_by_owner ON audit_words (owner_id)")
