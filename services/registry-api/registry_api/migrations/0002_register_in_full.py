"""Firms and lawyers in full: county, seat, partners, capital, organs, specialities."""

from alembic import op

revision = "0002"
down_revision = "0001"

IN_FULL = """
ALTER TABLE firms
    ADD capital_yuan bigint,
    ADD head_id uuid REFERENCES lawyers,
    ADD discipline_supervisor_id uuid REFERENCES lawyers,
    ADD supervising_organ text,
    ADD charter_on date,
    ADD special_partners text NOT NULL DEFAULT '[]' CONSTRAINT firms_special_partners CHECK (special_partners IS JSON),
    ADD partner_ids uuid[] NOT NULL DEFAULT '{}';

ALTER TABLE firm_periods
    ADD county text CONSTRAINT firm_periods_county CHECK (county ~ '^41[0-9]{4}$'),
    ADD in_legal_district boolean NOT NULL DEFAULT false;

ALTER TABLE lawyers ADD specialities text[] NOT NULL DEFAULT '{}';

ALTER TABLE standing_conflicts
    ADD outcome text,
    ADD reason text,
    ADD closed_by text,
    ADD closed_at timestamptz,
    ADD CONSTRAINT standing_conflicts_closed CHECK (num_nulls(outcome, reason, closed_by, closed_at) IN (0, 4));

ALTER TABLE practices ADD county text CONSTRAINT practices_county CHECK (county ~ '^41[0-9]{4}$');
"""


def upgrade() -> None:
    for statement in IN_FULL.split(";\n"):
        if statement.strip():
            op.execute(statement)
