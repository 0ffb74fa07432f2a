"""The whole machine of a case: its steps, texts by step, assignments, recusals; deadlines move to `clocks`."""

from alembic import op

revision = "0003"
down_revision = "0002"

# Deadlines of cases filed before: what the case has passed is no longer needed.
CASES = """
ALTER TABLE complaints
    DROP CONSTRAINT complaints_status,
    DROP CONSTRAINT complaints_owner,
    DROP CONSTRAINT complaints_accepted,
    DROP CONSTRAINT complaints_refused,
    DROP CONSTRAINT complaints_replied,
    DROP CONSTRAINT complaints_closed,
    ADD COLUMN petition text CONSTRAINT complaints_petition CHECK (petition IN ('appeal', 'accusation')),
    ADD COLUMN decided_on date,
    ADD COLUMN info_asked boolean NOT NULL DEFAULT false,
    ADD COLUMN reviewed boolean NOT NULL DEFAULT false,
    ADD COLUMN referred boolean NOT NULL DEFAULT false,
    ADD COLUMN escalated boolean NOT NULL DEFAULT false;

UPDATE complaints SET status = 'TRIAGE' WHERE status = 'SUBMITTED';

ALTER TABLE complaints
    ADD CONSTRAINT complaints_status CHECK (status IN ('TRIAGE', 'NEEDS_INFO', 'ACCEPTED', 'REFUSED', 'TRANSFERRED',
        'WITH_ORGAN', 'WITH_PROC', 'DECIDED', 'REPLIED', 'REVIEW', 'MONITORING', 'CLOSED', 'CLUE')),
    ADD CONSTRAINT complaints_owner CHECK (owner_region ~ '^41[0-9]{4}$'),
    ADD CONSTRAINT complaints_accepted CHECK (
        status NOT IN ('ACCEPTED', 'WITH_ORGAN', 'WITH_PROC', 'DECIDED', 'REPLIED', 'REVIEW', 'MONITORING')
        OR accepted_at IS NOT NULL),
    ADD CONSTRAINT complaints_refused CHECK ((status = 'REFUSED') = (refusal_ground IS NOT NULL)),
    ADD CONSTRAINT complaints_closed CHECK ((status = 'CLOSED') = (outcome IS NOT NULL)),
    ADD CONSTRAINT complaints_with_proc CHECK (status <> 'WITH_PROC' OR kind = 'PETITION');

CREATE TABLE complaint_steps (
    complaint_id uuid NOT NULL REFERENCES complaints,
    ordinal integer NOT NULL,
    step text NOT NULL,
    from_status text NOT NULL,
    to_status text NOT NULL,
    taken_at timestamptz NOT NULL,
    by text NOT NULL CONSTRAINT complaint_steps_by CHECK (by IN ('officer', 'complainant', 'timer')),
    subject text NOT NULL,
    organ_kind text,
    organ_region text,
    document_number text,
    document_date date,
    organ_name text,
    decided_on date,
    received_on date,
    code text,
    satisfied boolean,
    key_digest bytea CONSTRAINT complaint_steps_key UNIQUE,
    PRIMARY KEY (complaint_id, ordinal)
);

CREATE TABLE case_texts (
    complaint_id uuid NOT NULL REFERENCES complaints,
    place text NOT NULL,
    ordinal integer NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (complaint_id, place, ordinal)
);

INSERT INTO case_texts
SELECT complaint_id, 'refusal', 0, refusal_sealed FROM complaints WHERE refusal_sealed IS NOT NULL
UNION ALL SELECT complaint_id, 'reply', 0, reply_sealed FROM complaints WHERE reply_sealed IS NOT NULL
UNION ALL SELECT complaint_id, 'closure', 0, closure_sealed FROM complaints WHERE closure_sealed IS NOT NULL;

ALTER TABLE complaints DROP COLUMN refusal_sealed, DROP COLUMN reply_sealed, DROP COLUMN closure_sealed;

CREATE TABLE assignments (
    complaint_id uuid NOT NULL REFERENCES complaints,
    ordinal integer NOT NULL,
    subject text NOT NULL,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    assigned_by text NOT NULL,
    assigned_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (complaint_id, ordinal)
);
CREATE UNIQUE INDEX assignments_current ON assignments (complaint_id, subject) WHERE ended_at IS NULL;

CREATE TABLE recusals (
    complaint_id uuid NOT NULL REFERENCES complaints,
    subject text NOT NULL,
    ground text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (complaint_id, subject)
);

INSERT INTO clocks (clock_id, owner_kind, owner_id, organ_kind, organ_region, urgent, justice, name, rule_id, bearer)
SELECT gen_random_uuid(), 'complaint', c.complaint_id, 'city-association', c.owner_region, c.fast_lane,
    c.respondent = 'JUSTICE', k.name, k.rule_id, 'organ'
FROM case_clocks k JOIN complaints c USING (complaint_id) ORDER BY c.filed_at, c.complaint_id, k.ordinal;

INSERT INTO clock_dates (clock_id, revision, why, started_on, started_at, due_at, due_on, warn_at, provisional,
    explanation)
SELECT n.clock_id, 1, 'began', k.started_on, k.started_at, k.due_at, k.due_on, k.due_at, k.provisional, k.explanation
FROM case_clocks k JOIN clocks n ON n.owner_id = k.complaint_id AND n.name = k.name;

INSERT INTO clock_marks (clock_id, ordinal, mark, at)
SELECT n.clock_id, 1, 'lapsed', c.changed_at FROM clocks n JOIN complaints c ON c.complaint_id = n.owner_id
WHERE NOT ((c.status = 'TRIAGE' AND n.name IN ('triage', 'contact', 'call'))
    OR (c.status = 'ACCEPTED' AND n.name IN ('handling', 'contact', 'call')));

UPDATE clocks n SET next_at = d.due_at FROM clock_dates d
WHERE d.clock_id = n.clock_id AND NOT EXISTS (SELECT FROM clock_marks m WHERE m.clock_id = n.clock_id);

DROP TABLE case_clocks;

CREATE TRIGGER complaint_steps_only_grow BEFORE UPDATE OR DELETE ON complaint_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_texts_only_grow BEFORE UPDATE OR DELETE ON case_texts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER recusals_only_grow BEFORE UPDATE OR DELETE ON recusals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for statement in CASES.split(";\n"):
        if statement.strip():
            op.execute(statement)
