-- Whose a key is: a subject is unique to its issuer only. '' of strangers, and of keys from before; of those the last
-- goes 30 days after. Statements are separated by blank lines.
ALTER TABLE idempotency_keys ADD COLUMN issuer text NOT NULL DEFAULT '';

ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey, ADD PRIMARY KEY (scope, key_hash, issuer);
