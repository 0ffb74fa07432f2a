-- Positions and parked events of one consumer; they stand in the schema that the consumer writes.
CREATE TABLE positions (
    topic text NOT NULL,
    partition smallint NOT NULL,
    epoch text NOT NULL,
    last_seq bigint NOT NULL,
    last_partition_hash bytea NOT NULL,
    stopped text,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition)
);

CREATE TABLE parked (
    parked_id uuid PRIMARY KEY,
    topic text NOT NULL,
    partition smallint NOT NULL,
    seq bigint NOT NULL,
    key text NOT NULL,
    event_type text NOT NULL,
    region text,
    bytes bytea NOT NULL,
    error text NOT NULL,
    state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'redrive', 'redriven', 'discarded')),
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at timestamptz,
    resolved_by text,
    reason text,
    version bigint NOT NULL DEFAULT 0,
    UNIQUE (topic, partition, seq)
);

CREATE INDEX parked_waiting ON parked (topic, key) WHERE state IN ('parked', 'redrive');
