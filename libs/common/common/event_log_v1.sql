-- Outbox and feed of one database. Statements are separated by blank lines.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    region text NOT NULL,
    entity_version bigint NOT NULL CHECK (entity_version >= 1),
    bytes bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- The truth: contiguous, hash-chained, append-only. bytes is NULL only where a record was lawfully erased.
CREATE TABLE feed (
    position bigint PRIMARY KEY,
    partition smallint NOT NULL,
    partition_seq bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    key text NOT NULL,
    region text NOT NULL,
    entity_version bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    hash bytea NOT NULL,
    partition_hash bytea NOT NULL,
    bytes bytea,
    UNIQUE (partition, partition_seq)
);

CREATE TABLE feed_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL,
    hash bytea NOT NULL,
    recorded_at timestamptz NOT NULL
);

INSERT INTO feed_head (position, hash, recorded_at)
VALUES (0, decode(repeat('00', 32), 'hex'), '-infinity');

CREATE TABLE feed_partition_heads (
    partition smallint PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);

INSERT INTO feed_partition_heads (partition, seq, hash)
SELECT p, 0, decode(repeat('00', 32), 'hex') FROM generate_series(0, 11) AS p;

-- How far the feed has been sent to Kafka, and who sends. A lapsed holder sending late does no harm.
CREATE TABLE publication (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL DEFAULT 0,
    holder uuid,
    lease_until timestamptz NOT NULL DEFAULT '-infinity'
);

INSERT INTO publication DEFAULT VALUES;
