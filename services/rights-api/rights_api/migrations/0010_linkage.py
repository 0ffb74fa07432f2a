"""Complaint units of organs, letters to them with their numbers, and what the organs did and answered."""

from alembic import op

revision = "0010"
down_revision = "0009"

# `channel`: police, state security and whoever else is not listed never have an account or a system here.
LINKAGE = """
CREATE TABLE complaint_units (
    unit_id uuid NOT NULL,
    version integer NOT NULL CONSTRAINT complaint_units_version CHECK (version >= 1),
    organ_kind text NOT NULL,
    level text NOT NULL CONSTRAINT complaint_units_level CHECK (level IN ('county', 'city', 'province', 'national')),
    region text NOT NULL CONSTRAINT complaint_units_region CHECK (region ~ '^(41[0-9]{4}|100000)$'),
    organ_name text NOT NULL,
    unit_name text NOT NULL,
    duty text NOT NULL
        CONSTRAINT complaint_units_duty CHECK (duty IN ('complaints', 'execution', 'control', 'liaison')),
    address text NOT NULL,
    phone text NOT NULL,
    channel text NOT NULL CONSTRAINT complaint_units_channel CHECK (channel IN ('letter', 'account', 'api')),
    organisation_id text,
    open boolean NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, version),
    CONSTRAINT complaint_units_online
        CHECK (channel = 'letter' OR organ_kind IN ('COURT', 'PROC', 'JUSTICE', 'ADMIN')),
    CONSTRAINT complaint_units_organisation CHECK ((channel = 'letter') = (organisation_id IS NULL))
);

CREATE TABLE letter_numbers (
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL CONSTRAINT letter_numbers_last CHECK (last >= 1),
    PRIMARY KEY (organ_kind, organ_region, year)
);

CREATE TABLE linkage_tasks (
    task_id uuid PRIMARY KEY,
    complaint_id uuid NOT NULL REFERENCES complaints,
    unit_id uuid NOT NULL,
    unit_version integer NOT NULL,
    urgent boolean NOT NULL,
    clock_ids uuid[] NOT NULL,
    sent_at timestamptz NOT NULL,
    FOREIGN KEY (unit_id, unit_version) REFERENCES complaint_units (unit_id, version)
);
CREATE INDEX linkage_tasks_by_case ON linkage_tasks (complaint_id, sent_at);
CREATE INDEX linkage_tasks_by_unit ON linkage_tasks (unit_id, sent_at, task_id);

CREATE TABLE linkage_letters (
    task_id uuid PRIMARY KEY REFERENCES linkage_tasks,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    year integer NOT NULL,
    number integer NOT NULL CONSTRAINT linkage_letters_positive CHECK (number >= 1),
    document_number text NOT NULL CONSTRAINT linkage_letters_document UNIQUE,
    dated_on date NOT NULL,
    identity_for text CONSTRAINT linkage_letters_identity
        CHECK (identity_for IN ('verification', 'protection', 'reply')),
    text_sealed bytea NOT NULL,
    pdf_sealed bytea NOT NULL,
    sm3 bytea NOT NULL,
    issued_by text NOT NULL,
    CONSTRAINT linkage_letters_number UNIQUE (organ_kind, organ_region, year, number)
);

CREATE TABLE linkage_marks (
    task_id uuid NOT NULL REFERENCES linkage_tasks,
    mark text NOT NULL
        CONSTRAINT linkage_marks_mark CHECK (mark IN ('received', 'accepted', 'investigating', 'handled')),
    ordinal integer NOT NULL,
    happened_on date NOT NULL,
    by text NOT NULL CONSTRAINT linkage_marks_by CHECK (by IN ('officer', 'organ')),
    subject text NOT NULL,
    document_number text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (task_id, ordinal),
    CONSTRAINT linkage_marks_once UNIQUE (task_id, mark)
);

CREATE TABLE linkage_replies (
    task_id uuid NOT NULL REFERENCES linkage_tasks,
    ordinal integer NOT NULL,
    document_number text NOT NULL,
    document_date date NOT NULL,
    received_on date NOT NULL,
    decided_on date,
    text_sealed bytea NOT NULL,
    by text NOT NULL CONSTRAINT linkage_replies_by CHECK (by IN ('officer', 'organ')),
    subject text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (task_id, ordinal),
    CONSTRAINT linkage_replies_days CHECK (document_date <= received_on AND decided_on <= document_date)
);
CREATE UNIQUE INDEX linkage_replies_decided_once ON linkage_replies (task_id) WHERE decided_on IS NOT NULL;

CREATE TABLE linkage_cancellations (
    task_id uuid PRIMARY KEY REFERENCES linkage_tasks,
    reason text NOT NULL
        CONSTRAINT linkage_cancellations_reason CHECK (reason IN ('wrong-unit', 'wrong-content', 'not-sent')),
    subject text NOT NULL,
    cancelled_at timestamptz NOT NULL
);

ALTER TABLE complaint_steps
    DROP CONSTRAINT complaint_steps_by,
    ADD CONSTRAINT complaint_steps_by CHECK (by IN ('officer', 'complainant', 'timer', 'organ'))
"""

GROWING = (
    "complaint_units",
    "linkage_tasks",
    "linkage_letters",
    "linkage_marks",
    "linkage_replies",
    "linkage_cancellations",
)


def upgrade() -> None:
    for statement in LINKAGE.split(";\n"):
        op.execute(statement)
    for table in GROWING:
        op.execute(
            f"CREATE TRIGGER {table}_only_grow BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
