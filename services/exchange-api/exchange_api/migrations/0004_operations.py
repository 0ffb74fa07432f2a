"""When each source was last heard, alarms about silence, redrives in bulk; what our own consumer tells of itself."""

from alembic import op
from common.database import consumer_ddl

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE services_answered (
    service text PRIMARY KEY,
    answered_at timestamptz NOT NULL
);

CREATE TABLE heard_until (
    topic text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0)
);

CREATE TABLE heard (
    rhythm text NOT NULL,
    topic text NOT NULL,
    region text NOT NULL CHECK (region ~ '^\\d{6}$'),
    watched_since timestamptz NOT NULL,
    heard_at timestamptz,
    PRIMARY KEY (rhythm, topic, region)
);

CREATE TABLE alarms (
    alarm_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    rhythm text NOT NULL,
    topic text NOT NULL,
    region text NOT NULL,
    heard_at timestamptz,
    due_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL CHECK (opened_at >= due_at),
    acknowledged_at timestamptz,
    acknowledged_by text,
    reason text CHECK (length(reason) BETWEEN 1 AND 500),
    closed_at timestamptz CHECK (closed_at >= opened_at),
    CHECK (num_nulls(acknowledged_at, acknowledged_by, reason) IN (0, 3))
);

CREATE UNIQUE INDEX alarms_open ON alarms (rhythm, topic, region) WHERE closed_at IS NULL;

CREATE INDEX alarms_by_age ON alarms (opened_at DESC, alarm_id);

CREATE TABLE redrives (
    redrive_id uuid PRIMARY KEY,
    dry_run boolean NOT NULL,
    search jsonb NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL
);

CREATE TABLE redrive_parts (
    redrive_id uuid NOT NULL REFERENCES redrives,
    consumer text NOT NULL,
    order_id uuid,
    outcome text NOT NULL CHECK (outcome IN ('ordered', 'nothing-found', 'not-answering', 'refused')),
    CHECK ((order_id IS NOT NULL) = (outcome = 'ordered')),
    PRIMARY KEY (redrive_id, consumer)
)
"""


def upgrade() -> None:
    for script in (consumer_ddl(2), TABLES):
        for statement in script.split("\n\n"):
            op.execute(statement)
