"""Sessions: who is signed in, in which browser, until when. Tokens are sealed, a cookie is stored as its digest."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    cookie_digest bytea NOT NULL UNIQUE CHECK (length(cookie_digest) = 32),
    subject text NOT NULL,
    issuer_session text,
    sealed_tokens bytea NOT NULL,
    began_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);

CREATE INDEX sessions_of_subject ON sessions (subject);

CREATE INDEX sessions_of_issuer_session ON sessions (issuer_session);

CREATE INDEX sessions_by_end ON sessions (ends_at);

CREATE TABLE sign_ins (
    state_digest bytea PRIMARY KEY CHECK (length(state_digest) = 32),
    sealed_verifier bytea NOT NULL,
    return_to text NOT NULL CHECK (return_to LIKE '/%' AND return_to NOT LIKE '//%'),
    ends_at timestamptz NOT NULL
)
"""


def upgrade() -> None:
    for statement in TABLES.split(";"):
        op.execute(statement)
