"""What organs have sent us, sealed under a key each."""

from alembic import op

revision = "0005"
down_revision = "0001"

TABLES = """
CREATE TABLE inbox (
    item_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('correction', 'conviction', 'judgment', 'reconsideration')),
    client_id uuid NOT NULL REFERENCES clients,
    organ_code text NOT NULL,
    subject text NOT NULL,
    region text NOT NULL CHECK (region ~ '^\\d{6}$'),
    state text NOT NULL CHECK (state IN
        ('received', 'corrected', 'unfounded', 'recorded', 'without-effect', 'referred', 'withdrawn')),
    received_at timestamptz NOT NULL,
    due_on date NOT NULL,
    due_at timestamptz NOT NULL,
    number_digest bytea NOT NULL,
    content_digest bytea NOT NULL,
    overdue_at timestamptz CHECK (overdue_at = due_at),
    answered_at timestamptz,
    answered_by text,
    reference uuid,
    kept_until date,
    kek_id text NOT NULL,
    wrapped_key bytea,
    sealed_content bytea,
    sealed_answer bytea,
    erased_at timestamptz,
    CONSTRAINT inbox_number UNIQUE (client_id, number_digest),
    CONSTRAINT inbox_closed CHECK ((state = 'received') = (answered_at IS NULL)),
    CONSTRAINT inbox_answered CHECK (num_nonnulls(answered_at, answered_by, kept_until) IN (0, 3)),
    CONSTRAINT inbox_reference CHECK ((state = 'recorded') = (reference IS NOT NULL)),
    CONSTRAINT inbox_erased CHECK ((wrapped_key IS NULL) = (erased_at IS NOT NULL)),
    CONSTRAINT inbox_content CHECK ((wrapped_key IS NULL) = (sealed_content IS NULL))
);

CREATE INDEX inbox_by_due ON inbox (due_on, item_id);

CREATE INDEX inbox_waiting ON inbox (due_at) WHERE state = 'received' AND overdue_at IS NULL;

CREATE INDEX inbox_kept ON inbox (kept_until) WHERE erased_at IS NULL
"""


def upgrade() -> None:
    for statement in TABLES.split("\n\n"):
        op.execute(statement)
