"""Lists (名录) with an issuer and a document, whose members are recognitions; interns, who are no lawyers."""

from alembic import op

revision = "0009"
down_revision = "0008"

LISTS_AND_INTERNS = """
CREATE TABLE recognition_lists (
    list_id uuid PRIMARY KEY,
    kind text NOT NULL,
    region text NOT NULL CONSTRAINT recognition_lists_region CHECK (region ~ '^41[0-9]{4}$'),
    issuer text NOT NULL,
    document_number text NOT NULL,
    title text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    issued_by text NOT NULL,
    CONSTRAINT recognition_lists_validity CHECK (valid_to IS NULL OR valid_to > valid_from)
);
CREATE UNIQUE INDEX recognition_lists_by_document ON recognition_lists (kind, issuer, document_number);
ALTER TABLE recognitions
    ADD COLUMN list_id uuid REFERENCES recognition_lists,
    ADD COLUMN field text,
    ADD COLUMN withdrawal_ground text;
CREATE INDEX recognitions_by_list ON recognitions (list_id, recognition_id) WHERE list_id IS NOT NULL;

CREATE TABLE interns (
    intern_id uuid PRIMARY KEY,
    name text NOT NULL,
    certificate_number text NOT NULL UNIQUE CONSTRAINT interns_certificate CHECK (certificate_number ~ '^[0-9]{14}$'),
    firm_id uuid NOT NULL REFERENCES firms,
    supervisor_id uuid NOT NULL REFERENCES lawyers,
    region text NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    ended_on date,
    end_ground text,
    id_sealed bytea,
    id_digest bytea,
    version integer NOT NULL CONSTRAINT interns_version CHECK (version >= 1),
    CONSTRAINT interns_id_card CHECK ((id_sealed IS NULL) = (id_digest IS NULL)),
    CONSTRAINT interns_end CHECK ((end_ground IS NULL) = (ended_on IS NULL))
);
CREATE UNIQUE INDEX interns_one_open ON interns (id_digest) WHERE ended_on IS NULL;
CREATE INDEX interns_by_firm ON interns (firm_id)
"""


def upgrade() -> None:
    for statement in LISTS_AND_INTERNS.split(";\n"):
        op.execute(statement)
