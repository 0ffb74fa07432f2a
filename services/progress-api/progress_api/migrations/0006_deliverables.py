"""Deliverables, their milestones and evidence."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE deliverable_works (
    work_id uuid PRIMARY KEY,
    plan_id text NOT NULL DEFAULT 'HN-LAWYER-PLAN-2024-2026',
    deliverable_id text NOT NULL,
    region text CHECK (region <> '410000'),
    version integer NOT NULL CHECK (version >= 0),
    UNIQUE NULLS NOT DISTINCT (plan_id, deliverable_id, region)
);

CREATE TABLE deliverable_owners (
    work_id uuid NOT NULL REFERENCES deliverable_works,
    version integer NOT NULL,
    organ_kind text NOT NULL,
    organ_name text NOT NULL,
    from_on date NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (work_id, version)
);

CREATE TABLE deliverable_states (
    work_id uuid NOT NULL REFERENCES deliverable_works,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'in-progress', 'delivered', 'verified')),
    on_day date NOT NULL,
    reason text,
    delivered_by text,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (work_id, version),
    CONSTRAINT deliverable_states_two_officers
        CHECK (state <> 'verified' OR coalesce(delivered_by, entered_by) <> entered_by)
);

CREATE TABLE deliverable_milestones (
    milestone_id uuid PRIMARY KEY,
    work_id uuid NOT NULL REFERENCES deliverable_works,
    UNIQUE (milestone_id, work_id)
);

CREATE TABLE deliverable_milestone_versions (
    milestone_id uuid NOT NULL,
    work_id uuid NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    due_on date NOT NULL,
    document_number text NOT NULL,
    document_issuer text NOT NULL,
    document_date date NOT NULL,
    from_on date NOT NULL,
    cancelled boolean NOT NULL,
    reason text,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (milestone_id, version),
    UNIQUE (work_id, version),
    FOREIGN KEY (milestone_id, work_id) REFERENCES deliverable_milestones (milestone_id, work_id),
    CONSTRAINT deliverable_milestone_versions_reason CHECK (reason IS NOT NULL OR NOT cancelled)
);

CREATE TABLE deliverable_evidence (
    evidence_id uuid PRIMARY KEY,
    work_id uuid NOT NULL REFERENCES deliverable_works,
    version integer NOT NULL,
    kind text NOT NULL,
    dated_on date NOT NULL,
    completes uuid,
    document_number text,
    document_issuer text,
    url text,
    event_id uuid,
    event_type text,
    indicator_id text,
    indicator_value double precision,
    file_kind text,
    file_digest text,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    UNIQUE (work_id, version),
    FOREIGN KEY (completes, work_id) REFERENCES deliverable_milestones (milestone_id, work_id),
    CONSTRAINT deliverable_evidence_is_of_one_kind CHECK (
        num_nonnulls(document_number, url, event_id, indicator_id, file_digest) = 1
        AND (kind = 'document') = (document_number IS NOT NULL)
        AND (document_number IS NULL) = (document_issuer IS NULL)
        AND (kind = 'link') = (url IS NOT NULL)
        AND (kind = 'event') = (event_id IS NOT NULL)
        AND (event_id IS NULL) = (event_type IS NULL)
        AND (kind = 'indicator') = (indicator_id IS NOT NULL)
        AND (indicator_id IS NULL) = (indicator_value IS NULL)
        AND (kind = 'file') = (file_digest IS NOT NULL)
        AND (file_digest IS NULL) = (file_kind IS NULL)
    )
);

CREATE TABLE deliverable_files (
    evidence_id uuid PRIMARY KEY REFERENCES deliverable_evidence,
    content bytea NOT NULL
);

CREATE TABLE deliverable_evidence_withdrawals (
    evidence_id uuid PRIMARY KEY REFERENCES deliverable_evidence,
    version integer NOT NULL,
    reason text NOT NULL,
    withdrawn_on date NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL
)
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
