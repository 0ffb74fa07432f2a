"""Merged records of one person, and looks at ID numbers."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nothing yet."""
