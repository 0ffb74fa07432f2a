"""Targets of regions, document by document."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
CREATE TABLE region_target_documents (
    document_id uuid PRIMARY KEY,
    plan_id text NOT NULL DEFAULT 'HN-LAWYER-PLAN-2024-2026',
    version integer NOT NULL CHECK (version >= 1),
    events integer NOT NULL CHECK (events >= 0),
    number text NOT NULL,
    issuer text NOT NULL,
    issued_on date NOT NULL,
    from_on date NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    withdrawn_on date,
    withdrawn_by text,
    withdrawn_at timestamptz,
    withdrawn_reason text,
    CONSTRAINT region_target_documents_two_officers CHECK (confirmed_by <> entered_by),
    CONSTRAINT region_target_documents_confirmed CHECK (num_nonnulls(confirmed_by, confirmed_at) IN (0, 2)),
    CONSTRAINT region_target_documents_withdrawn
        CHECK (num_nonnulls(withdrawn_on, withdrawn_by, withdrawn_at, withdrawn_reason) IN (0, 4))
);

CREATE UNIQUE INDEX region_target_documents_once ON region_target_documents (plan_id, issuer, number)
    WHERE withdrawn_on IS NULL;

CREATE TABLE region_targets (
    document_id uuid NOT NULL REFERENCES region_target_documents,
    indicator_id text NOT NULL,
    region text NOT NULL,
    op text NOT NULL CHECK (op IN ('>=', '>', '<=')),
    value double precision NOT NULL CHECK (value >= 0),
    PRIMARY KEY (document_id, indicator_id, region)
)
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
