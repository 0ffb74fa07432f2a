"""Query results behind their codes, authorisations, and the part of a licence number that never changes."""

from alembic import op

revision = "0009"
down_revision = "0008"

# Year of first licence, sex and serial: a move or a change of category rewrites the digits between.
_KEY = """licence_key text GENERATED ALWAYS AS (
    CASE length(licence_number) WHEN 17 THEN substr(licence_number, 6, 4) || substr(licence_number, 11, 7)
    ELSE licence_number END) STORED"""

STATEMENTS = (
    f"ALTER TABLE public_disclosures ADD COLUMN {_KEY}",
    "CREATE INDEX public_disclosures_by_licence_key ON public_disclosures (licence_key) WHERE licence_key IS NOT NULL",
    f"ALTER TABLE sanctions ADD COLUMN {_KEY}",
    "CREATE INDEX sanctions_by_licence_key ON sanctions (licence_key) WHERE licence_key IS NOT NULL",
    "CREATE INDEX sanctions_by_credit_code ON sanctions (credit_code) WHERE credit_code IS NOT NULL",
    """
CREATE TABLE query_results (
    result_digest bytea PRIMARY KEY CONSTRAINT query_results_digest CHECK (octet_length(result_digest) = 32),
    sealed bytea NOT NULL,
    asked_at timestamptz NOT NULL,
    ends_on date NOT NULL
)""",
    "CREATE INDEX query_results_to_forget ON query_results (ends_on)",
    """
CREATE TABLE extract_authorisations (
    authorisation_id uuid PRIMARY KEY,
    code_digest bytea NOT NULL UNIQUE,
    sealed bytea NOT NULL,
    given_at timestamptz NOT NULL,
    ends_on date NOT NULL,
    used_at timestamptz
)""",
    "CREATE INDEX extract_authorisations_to_forget ON extract_authorisations (ends_on)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
