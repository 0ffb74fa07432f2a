"""Mutual evaluation: invitations until the window is over, then ratings and comments that belong to nobody."""

from alembic import op

revision = "0008"
down_revision = "0007"

# An evaluation without its key is counted; its invitations are gone then, and with them who answered.
EVALUATIONS = """
CREATE TABLE evaluations (
    evaluation_id uuid PRIMARY KEY,
    form text NOT NULL CONSTRAINT evaluations_form CHECK (form IN ('overall', 'case', 'delegate')),
    organ text NOT NULL CONSTRAINT evaluations_organ CHECK (organ IN ('court', 'procuratorate')),
    region text NOT NULL CONSTRAINT evaluations_region CHECK (region ~ '^41[0-9]{4}$'),
    opened_at timestamptz NOT NULL,
    opened_by text NOT NULL,
    closes_at timestamptz NOT NULL,
    lawyers integer NOT NULL CONSTRAINT evaluations_lawyers CHECK (lawyers BETWEEN 1 AND 200),
    officials integer NOT NULL CONSTRAINT evaluations_officials CHECK (officials BETWEEN 1 AND 200),
    kek_id text NOT NULL,
    wrapped_key bytea,
    CONSTRAINT evaluations_window CHECK (closes_at > opened_at),
    CONSTRAINT evaluations_of_one_case CHECK (form <> 'case' OR (lawyers = 1 AND officials = 1))
);
CREATE INDEX evaluations_by_opening ON evaluations (opened_at, evaluation_id);
CREATE INDEX evaluations_by_closing ON evaluations (closes_at) WHERE wrapped_key IS NOT NULL;

CREATE TABLE evaluation_invitations (
    code_digest bytea PRIMARY KEY,
    evaluation_id uuid NOT NULL REFERENCES evaluations,
    side text NOT NULL CONSTRAINT evaluation_invitations_side CHECK (side IN ('lawyer', 'official')),
    answer_digest bytea,
    answer_sealed bytea,
    CONSTRAINT evaluation_invitations_answer CHECK ((answer_digest IS NULL) = (answer_sealed IS NULL))
);
CREATE INDEX evaluation_invitations_by_evaluation ON evaluation_invitations (evaluation_id);

CREATE TABLE evaluation_ratings (
    rating_id uuid PRIMARY KEY,
    quarter text NOT NULL CONSTRAINT evaluation_ratings_quarter CHECK (quarter ~ '^[0-9]{4}Q[1-4]$'),
    region text NOT NULL,
    organ text NOT NULL,
    side text NOT NULL,
    points integer[] NOT NULL CONSTRAINT evaluation_ratings_points
        CHECK (cardinality(points) = 10 AND 0 <= ALL (points) AND 10 >= ALL (points))
);
CREATE INDEX evaluation_ratings_by_quarter ON evaluation_ratings (quarter);

CREATE TABLE evaluation_comments (
    comment_id uuid PRIMARY KEY,
    quarter text NOT NULL,
    region text NOT NULL,
    organ text NOT NULL,
    side text NOT NULL,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL
);
CREATE INDEX evaluation_comments_by_quarter ON evaluation_comments (quarter, region, organ, side);

CREATE TABLE evaluation_comment_access (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    organisation_kind text NOT NULL,
    organisation_id text NOT NULL,
    purpose text NOT NULL,
    quarter text NOT NULL,
    region text NOT NULL,
    organ text NOT NULL,
    side text NOT NULL,
    opened_at timestamptz NOT NULL
);

CREATE TRIGGER evaluation_ratings_only_grow BEFORE UPDATE OR DELETE ON evaluation_ratings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER evaluation_comment_access_only_grows BEFORE UPDATE OR DELETE ON evaluation_comment_access
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for statement in EVALUATIONS.split(";\n"):
        if statement.strip():
            op.execute(statement)
