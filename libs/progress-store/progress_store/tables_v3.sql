-- The register set beside a full export of the licensing system: how far the two differed, and on which day.
CREATE TABLE reconciliations (
    reconciliation_id uuid PRIMARY KEY,
    kind text NOT NULL,
    region text NOT NULL,
    reconciled_on date NOT NULL,
    reconciled_at timestamptz NOT NULL,
    here integer NOT NULL,
    there integer NOT NULL,
    only_here integer NOT NULL,
    only_there integer NOT NULL,
    different integer NOT NULL,
    unreadable integer NOT NULL
);

CREATE INDEX reconciliations_kind ON reconciliations (kind, reconciled_on, reconciled_at);
