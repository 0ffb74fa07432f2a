-- What proves afterwards: calls by systems, acts of operators, the feed's head of each hour. Statements are separated by
-- blank lines.
CREATE TABLE exchange_log (
    seq bigint PRIMARY KEY CHECK (seq >= 1),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    client text NOT NULL,
    client_seq bigint NOT NULL CHECK (client_seq >= 1),
    client_hash bytea NOT NULL CHECK (octet_length(client_hash) = 32),
    at timestamptz NOT NULL,
    entry text NOT NULL,
    UNIQUE (client, client_seq)
);

-- Where the chain ends, and where it begins since older entries were deleted.
CREATE TABLE exchange_log_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    pruned_seq bigint NOT NULL DEFAULT 0,
    pruned_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    CHECK (pruned_seq <= seq)
);

INSERT INTO exchange_log_head DEFAULT VALUES;

CREATE TABLE exchange_log_clients (
    client text PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    pruned_seq bigint NOT NULL DEFAULT 0,
    pruned_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    CHECK (pruned_seq <= seq)
);

CREATE TABLE exchange_log_heads (
    hour timestamptz PRIMARY KEY CHECK (date_trunc('hour', hour, 'UTC') = hour),
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    jws text NOT NULL
);

CREATE TABLE feed_signed_heads (
    hour timestamptz PRIMARY KEY CHECK (date_trunc('hour', hour, 'UTC') = hour),
    position bigint NOT NULL,
    jws text NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
    commitment_jws text NOT NULL
);

-- reason is in no chain, only its salted digest: what an operator wrote can be erased where it must be.
CREATE TABLE operator_acts (
    seq bigint PRIMARY KEY CHECK (seq >= 1),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    organisation_kind text NOT NULL,
    organisation_id text NOT NULL,
    act text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    salt bytea NOT NULL,
    reason_digest bytea NOT NULL,
    reason text
);

CREATE TABLE operator_acts_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);

INSERT INTO operator_acts_head DEFAULT VALUES;

CREATE FUNCTION refuse_change_of_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is appended to, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER exchange_log_unchanged BEFORE UPDATE ON exchange_log
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();

CREATE TRIGGER exchange_log_heads_unchanged BEFORE UPDATE ON exchange_log_heads
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();

CREATE TRIGGER feed_signed_heads_unchanged BEFORE UPDATE OR DELETE ON feed_signed_heads
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();

CREATE TRIGGER operator_acts_undeleted BEFORE DELETE ON operator_acts
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();

CREATE TRIGGER operator_acts_unchanged
BEFORE UPDATE OF seq, hash, at, actor, organisation_kind, organisation_id, act, object_kind, object_id, salt,
    reason_digest ON operator_acts
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof()
