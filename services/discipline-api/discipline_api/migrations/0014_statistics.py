"""Statistics count what is on record already: an index for whole years."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("CREATE INDEX sanctions_by_year ON sanctions (decided_on, organ_region) WHERE withdrawn_on IS NULL")
