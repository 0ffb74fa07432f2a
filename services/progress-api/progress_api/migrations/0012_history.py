"""What was shown."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = """
CREATE TABLE shown_progress (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    told_until date
);

INSERT INTO shown_progress DEFAULT VALUES;

CREATE TABLE shown_last (
    indicator_id text PRIMARY KEY,
    version integer NOT NULL,
    figures jsonb NOT NULL
);
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
