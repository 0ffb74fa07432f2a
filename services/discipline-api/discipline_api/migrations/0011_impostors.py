"""Impostors."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Filled in with its feature."""
