"""What stands before publication, reasoned decisions about it, what became of remedies; convictions and assessments."""

from alembic import op

revision = "0006"
down_revision = "0005"

SANCTIONS = """
ALTER TABLE sanctions
    ADD COLUMN summary_procedure boolean NOT NULL DEFAULT false,
    ADD COLUMN withheld_on date,
    ADD COLUMN withholding_ground text,
    ADD COLUMN withholding_reasons text,
    ADD COLUMN publishing_ground text,
    ADD COLUMN publishing_reasons text,
    ADD COLUMN facts_checked_by text,
    ADD COLUMN taken_down_on date,
    ADD COLUMN remedies integer NOT NULL DEFAULT 0,
    ADD COLUMN remedy_outcome text,
    ADD COLUMN remedy_document_number text,
    ADD COLUMN remedy_on date,
    ADD COLUMN credit_from date,
    ADD COLUMN credit_shown boolean NOT NULL DEFAULT false;
ALTER TABLE sanctions DROP CONSTRAINT sanctions_subject;
ALTER TABLE sanctions
    ADD CONSTRAINT sanctions_subject CHECK (
        (erased_at IS NULL AND subject_name IS NOT NULL AND reasons IS NOT NULL
            AND (subject_kind = 'lawyer') = (licence_number IS NOT NULL)
            AND (subject_kind = 'firm') = (credit_code IS NOT NULL)
            AND num_nonnulls(withheld_on, withholding_ground, withholding_reasons) IN (0, 3)
            AND num_nonnulls(publishing_ground, publishing_reasons) IN (0, 2))
        OR (erased_at IS NOT NULL
            AND num_nonnulls(subject_name, licence_number, credit_code, firm_name, reasons, facts, withholding_reasons,
                publishing_reasons) = 0)),
    ADD CONSTRAINT sanctions_summary CHECK (NOT summary_procedure OR penalties <@ ARRAY['warning', 'fine']),
    ADD CONSTRAINT sanctions_reversed CHECK (
        withheld_on IS NULL OR published_on IS NULL OR publishing_ground IS NOT NULL),
    ADD CONSTRAINT sanctions_facts CHECK (facts IS NULL OR published_on IS NOT NULL),
    ADD CONSTRAINT sanctions_taken_down CHECK (taken_down_on IS NULL OR published_on IS NOT NULL
        AND taken_down_on >= withdrawn_on),
    ADD CONSTRAINT sanctions_remedies CHECK (
        remedies >= 0
        AND num_nonnulls(remedy_outcome, remedy_document_number, remedy_on) = CASE WHEN remedies > 0 THEN 3 ELSE 0 END);
CREATE INDEX sanctions_to_settle ON sanctions (credit_from)
    WHERE credit_from IS NOT NULL AND published_on IS NOT NULL AND NOT credit_shown;
CREATE TABLE sanction_remedies (
    case_id uuid NOT NULL REFERENCES sanctions,
    number integer NOT NULL CONSTRAINT sanction_remedies_number CHECK (number >= 1),
    outcome text NOT NULL CONSTRAINT sanction_remedies_outcome CHECK (
        outcome IN ('pending', 'upheld', 'discontinued')),
    document_number text NOT NULL,
    "on" date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE TABLE sealed_identities (
    case_id uuid PRIMARY KEY REFERENCES sanctions,
    identity_kind text NOT NULL,
    kek_id text NOT NULL,
    data_key bytea NOT NULL,
    number bytea NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL
)
"""
"""`credit_from`: when it becomes 失信信息 unless something happens; `credit_shown`: the public reads that it is."""

BEFORE = """
CREATE TABLE disclosure_choices (
    class text NOT NULL,
    number integer NOT NULL CONSTRAINT disclosure_choices_number CHECK (number >= 1),
    option text NOT NULL CONSTRAINT disclosure_choices_option CHECK (
        option IN ('firm-only', 'profession-only', 'withhold', 'publish')),
    document_number text NOT NULL,
    reasons text NOT NULL,
    from_on date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (class, number)
);
CREATE TABLE impact_assessments (
    assessment_id uuid PRIMARY KEY,
    organ_kind text NOT NULL,
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    scope text[] NOT NULL CONSTRAINT impact_assessments_scope CHECK (cardinality(scope) >= 1),
    covers_identity_numbers boolean NOT NULL,
    conclusion text NOT NULL CONSTRAINT impact_assessments_conclusion CHECK (
        conclusion IN ('lawful', 'lawful-with-measures', 'not-lawful')),
    document_number text NOT NULL,
    purpose text,
    risks text,
    measures text,
    assessed_on date NOT NULL,
    valid_to_on date NOT NULL,
    kept_to_on date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    erased_at timestamptz,
    CONSTRAINT impact_assessments_terms CHECK (assessed_on < valid_to_on AND valid_to_on < kept_to_on),
    CONSTRAINT impact_assessments_texts CHECK (
        num_nonnulls(purpose, risks, measures) = CASE WHEN erased_at IS NULL THEN 3 ELSE 0 END)
);
CREATE INDEX impact_assessments_of_organ ON impact_assessments (organ_kind, organ_region, organ_code, assessed_on DESC);
CREATE INDEX impact_assessments_to_erase ON impact_assessments (kept_to_on) WHERE erased_at IS NULL
"""

