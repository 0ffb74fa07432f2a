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

_GROWS_ONLY = """
CREATE TRIGGER audit_heads_grow BEFORE UPDATE OR DELETE ON audit_heads
FOR EACH ROW EXECUTE FUNCTION grows_only()
"""


def upgrade() -> None:
    for statement in AUDIT_HEADS.split(";\n"):
        op.execute(statement)
    for statement in _GROWS_ONLY.split(";\n\n"):
        op.execute(statement)
