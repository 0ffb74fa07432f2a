"""Messages of a case, both ways, when they were read; consents to being named. All of it only grows."""

from alembic import op

revision = "0006"
down_revision = "0005"

MESSAGES = """
CREATE TABLE case_messages (
    complaint_id uuid NOT NULL REFERENCES complaints,
    ordinal integer NOT NULL CONSTRAINT case_messages_ordinal CHECK (ordinal >= 1),
    direction text NOT NULL CONSTRAINT case_messages_direction CHECK (direction IN ('in', 'out')),
    about text NOT NULL CONSTRAINT case_messages_about CHECK (about IN ('message', 'evidence')),
    sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    subject text,
    key_digest bytea CONSTRAINT case_messages_key UNIQUE,
    request_digest bytea,
    PRIMARY KEY (complaint_id, ordinal),
    CONSTRAINT case_messages_writer CHECK ((direction = 'out') = (subject IS NOT NULL)),
    CONSTRAINT case_messages_keyed CHECK (
        (direction = 'in') = (key_digest IS NOT NULL) AND (direction = 'in') = (request_digest IS NOT NULL))
);

CREATE TABLE case_message_reads (
    complaint_id uuid NOT NULL,
    ordinal integer NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (complaint_id, ordinal),
    FOREIGN KEY (complaint_id, ordinal) REFERENCES case_messages
);

CREATE TABLE identity_consents (
    complaint_id uuid NOT NULL REFERENCES complaints,
    ordinal integer NOT NULL,
    recipient text NOT NULL CONSTRAINT identity_consents_recipient
        CHECK (recipient IN ('organ', 'procuratorate', 'inspection', 'association', 'justice')),
    purpose text NOT NULL CONSTRAINT identity_consents_purpose
        CHECK (purpose IN ('verification', 'protection', 'reply')),
    given boolean NOT NULL,
    at timestamptz NOT NULL,
    key_digest bytea NOT NULL CONSTRAINT identity_consents_key UNIQUE,
    PRIMARY KEY (complaint_id, ordinal)
);

CREATE TRIGGER case_messages_only_grow BEFORE UPDATE OR DELETE ON case_messages
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_message_reads_only_grow BEFORE UPDATE OR DELETE ON case_message_reads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER identity_consents_only_grow BEFORE UPDATE OR DELETE ON identity_consents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for statement in MESSAGES.split(";\n\n"):
        op.execute(statement)
