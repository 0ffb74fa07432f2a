"""The official reading of open parameters."""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
CREATE TABLE reading_choices (
    choice_id uuid PRIMARY KEY,
    version integer NOT NULL CHECK (version >= 1),
    parameter text NOT NULL,
    target text,
    value text NOT NULL,
    from_on date NOT NULL,
    document_number text NOT NULL,
    document_issuer text NOT NULL,
    document_date date NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    withdrawn_by text,
    withdrawn_at timestamptz,
    CONSTRAINT reading_choices_two_officers CHECK (confirmed_by <> entered_by),
    CONSTRAINT reading_choices_confirmed CHECK (num_nonnulls(confirmed_by, confirmed_at) IN (0, 2)),
    CONSTRAINT reading_choices_withdrawn CHECK (num_nonnulls(withdrawn_by, withdrawn_at) IN (0, 2)),
    CONSTRAINT reading_choices_one_end CHECK (confirmed_at IS NULL OR withdrawn_at IS NULL)
)
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
