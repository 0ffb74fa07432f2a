"""Numbered yearly editions of the statistics: what was released never changes."""

from alembic import op

revision = "0004"
down_revision = "0003"

# `counts` and `untold` are what a correction is compared with; only `parts` is ever shown.
STATISTICS = (
    """
CREATE TABLE statistics_editions (
    edition_id uuid PRIMARY KEY,
    year integer NOT NULL CONSTRAINT statistics_editions_year CHECK (year BETWEEN 2024 AND 2200),
    number integer NOT NULL CONSTRAINT statistics_editions_number CHECK (number >= 1),
    status text NOT NULL
        CONSTRAINT statistics_editions_status CHECK (status IN ('prepared', 'released', 'discarded')),
    version integer NOT NULL CONSTRAINT statistics_editions_version CHECK (version >= 1),
    reason text,
    counts jsonb NOT NULL,
    untold jsonb NOT NULL,
    parts jsonb NOT NULL,
    prepared_at timestamptz NOT NULL,
    prepared_by text NOT NULL,
    prepared_organ text NOT NULL,
    released_at timestamptz,
    released_by text,
    released_organ text,
    CONSTRAINT statistics_editions_reason CHECK ((number = 1) = (reason IS NULL)),
    CONSTRAINT statistics_editions_released CHECK (
        (status = 'released') = (released_at IS NOT NULL)
        AND (released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (released_organ IS NULL)),
    CONSTRAINT statistics_editions_two_officers CHECK (released_by <> prepared_by)
)""",
    """
CREATE UNIQUE INDEX statistics_editions_numbered ON statistics_editions (year, number) WHERE status <> 'discarded'""",
    """
CREATE UNIQUE INDEX statistics_editions_one_prepared ON statistics_editions (year) WHERE status = 'prepared'""",
    """
CREATE FUNCTION refuse_change_of_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status = 'prepared'
        AND (OLD.edition_id, OLD.year, OLD.number, OLD.counts, OLD.untold, OLD.parts, OLD.prepared_by)
            = (NEW.edition_id, NEW.year, NEW.number, NEW.counts, NEW.untold, NEW.parts, NEW.prepared_by) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an edition of the statistics does not change' USING ERRCODE = 'restrict_violation';
END $$""",
    """
CREATE TRIGGER statistics_editions_stay BEFORE UPDATE OR DELETE ON statistics_editions
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_edition()""",
)


def upgrade() -> None:
    for statement in STATISTICS:
        op.execute(statement)
