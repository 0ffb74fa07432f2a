"""Public rows: their changes can be followed, from one snapshot to the next; what is not public keeps an empty row."""

from alembic import op

revision = "0006"
down_revision = "0005"

PUBLIC_ROWS = """
ALTER TABLE public_lawyers ALTER COLUMN body DROP NOT NULL;
ALTER TABLE public_lawyers ALTER COLUMN etag DROP NOT NULL;
ALTER TABLE public_lawyers ADD CONSTRAINT public_lawyers_shown CHECK ((body IS NULL) = (etag IS NULL));
ALTER TABLE public_lawyers ADD COLUMN changed_in bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX public_lawyers_by_change ON public_lawyers (changed_in);
INSERT INTO public_lawyers (lawyer_id) SELECT lawyer_id FROM lawyers ON CONFLICT DO NOTHING;

ALTER TABLE firms ADD COLUMN changed_in bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX firms_by_change ON firms (changed_in)
"""


def upgrade() -> None:
    for statement in PUBLIC_ROWS.split(";\n"):
        op.execute(statement)
