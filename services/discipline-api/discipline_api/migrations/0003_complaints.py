"""Receipts, sealed texts, and complaints about lawyers and firms."""

from alembic import op

revision = "0003"
down_revision = "0002"

RECEIPTS = """
CREATE TABLE receipts (
    object_id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT receipts_kind CHECK (kind IN ('complaint', 'impostor-clue')),
    key_digest bytea NOT NULL CONSTRAINT receipts_key UNIQUE,
    request_digest bytea NOT NULL,
    receipt_digest bytea NOT NULL CONSTRAINT receipts_receipt UNIQUE
);
CREATE TABLE receipt_sessions (
    token_digest bytea PRIMARY KEY,
    object_id uuid REFERENCES receipts,
    expires_at timestamptz NOT NULL
);
CREATE INDEX receipt_sessions_by_expiry ON receipt_sessions (expires_at);
CREATE INDEX receipt_sessions_by_object ON receipt_sessions (object_id)
"""

SEALED = """
CREATE TABLE sealed_keys (
    owner_id uuid PRIMARY KEY,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL
);
CREATE TABLE sealed_texts (
    owner_id uuid NOT NULL REFERENCES sealed_keys,
    ordinal integer NOT NULL,
    place text NOT NULL,
    sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    key_digest bytea,
    PRIMARY KEY (owner_id, ordinal),
    CONSTRAINT sealed_texts_once UNIQUE (owner_id, key_digest)
)
"""

