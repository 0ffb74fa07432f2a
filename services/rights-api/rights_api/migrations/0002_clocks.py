"""Deadlines with their datings and marks, and the lists of holidays loaded since."""

from alembic import op

revision = "0002"
down_revision = "0001"

# `next_at` is work for the timer, not part of the record; `organ_*` change when another organ takes over, with a mark.
CLOCKS = """
CREATE TABLE clocks (
    clock_id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    owner_kind text NOT NULL,
    owner_id uuid NOT NULL,
    organ_kind text NOT NULL,
    organ_region text NOT NULL CONSTRAINT clocks_region CHECK (organ_region ~ '^41[0-9]{4}$'),
    urgent boolean NOT NULL,
    justice boolean NOT NULL,
    name text NOT NULL,
    rule_id text NOT NULL,
    bearer text NOT NULL CONSTRAINT clocks_bearer CHECK (bearer IN ('organ', 'party')),
    cap_id uuid REFERENCES clocks,
    next_at timestamptz
);
CREATE INDEX clocks_by_owner ON clocks (owner_id, seq);
CREATE INDEX clocks_by_next ON clocks (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE clock_dates (
    clock_id uuid NOT NULL REFERENCES clocks,
    revision integer NOT NULL,
    why text NOT NULL CONSTRAINT clock_dates_why CHECK (why IN ('began', 'resumed', 'calendar')),
    started_on date NOT NULL,
    started_at timestamptz,
    due_at timestamptz NOT NULL,
    due_on date NOT NULL,
    warn_at timestamptz NOT NULL,
    provisional boolean NOT NULL,
    explanation jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (clock_id, revision)
);
CREATE INDEX clock_dates_by_day ON clock_dates (due_on);

CREATE TABLE clock_marks (
    clock_id uuid NOT NULL REFERENCES clocks,
    ordinal integer NOT NULL,
    mark text NOT NULL CONSTRAINT clock_marks_mark CHECK (mark IN
        ('warned', 'overdue', 'overdue-rectified', 'paused', 'resumed', 'met', 'lapsed', 'handed-over')),
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (clock_id, ordinal)
);
CREATE UNIQUE INDEX clock_marks_once ON clock_marks (clock_id, at) WHERE mark = 'overdue';

CREATE TABLE holiday_lists (
    year integer NOT NULL,
    edition integer NOT NULL,
    document text NOT NULL,
    holidays jsonb NOT NULL,
    make_up date[] NOT NULL,
    loaded_by text NOT NULL,
    loaded_at timestamptz NOT NULL,
    PRIMARY KEY (year, edition)
);

CREATE TRIGGER clock_dates_only_grow BEFORE UPDATE OR DELETE ON clock_dates
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER clock_marks_only_grow BEFORE UPDATE OR DELETE ON clock_marks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER holiday_lists_only_grow BEFORE UPDATE OR DELETE ON holiday_lists
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for statement in CLOCKS.split(";\n"):
        if statement.strip():
            op.execute(statement)
