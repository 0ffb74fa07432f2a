"""Imports that are checked, approved and then applied; the daily reconciliation with the licensing system."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = """
ALTER TABLE imports
    DROP CONSTRAINT imports_state,
    ADD CONSTRAINT imports_state
        CHECK (state IN ('queued', 'running', 'checked', 'done', 'failed', 'rejected', 'withdrawn', 'expired')),
    ADD COLUMN phase text NOT NULL,
    ADD COLUMN snapshot boolean NOT NULL DEFAULT false,
    ADD COLUMN sheet text NOT NULL DEFAULT '',
    ADD COLUMN conflicts integer NOT NULL DEFAULT 0,
    ADD COLUMN gone integer NOT NULL DEFAULT 0,
    ADD COLUMN checked_at timestamptz,
    ADD COLUMN checked_counts jsonb,
    ADD COLUMN decided_by text,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN decision_reason text,
    ADD CONSTRAINT imports_phase CHECK (phase IN ('check', 'apply'));

CREATE INDEX imports_by_region ON imports (region, created_at DESC, import_id);

CREATE INDEX imports_open ON imports (created_at) WHERE state = 'checked';

ALTER TABLE import_findings
    ADD COLUMN phase text NOT NULL,
    DROP CONSTRAINT import_findings_pkey,
    ADD CONSTRAINT import_findings_pkey PRIMARY KEY (import_id, phase, row_number, ordinal);

CREATE TABLE import_changes (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    row_number integer NOT NULL,
    class text NOT NULL,
    entity_id uuid,
    identity text NOT NULL,
    name text NOT NULL,
    fields jsonb NOT NULL,
    PRIMARY KEY (import_id, row_number),
    CONSTRAINT import_changes_class CHECK (class IN ('new', 'changed', 'gone', 'conflicting')),
    CONSTRAINT import_changes_gone CHECK ((class = 'gone') = (row_number < 0))
);

CREATE INDEX import_changes_by_class ON import_changes (import_id, class, row_number);

CREATE TABLE import_seen (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    entity_id uuid NOT NULL,
    PRIMARY KEY (import_id, entity_id)
)
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
