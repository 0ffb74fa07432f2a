"""Impact assessments of the channel (个人信息保护法 55, 56): nobody deletes one before its three years are over."""

from alembic import op

revision = "0012"
down_revision = "0011"

ASSESSMENTS = (
    """
CREATE TABLE impact_assessments (
    assessment_id uuid PRIMARY KEY,
    number integer NOT NULL CONSTRAINT impact_assessments_number UNIQUE,
    organ_kind text NOT NULL CONSTRAINT impact_assessments_organ CHECK (organ_kind IN ('association', 'department')),
    conclusion text NOT NULL CONSTRAINT impact_assessments_conclusion
        CHECK (conclusion IN ('lawful', 'lawful-with-measures', 'not-lawful')),
    document_number text NOT NULL,
    purpose text NOT NULL,
    risks text NOT NULL,
    measures text NOT NULL,
    assessed_on date NOT NULL,
    kept_to_on date NOT NULL CONSTRAINT impact_assessments_kept CHECK (kept_to_on >= assessed_on + interval '3 years'),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
)""",
    """
CREATE FUNCTION keep_assessments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.kept_to_on < current_date THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an impact assessment is kept for three years' USING ERRCODE = 'restrict_violation';
END $$""",
    """
CREATE TRIGGER impact_assessments_stay BEFORE UPDATE OR DELETE ON impact_assessments
    FOR EACH ROW EXECUTE FUNCTION keep_assessments()""",
)


def upgrade() -> None:
    for statement in ASSESSMENTS:
        op.execute(statement)
