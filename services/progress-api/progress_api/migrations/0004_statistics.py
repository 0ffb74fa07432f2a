"""Published statistics of lawyers by province, version by version."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE statistic_tables (
    table_id uuid PRIMARY KEY,
    year integer NOT NULL CONSTRAINT statistic_tables_year CHECK (year BETWEEN 1980 AND 2200),
    convention text NOT NULL
        CONSTRAINT statistic_tables_convention CHECK (convention IN ('all-kinds', 'without-military', 'social')),
    version integer NOT NULL,
    events integer NOT NULL DEFAULT 0,
    revision integer NOT NULL,
    confirmed integer,
    withdrawn_by text,
    withdrawn_at timestamptz,
    withdrawn_reason text,
    CONSTRAINT statistic_tables_confirmed CHECK (confirmed <= revision),
    CONSTRAINT statistic_tables_withdrawn CHECK (num_nulls(withdrawn_by, withdrawn_at, withdrawn_reason) IN (0, 3))
);

CREATE TABLE statistic_revisions (
    table_id uuid NOT NULL REFERENCES statistic_tables,
    revision integer NOT NULL,
    title text NOT NULL,
    issuer text NOT NULL,
    citation text NOT NULL,
    published_on date NOT NULL,
    confidence text NOT NULL CONSTRAINT statistic_revisions_confidence CHECK (confidence IN ('high', 'medium', 'low')),
    national_total bigint CONSTRAINT statistic_revisions_total CHECK (national_total > 0),
    national_bound text,
    note text,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    PRIMARY KEY (table_id, revision),
    CONSTRAINT statistic_revisions_bound CHECK ((national_total IS NULL) = (national_bound IS NULL)),
    CONSTRAINT statistic_revisions_confirmed CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT statistic_revisions_another_officer CHECK (confirmed_by <> entered_by)
);

CREATE TABLE statistic_figures (
    table_id uuid NOT NULL,
    revision integer NOT NULL,
    province text NOT NULL,
    lawyers bigint NOT NULL CONSTRAINT statistic_figures_lawyers CHECK (lawyers >= 0),
    bound text NOT NULL
        CONSTRAINT statistic_figures_bound CHECK (bound IN ('exact', 'more-than', 'at-most', 'derived')),
    note text,
    PRIMARY KEY (table_id, revision, province),
    FOREIGN KEY (table_id, revision) REFERENCES statistic_revisions
);

CREATE INDEX statistic_tables_listed ON statistic_tables (year DESC, table_id)
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
