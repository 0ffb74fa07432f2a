"""Benchmark tables, and on each sanction its tier with the reasons of a deviation."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """
CREATE TABLE benchmark_tables (
    table_id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT benchmark_tables_kind CHECK (kind IN ('administrative', 'industry')),
    title text NOT NULL,
    issuer text NOT NULL,
    document_number text NOT NULL,
    effective_on date NOT NULL,
    loaded_by text NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT benchmark_tables_one_a_day UNIQUE (kind, effective_on)
)""",
    """
CREATE TABLE benchmark_items (
    table_id uuid NOT NULL REFERENCES benchmark_tables,
    conduct_code text NOT NULL,
    tier text NOT NULL,
    position smallint NOT NULL,
    conditions text NOT NULL,
    penalties text[] NOT NULL CONSTRAINT benchmark_items_penalties CHECK (cardinality(penalties) >= 1),
    fine_least integer,
    fine_most integer,
    months_least smallint,
    months_most smallint,
    PRIMARY KEY (table_id, conduct_code, tier),
    CONSTRAINT benchmark_items_fine CHECK (
        num_nonnulls(fine_least, fine_most) <> 1 AND coalesce(fine_least BETWEEN 0 AND fine_most, true)),
    CONSTRAINT benchmark_items_months CHECK (
        num_nonnulls(months_least, months_most) <> 1 AND coalesce(months_least BETWEEN 1 AND months_most, true))
)""",
    """
CREATE TRIGGER benchmark_tables_stand BEFORE UPDATE OR DELETE ON benchmark_tables
FOR EACH ROW EXECUTE FUNCTION grows_only()""",
    """
CREATE TRIGGER benchmark_items_stand BEFORE UPDATE OR DELETE ON benchmark_items
FOR EACH ROW EXECUTE FUNCTION grows_only()""",
    "ALTER TABLE sanctions ADD COLUMN tier text",
    "ALTER TABLE sanctions ADD COLUMN deviation_reasons text",
    "ALTER TABLE sanctions ADD CONSTRAINT sanctions_deviation CHECK (erased_at IS NULL OR deviation_reasons IS NULL)",
    "CREATE INDEX sanctions_by_conduct ON sanctions (conduct_code, decided_on DESC)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
