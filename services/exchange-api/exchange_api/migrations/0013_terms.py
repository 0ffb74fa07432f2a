"""Terms: words of an alarm go before it, parts with their redrive; an item of the inbox is closed as unanswered."""

from alembic import op

revision = "0013"
down_revision = "0012"

CHANGES = """
ALTER TABLE alarms DROP CONSTRAINT alarms_check2,
    ADD CONSTRAINT alarms_acknowledged CHECK (num_nulls(acknowledged_at, acknowledged_by) IN (0, 2)),
    ADD CONSTRAINT alarms_reason CHECK (reason IS NULL OR acknowledged_at IS NOT NULL);

CREATE INDEX alarms_over ON alarms (closed_at) WHERE closed_at IS NOT NULL;

ALTER TABLE redrive_parts DROP CONSTRAINT redrive_parts_redrive_id_fkey,
    ADD FOREIGN KEY (redrive_id) REFERENCES redrives ON DELETE CASCADE;

CREATE INDEX redrives_by_age ON redrives (asked_at);

ALTER TABLE inbox ADD COLUMN lapsed_at timestamptz CHECK (lapsed_at > due_at),
    DROP CONSTRAINT inbox_state_check, DROP CONSTRAINT inbox_closed, DROP CONSTRAINT inbox_answered,
    ADD CONSTRAINT inbox_state_check CHECK (state IN
        ('received', 'corrected', 'unfounded', 'recorded', 'without-effect', 'referred', 'withdrawn', 'unanswered')),
    ADD CONSTRAINT inbox_closed CHECK ((state IN ('received', 'unanswered')) = (answered_at IS NULL)),
    ADD CONSTRAINT inbox_lapsed CHECK ((state = 'unanswered') = (lapsed_at IS NOT NULL)),
    ADD CONSTRAINT inbox_answered CHECK (num_nonnulls(answered_at, answered_by) IN (0, 2)),
    ADD CONSTRAINT inbox_kept_until CHECK ((state = 'received') = (kept_until IS NULL));

CREATE INDEX inbox_overdue ON inbox (due_on) WHERE state = 'received'
"""


def upgrade() -> None:
    for statement in CHANGES.split("\n\n"):
        op.execute(statement)
