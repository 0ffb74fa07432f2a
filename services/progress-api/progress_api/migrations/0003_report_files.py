"""Stamped scans of reports; back-fills of past periods, their conflicts, and which values they confirmed."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE report_scans (
    scan_id uuid PRIMARY KEY,
    report_id uuid NOT NULL,
    revision integer NOT NULL CHECK (revision > 0),
    kind text NOT NULL CONSTRAINT report_scans_kind CHECK (kind IN ('pdf', 'jpg', 'png')),
    size integer NOT NULL CHECK (size > 0),
    pages integer,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    sm3 bytea NOT NULL CHECK (octet_length(sm3) = 32),
    original bytea,
    copy bytea,
    looked_at text NOT NULL CONSTRAINT report_scans_looked_at CHECK (looked_at IN ('not-scanned', 'clean')),
    kept_by text NOT NULL,
    kept_at timestamptz NOT NULL,
    erased_at timestamptz,
    FOREIGN KEY (report_id, revision) REFERENCES report_revisions,
    CONSTRAINT report_scans_erased CHECK (num_nonnulls(original, copy) = CASE WHEN erased_at IS NULL THEN 2 ELSE 0 END)
)

CREATE INDEX report_scans_of_report ON report_scans (report_id, revision, kept_at)

CREATE INDEX report_scans_kept ON report_scans (kept_at) WHERE erased_at IS NULL

CREATE TABLE report_scan_waivers (
    report_id uuid NOT NULL,
    revision integer NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    given_by text NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (report_id, revision),
    FOREIGN KEY (report_id, revision) REFERENCES report_revisions
)

CREATE TABLE backfills (
    backfill_id uuid PRIMARY KEY,
    plan_id text NOT NULL,
    file_digest bytea NOT NULL CHECK (octet_length(file_digest) = 32),
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    rows integer NOT NULL CHECK (rows > 0),
    confirmed integer NOT NULL CHECK (confirmed >= 0),
    unchanged integer NOT NULL CHECK (unchanged >= 0),
    conflicts integer NOT NULL CHECK (conflicts >= 0),
    late boolean NOT NULL DEFAULT false,
    overrides boolean,
    decided_by text,
    decided_at timestamptz,
    CONSTRAINT backfills_counted CHECK (rows = confirmed + unchanged + conflicts),
    CONSTRAINT backfills_decided CHECK (
        num_nulls(overrides, decided_by, decided_at) IN (0, 3) AND (decided_by IS NULL OR conflicts > 0)
    ),
    CONSTRAINT backfills_four_eyes CHECK (decided_by <> uploaded_by)
)

CREATE INDEX backfills_newest ON backfills (plan_id, uploaded_at, backfill_id)

CREATE TABLE backfill_conflicts (
    backfill_id uuid NOT NULL REFERENCES backfills,
    value_id uuid NOT NULL,
    told_version integer NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    base bigint CHECK (amount <= base),
    reached_on date,
    evidence text,
    document_number text NOT NULL CHECK (document_number <> ''),
    overridden boolean,
    PRIMARY KEY (backfill_id, value_id),
    FOREIGN KEY (value_id, told_version) REFERENCES report_values
)

CREATE TABLE backfilled_values (
    value_id uuid NOT NULL,
    version integer NOT NULL,
    backfill_id uuid NOT NULL REFERENCES backfills,
    document_number text NOT NULL CHECK (document_number <> ''),
    PRIMARY KEY (value_id, version),
    FOREIGN KEY (value_id, version) REFERENCES report_values
)
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
