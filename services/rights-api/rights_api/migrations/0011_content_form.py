"""How identity and facts are sealed; those filed before lie under the key of the case until the office moves them."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE complaints ADD COLUMN content_form text NOT NULL DEFAULT 'case'"
        " CONSTRAINT complaints_content_form CHECK (content_form IN ('case', 'box', 'own'))"
    )
    op.execute("CREATE INDEX complaints_unmoved ON complaints (complaint_id) WHERE content_form <> 'own'")
