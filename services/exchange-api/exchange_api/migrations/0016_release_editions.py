"""Each event of a channel says under which edition of the table of releases its form was made."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE channel_events ADD COLUMN edition integer")
