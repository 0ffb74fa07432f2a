"""Forecasts as they were made, and the month ends that they are made from."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
CREATE TABLE forecast_month_ends (
    indicator_id text NOT NULL,
    month_end date NOT NULL,
    mark text NOT NULL,
    numbers jsonb NOT NULL,
    known_at timestamptz NOT NULL,
    PRIMARY KEY (indicator_id, month_end),
    CONSTRAINT forecast_month_ends_last_day CHECK (extract(day FROM month_end + 1) = 1)
);

CREATE TABLE forecast_rounds (
    from_on date PRIMARY KEY,
    made_on date NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT forecast_rounds_made CHECK (made_on > from_on)
);

CREATE TABLE forecasts (
    forecast_id uuid PRIMARY KEY,
    target text NOT NULL,
    region text,
    from_on date NOT NULL REFERENCES forecast_rounds,
    for_on date NOT NULL,
    made_on date NOT NULL,
    method text NOT NULL,
    value bigint NOT NULL,
    low bigint NOT NULL,
    high bigint NOT NULL,
    CONSTRAINT forecasts_once UNIQUE NULLS NOT DISTINCT (target, region, from_on, for_on),
    CONSTRAINT forecasts_ahead CHECK (for_on > from_on AND made_on > from_on),
    CONSTRAINT forecasts_interval CHECK (0 <= low AND low <= value AND value <= high)
)
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