# Whatever could say who complained, about whom, or what happened is sealed.
COMPLAINTS = """
CREATE TABLE complaints (
    complaint_id uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT complaints_version CHECK (version >= 1),
    status text NOT NULL CONSTRAINT complaints_status CHECK (status IN ('RECEIVED', 'SUPPLEMENT_ASKED', 'ACCEPTED',
        'REFUSED', 'FORWARDED', 'JOINED', 'RESULT_TOLD', 'REVIEW_ASKED', 'CLOSED')),
    organ_kind text NOT NULL CONSTRAINT complaints_organ_kind CHECK (
        organ_kind IN ('department', 'bureau', 'association', 'city-association')),
    organ_region text NOT NULL CONSTRAINT complaints_organ_region CHECK (organ_region ~ '^41[0-9]{4}$'),
    subject_kind text NOT NULL CONSTRAINT complaints_subject_kind CHECK (subject_kind IN ('lawyer', 'firm')),
    region text NOT NULL CONSTRAINT complaints_region CHECK (region ~ '^41[0-9]{4}$'),
    hints text[] NOT NULL,
    money_back boolean NOT NULL,
    identity_mode text NOT NULL CONSTRAINT complaints_identity_mode CHECK (identity_mode IN ('named', 'anonymous')),
    source text NOT NULL,
    received_on date NOT NULL,
    source_received_on date,
    happened_from date,
    happened_to date,
    consent boolean NOT NULL,
    withheld boolean NOT NULL,
    filed_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    assigned_to text,
    handled_by text,
    supplement_asked_on date,
    supplement_until date,
    accepted_on date,
    refused_on date,
    refusal_ground text,
    refusal_channel text,
    forward_to text,
    forward_region text,
    forwarded_on date,
    acknowledged_on date,
    proceeding_id uuid,
    proceeding_filed_on date,
    decided_on date,
    outcome text,
    told_on date,
    review_until date,
    review_asked_on date,
    review_outcome text,
    joined_into uuid REFERENCES complaints,
    closed_on date,
    kept_until date,
    erased_at timestamptz,
    CONSTRAINT complaints_source_day CHECK (
        (source IN ('web', 'paper', 'phone')) = (source_received_on IS NULL) AND source_received_on <= received_on),
    CONSTRAINT complaints_happened CHECK (happened_from <= happened_to),
    CONSTRAINT complaints_supplement CHECK ((supplement_asked_on IS NULL) = (supplement_until IS NULL)),
    CONSTRAINT complaints_accepted CHECK (status <> 'ACCEPTED' OR accepted_on IS NOT NULL),
    CONSTRAINT complaints_refused CHECK (num_nonnulls(refused_on, refusal_ground, refusal_channel) IN (0, 3)
        AND (status <> 'REFUSED' OR refused_on IS NOT NULL)),
    CONSTRAINT complaints_forwarded CHECK ((forward_to IS NULL) = (forwarded_on IS NULL)
        AND (status <> 'FORWARDED' OR forward_to IS NOT NULL) AND acknowledged_on >= forwarded_on),
    CONSTRAINT complaints_told CHECK ((outcome IS NULL) = (told_on IS NULL)
        AND (status <> 'RESULT_TOLD' OR told_on IS NOT NULL)),
    CONSTRAINT complaints_reviewed CHECK (status <> 'REVIEW_ASKED' OR review_asked_on IS NOT NULL),
    CONSTRAINT complaints_joined CHECK (
        joined_into <> complaint_id AND (status <> 'JOINED' OR joined_into IS NOT NULL)),
    CONSTRAINT complaints_closed CHECK ((status = 'CLOSED') = (closed_on IS NOT NULL)
        AND (closed_on IS NULL) = (kept_until IS NULL)),
    CONSTRAINT complaints_erased CHECK (erased_at IS NULL
        OR kept_until IS NOT NULL AND num_nonnulls(assigned_to, handled_by, happened_from, happened_to) = 0)
);
CREATE INDEX complaints_by_organ ON complaints (organ_region, filed_at, complaint_id);
CREATE INDEX complaints_by_filing ON complaints (filed_at, complaint_id);
CREATE INDEX complaints_joined_to ON complaints (joined_into) WHERE joined_into IS NOT NULL;
CREATE INDEX complaints_to_close ON complaints (review_until) WHERE status IN ('REFUSED', 'RESULT_TOLD');
CREATE INDEX complaints_to_erase ON complaints (kept_until) WHERE erased_at IS NULL;
CREATE INDEX complaints_linked ON complaints (proceeding_id)
    WHERE proceeding_id IS NOT NULL AND status = 'ACCEPTED' AND decided_on IS NULL;

CREATE TABLE complaint_steps (
    complaint_id uuid NOT NULL REFERENCES complaints,
    ordinal integer NOT NULL,
    step text NOT NULL,
    happened_on date NOT NULL,
    PRIMARY KEY (complaint_id, ordinal)
);
CREATE TABLE complaint_marks (
    complaint_id uuid NOT NULL REFERENCES complaints,
    of_subject boolean NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (complaint_id, digest)
);
CREATE INDEX complaint_marks_by_digest ON complaint_marks (digest);
CREATE TABLE complaint_recusals (
    complaint_id uuid NOT NULL REFERENCES complaints,
    officer text NOT NULL,
    ground text NOT NULL,
    declared_by text NOT NULL,
    declared_at timestamptz NOT NULL,
    PRIMARY KEY (complaint_id, officer)
);
CREATE INDEX feed_of_proceedings ON feed (key) WHERE event_type IN (
    'lawyers.discipline.proceeding.filed.v1', 'lawyers.discipline.proceeding.decided.v1')
"""

_GROW = """
CREATE TRIGGER sealed_texts_stand BEFORE UPDATE ON sealed_texts
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER complaint_steps_grow BEFORE UPDATE OR DELETE ON complaint_steps
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER complaint_recusals_grow BEFORE UPDATE OR DELETE ON complaint_recusals
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER complaints_stay_erased BEFORE UPDATE ON complaints
FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION grows_only();

CREATE TRIGGER complaints_keep_their_day BEFORE UPDATE ON complaints
FOR EACH ROW WHEN ((NEW.received_on, NEW.source_received_on, NEW.filed_at, NEW.source)
    IS DISTINCT FROM (OLD.received_on, OLD.source_received_on, OLD.filed_at, OLD.source))
EXECUTE FUNCTION grows_only()
"""
"""Texts are never rewritten, only erased; what was recorded as the day of receipt stays, whoever has the complaint."""


def upgrade() -> None:
    for block in (RECEIPTS, SEALED, COMPLAINTS):
        for statement in block.split(";\n"):
            op.execute(statement)
    for statement in _GROW.split(";\n\n"):
        op.execute(statement)
