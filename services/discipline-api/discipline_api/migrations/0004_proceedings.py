"""Proceedings."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Filled in with its feature."""
