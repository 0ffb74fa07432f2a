"""When a case, or a watch that became none, was erased at the end of its term; each is noted for the ledger.

`heard_at`: the last message, file, mark or reply, from which an ended case is kept; by triggers, so that processes of
the version before write it, too. The ledger's replay leaves `erased_at` alone: the timer comes to a case of a restored
backup again, for its files.
"""

from alembic import op
from common.database import Erased, erasure_trigger

revision = "0022"
down_revision = "0021"

excused = {
    "narrowed": "the triggers only note what was erased and when a case was last heard of, and refuse nothing",
    "rows": "one row per case, some thousands; whoever writes to one meanwhile waits for a moment",
}

_SEALED = ("wrapped_key", "identity_sealed", "facts_sealed")
ERASED = (
    Erased("complaints", "complaint_id", (*_SEALED, "content_form")),
    Erased("refused_meetings", "meeting_id", _SEALED),
)

# Each of these is written with the case locked; a file counts from its beginning.
HEARD = """
ALTER TABLE complaints ADD COLUMN erased_at timestamptz, ADD COLUMN heard_at timestamptz;

ALTER TABLE refused_meetings ADD COLUMN erased_at timestamptz;

CREATE FUNCTION case_is_heard_of() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written jsonb := to_jsonb(NEW);
    heard timestamptz := written ->> TG_ARGV[0];
    of_case uuid := coalesce(written ->> 'complaint_id',
        (SELECT complaint_id::text FROM linkage_tasks WHERE task_id = (written ->> 'task_id')::uuid));
BEGIN
    UPDATE complaints SET heard_at = greatest(heard_at, heard) WHERE complaint_id = of_case;
    RETURN NULL;
END $$;

UPDATE complaints c SET heard_at = greatest(
    (SELECT max(at) FROM case_messages m WHERE m.complaint_id = c.complaint_id),
    (SELECT max(begun_at) FROM attachments a WHERE a.complaint_id = c.complaint_id),
    (SELECT max(recorded_at) FROM linkage_marks JOIN linkage_tasks t USING (task_id)
        WHERE t.complaint_id = c.complaint_id),
    (SELECT max(recorded_at) FROM linkage_replies JOIN linkage_tasks t USING (task_id)
        WHERE t.complaint_id = c.complaint_id))
"""
_HEARD_BY = {
    "case_messages": "at",
    "attachments": "begun_at",
    "linkage_marks": "recorded_at",
    "linkage_replies": "recorded_at",
}


def upgrade() -> None:
    for statement in HEARD.split(";\n\n"):
        op.execute(statement)
    for table, column in _HEARD_BY.items():
        op.execute(
            f"CREATE TRIGGER {table}_heard AFTER INSERT ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION case_is_heard_of('{column}')"
        )
    for each in ERASED:
        op.execute(erasure_trigger(each))
