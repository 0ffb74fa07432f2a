"""Yearly assessments: campaigns, what each firm and lawyer was given, and what was corrected."""

from alembic import op

revision = "0008"
down_revision = "0007"

ASSESSMENTS = """
CREATE TABLE assessment_campaigns (
    year smallint PRIMARY KEY CONSTRAINT assessment_campaigns_year CHECK (year BETWEEN 2000 AND 2100),
    opens_on date NOT NULL,
    closes_on date NOT NULL,
    version integer NOT NULL,
    CONSTRAINT assessment_campaigns_days CHECK (closes_on >= opens_on)
);

CREATE TABLE assessments (
    assessment_id uuid PRIMARY KEY,
    year smallint NOT NULL REFERENCES assessment_campaigns,
    firm_id uuid REFERENCES firms,
    lawyer_id uuid REFERENCES lawyers,
    region text NOT NULL,
    grade text,
    no_grade text,
    document_number text NOT NULL,
    recorded_on date NOT NULL,
    recorded_by text NOT NULL,
    published_grade text,
    published_on date,
    version integer NOT NULL CONSTRAINT assessments_version CHECK (version >= 1),
    CONSTRAINT assessments_subject CHECK (num_nonnulls(lawyer_id, firm_id) = 1),
    CONSTRAINT assessments_outcome CHECK (num_nonnulls(grade, no_grade) = 1),
    CONSTRAINT assessments_published CHECK ((published_grade IS NULL) = (published_on IS NULL))
);
CREATE UNIQUE INDEX assessments_of_firm ON assessments (firm_id, year) WHERE firm_id IS NOT NULL;
CREATE UNIQUE INDEX assessments_of_lawyer ON assessments (lawyer_id, year) WHERE lawyer_id IS NOT NULL;
CREATE INDEX assessments_by_region ON assessments (year, region, assessment_id);

CREATE TABLE assessment_corrections (
    assessment_id uuid NOT NULL REFERENCES assessments,
    version integer NOT NULL,
    grade_before text,
    no_grade_before text,
    reason text NOT NULL,
    document_number text NOT NULL,
    corrected_by text NOT NULL,
    corrected_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assessment_id, version)
)
"""


def upgrade() -> None:
    for statement in ASSESSMENTS.split(";\n"):
        op.execute(statement)
