"""Answers kept for replay repeat no content of the inbox; that there was an answer stays, so nothing is done twice."""

from alembic import op

revision = "0015"
down_revision = "0014"

excused = {"rows": "a month's items of the inbox, which are few; only who repeats one of these very requests waits"}

# Processes of the version before, which run meanwhile, keep a few more: those go with their keys after 30 days.
BLANK = """
UPDATE idempotency_keys
SET body = convert_to((convert_from(body, 'UTF8')::jsonb - '{content,answer}'::text[])::text, 'UTF8')
WHERE body IS NOT NULL AND split_part(scope, ' ', 2) ~
    '^/v1/(corrections|inbound/documents|inbox/[0-9a-f-]+/(answer|withdrawal))$'
"""


def upgrade() -> None:
    op.execute(BLANK)
