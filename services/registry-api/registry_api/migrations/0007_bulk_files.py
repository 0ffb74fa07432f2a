"""Whole-register files: editions, their signed manifests, their files in chunks."""

from alembic import op

revision = "0007"
down_revision = "0006"

EDITIONS = """
CREATE TABLE editions (
    edition_id uuid PRIMARY KEY,
    state text NOT NULL DEFAULT 'queued',
    scheduled_for date UNIQUE,
    ordered_by text,
    ordered_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    removed_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    CONSTRAINT editions_state CHECK (state IN ('queued', 'complete', 'failed', 'removed')),
    CONSTRAINT editions_origin CHECK ((scheduled_for IS NULL) <> (ordered_by IS NULL)),
    CONSTRAINT editions_completed CHECK ((state IN ('complete', 'removed')) = (completed_at IS NOT NULL)),
    CONSTRAINT editions_removed CHECK ((state = 'removed') = (removed_at IS NOT NULL))
);
CREATE INDEX editions_waiting ON editions (ordered_at) WHERE state = 'queued';
CREATE INDEX editions_complete ON editions (completed_at) WHERE state = 'complete';

CREATE TABLE edition_manifests (
    edition_id uuid NOT NULL REFERENCES editions,
    audience text NOT NULL,
    jws text NOT NULL,
    feed_jws text,
    PRIMARY KEY (edition_id, audience)
);

CREATE TABLE edition_files (
    file_id uuid PRIMARY KEY,
    edition_id uuid NOT NULL REFERENCES editions,
    audience text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    length bigint NOT NULL,
    sha256 bytea NOT NULL
);
CREATE UNIQUE INDEX edition_files_by_name ON edition_files (edition_id, audience, name);

CREATE TABLE edition_chunks (
    file_id uuid NOT NULL REFERENCES edition_files ON DELETE CASCADE,
    ordinal integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (file_id, ordinal)
);
ALTER TABLE edition_chunks ALTER COLUMN content SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    for statement in EDITIONS.split(";\n"):
        if statement.strip():
            op.execute(statement)
