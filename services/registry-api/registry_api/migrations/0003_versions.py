"""Superseded states: what the register knew before, and the feed's rows of one entity by version."""

from alembic import op

revision = "0003"
down_revision = "0002"

VERSIONS = """
CREATE TABLE versions (
    entity_id uuid NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (entity_id, version)
);
CREATE INDEX feed_by_key ON feed (key, entity_version);
"""


def upgrade() -> None:
    for statement in VERSIONS.split(";\n"):
        if statement.strip():
            op.execute(statement)
