"""The register: firms, lawyers, standing, recognitions, imports; the event log, the consumer's and the keys' tables."""

from alembic import op
from common.database import consumer_ddl, event_log_ddl
from common.http.idempotency import idempotency_table
from sqlalchemy import MetaData

revision = "0001"
down_revision = None

REGISTER = """
CREATE TABLE firms (
    firm_id uuid PRIMARY KEY,
    credit_code text NOT NULL UNIQUE,
    name text NOT NULL,
    parent_credit_code text,
    address text,
    merged_into uuid REFERENCES firms,
    version integer NOT NULL CONSTRAINT firms_version CHECK (version >= 1),
    current_period_id uuid NOT NULL
);
CREATE INDEX firms_by_name ON firms (name text_pattern_ops);

CREATE TABLE firm_periods (
    period_id uuid PRIMARY KEY,
    firm_id uuid NOT NULL REFERENCES firms,
    ordinal integer NOT NULL,
    kind text NOT NULL CONSTRAINT firm_periods_kind CHECK (kind IN (
        'general-partnership', 'special-partnership', 'individual', 'state', 'branch', 'hk-macao-joint-venture',
        'foreign-office')),
    region text NOT NULL CONSTRAINT firm_periods_region CHECK (region ~ '^41[0-9]{4}$'),
    parent_firm_id uuid REFERENCES firms,
    from_on date NOT NULL,
    to_on date,
    end_ground text,
    CONSTRAINT firm_periods_interval CHECK (to_on IS NULL OR to_on >= from_on),
    CONSTRAINT firm_periods_end_ground CHECK (end_ground IS NULL OR to_on IS NOT NULL),
    CONSTRAINT firm_periods_parent CHECK (kind = 'branch' OR parent_firm_id IS NULL)
);
CREATE UNIQUE INDEX firm_periods_one_open ON firm_periods (firm_id) WHERE to_on IS NULL;
CREATE UNIQUE INDEX firm_periods_by_firm ON firm_periods (firm_id, ordinal);
CREATE INDEX firm_periods_by_parent ON firm_periods (parent_firm_id) WHERE parent_firm_id IS NOT NULL;

CREATE TABLE lawyers (
    lawyer_id uuid PRIMARY KEY,
    name text NOT NULL,
    licence_number text NOT NULL UNIQUE CONSTRAINT lawyers_licence_number CHECK (licence_number ~ '^1[0-9]{16}$'),
    serial text NOT NULL,
    first_licensed_on date NOT NULL,
    licensed boolean NOT NULL,
    current_practice_id uuid NOT NULL,
    id_sealed bytea,
    id_digest bytea UNIQUE,
    version integer NOT NULL CONSTRAINT lawyers_version CHECK (version >= 1),
    CONSTRAINT lawyers_id_card CHECK ((id_sealed IS NULL) = (id_digest IS NULL))
);
CREATE UNIQUE INDEX lawyers_serial_in_use ON lawyers (serial) WHERE licensed;
CREATE INDEX lawyers_by_serial ON lawyers (serial);
CREATE INDEX lawyers_by_name ON lawyers (name text_pattern_ops);

CREATE TABLE practices (
    practice_id uuid PRIMARY KEY,
    lawyer_id uuid NOT NULL REFERENCES lawyers,
    ordinal integer NOT NULL,
    firm_id uuid REFERENCES firms,
    institution text,
    region text NOT NULL CONSTRAINT practices_region CHECK (region ~ '^41[0-9]{4}$'),
    category smallint NOT NULL CONSTRAINT practices_category CHECK (category BETWEEN 1 AND 8),
    from_on date NOT NULL,
    to_on date,
    end_ground text,
    CONSTRAINT practices_interval CHECK (to_on IS NULL OR to_on >= from_on),
    CONSTRAINT practices_end_ground CHECK (end_ground IS NULL OR to_on IS NOT NULL),
    CONSTRAINT practices_place CHECK ((category <= 5) = (firm_id IS NOT NULL))
);
CREATE UNIQUE INDEX practices_one_open ON practices (lawyer_id) WHERE to_on IS NULL;
CREATE UNIQUE INDEX practices_by_lawyer ON practices (lawyer_id, ordinal);
CREATE INDEX practices_by_firm ON practices (firm_id) WHERE to_on IS NULL;

CREATE TABLE licence_numbers (
    licence_number text PRIMARY KEY,
    lawyer_id uuid NOT NULL REFERENCES lawyers
);
CREATE INDEX licence_numbers_by_lawyer ON licence_numbers (lawyer_id);

CREATE TABLE public_lawyers (
    lawyer_id uuid PRIMARY KEY REFERENCES lawyers,
    body bytea NOT NULL,
    etag text NOT NULL,
    valid_until timestamptz
);

CREATE TABLE standing_facts (
    fact_id uuid PRIMARY KEY,
    lawyer_id uuid REFERENCES lawyers,
    firm_id uuid REFERENCES firms,
    kind text NOT NULL CONSTRAINT standing_facts_kind CHECK (kind IN ('suspension', 'revocation')),
    from_on date NOT NULL,
    to_on date,
    withdrawn boolean NOT NULL,
    version integer NOT NULL CONSTRAINT standing_facts_version CHECK (version >= 1),
    CONSTRAINT standing_facts_subject CHECK (num_nonnulls(lawyer_id, firm_id) = 1),
    CONSTRAINT standing_facts_interval CHECK (to_on IS NULL OR to_on >= from_on)
);
CREATE INDEX standing_facts_by_lawyer ON standing_facts (lawyer_id) WHERE lawyer_id IS NOT NULL;
CREATE INDEX standing_facts_by_firm ON standing_facts (firm_id) WHERE firm_id IS NOT NULL;

CREATE TABLE standing_withdrawals (
    fact_id uuid PRIMARY KEY,
    withdrawn_on date NOT NULL
);

CREATE TABLE standing_conflicts (
    conflict_id uuid PRIMARY KEY,
    fact_id uuid NOT NULL,
    ground text NOT NULL,
    region text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mergers (
    merger_id uuid PRIMARY KEY,
    absorbed_firm_id uuid NOT NULL UNIQUE REFERENCES firms,
    absorbing_firm_id uuid NOT NULL REFERENCES firms,
    effective_on date NOT NULL,
    document_number text NOT NULL,
    lawyers_moved integer NOT NULL,
    CONSTRAINT mergers_two_firms CHECK (absorbed_firm_id <> absorbing_firm_id)
);

CREATE TABLE recognitions (
    recognition_id uuid PRIMARY KEY,
    kind text NOT NULL,
    issuer text NOT NULL,
    document_number text NOT NULL,
    firm_id uuid REFERENCES firms,
    lawyer_id uuid REFERENCES lawyers,
    region text NOT NULL,
    from_on date NOT NULL,
    to_on date,
    withdrawn_on date,
    version integer NOT NULL,
    CONSTRAINT recognitions_member CHECK (num_nonnulls(lawyer_id, firm_id) = 1),
    CONSTRAINT recognitions_interval CHECK (to_on IS NULL OR to_on >= from_on)
);
CREATE INDEX recognitions_by_lawyer ON recognitions (lawyer_id) WHERE lawyer_id IS NOT NULL;
CREATE INDEX recognitions_by_firm ON recognitions (firm_id) WHERE firm_id IS NOT NULL;

CREATE TABLE imports (
    import_id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT imports_kind CHECK (kind IN ('firms', 'lawyers')),
    dry_run boolean NOT NULL,
    state text NOT NULL CONSTRAINT imports_state CHECK (state IN ('queued', 'running', 'done', 'failed')),
    requested_by text NOT NULL,
    region text NOT NULL,
    file_name text NOT NULL,
    file_digest text NOT NULL,
    effective_on date NOT NULL,
    rows_total integer NOT NULL,
    rows_done integer NOT NULL DEFAULT 0,
    created integer NOT NULL DEFAULT 0,
    changed integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    errors integer NOT NULL DEFAULT 0,
    warnings integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX imports_waiting ON imports (created_at) WHERE state IN ('queued', 'running');

CREATE TABLE import_lines (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    ordinal integer NOT NULL,
    row_number integer NOT NULL,
    cells text[] NOT NULL,
    duplicate_of integer,
    PRIMARY KEY (import_id, ordinal)
);

CREATE TABLE import_findings (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    row_number integer NOT NULL,
    ordinal smallint NOT NULL,
    severity text NOT NULL CONSTRAINT import_findings_severity CHECK (severity IN ('error', 'warning')),
    column_name text,
    value text,
    reason_zh text NOT NULL,
    reason_en text NOT NULL,
    PRIMARY KEY (import_id, row_number, ordinal)
);
"""


def upgrade() -> None:
    for script in (event_log_ddl(), consumer_ddl(), REGISTER):
        for statement in script.split(";\n"):
            if statement.strip():
                op.execute(statement)
    metadata = MetaData()
    idempotency_table(metadata)
    metadata.create_all(op.get_bind())
