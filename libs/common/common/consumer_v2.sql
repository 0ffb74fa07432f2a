-- Whether a consumer is alive, and the redrives that an operator has ordered or wants to see tried.
CREATE TABLE followings (
    topic text PRIMARY KEY,
    looked_at timestamptz NOT NULL,
    caught_up_at timestamptz
);

CREATE TABLE redrive_items (
    order_id uuid NOT NULL,
    place integer NOT NULL,
    line integer NOT NULL,
    parked_id uuid NOT NULL REFERENCES parked ON DELETE CASCADE,
    matched boolean NOT NULL,
    dry_run boolean NOT NULL,
    outcome text CHECK (outcome IN ('applies', 'fails', 'waits')) CHECK (outcome IS NULL OR dry_run),
    error text CHECK (error IS NULL OR outcome = 'fails'),
    PRIMARY KEY (order_id, place),
    UNIQUE (order_id, parked_id)
);

CREATE INDEX redrive_items_to_try ON redrive_items (order_id) WHERE dry_run AND outcome IS NULL;

CREATE INDEX redrive_items_of_parked ON redrive_items (parked_id);