RECORDS = """
CREATE TABLE conduct_records (
    record_id uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT conduct_records_version CHECK (version >= 1),
    kind text NOT NULL CONSTRAINT conduct_records_kind CHECK (kind IN ('conviction', 'failed-assessment')),
    organ_kind text NOT NULL CONSTRAINT conduct_records_organ_kind CHECK (
        organ_kind IN ('department', 'bureau', 'association', 'city-association')),
    organ_region text NOT NULL,
    organ_code text NOT NULL,
    document_number text,
    document_key text,
    subject_kind text NOT NULL CONSTRAINT conduct_records_subject_kind CHECK (subject_kind IN ('lawyer', 'firm')),
    subject_name text,
    licence_number text,
    credit_code text,
    firm_name text,
    court text,
    offence_article text,
    assessed_year smallint,
    grade text,
    effective_on date NOT NULL,
    deadlines jsonb NOT NULL,
    publish_due_on date NOT NULL,
    published_on date,
    publishing_ground text,
    publishing_reasons text,
    withheld_on date,
    withholding_ground text,
    withholding_reasons text,
    withdrawn_on date,
    withdrawal_ground text CONSTRAINT conduct_records_withdrawal_ground CHECK (
        withdrawal_ground IN ('changed', 'revoked', 'unlawful', 'void')),
    withdrawal_document_number text,
    taken_down_on date,
    display_to_on date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    erased_at timestamptz,
    CONSTRAINT conduct_records_one_document UNIQUE (kind, document_key, organ_kind, organ_region),
    CONSTRAINT conduct_records_what CHECK (
        erased_at IS NOT NULL
        OR kind = 'conviction' AND num_nonnulls(court, offence_article) = 2 AND num_nonnulls(assessed_year, grade) = 0
        OR kind = 'failed-assessment' AND num_nonnulls(court, offence_article) = 0 AND assessed_year IS NOT NULL
            AND grade = CASE subject_kind WHEN 'lawyer' THEN 'incompetent' ELSE 'unqualified' END),
    CONSTRAINT conduct_records_dates CHECK (published_on >= effective_on AND withdrawn_on >= effective_on
        AND taken_down_on >= withdrawn_on AND display_to_on > effective_on),
    CONSTRAINT conduct_records_withdrawal CHECK (
        num_nonnulls(withdrawn_on, withdrawal_ground, withdrawal_document_number) IN (0, 3)),
    CONSTRAINT conduct_records_reversed CHECK (
        withheld_on IS NULL OR published_on IS NULL OR publishing_ground IS NOT NULL),
    CONSTRAINT conduct_records_subject CHECK (
        (erased_at IS NULL AND num_nonnulls(subject_name, document_number, document_key) = 3
            AND (subject_kind = 'lawyer') = (licence_number IS NOT NULL)
            AND (subject_kind = 'firm') = (credit_code IS NOT NULL)
            AND num_nonnulls(withheld_on, withholding_ground, withholding_reasons) IN (0, 3)
            AND num_nonnulls(publishing_ground, publishing_reasons) IN (0, 2))
        OR (erased_at IS NOT NULL AND num_nonnulls(subject_name, licence_number, credit_code, firm_name, court,
            offence_article, document_number, document_key, withholding_reasons, publishing_reasons) = 0))
);
CREATE INDEX conduct_records_newest ON conduct_records (effective_on DESC, record_id DESC);
CREATE INDEX conduct_records_to_erase ON conduct_records (display_to_on) WHERE erased_at IS NULL
"""

_STANDS = """
CREATE TRIGGER disclosure_choices_grow BEFORE UPDATE OR DELETE ON disclosure_choices
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER sanction_remedies_grow BEFORE UPDATE OR DELETE ON sanction_remedies
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER impact_assessments_stand BEFORE DELETE ON impact_assessments
FOR EACH ROW EXECUTE FUNCTION grows_only();

CREATE TRIGGER impact_assessments_are_only_erased BEFORE UPDATE ON impact_assessments
FOR EACH ROW WHEN (NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL OR
    (to_jsonb(NEW) - '{purpose,risks,measures,erased_at}'::text[])
        <> (to_jsonb(OLD) - '{purpose,risks,measures,erased_at}'::text[]))
EXECUTE FUNCTION grows_only()
"""
"""What was chosen, assessed and told of remedies is history."""


def upgrade() -> None:
    for block in (SANCTIONS, BEFORE, RECORDS):
        for statement in block.split(";\n"):
            op.execute(statement)
    for statement in _STANDS.split(";\n\n"):
        op.execute(statement)
