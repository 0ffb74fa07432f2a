"""Current disclosures of lawyers and firms, as discipline tells of them."""

from alembic import op

revision = "0012"
down_revision = "0011"

DISCLOSURES = """
CREATE TABLE disclosures (
    disclosure_id uuid PRIMARY KEY,
    lawyer_id uuid REFERENCES lawyers,
    firm_id uuid REFERENCES firms,
    from_on date NOT NULL,
    to_on date NOT NULL,
    CONSTRAINT disclosures_subject CHECK (num_nonnulls(lawyer_id, firm_id) = 1),
    CONSTRAINT disclosures_interval CHECK (to_on > from_on)
);
CREATE INDEX disclosures_by_lawyer ON disclosures (lawyer_id) WHERE lawyer_id IS NOT NULL;
CREATE INDEX disclosures_by_firm ON disclosures (firm_id) WHERE firm_id IS NOT NULL;
CREATE INDEX disclosures_by_end ON disclosures (to_on);
"""


def upgrade() -> None:
    for statement in DISCLOSURES.split(";\n"):
        if statement.strip():
            op.execute(statement)
