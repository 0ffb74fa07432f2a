-- Rounds of mutual evaluation that are over.
CREATE TABLE evaluations (
    evaluation_id uuid PRIMARY KEY,
    region text NOT NULL,
    form text NOT NULL,
    closed_on date NOT NULL
);
