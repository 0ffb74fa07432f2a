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
    ADD CONSTRAINT imports_phase CHECK (phase IN ('check', 'apply')),
    ADD CONSTRAINT imports_two_officers CHECK (phase = 'check' OR decided_by <> requested_by);

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
);

CREATE TABLE reconciliations (
    reconciliation_id uuid PRIMARY KEY,
    kind text NOT NULL,
    requested_by text NOT NULL,
    file_name text NOT NULL,
    file_digest text NOT NULL,
    reconciled_on date NOT NULL,
    rows_total integer NOT NULL,
    here integer NOT NULL,
    there integer NOT NULL,
    equal integer NOT NULL,
    only_here integer NOT NULL,
    only_there integer NOT NULL,
    different integer NOT NULL,
    unreadable integer NOT NULL,
    lines_new integer NOT NULL,
    lines_continued integer NOT NULL,
    lines_disappeared integer NOT NULL,
    completed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reconciliations_kind CHECK (kind IN ('firms', 'lawyers'))
);

CREATE INDEX reconciliations_latest ON reconciliations (kind, completed_at DESC, reconciliation_id);

CREATE TABLE reconciliation_lines (
    line_id uuid PRIMARY KEY,
    key text NOT NULL UNIQUE,
    kind text NOT NULL,
    difference text NOT NULL,
    region text NOT NULL,
    entity_id uuid,
    number text NOT NULL,
    name text NOT NULL,
    field text,
    here text,
    there text,
    state text NOT NULL,
    outcome text,
    reason text,
    note text,
    settled_by text,
    settled_on date,
    found_first_on date NOT NULL,
    found_last_on date NOT NULL,
    last_run uuid NOT NULL REFERENCES reconciliations,
    disappeared_on date,
    reopened integer NOT NULL DEFAULT 0,
    CONSTRAINT reconciliation_lines_difference
        CHECK (difference IN ('only-here', 'only-there', 'different', 'unreadable')),
    CONSTRAINT reconciliation_lines_state CHECK (state IN ('open', 'settled', 'disappeared')),
    CONSTRAINT reconciliation_lines_settled CHECK (state <> 'settled' OR outcome IS NOT NULL)
);

CREATE INDEX reconciliation_lines_by_region ON reconciliation_lines (kind, region, line_id)
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
