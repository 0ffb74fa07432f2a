-- Discipline from filing to decision, practice without a licence, talks; and who watches over a firm's discipline.
ALTER TABLE sanctions
    ADD COLUMN honoured boolean,
    ADD COLUMN honour_counts_from date;

CREATE TABLE proceedings (
    proceeding_id uuid PRIMARY KEY,
    region text NOT NULL,
    kind text NOT NULL,
    organ_kind text NOT NULL,
    subject_kind text NOT NULL,
    filed_on date NOT NULL,
    due_on date NOT NULL,
    decided_on date,
    decision text,
    closed_on date,
    outcome text
);

CREATE TABLE impostor_cases (
    impostor_case_id uuid PRIMARY KEY,
    region text NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    outcome text
);

CREATE TABLE talks (
    talk_id uuid PRIMARY KEY,
    region text NOT NULL,
    kind text NOT NULL,
    with_head boolean NOT NULL,
    held_on date NOT NULL
);

CREATE TABLE supervisors (
    appointment_id uuid PRIMARY KEY,
    firm_id uuid NOT NULL,
    lawyer_id uuid NOT NULL,
    from_on date NOT NULL,
    to_on date
);

CREATE INDEX supervisors_firm ON supervisors (firm_id);
