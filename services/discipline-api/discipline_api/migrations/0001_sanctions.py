"""Sanctions and their public rows, the event log and the keys' table."""

from alembic import op
from common.database import event_log_ddl
from common.http.idempotency import idempotency_table
from sqlalchemy import MetaData

revision = "0001"
down_revision = None

SANCTIONS = """
CREATE TABLE sanctions (
    case_id uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT sanctions_version CHECK (version >= 1),
    organ_kind text NOT NULL CONSTRAINT sanctions_organ_kind CHECK (
        organ_kind IN ('department', 'bureau', 'association', 'city-association')),
    organ_region text NOT NULL CONSTRAINT sanctions_organ_region CHECK (organ_region ~ '^41[0-9]{4}$'),
    organ_code text NOT NULL,
    document_number text NOT NULL,
    document_key text NOT NULL,
    subject_kind text NOT NULL CONSTRAINT sanctions_subject_kind CHECK (subject_kind IN ('lawyer', 'firm')),
    subject_name text,
    licence_number text,
    credit_code text,
    firm_name text,
    conduct_code text NOT NULL,
    penalties text[] NOT NULL CONSTRAINT sanctions_penalties CHECK (cardinality(penalties) >= 1),
    fine_yuan integer,
    confiscated_yuan numeric(14, 2),
    suspension_months smallint,
    mitigation text,
    escalation text,
    filed_on date NOT NULL,
    decided_on date NOT NULL,
    served_on date NOT NULL,
    from_on date NOT NULL,
    to_on date,
    reasons text,
    facts text,
    deadlines jsonb NOT NULL,
    publish_due_on date NOT NULL,
    published_on date,
    withdrawn_on date,
    withdrawal_ground text CONSTRAINT sanctions_withdrawal_ground CHECK (
        withdrawal_ground IN ('changed', 'revoked', 'unlawful', 'void')),
    withdrawal_document_number text,
    display_to_on date NOT NULL,
    record_to_on date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    CONSTRAINT sanctions_one_document UNIQUE (organ_kind, organ_region, document_key),
    CONSTRAINT sanctions_dates CHECK (filed_on <= decided_on AND decided_on <= served_on AND served_on <= from_on),
    CONSTRAINT sanctions_interval CHECK (to_on > from_on),
    CONSTRAINT sanctions_term CHECK (record_to_on >= display_to_on),
    CONSTRAINT sanctions_fine CHECK (fine_yuan > 0 AND ('fine' = ANY (penalties)) = (fine_yuan IS NOT NULL)),
    CONSTRAINT sanctions_confiscation CHECK (
        confiscated_yuan > 0 AND ('confiscation' = ANY (penalties)) = (confiscated_yuan IS NOT NULL)),
    CONSTRAINT sanctions_suspension CHECK (
        (penalties && ARRAY['suspension', 'firm-suspension', 'membership-suspension'])
            = (suspension_months IS NOT NULL)
        AND (suspension_months IS NULL) = (to_on IS NULL)),
    CONSTRAINT sanctions_withdrawal CHECK (
        num_nonnulls(withdrawn_on, withdrawal_ground, withdrawal_document_number) IN (0, 3)),
    CONSTRAINT sanctions_published CHECK (published_on >= served_on),
    CONSTRAINT sanctions_subject CHECK (
        (erased_at IS NULL AND subject_name IS NOT NULL AND reasons IS NOT NULL
            AND (subject_kind = 'lawyer') = (licence_number IS NOT NULL)
            AND (subject_kind = 'firm') = (credit_code IS NOT NULL))
        OR (erased_at IS NOT NULL
            AND num_nonnulls(subject_name, licence_number, credit_code, firm_name, reasons, facts) = 0))
);
CREATE INDEX sanctions_by_decision ON sanctions (decided_on DESC, case_id DESC);
CREATE INDEX sanctions_by_region ON sanctions (organ_region, decided_on DESC, case_id DESC);
CREATE INDEX sanctions_to_erase ON sanctions (record_to_on) WHERE erased_at IS NULL;

CREATE TABLE public_disclosures (
    case_id uuid PRIMARY KEY REFERENCES sanctions,
    document_key text NOT NULL,
    licence_number text,
    credit_code text,
    published_on date NOT NULL,
    gone_at timestamptz NOT NULL,
    body bytea,
    tombstone bytea NOT NULL,
    CONSTRAINT public_disclosures_gone CHECK (
        body IS NOT NULL AND num_nonnulls(licence_number, credit_code) = 1
        OR body IS NULL AND num_nonnulls(licence_number, credit_code) = 0)
);
CREATE INDEX public_disclosures_by_document ON public_disclosures (document_key);
CREATE INDEX public_disclosures_by_licence ON public_disclosures (licence_number) WHERE licence_number IS NOT NULL;
CREATE INDEX public_disclosures_by_credit ON public_disclosures (credit_code) WHERE credit_code IS NOT NULL;
CREATE INDEX public_disclosures_to_end ON public_disclosures (gone_at) WHERE body IS NOT NULL;
"""


def upgrade() -> None:
    for statement in event_log_ddl().split("\n\n"):
        op.execute(statement)
    for statement in SANCTIONS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    metadata = MetaData()
    idempotency_table(metadata)
    metadata.create_all(op.get_bind())
