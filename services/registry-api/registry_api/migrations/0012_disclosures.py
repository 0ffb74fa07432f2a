"""Current disclosures of lawyers and firms, as discipline tells of them."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nothing yet."""
