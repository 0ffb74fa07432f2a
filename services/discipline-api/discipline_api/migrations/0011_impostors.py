"""Practice without a licence: clues, cases, and what was referred to other departments."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Who is said to have posed as a lawyer, who told us, and what was said are sealed.
IMPOSTORS = """
CREATE TABLE impostor_cases (
    case_id uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT impostor_cases_version CHECK (version >= 1),
    status text NOT NULL CONSTRAINT impostor_cases_status CHECK (status IN ('CLUE', 'DISMISSED', 'OPENED', 'CLOSED')),
    organ_kind text NOT NULL CONSTRAINT impostor_cases_organ_kind CHECK (organ_kind IN ('bureau', 'county-bureau')),
    organ_region text NOT NULL CONSTRAINT impostor_cases_organ_region CHECK (organ_region ~ '^41[0-9]{4}$'),
    source text NOT NULL,
    suspect_kind text NOT NULL CONSTRAINT impostor_cases_suspect CHECK (suspect_kind IN ('person', 'company')),
    conduct text[] NOT NULL CONSTRAINT impostor_cases_conduct CHECK (cardinality(conduct) >= 1),
    received_on date NOT NULL,
    source_received_on date,
    reported_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    opened_on date,
    dismissal text,
    document_number text,
    document_key text,
    notified_on date,
    decided_on date,
    served_on date,
    gains_yuan numeric(14, 2),
    fine_yuan numeric(14, 2),
    confiscated_yuan numeric(14, 2),
    outcome text,
    closed_on date,
    kept_until date,
    erased_at timestamptz,
    CONSTRAINT impostor_cases_opened CHECK (status <> 'OPENED' OR opened_on IS NOT NULL),
    CONSTRAINT impostor_cases_dismissed CHECK ((status = 'DISMISSED') = (dismissal IS NOT NULL)),
    CONSTRAINT impostor_cases_decision CHECK (
        num_nonnulls(document_number, document_key, notified_on, decided_on, served_on, gains_yuan, fine_yuan,
            confiscated_yuan) IN (0, 8)
        AND notified_on <= decided_on AND decided_on <= served_on AND opened_on <= decided_on),
    CONSTRAINT impostor_cases_by_name CHECK (decided_on IS NULL OR 'in-lawyers-name' = ANY (conduct)),
    CONSTRAINT impostor_cases_gains CHECK (gains_yuan >= 0 AND confiscated_yuan = gains_yuan AND fine_yuan >= 0
        AND (gains_yuan > 0 OR fine_yuan = 0)),
    CONSTRAINT impostor_cases_closed CHECK ((status = 'CLOSED') = (outcome IS NOT NULL)
        AND (status IN ('CLOSED', 'DISMISSED')) = (closed_on IS NOT NULL)
        AND (closed_on IS NULL) = (kept_until IS NULL)),
    CONSTRAINT impostor_cases_penalised CHECK (outcome <> 'penalised' OR decided_on IS NOT NULL),
    CONSTRAINT impostor_cases_erased CHECK (erased_at IS NULL OR kept_until IS NOT NULL),
    CONSTRAINT impostor_cases_source_day CHECK (source_received_on <= received_on)
);
CREATE UNIQUE INDEX impostor_cases_one_document ON impostor_cases (organ_kind, organ_region, document_key)
    WHERE document_key IS NOT NULL;
CREATE INDEX impostor_cases_by_report ON impostor_cases (reported_at, case_id);
CREATE INDEX impostor_cases_by_organ ON impostor_cases (organ_region, reported_at, case_id);
CREATE INDEX impostor_cases_to_erase ON impostor_cases (kept_until) WHERE erased_at IS NULL;

CREATE TABLE impostor_referrals (
    referral_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES impostor_cases,
    kind text NOT NULL CONSTRAINT impostor_referrals_kind CHECK (kind IN ('joint-action', 'transfer')),
    department text NOT NULL,
    asked_on date NOT NULL,
    acknowledged_on date,
    result text,
    result_on date,
    CONSTRAINT impostor_referrals_days CHECK (asked_on <= acknowledged_on AND asked_on <= result_on),
    CONSTRAINT impostor_referrals_result CHECK ((result IS NULL) = (result_on IS NULL)
        AND (result IS NULL OR result = 'taken-back' OR acknowledged_on IS NOT NULL))
);
CREATE INDEX impostor_referrals_of_case ON impostor_referrals (case_id, asked_on)
"""

_KEPT = """
CREATE TRIGGER impostor_cases_stay_erased BEFORE UPDATE ON impostor_cases
FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION grows_only();

CREATE TRIGGER impostor_cases_keep_their_day BEFORE UPDATE ON impostor_cases
FOR EACH ROW WHEN ((NEW.received_on, NEW.source_received_on, NEW.source)
    IS DISTINCT FROM (OLD.received_on, OLD.source_received_on, OLD.source))
EXECUTE FUNCTION grows_only();

CREATE TRIGGER impostor_decisions_stand BEFORE UPDATE ON impostor_cases
FOR EACH ROW WHEN (OLD.decided_on IS NOT NULL AND (NEW.decided_on, NEW.gains_yuan, NEW.fine_yuan, NEW.document_number)
    IS DISTINCT FROM (OLD.decided_on, OLD.gains_yuan, OLD.fine_yuan, OLD.document_number))
EXECUTE FUNCTION grows_only();

CREATE TRIGGER impostor_referrals_stay BEFORE DELETE ON impostor_referrals
FOR EACH ROW EXECUTE FUNCTION grows_only()
"""


def upgrade() -> None:
    for statement in IMPOSTORS.split(";\n"):
        op.execute(statement)
    for statement in _KEPT.split(";\n\n"):
        op.execute(statement)
