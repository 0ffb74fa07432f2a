-- Facts with their intervals: [from_on, to_on). Unqualified names: the search path says which store is meant.
CREATE TABLE practices (
    practice_id uuid PRIMARY KEY,
    lawyer_id uuid NOT NULL,
    firm_id uuid,
    region text NOT NULL,
    category smallint NOT NULL,
    from_on date NOT NULL,
    to_on date,
    ground text
);

CREATE INDEX practices_lawyer ON practices (lawyer_id);

CREATE INDEX practices_firm ON practices (firm_id, from_on);

CREATE INDEX practices_region ON practices (region, practice_id);

CREATE TABLE firm_periods (
    period_id uuid PRIMARY KEY,
    firm_id uuid NOT NULL,
    kind text NOT NULL,
    region text NOT NULL,
    parent_firm_id uuid,
    from_on date NOT NULL,
    to_on date,
    ground text
);

CREATE INDEX firm_periods_firm ON firm_periods (firm_id);

-- What discipline did to a person's or firm's standing, as the registry recorded it.
CREATE TABLE standing_facts (
    fact_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    subject_kind text NOT NULL CHECK (subject_kind IN ('lawyer', 'firm')),
    kind text NOT NULL CHECK (kind IN ('suspension', 'revocation')),
    from_on date NOT NULL,
    to_on date,
    withdrawn boolean NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (fact_id, subject_id)
);

CREATE INDEX standing_facts_subject ON standing_facts (subject_id) WHERE NOT withdrawn;

CREATE TABLE recognitions (
    recognition_id uuid PRIMARY KEY,
    kind text NOT NULL,
    member_id uuid NOT NULL,
    region text NOT NULL,
    from_on date NOT NULL,
    to_on date
);

CREATE INDEX recognitions_member ON recognitions (member_id);

CREATE TABLE sanctions (
    case_id uuid PRIMARY KEY,
    region text NOT NULL,
    organ_kind text NOT NULL,
    subject_kind text NOT NULL,
    penalties text[] NOT NULL,
    filed_on date NOT NULL,
    decision_due_on date NOT NULL,
    decided_on date NOT NULL,
    served_on date NOT NULL,
    from_on date NOT NULL,
    to_on date,
    publish_due_on date NOT NULL,
    published_on date,
    withdrawn_on date,
    withdrawal_ground text
);

CREATE TABLE complaints (
    complaint_id uuid PRIMARY KEY,
    region text NOT NULL,
    fast_lane boolean NOT NULL,
    filed_at timestamptz NOT NULL,
    triage_due_at timestamptz NOT NULL,
    accepted_at timestamptz,
    due_at timestamptz,
    refused_at timestamptz,
    refusal_ground text,
    replied_at timestamptz,
    closed_at timestamptz,
    outcome text
);
