"""Statistics."""

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Filled in with its feature."""
