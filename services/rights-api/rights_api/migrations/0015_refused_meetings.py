"""Refused meetings and their steps; detention centres with their telephones; what a receipt opens; dictated cases."""

from alembic import op

revision = "0015"
down_revision = "0014"

# A watch that becomes a case gives it its own id: receipt, keys and sealed bytes go with it unopened.
# Whatever could say who was refused or what was said stands in *_sealed columns only.
MEETINGS = """
CREATE TABLE receipts (
    receipt_digest bytea PRIMARY KEY,
    owner_id uuid NOT NULL CONSTRAINT receipts_owner UNIQUE
);

INSERT INTO receipts SELECT receipt_digest, complaint_id FROM complaints;

ALTER TABLE receipt_sessions
    DROP CONSTRAINT receipt_sessions_complaint_id_fkey,
    ADD CONSTRAINT receipt_sessions_owner FOREIGN KEY (complaint_id) REFERENCES receipts (owner_id);

ALTER TABLE complaints
    ADD COLUMN act_at_stake boolean NOT NULL DEFAULT false,
    ADD COLUMN dictated_by text;

ALTER TABLE clocks
    DROP CONSTRAINT clocks_bearer,
    ADD CONSTRAINT clocks_bearer CHECK (bearer IN ('organ', 'party', 'respondent'));

CREATE TABLE detention_centres (
    centre_id uuid NOT NULL,
    version integer NOT NULL CONSTRAINT detention_centres_version CHECK (version >= 1),
    region text NOT NULL CONSTRAINT detention_centres_region CHECK (region ~ '^41[0-9]{4}$'),
    name text NOT NULL,
    level text NOT NULL CONSTRAINT detention_centres_level CHECK (level IN ('county', 'city', 'province')),
    telephone text CONSTRAINT detention_centres_telephone
        CHECK (telephone ~ '^(0[0-9]{2,3}-?[0-9]{7,8}|[1-9][0-9]{4,5})$'),
    procuratorate text NOT NULL,
    procuratorate_telephone text CONSTRAINT detention_centres_procuratorate_telephone
        CHECK (procuratorate_telephone ~ '^(0[0-9]{2,3}-?[0-9]{7,8}|[1-9][0-9]{4,5})$'),
    listed boolean NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (centre_id, version)
);
CREATE INDEX detention_centres_by_region ON detention_centres (region);

CREATE TABLE refused_meetings (
    meeting_id uuid PRIMARY KEY CONSTRAINT refused_meetings_receipt_of REFERENCES receipts (owner_id),
    key_digest bytea NOT NULL CONSTRAINT refused_meetings_key UNIQUE,
    request_digest bytea NOT NULL,
    receipt_digest bytea NOT NULL CONSTRAINT refused_meetings_receipt UNIQUE,
    commitment bytea CONSTRAINT refused_meetings_commitment CHECK (octet_length(commitment) = 32),
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    identity_sealed bytea NOT NULL,
    facts_sealed bytea NOT NULL,
    dictated_by text,
    kind text NOT NULL CONSTRAINT refused_meetings_kind CHECK (kind IN ('PETITION', 'RIGHTS_APP')),
    identity_mode text NOT NULL CONSTRAINT refused_meetings_identity_mode CHECK (identity_mode IN ('named', 'sealed')),
    level text NOT NULL CONSTRAINT refused_meetings_level CHECK (level IN ('county', 'city', 'province')),
    criminal boolean NOT NULL,
    ground text NOT NULL,
    at_stake text,
    registration_region text
        CONSTRAINT refused_meetings_registration_region CHECK (registration_region ~ '^41[0-9]{4}$'),
    incident_region text NOT NULL CONSTRAINT refused_meetings_incident_region CHECK (incident_region ~ '^41[0-9]{4}$'),
    owner_region text NOT NULL,
    centre_id uuid,
    asked_at timestamptz NOT NULL,
    refused_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    status text NOT NULL CONSTRAINT refused_meetings_status
        CHECK (status IN ('RUNNING', 'MET', 'VIOLATED', 'WITHDRAWN')),
    version integer NOT NULL CONSTRAINT refused_meetings_version CHECK (version >= 1),
    changed_at timestamptz NOT NULL,
    complaint_id uuid REFERENCES complaints,
    CONSTRAINT refused_meetings_times CHECK (asked_at <= refused_at),
    CONSTRAINT refused_meetings_owner CHECK (owner_region = coalesce(registration_region, incident_region)),
    CONSTRAINT refused_meetings_petition CHECK (kind <> 'PETITION' OR criminal),
    CONSTRAINT refused_meetings_complaint CHECK ((status = 'VIOLATED') = (complaint_id IS NOT NULL)),
    CONSTRAINT refused_meetings_same_id CHECK (complaint_id = meeting_id)
);
CREATE INDEX refused_meetings_running ON refused_meetings ((at_stake IS NULL), asked_at, meeting_id)
    WHERE status = 'RUNNING';

CREATE TABLE refused_meeting_steps (
    meeting_id uuid NOT NULL REFERENCES refused_meetings,
    ordinal integer NOT NULL CONSTRAINT refused_meeting_steps_ordinal CHECK (ordinal >= 1),
    step text NOT NULL CONSTRAINT refused_meeting_steps_step
        CHECK (step IN ('recorded', 'words', 'called', 'arranged', 'violated', 'withdrawn')),
    at timestamptz NOT NULL,
    taken_at timestamptz NOT NULL,
    by text NOT NULL CONSTRAINT refused_meeting_steps_by CHECK (by IN ('officer', 'complainant', 'timer')),
    subject text NOT NULL,
    organ_kind text,
    organ_region text,
    called text,
    code text,
    sealed bytea,
    key_digest bytea CONSTRAINT refused_meeting_steps_key UNIQUE,
    PRIMARY KEY (meeting_id, ordinal)
);
CREATE UNIQUE INDEX refused_meeting_steps_once ON refused_meeting_steps (meeting_id, step)
    WHERE step IN ('recorded', 'arranged', 'violated', 'withdrawn');

CREATE TRIGGER refused_meeting_steps_only_grow BEFORE UPDATE OR DELETE ON refused_meeting_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER detention_centres_only_grow BEFORE UPDATE OR DELETE ON detention_centres
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for statement in MEETINGS.split(";\n"):
        if statement.strip():
            op.execute(statement)
