"""When the dispatcher last asked for work."""

from alembic import op
from common.sightings import sightings_ddl

revision = "0010"
down_revision = "0007"


def upgrade() -> None:
    op.execute(sightings_ddl())
