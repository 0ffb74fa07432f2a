"""Heads of the audit log by day; sealed files; documents with their numbers, services and archives."""

from alembic import op

revision = "0013"
down_revision = "0012"

AUDIT_HEADS = """
CREATE TABLE audit_heads (
    day date PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL CONSTRAINT audit_heads_hash CHECK (octet_length(hash) = 32),
    taken_at timestamptz NOT NULL
);
CREATE INDEX audit_log_by_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_by_time ON audit_log (at, seq)
"""

FILES = """
CREATE TABLE file_owners (
    owner_id uuid PRIMARY KEY,
    kek_id text NOT NULL,
    wrapped_key bytea,
    erased_at timestamptz,
    CONSTRAINT file_owners_erased CHECK ((wrapped_key IS NULL) = (erased_at IS NOT NULL))
);
CREATE TABLE files (
    file_id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES file_owners,
    kind text NOT NULL CONSTRAINT files_kind CHECK (kind IN ('pdf', 'docx', 'jpg', 'png')),
    size bigint NOT NULL CONSTRAINT files_size CHECK (size > 0),
    pages integer,
    sm3 bytea CONSTRAINT files_sm3 CHECK (octet_length(sm3) = 32),
    sha256 bytea CONSTRAINT files_sha256 CHECK (octet_length(sha256) = 32),
    original bytea,
    copy bytea,
    scan text NOT NULL CONSTRAINT files_scan CHECK (scan IN ('waiting', 'not-scanned', 'clean', 'infected')),
    scanned_at timestamptz,
    kept_by text NOT NULL,
    kept_at timestamptz NOT NULL,
    erased_at timestamptz,
    CONSTRAINT files_scanned CHECK ((scan = 'waiting') = (scanned_at IS NULL)),
    CONSTRAINT files_erased CHECK (erased_at IS NULL AND num_nonnulls(original, sm3, sha256) = 3
        OR erased_at IS NOT NULL AND num_nonnulls(original, copy, sm3, sha256) = 0)
);
ALTER TABLE files ALTER COLUMN original SET STORAGE EXTERNAL, ALTER COLUMN copy SET STORAGE EXTERNAL;
CREATE INDEX files_by_owner ON files (owner_id);
CREATE INDEX files_to_scan ON files (kept_at, file_id) WHERE scan = 'waiting' AND erased_at IS NULL
"""

PAPERS = """
CREATE TABLE documents (
    document_id uuid PRIMARY KEY,
    proceeding_id uuid NOT NULL REFERENCES file_owners,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    type text NOT NULL,
    version integer NOT NULL CONSTRAINT documents_version CHECK (version >= 1),
    state text NOT NULL CONSTRAINT documents_state CHECK (state IN ('draft', 'final', 'void')),
    title bytea,
    void_reason bytea,
    document_number text,
    dated_on date,
    draft_file uuid REFERENCES files,
    final_file uuid REFERENCES files,
    archived boolean NOT NULL DEFAULT false,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    erased_at timestamptz,
    CONSTRAINT documents_final CHECK (state <> 'final' OR num_nonnulls(final_file, dated_on) = 2),
    CONSTRAINT documents_numbered CHECK (document_number IS NULL OR dated_on IS NOT NULL),
    CONSTRAINT documents_erased CHECK (CASE WHEN erased_at IS NULL THEN title IS NOT NULL
        ELSE num_nonnulls(title, void_reason) = 0 END)
);
CREATE INDEX documents_by_proceeding ON documents (proceeding_id, created_at);
CREATE TABLE document_series (
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    series text NOT NULL,
    year smallint NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (organ_kind, organ_region, series, year)
);
CREATE TABLE document_numbers (
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    series text NOT NULL,
    year smallint NOT NULL,
    number integer NOT NULL CONSTRAINT document_numbers_number CHECK (number >= 1),
    text text NOT NULL,
    document_key text NOT NULL,
    document_id uuid NOT NULL UNIQUE REFERENCES documents,
    issued_on date NOT NULL,
    issued_by text NOT NULL,
    issued_at timestamptz NOT NULL,
    voided_on date,
    PRIMARY KEY (organ_kind, organ_region, series, year, number),
    CONSTRAINT document_numbers_one_text UNIQUE (organ_kind, organ_region, document_key)
);
CREATE INDEX document_numbers_by_key ON document_numbers (document_key);
CREATE TABLE document_services (
    service_id uuid PRIMARY KEY,
    document_id uuid NOT NULL REFERENCES documents,
    proceeding_id uuid NOT NULL REFERENCES file_owners,
    way text NOT NULL,
    acted_on date NOT NULL,
    effective_on date NOT NULL CONSTRAINT document_services_effective CHECK (effective_on >= acted_on),
    stated jsonb NOT NULL,
    explained jsonb NOT NULL,
    through_sealed bytea,
    place_sealed bytea,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    erased_at timestamptz
);
CREATE INDEX document_services_by_document ON document_services (document_id, recorded_at);
CREATE INDEX document_services_by_proceeding ON document_services (proceeding_id, recorded_at);
CREATE TABLE file_archives (
    proceeding_id uuid PRIMARY KEY REFERENCES file_owners,
    archived_on date NOT NULL,
    keep_until date NOT NULL CONSTRAINT file_archives_kept CHECK (keep_until > archived_on),
    papers integer NOT NULL,
    index_sealed bytea,
    archived_by text NOT NULL,
    erased_at timestamptz,
    CONSTRAINT file_archives_erased CHECK ((index_sealed IS NULL) = (erased_at IS NOT NULL))
);
CREATE INDEX file_archives_to_erase ON file_archives (keep_until) WHERE erased_at IS NULL
"""

