"""The freeze at the plan's end, its addenda, what they say and their papers."""

from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = """
CREATE TABLE plan_freezes (
    plan_id text PRIMARY KEY,
    frozen_on date NOT NULL
)

CREATE TABLE closings (
    closing_id uuid PRIMARY KEY,
    plan_id text NOT NULL,
    kind text NOT NULL CONSTRAINT closings_kind CHECK (kind IN ('freeze', 'addendum')),
    as_of date NOT NULL,
    number integer CONSTRAINT closings_number CHECK (number >= 1),
    state text NOT NULL CONSTRAINT closings_state CHECK (state IN ('drafted', 'returned', 'reviewed', 'signed')),
    version integer NOT NULL CONSTRAINT closings_version CHECK (version >= 1),
    drafted_by text NOT NULL,
    drafted_at timestamptz NOT NULL,
    reviewed_by text,
    reviewed_at timestamptz,
    returned_by text,
    returned_at timestamptz,
    return_reason text,
    signed_by text,
    signed_at timestamptz,
    signed_on date,
    document_number text UNIQUE,
    CONSTRAINT closings_numbered UNIQUE (plan_id, number),
    CONSTRAINT closings_addenda_have_numbers CHECK ((kind = 'addendum' AND state = 'signed') = (number IS NOT NULL)),
    CONSTRAINT closings_day_is_over CHECK ((drafted_at AT TIME ZONE 'Asia/Shanghai')::date > as_of),
    CONSTRAINT closings_three_persons CHECK (
        drafted_by <> reviewed_by AND drafted_by <> returned_by AND drafted_by <> signed_by AND reviewed_by <> signed_by
    ),
    CONSTRAINT closings_reviewed CHECK (
        num_nonnulls(reviewed_by, reviewed_at) = CASE state WHEN 'drafted' THEN 0 WHEN 'returned'
            THEN 2 * (reviewed_by IS NOT NULL)::integer ELSE 2 END
    ),
    CONSTRAINT closings_returned CHECK (
        num_nonnulls(returned_by, returned_at, return_reason) = CASE state WHEN 'returned' THEN 3 ELSE 0 END
    ),
    CONSTRAINT closings_signed CHECK (
        num_nonnulls(signed_by, signed_at, signed_on, document_number) = CASE state WHEN 'signed' THEN 4 ELSE 0 END
    )
)

CREATE UNIQUE INDEX closings_one_freeze ON closings (plan_id) WHERE kind = 'freeze' AND state = 'signed'

CREATE INDEX closings_newest ON closings (drafted_at DESC, closing_id DESC)

CREATE TABLE closing_contents (
    closing_id uuid PRIMARY KEY REFERENCES closings,
    record bytea NOT NULL,
    record_digest bytea NOT NULL CONSTRAINT closing_contents_record_sm3 CHECK (octet_length(record_digest) = 32),
    report bytea NOT NULL,
    report_digest bytea NOT NULL CONSTRAINT closing_contents_report_sm3 CHECK (octet_length(report_digest) = 32)
)

CREATE TABLE closing_papers (
    closing_id uuid NOT NULL REFERENCES closings,
    form text NOT NULL CONSTRAINT closing_papers_form CHECK (form IN ('pdf', 'xlsx', 'docx')),
    body bytea NOT NULL,
    digest bytea NOT NULL CONSTRAINT closing_papers_sm3 CHECK (octet_length(digest) = 32),
    PRIMARY KEY (closing_id, form)
)

CREATE FUNCTION closings_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what has been frozen does not change' USING ERRCODE = 'restrict_violation'; END $$

CREATE TRIGGER plan_freezes_stand BEFORE UPDATE OR DELETE ON plan_freezes
FOR EACH ROW EXECUTE FUNCTION closings_stand()

CREATE TRIGGER closing_contents_stand BEFORE UPDATE OR DELETE ON closing_contents
FOR EACH ROW EXECUTE FUNCTION closings_stand()

CREATE TRIGGER closing_papers_stand BEFORE UPDATE OR DELETE ON closing_papers
FOR EACH ROW EXECUTE FUNCTION closings_stand()

CREATE TRIGGER closings_signed_stand BEFORE UPDATE OR DELETE ON closings
FOR EACH ROW WHEN (OLD.state IN ('signed', 'returned')) EXECUTE FUNCTION closings_stand()

CREATE TRIGGER closings_drawn_up_stand BEFORE UPDATE ON closings
FOR EACH ROW WHEN ((NEW.plan_id, NEW.kind, NEW.as_of, NEW.drafted_by, NEW.drafted_at)
    IS DISTINCT FROM (OLD.plan_id, OLD.kind, OLD.as_of, OLD.drafted_by, OLD.drafted_at))
EXECUTE FUNCTION closings_stand()

CREATE FUNCTION closings_freeze_the_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO plan_freezes (plan_id, frozen_on) VALUES (NEW.plan_id, NEW.as_of);
    RETURN NULL;
END $$

CREATE TRIGGER closings_freeze AFTER UPDATE ON closings
FOR EACH ROW WHEN (NEW.kind = 'freeze' AND NEW.state = 'signed') EXECUTE FUNCTION closings_freeze_the_plan()
"""
"""With its signature a freeze is in force for every room: they ask plan_freezes alone."""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
