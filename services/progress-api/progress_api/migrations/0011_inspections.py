"""Inspections (考核督查)."""

from alembic import op

revision = "0011"
down_revision = "0010"

# The projected table of completed inspections is named `inspections` and stands first on the search path.
TABLES = """
CREATE TABLE inspection_programmes (
    year integer PRIMARY KEY CONSTRAINT inspection_programmes_year CHECK (year BETWEEN 2000 AND 2199),
    document_number text NOT NULL,
    issued_on date NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL
);

CREATE TABLE region_inspections (
    inspection_id uuid PRIMARY KEY,
    year integer NOT NULL REFERENCES inspection_programmes,
    state text NOT NULL CONSTRAINT region_inspections_state
        CHECK (state IN ('planned', 'held', 'rectifying', 'completed', 'cancelled')),
    version integer NOT NULL CONSTRAINT region_inspections_version CHECK (version >= 1),
    events integer NOT NULL CONSTRAINT region_inspections_events CHECK (events BETWEEN 1 AND version),
    region text NOT NULL CONSTRAINT region_inspections_region CHECK (region ~ '^41[0-9]{4}$'),
    planned_on date NOT NULL,
    team jsonb NOT NULL,
    measures text[] NOT NULL CONSTRAINT region_inspections_measures CHECK (cardinality(measures) > 0),
    planned_by text NOT NULL,
    planned_at timestamptz NOT NULL,
    held_on date,
    report_number text,
    reported_on date,
    completed_on date,
    cancelled_reason text,
    CONSTRAINT region_inspections_held CHECK (state IN ('planned', 'cancelled') OR held_on IS NOT NULL),
    CONSTRAINT region_inspections_reported CHECK (num_nonnulls(report_number, reported_on) IN (0, 2)
        AND (state IN ('rectifying', 'completed')) = (reported_on IS NOT NULL)),
    CONSTRAINT region_inspections_completed CHECK ((state = 'completed') = (completed_on IS NOT NULL)),
    CONSTRAINT region_inspections_days CHECK (held_on <= reported_on AND reported_on <= completed_on),
    CONSTRAINT region_inspections_cancelled CHECK ((state = 'cancelled') = (cancelled_reason IS NOT NULL))
);

CREATE INDEX region_inspections_in_order ON region_inspections (planned_on DESC, inspection_id DESC);

CREATE TABLE inspection_findings (
    finding_id uuid PRIMARY KEY,
    inspection_id uuid NOT NULL REFERENCES region_inspections,
    ordinal integer NOT NULL CONSTRAINT inspection_findings_ordinal CHECK (ordinal >= 1),
    state text NOT NULL CONSTRAINT inspection_findings_state CHECK (state IN ('open', 'answered', 'accepted')),
    responsible text NOT NULL CONSTRAINT inspection_findings_responsible CHECK (responsible IN
        ('city-bureau', 'city-association', 'city-party-committee', 'provincial-association', 'provincial-division',
         'provincial-party-committee')),
    measure text NOT NULL,
    severity text NOT NULL CONSTRAINT inspection_findings_severity CHECK (severity IN ('minor', 'serious', 'grave')),
    text text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    due_on date NOT NULL,
    CONSTRAINT inspection_findings_in_order UNIQUE (inspection_id, ordinal)
);

CREATE TABLE finding_steps (
    finding_id uuid NOT NULL REFERENCES inspection_findings,
    ordinal integer NOT NULL CONSTRAINT finding_steps_ordinal CHECK (ordinal >= 1),
    kind text NOT NULL CONSTRAINT finding_steps_kind CHECK (kind IN ('recorded', 'answered', 'accepted', 'returned')),
    by text NOT NULL,
    at timestamptz NOT NULL,
    due_on date,
    due_zh text,
    due_en text,
    text text,
    evidence jsonb,
    PRIMARY KEY (finding_id, ordinal),
    CONSTRAINT finding_steps_dated
        CHECK (num_nonnulls(due_on, due_zh, due_en) = CASE WHEN kind IN ('recorded', 'returned') THEN 3 ELSE 0 END),
    CONSTRAINT finding_steps_reasons CHECK (kind NOT IN ('returned', 'answered') OR text IS NOT NULL),
    CONSTRAINT finding_steps_evidence CHECK ((kind = 'answered') = (evidence IS NOT NULL))
);

CREATE FUNCTION refuse_change_of_finding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'steps of findings are never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER finding_steps_only_grow BEFORE UPDATE OR DELETE ON finding_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_finding();
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
