"""Channels: what was released to everybody and to each organ, without bytes; how far Kafka was given each."""

from alembic import op

revision = "0002"
down_revision = "0011"

TABLES = """
CREATE TABLE channels (
    channel text PRIMARY KEY CHECK (channel = coalesce('shared.' || organ_code || '.events', 'public.events')),
    organ_code text UNIQUE,
    organisation_kind text,
    region text NOT NULL CHECK (region ~ '^\\d{6}$'),
    position bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(hash) = 32),
    recorded_at timestamptz NOT NULL DEFAULT '-infinity',
    CHECK ((organ_code IS NULL) = (organisation_kind IS NULL)),
    UNIQUE (organ_code, organisation_kind, region)
);

CREATE TABLE channel_partition_heads (
    channel text NOT NULL REFERENCES channels,
    partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 11),
    seq bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(hash) = 32),
    PRIMARY KEY (channel, partition)
);

CREATE TABLE channel_events (
    channel text NOT NULL REFERENCES channels,
    position bigint NOT NULL CHECK (position >= 1),
    partition smallint NOT NULL,
    partition_seq bigint NOT NULL CHECK (partition_seq >= 1),
    source_topic text NOT NULL,
    source_partition smallint NOT NULL,
    source_seq bigint NOT NULL,
    event_type text NOT NULL,
    key text NOT NULL,
    region text NOT NULL,
    entity_version bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    partition_hash bytea NOT NULL CHECK (octet_length(partition_hash) = 32),
    PRIMARY KEY (channel, position),
    UNIQUE (channel, partition, partition_seq),
    UNIQUE (channel, source_topic, source_partition, source_seq)
);

CREATE TABLE channel_publications (
    channel text PRIMARY KEY REFERENCES channels,
    topic_id text,
    position bigint NOT NULL DEFAULT 0,
    holder uuid,
    lease_until timestamptz NOT NULL DEFAULT '-infinity'
);

INSERT INTO channels (channel, region) VALUES ('public.events', '410000');

INSERT INTO channels (channel, organ_code, organisation_kind, region)
SELECT DISTINCT 'shared.' || organ_code || '.events', organ_code, organisation_kind, region FROM clients;

INSERT INTO channel_partition_heads (channel, partition)
SELECT channel, p FROM channels, generate_series(0, 11) AS p;

INSERT INTO channel_publications (channel) SELECT channel FROM channels;

ALTER TABLE clients ADD CONSTRAINT clients_have_a_channel
FOREIGN KEY (organ_code, organisation_kind, region) REFERENCES channels (organ_code, organisation_kind, region)
"""
"""By the last constraint all systems of an organ are of one kind and region: they read the same channel."""


def upgrade() -> None:
    for statement in TABLES.split("\n\n"):
        op.execute(statement)
