"""Lights declared and overridden."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = """
CREATE TABLE light_declarations (
    declaration_id uuid PRIMARY KEY,
    light_of text NOT NULL,
    item_id text NOT NULL,
    region text CHECK (region <> '410000'),
    colour text NOT NULL CHECK (colour IN ('green', 'yellow', 'red', 'grey')),
    reason text NOT NULL,
    from_on date NOT NULL,
    organisation_kind text NOT NULL,
    declared_by text NOT NULL,
    declared_at timestamptz NOT NULL
);

CREATE INDEX light_declarations_scope ON light_declarations (light_of, item_id, region, from_on);

CREATE TABLE light_overrides (
    override_id uuid PRIMARY KEY,
    version integer NOT NULL CHECK (version >= 1),
    light_of text NOT NULL,
    item_id text NOT NULL,
    region text CHECK (region <> '410000'),
    colour text NOT NULL CHECK (colour IN ('green', 'yellow', 'red', 'grey')),
    reason text NOT NULL,
    document_number text,
    expires_on date NOT NULL,
    requested_on date NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    approved_on date,
    approved_by text,
    approved_at timestamptz,
    ended_on date,
    ended_by text,
    ended_at timestamptz,
    ended_reason text,
    CONSTRAINT light_overrides_end_by_themselves CHECK (expires_on >= requested_on AND approved_on <= expires_on),
    CONSTRAINT light_overrides_two_officers CHECK (approved_by <> requested_by),
    CONSTRAINT light_overrides_approved CHECK (num_nonnulls(approved_on, approved_by, approved_at) IN (0, 3)),
    CONSTRAINT light_overrides_ended CHECK (num_nonnulls(ended_on, ended_by, ended_at, ended_reason) IN (0, 4))
);

CREATE INDEX light_overrides_scope ON light_overrides (light_of, item_id, region)
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
