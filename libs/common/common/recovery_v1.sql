-- What a restored backup must be told: what was erased since, and from where its feed goes on. Statements are separated
-- by blank lines. `erasures` is an outbox: the ledger of erasures, kept apart from all backups, takes its rows away.
CREATE TABLE erasures (
    erasure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    relation text NOT NULL,
    key jsonb NOT NULL,
    remains jsonb,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Arguments: columns of the key; then, of what is not deleted, the columns in which it was erased. Ids only, and what
-- the erasure left there, which names nobody.
CREATE FUNCTION note_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    INSERT INTO public.erasures (relation, key, remains)
    SELECT TG_TABLE_NAME,
        (SELECT jsonb_object_agg(name, gone -> name) FROM unnest(string_to_array(TG_ARGV[0], ' ')) AS name),
        (SELECT jsonb_object_agg(name, gone -> name) FROM unnest(string_to_array(TG_ARGV[1], ' ')) AS name
         WHERE TG_OP <> 'DELETE');
    RETURN NULL;
END $$;

-- Where a backup came back: its feed goes on from these heads, whatever it held beyond them.
CREATE TABLE restorations (
    restoration_id uuid PRIMARY KEY,
    restored_at timestamptz NOT NULL,
    target_at timestamptz,
    epoch_before text NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    seqs bigint[] NOT NULL,
    partition_hashes bytea[] NOT NULL
)
