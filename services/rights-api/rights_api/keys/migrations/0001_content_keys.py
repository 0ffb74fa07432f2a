"""One wrapped key per case, for identity and facts. A key may be destroyed, never exchanged."""

from alembic import op

revision = "0001"
down_revision = None

KEYS = """
CREATE TABLE content_keys (
    complaint_id uuid PRIMARY KEY,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% does not change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER content_keys_stay BEFORE UPDATE ON content_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    for statement in KEYS.split(";\n\n"):
        op.execute(statement)