_GROWS_ONLY = """
CREATE TRIGGER audit_heads_grow BEFORE UPDATE OR DELETE ON audit_heads
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER files_stay BEFORE DELETE ON files
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER files_stand BEFORE UPDATE ON files
FOR EACH ROW WHEN (OLD.scan NOT IN ('waiting', NEW.scan)
    OR (NEW.file_id, NEW.owner_id, NEW.kind, NEW.size, NEW.pages, NEW.kept_by, NEW.kept_at)
        IS DISTINCT FROM (OLD.file_id, OLD.owner_id, OLD.kind, OLD.size, OLD.pages, OLD.kept_by, OLD.kept_at)
    OR NEW.erased_at IS NULL AND (NEW.sm3, NEW.sha256, NEW.original, NEW.copy)
        IS DISTINCT FROM (OLD.sm3, OLD.sha256, OLD.original, OLD.copy)
    OR OLD.erased_at IS NOT NULL)
EXECUTE FUNCTION grows_only();

CREATE TRIGGER documents_stay BEFORE DELETE ON documents
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER documents_stand BEFORE UPDATE ON documents
FOR EACH ROW WHEN (OLD.archived AND NEW.erased_at IS NULL OR OLD.state = 'void' AND NEW.state <> 'void'
    OR OLD.final_file IS NOT NULL AND NEW.final_file IS DISTINCT FROM OLD.final_file
    OR OLD.document_number IS NOT NULL AND NEW.document_number IS DISTINCT FROM OLD.document_number)
EXECUTE FUNCTION grows_only();

CREATE TRIGGER document_numbers_stay BEFORE DELETE ON document_numbers
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER document_numbers_stand BEFORE UPDATE ON document_numbers
FOR EACH ROW WHEN (OLD.voided_on IS NOT NULL OR (to_jsonb(NEW) - 'voided_on') <> (to_jsonb(OLD) - 'voided_on'))
EXECUTE FUNCTION grows_only();

CREATE TRIGGER document_services_stay BEFORE DELETE ON document_services
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER document_services_stand BEFORE UPDATE ON document_services
FOR EACH ROW WHEN (NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL)
EXECUTE FUNCTION grows_only()
"""
"""What is kept is kept as it was, until it is erased."""


def upgrade() -> None:
    for block in (AUDIT_HEADS, FILES, PAPERS):
        for statement in block.split(";\n"):
            op.execute(statement)
    for statement in _GROWS_ONLY.split(";\n\n"):
        op.execute(statement)
