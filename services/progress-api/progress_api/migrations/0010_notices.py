"""Notices (督办)."""

from alembic import op

revision = "0010"
down_revision = "0009"

# A colour of two officers has both in its step, so that the database refuses one alone. `refuse_change_of_notice` keeps
# what has happened as it was written. `notice_reds`: since when a light has been red each day that was looked.
TABLES = """
CREATE TABLE notice_numbers (
    year integer PRIMARY KEY,
    last integer NOT NULL CONSTRAINT notice_numbers_last CHECK (last >= 1)
);

CREATE TABLE notices (
    notice_id uuid PRIMARY KEY,
    state text NOT NULL CONSTRAINT notices_state
        CHECK (state IN ('proposed', 'issued', 'answered', 'accepted', 'closed', 'withdrawn')),
    version integer NOT NULL CONSTRAINT notices_version CHECK (version >= 1),
    events integer NOT NULL CONSTRAINT notices_events CHECK (events BETWEEN 0 AND version),
    rule text,
    occasion_on date,
    addressee text NOT NULL CONSTRAINT notices_addressee CHECK (addressee IN
        ('city-bureau', 'city-association', 'city-party-committee', 'provincial-association', 'provincial-division',
         'provincial-party-committee')),
    region text NOT NULL CONSTRAINT notices_region CHECK (region ~ '^41[0-9]{4}$'),
    subject_kind text NOT NULL
        CONSTRAINT notices_subject CHECK (subject_kind IN ('measure', 'indicator', 'deliverable', 'report')),
    subject text NOT NULL,
    text text NOT NULL,
    opened_at timestamptz NOT NULL,
    year integer,
    sequence integer,
    colour text CONSTRAINT notices_colour CHECK (colour IN ('blue', 'orange', 'red')),
    due_on date,
    pending_colour text CONSTRAINT notices_pending CHECK (pending_colour IN ('blue', 'orange', 'red')),
    pending_first text,
    CONSTRAINT notices_by_rule CHECK ((rule IS NULL) = (occasion_on IS NULL)),
    CONSTRAINT notices_number UNIQUE (year, sequence),
    CONSTRAINT notices_issued CHECK (num_nonnulls(year, sequence, colour, due_on) IN (0, 4)),
    CONSTRAINT notices_of_state CHECK (state = 'withdrawn' OR (state = 'proposed') = (colour IS NULL)),
    CONSTRAINT notices_waiting CHECK ((state = 'proposed' AND pending_colour IS NOT NULL)
        OR state = 'issued' OR (state NOT IN ('proposed', 'issued') AND pending_colour IS NULL)),
    CONSTRAINT notices_first CHECK (pending_first IS NULL OR pending_colour IS NOT NULL),
    CONSTRAINT notices_place CHECK ((addressee LIKE 'provincial-%') = (region = '410000'))
);

CREATE UNIQUE INDEX notices_one_open ON notices (rule, subject_kind, subject, addressee, region)
    WHERE state NOT IN ('closed', 'withdrawn');

CREATE UNIQUE INDEX notices_one_occasion ON notices (rule, subject_kind, subject, addressee, region, occasion_on);

CREATE INDEX notices_in_order ON notices (opened_at DESC, notice_id DESC);

CREATE INDEX notices_of_addressee ON notices (addressee, region, opened_at DESC);

CREATE INDEX notices_due ON notices (due_on) WHERE state = 'issued';

CREATE TABLE notice_steps (
    notice_id uuid NOT NULL REFERENCES notices,
    ordinal integer NOT NULL CONSTRAINT notice_steps_ordinal CHECK (ordinal >= 1),
    kind text NOT NULL CONSTRAINT notice_steps_kind CHECK (kind IN
        ('proposed', 'agreed', 'issued', 'escalated', 'answered', 'accepted', 'returned', 'closed', 'withdrawn')),
    by text NOT NULL,
    second text,
    at timestamptz NOT NULL,
    colour text CONSTRAINT notice_steps_colour CHECK (colour IN ('blue', 'orange', 'red')),
    due_on date,
    due_zh text,
    due_en text,
    text text,
    evidence jsonb,
    PRIMARY KEY (notice_id, ordinal),
    CONSTRAINT notice_steps_two_officers CHECK (kind NOT IN ('issued', 'escalated') OR colour <> 'red'
        OR (second IS NOT NULL AND second <> by)),
    CONSTRAINT notice_steps_dated CHECK (CASE WHEN kind IN ('issued', 'escalated', 'returned')
        THEN num_nonnulls(colour, due_on, due_zh, due_en) = 4 ELSE num_nonnulls(due_on, due_zh, due_en) = 0 END),
    CONSTRAINT notice_steps_reasons CHECK (kind NOT IN ('returned', 'withdrawn', 'answered') OR text IS NOT NULL),
    CONSTRAINT notice_steps_evidence CHECK ((kind = 'answered') = (evidence IS NOT NULL))
);

CREATE TABLE notice_looks (
    rule text NOT NULL,
    looked_on date NOT NULL,
    PRIMARY KEY (rule, looked_on)
);

CREATE TABLE notice_reds (
    subject_kind text NOT NULL CONSTRAINT notice_reds_subject CHECK (subject_kind IN ('measure', 'indicator')),
    subject text NOT NULL,
    region text NOT NULL,
    since date NOT NULL,
    PRIMARY KEY (subject_kind, subject, region)
);

CREATE FUNCTION refuse_change_of_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'steps of notices are never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER notice_steps_only_grow BEFORE UPDATE OR DELETE ON notice_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_notice();
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
