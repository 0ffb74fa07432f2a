"""Consequences of penalties for membership; which sanction counts for whom held an honour; the reactions' positions."""

from alembic import op
from common.database import consumer_ddl

revision = "0010"
down_revision = "0009"

LINKAGES = """
ALTER TABLE sanctions
    ADD COLUMN honour_held boolean,
    ADD COLUMN honour_counts_from date,
    ADD CONSTRAINT sanctions_honour CHECK (honour_counts_from IS NULL OR honour_held AND honour_counts_from >= from_on);
CREATE UNIQUE INDEX sanctions_one_counts_of_lawyer ON sanctions (licence_key)
    WHERE honour_counts_from IS NOT NULL AND withdrawn_on IS NULL AND licence_key IS NOT NULL;
CREATE UNIQUE INDEX sanctions_one_counts_of_firm ON sanctions (credit_code)
    WHERE honour_counts_from IS NOT NULL AND withdrawn_on IS NULL AND credit_code IS NOT NULL;

CREATE TABLE linkages (
    linkage_id uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT linkages_version CHECK (version >= 1),
    case_id uuid NOT NULL UNIQUE REFERENCES sanctions,
    link_id text NOT NULL,
    consequence text NOT NULL CONSTRAINT linkages_consequence CHECK (
        consequence IN ('membership-suspension', 'membership-cancellation')),
    keeper text NOT NULL CONSTRAINT linkages_keeper CHECK (keeper IN ('association', 'city-association')),
    region text NOT NULL CONSTRAINT linkages_region CHECK (region ~ '^41[0-9]{4}$'),
    from_on date NOT NULL,
    to_on date,
    recorded_at timestamptz NOT NULL,
    undone_on date,
    undo_ground text CONSTRAINT linkages_undo_ground CHECK (
        undo_ground IN ('source-withdrawn', 'association-decided')),
    undo_document_number text,
    undo_reason text,
    undone_by text,
    CONSTRAINT linkages_interval CHECK (to_on > from_on),
    CONSTRAINT linkages_term CHECK ((consequence = 'membership-cancellation') = (to_on IS NULL)),
    CONSTRAINT linkages_undone CHECK (num_nonnulls(undone_on, undo_ground) IN (0, 2)),
    CONSTRAINT linkages_undone_by_hand CHECK (
        (undo_ground IS NOT DISTINCT FROM 'association-decided') = (undo_document_number IS NOT NULL)
        AND (undo_document_number IS NULL) = (undone_by IS NULL)
        AND (undo_reason IS NULL OR undo_document_number IS NOT NULL))
);
CREATE INDEX linkages_by_start ON linkages (from_on DESC, linkage_id DESC);
CREATE INDEX linkages_by_region ON linkages (region, from_on DESC, linkage_id DESC);
"""


def upgrade() -> None:
    for statement in LINKAGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in consumer_ddl().split("\n\n"):
        op.execute(statement)
