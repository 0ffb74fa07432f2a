"""Superseded states: what the register knew before."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing yet."""
