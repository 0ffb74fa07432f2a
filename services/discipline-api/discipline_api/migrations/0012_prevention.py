"""Talks and reminders: internal, and erased at their term."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    """
CREATE TABLE talks (
    talk_id uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT talks_version CHECK (version >= 1),
    kind text NOT NULL,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    region text NOT NULL,
    addressee text NOT NULL,
    licence_number text,
    credit_code text,
    topics text[] NOT NULL CONSTRAINT talks_topics CHECK (cardinality(topics) >= 1),
    held_on date NOT NULL,
    follow_up text NOT NULL,
    wrapped_key bytea,
    notes bytea,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    keep_to_on date NOT NULL,
    erased_at timestamptz,
    CONSTRAINT talks_subject CHECK (
        erased_at IS NULL AND num_nonnulls(licence_number, credit_code) >= 1 AND num_nonnulls(wrapped_key, notes) = 2
        OR erased_at IS NOT NULL AND num_nonnulls(licence_number, credit_code, wrapped_key, notes) = 0)
)""",
    "CREATE INDEX talks_by_organ ON talks (region, held_on DESC, talk_id DESC)",
    "CREATE INDEX talks_to_erase ON talks (keep_to_on) WHERE erased_at IS NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
