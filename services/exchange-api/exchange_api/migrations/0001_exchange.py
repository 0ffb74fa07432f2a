"""Event log, positions, idempotency keys, this deployment's id, and the systems connected to it."""

from alembic import op
from common.database import consumer_ddl, event_log_ddl
from common.http.idempotency import idempotency_table
from sqlalchemy import MetaData

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE deployment (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    deployment_id uuid NOT NULL DEFAULT gen_random_uuid()
);

INSERT INTO deployment DEFAULT VALUES;

CREATE TABLE clients (
    client_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    subject text NOT NULL UNIQUE CHECK (length(subject) BETWEEN 1 AND 200),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    organisation_kind text NOT NULL,
    organ_code text NOT NULL CHECK (organ_code ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    region text NOT NULL CHECK (region ~ '^\\d{6}$'),
    state text NOT NULL CHECK (state IN ('active', 'suspended')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE INDEX clients_of_organ ON clients (organ_code)
"""


def upgrade() -> None:
    for script in (event_log_ddl(), consumer_ddl(), TABLES):
        for statement in script.split("\n\n"):
            op.execute(statement)
    metadata = MetaData()
    idempotency_table(metadata)
    metadata.create_all(op.get_bind())
