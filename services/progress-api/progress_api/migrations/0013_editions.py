"""Signed editions."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = """
CREATE TABLE editions (
    edition_id uuid PRIMARY KEY,
    plan_id text NOT NULL,
    period text NOT NULL CONSTRAINT editions_period CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    number integer NOT NULL CONSTRAINT editions_number CHECK (number >= 1),
    as_of date NOT NULL CONSTRAINT editions_as_of CHECK (to_char(as_of, 'YYYY-MM') = period),
    regional text[] NOT NULL,
    state text NOT NULL CONSTRAINT editions_state
        CHECK (state IN ('drafted', 'returned', 'reviewed', 'issued', 'superseded', 'withdrawn')),
    version integer NOT NULL CONSTRAINT editions_version CHECK (version >= 1),
    events integer NOT NULL CONSTRAINT editions_events CHECK (events >= 0),
    drafted_by text NOT NULL,
    drafted_at timestamptz NOT NULL,
    reviewed_by text,
    reviewed_at timestamptz,
    returned_by text,
    returned_at timestamptz,
    return_reason text,
    issued_by text,
    issued_at timestamptz,
    issued_on date,
    document_number text,
    superseded_by uuid REFERENCES editions,
    superseded_on date,
    withdrawn_by text,
    withdrawn_at timestamptz,
    withdrawn_on date,
    withdrawal_reason text,
    CONSTRAINT editions_one_number UNIQUE (plan_id, period, number),
    CONSTRAINT editions_three_persons CHECK (
        drafted_by <> reviewed_by AND drafted_by <> returned_by AND drafted_by <> issued_by AND reviewed_by <> issued_by
    ),
    CONSTRAINT editions_returned CHECK (
        (state = 'returned') = (returned_at IS NOT NULL)
        AND num_nonnulls(returned_by, returned_at, return_reason) IN (0, 3)
    ),
    CONSTRAINT editions_reviewed CHECK (
        num_nonnulls(reviewed_by, reviewed_at) = CASE WHEN state = 'drafted' THEN 0
            WHEN state = 'returned' THEN num_nonnulls(reviewed_by, reviewed_at) ELSE 2 END
        AND num_nonnulls(reviewed_by, reviewed_at) IN (0, 2)
    ),
    CONSTRAINT editions_signed CHECK (
        num_nonnulls(issued_by, issued_at, issued_on, document_number)
            = CASE WHEN state IN ('issued', 'superseded', 'withdrawn') THEN 4 ELSE 0 END
    ),
    CONSTRAINT editions_superseded CHECK (
        num_nonnulls(superseded_by, superseded_on) IN (0, 2) AND (state <> 'superseded' OR superseded_by IS NOT NULL)
    ),
    CONSTRAINT editions_withdrawn CHECK (
        num_nonnulls(withdrawn_by, withdrawn_at, withdrawn_on, withdrawal_reason)
            = CASE WHEN state = 'withdrawn' THEN 4 ELSE 0 END
    )
);

CREATE UNIQUE INDEX editions_one_in_force ON editions (plan_id, period) WHERE state = 'issued';

CREATE UNIQUE INDEX editions_document_number ON editions (document_number);

CREATE INDEX editions_newest ON editions (as_of DESC, edition_id DESC);

CREATE TABLE edition_contents (
    edition_id uuid PRIMARY KEY REFERENCES editions,
    content bytea NOT NULL,
    digest bytea NOT NULL CONSTRAINT edition_contents_sm3 CHECK (octet_length(digest) = 32),
    positions jsonb NOT NULL
);

CREATE TABLE edition_papers (
    edition_id uuid NOT NULL REFERENCES editions,
    kind text NOT NULL,
    form text NOT NULL CONSTRAINT edition_papers_form CHECK (form IN ('pdf', 'xlsx', 'docx')),
    body bytea NOT NULL,
    digest bytea NOT NULL CONSTRAINT edition_papers_sm3 CHECK (octet_length(digest) = 32),
    PRIMARY KEY (edition_id, kind, form)
);

CREATE FUNCTION editions_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what has been drawn up or signed does not change' USING ERRCODE = 'restrict_violation'; END $$;

CREATE TRIGGER edition_contents_stand BEFORE UPDATE OR DELETE ON edition_contents
FOR EACH ROW EXECUTE FUNCTION editions_stand();

CREATE TRIGGER edition_papers_stand BEFORE UPDATE OR DELETE ON edition_papers
FOR EACH ROW EXECUTE FUNCTION editions_stand();

CREATE TRIGGER editions_drawn_up BEFORE UPDATE ON editions
FOR EACH ROW WHEN ((NEW.plan_id, NEW.period, NEW.number, NEW.as_of, NEW.regional, NEW.drafted_by, NEW.drafted_at)
    IS DISTINCT FROM (OLD.plan_id, OLD.period, OLD.number, OLD.as_of, OLD.regional, OLD.drafted_by, OLD.drafted_at)
    OR (OLD.document_number IS NOT NULL AND (NEW.document_number, NEW.issued_by, NEW.issued_on)
        IS DISTINCT FROM (OLD.document_number, OLD.issued_by, OLD.issued_on)))
EXECUTE FUNCTION editions_stand()
"""
"""Content and papers are written once; only the state of an edition moves on."""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
