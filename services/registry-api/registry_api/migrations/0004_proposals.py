"""Two pairs of eyes: proposals and their approval."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing yet."""
