"""Public display of every kind of record with its log; deadlines; the audit log."""

from alembic import op

revision = "0002"
down_revision = "0001"

DISPLAY = """
DROP TABLE public_disclosures;
CREATE TABLE public_disclosures (
    case_id uuid PRIMARY KEY,
    record_kind text NOT NULL,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    subject_kind text NOT NULL,
    document_number text,
    document_key text NOT NULL,
    licence_number text,
    credit_code text,
    subject_name text,
    firm_name text,
    name_key text,
    firm_key text,
    decided_on date NOT NULL,
    published_on date NOT NULL,
    gone_on date NOT NULL,
    gone_at timestamptz NOT NULL,
    penalties text[] NOT NULL,
    conduct_code text,
    content bytea,
    disappears jsonb NOT NULL,
    tombstone_of jsonb NOT NULL,
    marks jsonb NOT NULL DEFAULT '{}',
    body bytea,
    salt bytea,
    tombstone bytea NOT NULL,
    leaf_index bigint NOT NULL,
    CONSTRAINT public_disclosures_gone CHECK (
        body IS NOT NULL AND num_nonnulls(licence_number, credit_code) = 1
            AND num_nonnulls(content, salt, subject_name, name_key, document_number) = 5
        OR body IS NULL AND num_nonnulls(licence_number, credit_code, content, salt, subject_name, firm_name, name_key,
            firm_key, document_number) = 0 AND marks = '{}')
);
CREATE INDEX public_disclosures_by_document ON public_disclosures (document_key);
CREATE INDEX public_disclosures_by_licence ON public_disclosures (licence_number) WHERE licence_number IS NOT NULL;
CREATE INDEX public_disclosures_by_credit ON public_disclosures (credit_code) WHERE credit_code IS NOT NULL;
CREATE INDEX public_disclosures_by_name ON public_disclosures (name_key, firm_key) WHERE name_key IS NOT NULL;
CREATE INDEX public_disclosures_newest ON public_disclosures (published_on DESC, case_id DESC) WHERE body IS NOT NULL;
CREATE INDEX public_disclosures_to_end ON public_disclosures (gone_at) WHERE body IS NOT NULL;

CREATE TABLE disclosure_log (
    leaf_index bigint PRIMARY KEY CONSTRAINT disclosure_log_index CHECK (leaf_index >= 0),
    record_id uuid NOT NULL,
    change text NOT NULL CONSTRAINT disclosure_log_change CHECK (
        change IN ('published', 'revised', 'withdrawn', 'ended')),
    at timestamptz NOT NULL,
    commitment bytea NOT NULL CONSTRAINT disclosure_log_commitment CHECK (octet_length(commitment) = 32),
    logged_at timestamptz NOT NULL
);
CREATE INDEX disclosure_log_by_record ON disclosure_log (record_id, leaf_index);
CREATE TABLE disclosure_log_nodes (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL CONSTRAINT disclosure_log_nodes_hash CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, index)
);
CREATE TABLE disclosure_log_head (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT disclosure_log_head_one CHECK (one),
    size bigint NOT NULL,
    grown_at timestamptz NOT NULL
);
INSERT INTO disclosure_log_head (size, grown_at) VALUES (0, '2026-01-01T00:00:00Z')
"""

CLOCKS = """
CREATE TABLE deadlines (
    deadline_id uuid PRIMARY KEY,
    owner_kind text NOT NULL,
    owner_id uuid NOT NULL,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    name text NOT NULL,
    rule_id text NOT NULL,
    started_on date NOT NULL,
    due_on date NOT NULL,
    due_at timestamptz NOT NULL,
    warn_at timestamptz NOT NULL,
    explained jsonb NOT NULL,
    met_on date,
    lapsed_on date,
    warned_at timestamptz CONSTRAINT deadlines_warned CHECK (warned_at = warn_at),
    overdue_at timestamptz CONSTRAINT deadlines_overdue CHECK (overdue_at = due_at),
    CONSTRAINT deadlines_end CHECK (num_nonnulls(met_on, lapsed_on) <= 1)
);
CREATE INDEX deadlines_by_owner ON deadlines (owner_id);
CREATE UNIQUE INDEX deadlines_one_running ON deadlines (owner_id, name) WHERE met_on IS NULL AND lapsed_on IS NULL;
CREATE INDEX deadlines_to_miss ON deadlines (due_at) WHERE overdue_at IS NULL;
CREATE INDEX deadlines_to_warn ON deadlines (warn_at) WHERE warned_at IS NULL;
CREATE INDEX deadlines_running ON deadlines (organ_region, due_at) WHERE met_on IS NULL AND lapsed_on IS NULL
"""

AUDIT = """
CREATE TABLE audit_log (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    organisation_kind text NOT NULL,
    organisation_id text NOT NULL,
    region text,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    reason text,
    outcome text NOT NULL CONSTRAINT audit_log_outcome CHECK (outcome IN ('done', 'refused')),
    seq bigint UNIQUE,
    hash bytea,
    CONSTRAINT audit_log_linked CHECK (num_nonnulls(seq, hash) <> 1)
);
CREATE INDEX audit_log_unlinked ON audit_log (entry_id) WHERE seq IS NULL;
CREATE INDEX audit_log_by_object ON audit_log (object_id, seq);
CREATE TABLE audit_head (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT audit_head_one CHECK (one),
    seq bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'))
"""

_GROWS_ONLY = """
CREATE FUNCTION grows_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;

CREATE TRIGGER disclosure_log_grows BEFORE UPDATE OR DELETE ON disclosure_log
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER disclosure_log_nodes_grow BEFORE UPDATE OR DELETE ON disclosure_log_nodes
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER audit_log_is_linked_once BEFORE UPDATE ON audit_log
FOR EACH ROW WHEN (OLD.seq IS NOT NULL OR (to_jsonb(NEW) - 'seq' - 'hash') <> (to_jsonb(OLD) - 'seq' - 'hash'))
EXECUTE FUNCTION grows_only();

CREATE TRIGGER deadlines_stand BEFORE UPDATE ON deadlines
FOR EACH ROW WHEN (OLD.overdue_at IS NOT NULL AND NEW.overdue_at IS DISTINCT FROM OLD.overdue_at
    OR (NEW.due_on, NEW.due_at, NEW.started_on) IS DISTINCT FROM (OLD.due_on, OLD.due_at, OLD.started_on))
EXECUTE FUNCTION grows_only()
"""
"""The law's days are computed once; what is logged is logged."""


def upgrade() -> None:
    for block in (DISPLAY, CLOCKS, AUDIT):
        for statement in block.split(";\n"):
            op.execute(statement)
    for statement in _GROWS_ONLY.split(";\n\n"):
        op.execute(statement)
