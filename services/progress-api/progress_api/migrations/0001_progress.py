"""Event log, idempotency keys and requests for a rebuild; the projected tables stand in a schema of their own."""

from alembic import op
from common.database import event_log_ddl
from common.http.idempotency import idempotency_table
from sqlalchemy import MetaData

revision = "0001"
down_revision = None

REBUILDS = """
CREATE TABLE rebuilds (
    rebuild_id uuid PRIMARY KEY,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    switch boolean NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CONSTRAINT rebuilds_state CHECK (state IN ('queued', 'running', 'done', 'failed')),
    events bigint,
    differing_rows integer,
    differences jsonb,
    error text,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT rebuilds_finished CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
);

CREATE INDEX rebuilds_waiting ON rebuilds (requested_at) WHERE state IN ('queued', 'running')
"""


def upgrade() -> None:
    for script in (event_log_ddl(), REBUILDS):
        for statement in script.split("\n\n"):
            op.execute(statement)
    metadata = MetaData()
    idempotency_table(metadata)
    metadata.create_all(op.get_bind())
