"""Proceedings: cases of both kinds, their steps, and the numbers of decisions, taken once per organ."""

from alembic import op

revision = "0004"
down_revision = "0003"

PROCEEDINGS = """
ALTER TABLE deadlines ADD COLUMN bearer text NOT NULL DEFAULT 'organ'
    CONSTRAINT deadlines_bearer CHECK (bearer IN ('organ', 'party'));
CREATE TABLE decision_numbers (
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    document_key text NOT NULL,
    holder uuid NOT NULL,
    PRIMARY KEY (organ_kind, organ_region, document_key)
);
INSERT INTO decision_numbers (organ_kind, organ_region, document_key, holder)
    SELECT organ_kind, organ_region, document_key, case_id FROM sanctions;
CREATE TABLE proceedings (
    proceeding_id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT proceedings_kind CHECK (kind IN ('administrative', 'industry')),
    version integer NOT NULL CONSTRAINT proceedings_version CHECK (version >= 1),
    told integer NOT NULL CONSTRAINT proceedings_told CHECK (told >= 0),
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    region text NOT NULL,
    county_region text,
    county_code text,
    state text NOT NULL,
    remedy text NOT NULL CONSTRAINT proceedings_remedy CHECK (
        remedy IN ('none', 'review', 'reviewed', 'litigation', 'ended')),
    origin text NOT NULL,
    subject_kind text NOT NULL CONSTRAINT proceedings_subject_kind CHECK (subject_kind IN ('lawyer', 'firm')),
    conduct_code text,
    complaint_id uuid,
    parent_id uuid REFERENCES proceedings,
    sanction_id uuid UNIQUE REFERENCES sanctions,
    opened_on date NOT NULL,
    opened_by text NOT NULL,
    act_on date,
    fined boolean NOT NULL DEFAULT false,
    facts jsonb NOT NULL,
    handlers text[] NOT NULL DEFAULT '{}',
    recused text[] NOT NULL DEFAULT '{}',
    subject_key bytea,
    ended boolean NOT NULL DEFAULT false,
    erase_on date,
    erased_at timestamptz,
    CONSTRAINT proceedings_machine CHECK (CASE kind
        WHEN 'administrative' THEN organ_kind IN ('county-bureau', 'bureau', 'department')
            AND state IN ('CLUE', 'ACCEPTED', 'REFUSED', 'FORWARDED', 'PROPOSED', 'FILED', 'INVESTIGATED', 'NOTIFIED',
                'HEARING_REQUESTED', 'HEARD', 'LEGAL_REVIEWED', 'DELIBERATED', 'DECIDED', 'SERVED', 'EXECUTING',
                'WITHDRAWN', 'CLOSED')
        ELSE organ_kind IN ('association', 'city-association') AND remedy = 'none'
            AND state IN ('COMPLAINED', 'REFUSED', 'FILED', 'NOTIFIED', 'DEFENDED', 'INVESTIGATED', 'HEARING_OFFERED',
                'HEARD', 'WAIVED', 'VOTED', 'DECIDED', 'SERVED', 'REVIEW', 'EFFECTIVE', 'EXECUTED', 'CLOSED') END),
    CONSTRAINT proceedings_county_only_proposes CHECK (
        organ_kind <> 'county-bureau' OR state IN ('CLUE', 'ACCEPTED', 'REFUSED', 'FORWARDED')),
    CONSTRAINT proceedings_sanction_when_served CHECK (sanction_id IS NULL
        OR kind = 'administrative' AND state IN ('SERVED', 'EXECUTING', 'CLOSED', 'WITHDRAWN')
        OR kind = 'industry' AND state IN ('EFFECTIVE', 'EXECUTED', 'CLOSED')),
    CONSTRAINT proceedings_recused CHECK (NOT handlers && recused),
    CONSTRAINT proceedings_erased CHECK (
        (erased_at IS NULL) = (subject_key IS NOT NULL) AND (erased_at IS NULL OR ended))
);
CREATE UNIQUE INDEX proceedings_one_per_complaint ON proceedings (complaint_id, kind) WHERE complaint_id IS NOT NULL;
CREATE INDEX proceedings_newest ON proceedings (opened_on DESC, proceeding_id DESC);
CREATE INDEX proceedings_by_region ON proceedings (region, opened_on DESC, proceeding_id DESC);
CREATE INDEX proceedings_of_subject ON proceedings (subject_key) WHERE subject_key IS NOT NULL;
CREATE INDEX proceedings_to_erase ON proceedings (proceeding_id) WHERE ended AND erased_at IS NULL;
CREATE TABLE proceeding_steps (
    proceeding_id uuid NOT NULL REFERENCES proceedings,
    version integer NOT NULL,
    step text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    "on" date NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    document_number text,
    details jsonb NOT NULL,
    PRIMARY KEY (proceeding_id, version)
)
"""
"""`told` counts the events, `version` the changes. `subject_key` finds the cases of one subject without naming it; the
subject and every text are among the sealed ones.
"""

_GROWS = """
CREATE TRIGGER proceeding_steps_grow BEFORE UPDATE OR DELETE ON proceeding_steps
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER decision_numbers_stay BEFORE UPDATE OR DELETE ON decision_numbers
FOR EACH ROW EXECUTE FUNCTION grows_only()
"""


def upgrade() -> None:
    for statement in PROCEEDINGS.split(";\n"):
        op.execute(statement)
    for statement in _GROWS.split(";\n\n"):
        op.execute(statement)
