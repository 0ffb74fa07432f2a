"""Two pairs of eyes: proposals and their approval."""

from alembic import op

revision = "0004"
down_revision = "0003"

PROPOSALS = """
CREATE TABLE proposals (
    proposal_id uuid PRIMARY KEY,
    ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL,
    state text NOT NULL CONSTRAINT proposals_state CHECK (state IN ('open', 'approved', 'rejected', 'withdrawn')),
    region text NOT NULL,
    subject_id uuid,
    command jsonb NOT NULL,
    sealed_id_number bytea,
    touched jsonb NOT NULL,
    document_number text,
    reason text,
    effective_on date NOT NULL,
    proposed_by text NOT NULL,
    proposed_by_organ text NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT now(),
    closed_by text,
    closed_by_organ text,
    closed_at timestamptz,
    closing_code text,
    closing_text text,
    version integer NOT NULL,
    CONSTRAINT proposals_closed CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT proposals_erased CHECK (state = 'open' OR sealed_id_number IS NULL),
    CONSTRAINT proposals_two_officers CHECK (state <> 'approved' OR closed_by <> proposed_by)
);
CREATE INDEX proposals_by_region ON proposals (region, ordinal);
CREATE INDEX proposals_open ON proposals (ordinal) WHERE state = 'open';
CREATE INDEX proposals_by_subject ON proposals (subject_id, ordinal) WHERE subject_id IS NOT NULL;
"""


def upgrade() -> None:
    for statement in PROPOSALS.split(";\n"):
        if statement.strip():
            op.execute(statement)
