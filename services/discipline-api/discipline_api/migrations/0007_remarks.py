"""Remarks on records on display: objections, credit repair, statements; the organ of a record; repaired sanctions."""

from alembic import op

revision = "0007"
down_revision = "0006"

REMARKS = """
ALTER TABLE sanctions ADD COLUMN repaired_on date CONSTRAINT sanctions_repaired CHECK (
    repaired_on IS NULL OR published_on IS NOT NULL);
ALTER TABLE public_disclosures ADD COLUMN organ_code text;
UPDATE public_disclosures p SET organ_code = s.organ_code FROM sanctions s WHERE s.case_id = p.case_id;
ALTER TABLE public_disclosures ALTER COLUMN organ_code SET NOT NULL;

CREATE TABLE remarked_records (
    record_id uuid PRIMARY KEY,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    subject_key text,
    record_to_on date NOT NULL,
    kek_id text NOT NULL,
    wrapped_key bytea,
    erased_at timestamptz,
    CONSTRAINT remarked_records_erased CHECK (
        num_nonnulls(wrapped_key, subject_key) = CASE WHEN erased_at IS NULL THEN 2 ELSE 0 END)
);
CREATE INDEX remarked_records_by_organ ON remarked_records (organ_kind, organ_region, organ_code);
CREATE INDEX remarked_records_by_subject ON remarked_records (subject_key) WHERE subject_key IS NOT NULL;
CREATE INDEX remarked_records_to_erase ON remarked_records (record_to_on) WHERE erased_at IS NULL;

CREATE TABLE objections (
    objection_id uuid PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES remarked_records,
    version integer NOT NULL CONSTRAINT objections_version CHECK (version >= 1),
    ground text NOT NULL CONSTRAINT objections_ground CHECK (
        ground IN ('wrong-person', 'wrong-content', 'should-have-ended', 'repaired', 'other')),
    state text NOT NULL CONSTRAINT objections_state CHECK (state IN ('open', 'upheld', 'rejected', 'lapsed')),
    by_officer boolean NOT NULL,
    filed_at timestamptz NOT NULL,
    filed_on date NOT NULL,
    gone_on date NOT NULL,
    source text,
    source_asked_on date,
    source_answered_on date,
    source_confirms boolean,
    answered_on date,
    remedy text,
    text bytea,
    new_facts bytea,
    reasons bytea,
    CONSTRAINT objections_source CHECK (
        num_nonnulls(source, source_asked_on) <> 1 AND num_nonnulls(source_answered_on, source_confirms) <> 1
        AND source_answered_on >= source_asked_on
        AND (source_answered_on IS NULL OR source_asked_on IS NOT NULL)),
    CONSTRAINT objections_answer CHECK (
        (state IN ('upheld', 'rejected')) = (answered_on IS NOT NULL) AND answered_on >= filed_on
        AND (state = 'upheld') = (remedy IS NOT NULL))
);
CREATE UNIQUE INDEX objections_one_open ON objections (record_id, ground) WHERE state = 'open';
CREATE INDEX objections_by_record ON objections (record_id, filed_at);
CREATE INDEX objections_by_time ON objections (filed_at, objection_id);

CREATE TABLE repairs (
    repair_id uuid PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES remarked_records,
    version integer NOT NULL CONSTRAINT repairs_version CHECK (version >= 1),
    state text NOT NULL CONSTRAINT repairs_state CHECK (
        state IN ('applied', 'accepted', 'not-accepted', 'granted', 'refused', 'retracted', 'lapsed')),
    by_officer boolean NOT NULL,
    filed_at timestamptz NOT NULL,
    filed_on date NOT NULL,
    commitment_version text NOT NULL,
    accepted_on date,
    extended_on date,
    decided_on date,
    ground text CONSTRAINT repairs_ground CHECK (ground IN ('duty-open', 'untrue', 'not-applicable', 'other-law')),
    fine_paid_on date,
    confiscation_paid_on date,
    suspension_served_on date,
    display_to_on date,
    site_answered_on date,
    extension_reason bytea,
    reasons bytea,
    CONSTRAINT repairs_acceptance CHECK (
        accepted_on >= filed_on AND (state NOT IN ('accepted', 'granted', 'refused') OR accepted_on IS NOT NULL)),
    CONSTRAINT repairs_extension CHECK (
        extended_on >= accepted_on AND (extended_on IS NULL OR accepted_on IS NOT NULL)),
    CONSTRAINT repairs_decision CHECK (
        (state IN ('not-accepted', 'granted', 'refused', 'retracted')) = (decided_on IS NOT NULL)
        AND decided_on >= filed_on AND (state IN ('not-accepted', 'refused')) = (ground IS NOT NULL)
        AND (state = 'granted') = (display_to_on IS NOT NULL) AND (site_answered_on IS NULL OR state = 'granted'))
);
CREATE UNIQUE INDEX repairs_one_pending ON repairs (record_id) WHERE state IN ('applied', 'accepted');
CREATE UNIQUE INDEX repairs_one_granted ON repairs (record_id) WHERE state = 'granted';
CREATE INDEX repairs_by_record ON repairs (record_id, filed_at);
CREATE INDEX repairs_by_time ON repairs (filed_at, repair_id);

CREATE TABLE statements (
    statement_id uuid PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES remarked_records,
    version integer NOT NULL CONSTRAINT statements_version CHECK (version >= 1),
    state text NOT NULL CONSTRAINT statements_state CHECK (
        state IN ('proposed', 'shown', 'refused', 'replaced', 'retracted', 'lapsed')),
    filed_at timestamptz NOT NULL,
    filed_on date NOT NULL,
    decided_on date,
    ground text CONSTRAINT statements_ground CHECK (
        ground IN ('third-party', 'identifiers', 'insult', 'secret', 'advertising', 'off-topic')),
    ended_on date,
    text bytea,
    CONSTRAINT statements_decision CHECK (
        decided_on >= filed_on AND (state <> 'shown' OR decided_on IS NOT NULL)
        AND (state = 'refused') = (ground IS NOT NULL) AND (state <> 'proposed' OR decided_on IS NULL)),
    CONSTRAINT statements_end CHECK ((state IN ('replaced', 'retracted')) = (ended_on IS NOT NULL))
);
CREATE UNIQUE INDEX statements_one_proposed ON statements (record_id) WHERE state = 'proposed';
CREATE UNIQUE INDEX statements_one_shown ON statements (record_id) WHERE state = 'shown';
CREATE INDEX statements_by_record ON statements (record_id, filed_at);
CREATE INDEX statements_by_time ON statements (filed_at, statement_id)
"""

ANSWERS_STAND = """
CREATE TRIGGER objections_stand BEFORE UPDATE ON objections
FOR EACH ROW WHEN (OLD.state <> 'open'
    AND (to_jsonb(NEW) - 'text' - 'new_facts' - 'reasons') <> (to_jsonb(OLD) - 'text' - 'new_facts' - 'reasons'))
EXECUTE FUNCTION grows_only();

CREATE TRIGGER repairs_stand BEFORE UPDATE ON repairs
FOR EACH ROW WHEN (OLD.state NOT IN ('applied', 'accepted')
    AND (NEW.state, NEW.decided_on, NEW.display_to_on, NEW.ground)
        IS DISTINCT FROM (OLD.state, OLD.decided_on, OLD.display_to_on, OLD.ground))
EXECUTE FUNCTION grows_only()
"""
"""An answer is final; only its words are forgotten, at the record's term."""


def upgrade() -> None:
    for statement in REMARKS.split(";\n"):
        op.execute(statement)
    for statement in ANSWERS_STAND.split(";\n\n"):
        op.execute(statement)
