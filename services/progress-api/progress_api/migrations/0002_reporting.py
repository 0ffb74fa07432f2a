"""Reports: duties, revisions with their answers, confirmed values, reminders."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE report_rounds (
    plan_id text NOT NULL,
    period text NOT NULL,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (plan_id, period)
)

CREATE TABLE reports (
    report_id uuid PRIMARY KEY,
    plan_id text NOT NULL,
    reporter text NOT NULL,
    region text NOT NULL,
    period text NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    due_on date NOT NULL,
    state text NOT NULL DEFAULT 'open',
    version integer NOT NULL DEFAULT 1,
    events integer NOT NULL DEFAULT 1,
    revision integer NOT NULL DEFAULT 0,
    confirmed_revision integer,
    received_on date,
    UNIQUE (plan_id, period, reporter, region),
    CONSTRAINT reports_state
        CHECK (state IN ('open', 'draft', 'submitted', 'returned', 'confirmed', 'correcting', 'backfilled')),
    CONSTRAINT reports_period CHECK (from_on <= until_on AND until_on < due_on),
    CONSTRAINT reports_entered CHECK ((state IN ('open', 'backfilled')) = (revision = 0)),
    CONSTRAINT reports_received CHECK ((state IN ('open', 'draft')) = (received_on IS NULL)),
    CONSTRAINT reports_never_received_early CHECK (received_on > until_on),
    CONSTRAINT reports_confirmed CHECK (state <> 'confirmed' OR confirmed_revision = revision)
)

CREATE INDEX reports_waiting ON reports (due_on) WHERE received_on IS NULL

CREATE TABLE report_items (
    report_id uuid NOT NULL REFERENCES reports,
    ordinal integer NOT NULL,
    indicator_id text NOT NULL,
    region text NOT NULL,
    value_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (report_id, indicator_id, region)
)

CREATE INDEX report_items_history ON report_items (indicator_id, region)

CREATE TABLE report_revisions (
    report_id uuid NOT NULL REFERENCES reports,
    revision integer NOT NULL CHECK (revision >= 0),
    origin text NOT NULL CONSTRAINT report_revisions_origin
        CHECK (origin IN ('report', 'return', 'correction', 'backfill')),
    by_department boolean NOT NULL,
    reason text,
    filled_by text,
    checked_by text,
    responsible text,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL,
    submitted_by text,
    submitted_at timestamptz,
    decision text CONSTRAINT report_revisions_decision CHECK (decision IN ('returned', 'confirmed')),
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    PRIMARY KEY (report_id, revision),
    CONSTRAINT report_revisions_backfill CHECK ((origin = 'backfill') = (revision = 0)),
    CONSTRAINT report_revisions_reason CHECK ((origin = 'correction') = (reason IS NOT NULL)),
    CONSTRAINT report_revisions_submitted CHECK ((submitted_by IS NULL) = (submitted_at IS NULL)),
    CONSTRAINT report_revisions_signed CHECK (
        submitted_by IS NULL OR num_nulls(filled_by, checked_by, responsible) = 0
    ),
    CONSTRAINT report_revisions_decided CHECK (
        num_nulls(decision, decided_by, decided_at) IN (0, 3) AND (decision IS NULL OR submitted_by IS NOT NULL)
    ),
    CONSTRAINT report_revisions_four_eyes CHECK (decided_by <> submitted_by),
    CONSTRAINT report_revisions_returned CHECK (
        (decision IS NOT DISTINCT FROM 'returned') = (decision_reason IS NOT NULL)
    )
)

CREATE TABLE report_answers (
    report_id uuid NOT NULL,
    revision integer NOT NULL,
    indicator_id text NOT NULL,
    region text NOT NULL,
    kind text NOT NULL CONSTRAINT report_answers_kind CHECK (kind IN ('number', 'nil', 'not-applicable')),
    amount bigint CHECK (amount >= 0),
    base bigint CHECK (base >= 0),
    reached_on date,
    document_number text,
    remark text,
    explanation text,
    PRIMARY KEY (report_id, revision, indicator_id, region),
    FOREIGN KEY (report_id, revision) REFERENCES report_revisions,
    FOREIGN KEY (report_id, indicator_id, region) REFERENCES report_items,
    CONSTRAINT report_answers_number CHECK (
        kind = 'number' OR num_nonnulls(amount, base, reached_on, document_number) = 0
    )
)

CREATE TABLE report_values (
    value_id uuid NOT NULL REFERENCES report_items (value_id),
    version integer NOT NULL CHECK (version > 0),
    report_id uuid NOT NULL,
    revision integer NOT NULL,
    amount bigint,
    base bigint,
    reached_on date,
    PRIMARY KEY (value_id, version),
    FOREIGN KEY (report_id, revision) REFERENCES report_revisions,
    CONSTRAINT report_values_share CHECK (base IS NULL OR amount <= base)
)

CREATE TABLE report_reminders (
    reminder_id uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES reports,
    days_after_due integer NOT NULL,
    reminded_at timestamptz NOT NULL,
    UNIQUE (report_id, days_after_due)
)

CREATE FUNCTION report_is_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM report_revisions r WHERE r.submitted_at IS NOT NULL
        AND r.report_id = coalesce(NEW.report_id, OLD.report_id) AND r.revision = coalesce(NEW.revision, OLD.revision)
    ) THEN
        RAISE EXCEPTION 'a submitted report does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$

CREATE TRIGGER report_answers_sealed BEFORE INSERT OR UPDATE OR DELETE ON report_answers
    FOR EACH ROW EXECUTE FUNCTION report_is_sealed()

CREATE FUNCTION report_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was reported and decided stays' USING ERRCODE = 'restrict_violation';
END $$

CREATE TRIGGER report_revisions_decided BEFORE UPDATE ON report_revisions
    FOR EACH ROW WHEN (OLD.decision IS NOT NULL) EXECUTE FUNCTION report_is_history()

CREATE TRIGGER report_revisions_kept BEFORE DELETE ON report_revisions
    FOR EACH ROW EXECUTE FUNCTION report_is_history()

CREATE TRIGGER report_values_kept BEFORE UPDATE OR DELETE ON report_values
    FOR EACH ROW EXECUTE FUNCTION report_is_history()
"""


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        if statement:
            op.execute(statement)
