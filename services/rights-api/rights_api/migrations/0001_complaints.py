"""Complaints, their clocks, who opened them, sessions of receipts; the event log and the officers' idempotency keys."""

from alembic import op
from common.database import event_log_ddl
from common.http.idempotency import idempotency_table
from sqlalchemy import MetaData

revision = "0001"
down_revision = None

# Whatever could say who complained or what happened stands in *_sealed columns only.
COMPLAINTS = """
CREATE TABLE complaints (
    complaint_id uuid PRIMARY KEY,
    key_digest bytea NOT NULL CONSTRAINT complaints_key UNIQUE,
    request_digest bytea NOT NULL,
    receipt_digest bytea NOT NULL CONSTRAINT complaints_receipt UNIQUE,
    kind text NOT NULL CONSTRAINT complaints_kind CHECK (kind IN ('COMPLAINT', 'PETITION', 'RIGHTS_APP')),
    identity_mode text NOT NULL
        CONSTRAINT complaints_identity_mode CHECK (identity_mode IN ('named', 'sealed', 'anonymous_clue')),
    right_code text NOT NULL,
    respondent text NOT NULL,
    respondent_level text NOT NULL,
    target_level text,
    criminal boolean NOT NULL,
    hearing_in_progress boolean NOT NULL,
    fast_lane boolean NOT NULL,
    registration_region text CONSTRAINT complaints_registration_region CHECK (registration_region ~ '^41[0-9]{4}$'),
    incident_region text CONSTRAINT complaints_incident_region CHECK (incident_region ~ '^41[0-9]{4}$'),
    owner_region text NOT NULL,
    status text NOT NULL CONSTRAINT complaints_status
        CHECK (status IN ('SUBMITTED', 'ACCEPTED', 'REFUSED', 'REPLIED', 'CLOSED', 'CLUE')),
    version integer NOT NULL CONSTRAINT complaints_version CHECK (version >= 1),
    filed_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    accepted_at timestamptz,
    refusal_ground text,
    outcome text,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    identity_sealed bytea,
    facts_sealed bytea NOT NULL,
    refusal_sealed bytea,
    reply_sealed bytea,
    closure_sealed bytea,
    CONSTRAINT complaints_owner CHECK (owner_region = coalesce(registration_region, incident_region)),
    CONSTRAINT complaints_clue CHECK ((status = 'CLUE') = (identity_mode = 'anonymous_clue')),
    CONSTRAINT complaints_clue_kind CHECK (status <> 'CLUE' OR kind = 'COMPLAINT'),
    CONSTRAINT complaints_identity CHECK ((identity_mode = 'anonymous_clue') = (identity_sealed IS NULL)),
    CONSTRAINT complaints_accepted
        CHECK ((status IN ('ACCEPTED', 'REPLIED', 'CLOSED')) = (accepted_at IS NOT NULL)),
    CONSTRAINT complaints_refused CHECK (
        (status = 'REFUSED') = (refusal_ground IS NOT NULL) AND (status = 'REFUSED') = (refusal_sealed IS NOT NULL)),
    CONSTRAINT complaints_replied CHECK ((status IN ('REPLIED', 'CLOSED')) = (reply_sealed IS NOT NULL)),
    CONSTRAINT complaints_closed CHECK ((status = 'CLOSED') = (outcome IS NOT NULL))
);
CREATE INDEX complaints_by_owner ON complaints (owner_region, filed_at, complaint_id);
CREATE INDEX complaints_by_filing ON complaints (filed_at, complaint_id);

CREATE TABLE case_clocks (
    complaint_id uuid NOT NULL REFERENCES complaints,
    ordinal integer NOT NULL,
    name text NOT NULL,
    rule_id text NOT NULL,
    started_on date NOT NULL,
    started_at timestamptz,
    due_at timestamptz NOT NULL,
    due_on date NOT NULL,
    provisional boolean NOT NULL,
    explanation jsonb NOT NULL,
    PRIMARY KEY (complaint_id, ordinal)
);

CREATE TABLE access_log (
    complaint_id uuid NOT NULL REFERENCES complaints,
    ordinal integer NOT NULL,
    opened_at timestamptz NOT NULL,
    subject text NOT NULL,
    organisation_kind text NOT NULL,
    organisation_id text NOT NULL,
    purpose text NOT NULL,
    identity_opened boolean NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (complaint_id, ordinal)
);

CREATE TABLE receipt_sessions (
    token_digest bytea PRIMARY KEY,
    complaint_id uuid REFERENCES complaints,
    expires_at timestamptz NOT NULL
);
CREATE INDEX receipt_sessions_by_expiry ON receipt_sessions (expires_at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER case_clocks_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON case_clocks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER access_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for script in (event_log_ddl(), COMPLAINTS):
        for statement in script.split("\n\n"):
            if statement.strip():
                for part in _parts(statement):
                    op.execute(part)
    metadata = MetaData()
    idempotency_table(metadata)
    metadata.create_all(op.get_bind())


def _parts(statement: str) -> list[str]:
    """A block holds one or more statements, save a function, whose body has semicolons of its own."""
    if "$$" in statement:
        return [statement]
    return [part for part in statement.split(";\n") if part.strip()]
