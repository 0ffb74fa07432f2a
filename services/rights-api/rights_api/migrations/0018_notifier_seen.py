"""When the notifier last asked for work."""

from alembic import op
from common.sightings import sightings_ddl

revision = "0018"
down_revision = "0016"


def upgrade() -> None:
    op.execute(sightings_ddl())
