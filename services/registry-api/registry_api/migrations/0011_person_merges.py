"""Duplicate records of one person, merged and restored; the log of looks at ID numbers."""

from alembic import op

revision = "0011"
down_revision = "0010"

PERSONS = """
ALTER TABLE lawyers ADD merged_into uuid REFERENCES lawyers;

CREATE TABLE person_mergers (
    merger_id uuid PRIMARY KEY,
    absorbed_id uuid NOT NULL REFERENCES lawyers,
    kept_id uuid NOT NULL REFERENCES lawyers,
    effective_on date NOT NULL,
    moved jsonb NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT now(),
    restored_by uuid,
    restored_at timestamptz,
    CONSTRAINT person_mergers_two_records CHECK (absorbed_id <> kept_id)
);
CREATE UNIQUE INDEX person_mergers_absorbed ON person_mergers (absorbed_id) WHERE restored_at IS NULL;
CREATE INDEX person_mergers_kept ON person_mergers (kept_id);

CREATE TABLE id_number_views (
    view_id uuid PRIMARY KEY,
    ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    lawyer_id uuid NOT NULL REFERENCES lawyers,
    purpose text NOT NULL,
    note text,
    viewed_by text NOT NULL,
    viewed_by_organ text NOT NULL,
    viewed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX id_number_views_by_lawyer ON id_number_views (lawyer_id, ordinal);
"""


def upgrade() -> None:
    for statement in PERSONS.split(";\n"):
        if statement.strip():
            op.execute(statement)
